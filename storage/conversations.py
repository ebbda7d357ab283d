"""Open conversations: which form, the answers so far, the last questions. Sealed, and never lost to a restart.

Two processes may answer the same person at once; `save` and `clear` therefore write only over the version that
was read (compare-and-set) and raise `Changed` otherwise, so that neither overwrites the other silently.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol, cast
from uuid import UUID, uuid4

from sqlalchemy import CursorResult, Select, Table, Update, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import place_of
from storage.database import vault_of
from storage.models import Conversation
from storage.upsert import insert_into

TURNS_KEPT = 5
"""How many questions are remembered for follow-ups."""

TURNS_FRESH = timedelta(minutes=30)
"""A follow-up later than this is a new question."""


class Changed(Exception):
    """Someone else wrote this conversation since it was read; read it again."""


class Addressed(Protocol):
    """What names a conversation; `handlers.messages.Address` is one."""

    @property
    def channel(self) -> str: ...
    @property
    def chat(self) -> str: ...
    @property
    def user(self) -> str: ...


@dataclass(frozen=True, slots=True)
class State:
    """What was said so far. `version` is what `save` and `clear` compare; 0: there was no row."""

    form: str | None
    data: dict[str, Any]
    updated_at: datetime
    version: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation's row as it was read, still sealed."""

    id: UUID
    form: str | None
    state_sealed: bytes | None
    turns_sealed: bytes | None
    updated_at: datetime
    version: int
    held_at: datetime | None


def read_ahead(session: AsyncSession, address: Addressed, row: Kept | None) -> None:
    """The row was read along with something else (None: there is none); this session need not ask for it again."""
    session.info.setdefault(_READ, {})[_key(address)] = row


def read_anew(session: AsyncSession) -> None:
    """Rows were changed by others than this module: what was read is no longer what stands there."""
    session.info.pop(_READ, None)


async def load(session: AsyncSession, address: Addressed) -> State | None:
    """The open conversation of an address, or None where nothing is open."""
    row = await _row(session, address)
    if row is None or row.state_sealed is None:
        return None
    data = vault_of(session).open_json(row.state_sealed, place_of("conversation", "state_sealed", row.id))
    return State(row.form, data, row.updated_at, row.version)


async def version_of(session: AsyncSession, address: Addressed) -> int:
    """The version a first `save` must name: 0 where there is no row yet."""
    row = await _row(session, address)
    return row.version if row else 0


async def save(
    session: AsyncSession,
    address: Addressed,
    *,
    form: str | None,
    data: dict[str, Any],
    now: datetime,
    version: int | None = None,
    held: bool = False,
) -> State:
    """Writes the conversation over `version` (None: whatever is there). Raises `Changed`.

    `held`: there are words in it that the person has not agreed to have taken; they are let go of a day later.
    """
    row = await _row(session, address)
    if row is None:
        if version:
            raise Changed
        row = await _open(session, address, now)
    sealed = vault_of(session).seal_json(data, place_of("conversation", "state_sealed", row.id))
    expected = row.version if version is None else version
    held_at = (row.held_at or now) if held else None
    changed = replace(row, form=form, state_sealed=sealed, updated_at=now, held_at=held_at, version=expected + 1)
    await _write(session, address, changed)
    return State(form, data, now, expected + 1)


async def clear(session: AsyncSession, address: Addressed, now: datetime, version: int | None = None) -> None:
    """Forgets what was being said; the last questions stay. Raises `Changed`."""
    row = await _row(session, address)
    if row is None:
        return
    expected = row.version if version is None else version
    emptied = replace(row, form=None, state_sealed=None, updated_at=now, held_at=None, version=expected + 1)
    await _write(session, address, emptied)


async def turns(session: AsyncSession, address: Addressed, now: datetime | None = None) -> tuple[str, ...]:
    """The person's last questions, oldest first; with `now`, only those fresh enough to follow up."""
    row = await _row(session, address)
    if row is None:
        return ()
    return tuple(text for at, text in _turns(session, row) if now is None or now - at <= TURNS_FRESH)


async def remember_turn(session: AsyncSession, address: Addressed, text: str, now: datetime) -> None:
    """Notes a question. The version stays: a question in the middle of a form does not disturb the form."""
    row = await _row(session, address) or await _open(session, address, now)
    kept = [*_turns(session, row), (now, text)][-TURNS_KEPT:]
    place = place_of("conversation", "turns_sealed", row.id)
    sealed = vault_of(session).seal_json([[at.isoformat(), said] for at, said in kept], place)
    await session.execute(_turning(), {"row_id": row.id, "new_turns": sealed})
    _noted(session, address, replace(row, turns_sealed=sealed))


def _turns(session: AsyncSession, row: Kept) -> list[tuple[datetime, str]]:
    if row.turns_sealed is None:
        return []
    stored = vault_of(session).open_json(row.turns_sealed, place_of("conversation", "turns_sealed", row.id))
    return [(datetime.fromisoformat(at), text) for at, text in stored]


# --- rows ------------------------------------------------------------------------------------------------------------

_READ = "conversations that were read"


def _key(address: Addressed) -> tuple[str, str, str]:
    return (address.channel, address.chat, address.user)


async def _row(session: AsyncSession, address: Addressed) -> Kept | None:
    read: dict[tuple[str, str, str], Kept | None] = session.info.get(_READ, {})
    if (key := _key(address)) in read:
        return read[key]
    found = await session.execute(_at(), dict(zip(("channel", "chat", "user"), key, strict=True)))
    row = found.one_or_none()
    return Kept(*row) if row else None


def _noted(session: AsyncSession, address: Addressed, row: Kept) -> None:
    """Keeps what was read ahead in step with what is written."""
    read = session.info.get(_READ, {})
    if (key := _key(address)) in read:
        read[key] = row


async def _open(session: AsyncSession, address: Addressed, now: datetime) -> Kept:
    """A new row; if another process made it in this moment, that one has the word."""
    row_id = uuid4()
    insert = insert_into(session, Conversation).values(
        id=row_id, channel=address.channel, chat=address.chat, user=address.user, updated_at=now, version=0
    )
    made = await session.execute(insert.on_conflict_do_nothing().returning(Conversation.id))
    if made.scalar_one_or_none() is None:
        raise Changed
    row = Kept(row_id, None, None, None, now, 0, None)
    _noted(session, address, row)
    return row


async def _write(session: AsyncSession, address: Addressed, row: Kept) -> None:
    done = await session.execute(
        _writing(),
        {
            "row_id": row.id,
            "expected": row.version - 1,
            "new_version": row.version,
            "new_form": row.form,
            "new_state": row.state_sealed,
            "new_updated": row.updated_at,
            "new_held": row.held_at,
        },
    )
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise Changed
    _noted(session, address, row)


_TABLE = cast("Table", Conversation.__table__)


@cache
def _at() -> Select[Any]:
    c = _TABLE.c
    return select(c.id, c.form, c.state_sealed, c.turns_sealed, c.updated_at, c.version, c.held_at).where(
        c.channel == bindparam("channel"), c.chat == bindparam("chat"), c.user == bindparam("user")
    )


@cache
def _writing() -> Update:
    return (
        update(_TABLE)
        .where(_TABLE.c.id == bindparam("row_id"), _TABLE.c.version == bindparam("expected"))
        .values(
            version=bindparam("new_version"),
            form=bindparam("new_form"),
            state_sealed=bindparam("new_state"),
            updated_at=bindparam("new_updated"),
            held_at=bindparam("new_held"),
        )
    )


@cache
def _turning() -> Update:
    return update(_TABLE).where(_TABLE.c.id == bindparam("row_id")).values(turns_sealed=bindparam("new_turns"))
