"""Open conversations: which form, the answers so far, the last questions. Sealed, and never lost to a restart.

Two processes may answer the same person at once; `save` and `clear` therefore write only over the version that
was read (compare-and-set) and raise `Changed` otherwise, so that neither overwrites the other silently.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import place_of
from storage.database import vault_of
from storage.models import Conversation

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
    await _write(session, row.id, expected, form=form, state_sealed=sealed, updated_at=now, held_at=held_at)
    return State(form, data, now, expected + 1)


async def clear(session: AsyncSession, address: Addressed, now: datetime, version: int | None = None) -> None:
    """Forgets what was being said; the last questions stay. Raises `Changed`."""
    row = await _row(session, address)
    if row is None:
        return
    expected = row.version if version is None else version
    await _write(session, row.id, expected, form=None, state_sealed=None, updated_at=now, held_at=None)


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
    await session.execute(update(Conversation).where(Conversation.id == row.id).values(turns_sealed=sealed))


def _turns(session: AsyncSession, row: Conversation) -> list[tuple[datetime, str]]:
    if row.turns_sealed is None:
        return []
    stored = vault_of(session).open_json(row.turns_sealed, place_of("conversation", "turns_sealed", row.id))
    return [(datetime.fromisoformat(at), text) for at, text in stored]


async def _row(session: AsyncSession, address: Addressed) -> Conversation | None:
    query = select(Conversation).where(
        Conversation.channel == address.channel,
        Conversation.chat == address.chat,
        Conversation.user == address.user,
    )
    return await session.scalar(query.execution_options(populate_existing=True))


async def _open(session: AsyncSession, address: Addressed, now: datetime) -> Conversation:
    """A new row; if another process made it in this moment, that one has the word."""
    row = Conversation(
        id=uuid4(), channel=address.channel, chat=address.chat, user=address.user, updated_at=now, version=0
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise Changed from None
    return row


async def _write(session: AsyncSession, row_id: UUID, version: int, **values: Any) -> None:
    done = await session.execute(
        update(Conversation)
        .where(Conversation.id == row_id, Conversation.version == version)
        .values(version=version + 1, **values)
        .returning(Conversation.id)
    )
    if done.scalar_one_or_none() is None:
        raise Changed
