"""Replies on their way: a row from the moment the answer is committed until the platform has taken it.

A reply is written in the very transaction that takes the message in, already leased to the process that will send it:
that costs no further transaction, and a process that dies in between loses nothing. What it held when it died is
unknown (it may have been sent), is marked so, and is tried again by `UNKNOWN_TRIES`. One chat's replies keep their
order: a reply waits, planned, while an older one of its chat is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, CursorResult, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.crypto import place_of
from storage.database import vault_of
from storage.models import HeldReply
from storage.people import Addressed, Place

LEASE = timedelta(seconds=40)
"""What a dead process held is taken up again within a minute."""
LIFETIME = timedelta(days=1)
"""An answer that could not be given for so long is given no more."""
UNKNOWN_TRIES = 3
KEPT = timedelta(days=7)
"""How long settled rows stay, without their content."""

_OPEN = ("planned", "leased", "unknown")


@dataclass(frozen=True, slots=True)
class Content:
    """What is said. `buttons` are (label, action), `files` ids of stored files."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    files: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A reply this worker holds and is to send now."""

    id: int
    to: Place
    content: Content
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """How a held reply ended: sent, failed, unknown, or planned again (`not_before`)."""

    id: int
    status: str
    reason: str | None = None
    not_before: datetime | None = None
    platform_id: str | None = None


async def add(
    session: AsyncSession, to: Addressed, content: Content, *, worker: str | None, now: datetime
) -> Held | None:
    """Notes a reply, held by `worker`; None: it waits behind an older one of its chat, or for any worker."""
    waits = worker is None or await _open_in(session, to)
    token = uuid4()
    row = HeldReply(
        token=token,
        channel=to.channel,
        chat=to.chat,
        user=to.user,
        content_sealed=vault_of(session).seal_json(_as_json(content), _place(token)),
        status="planned" if waits else "leased",
        attempts=0 if waits else 1,
        not_before=now,
        leased_by=None if waits else worker,
        leased_until=None if waits else now + LEASE,
        created_at=now,
    )
    session.add(row)
    await session.flush()
    return None if waits else Held(row.id, Place(to.channel, to.chat, to.user), content, 1, now)


async def settle(session: AsyncSession, ending: Ending, *, worker: str, now: datetime) -> None:
    """Writes down how a held reply ended; where another worker took it over meanwhile, that one has the word."""
    is_open = ending.status in _OPEN
    values: dict[str, Any] = {
        "status": ending.status,
        "reason": ending.reason,
        "platform_id": ending.platform_id,
        "leased_by": None,
        "leased_until": None,
        "not_before": ending.not_before or now,
        "settled_at": None if is_open else now,
    }
    if not is_open:
        values["content_sealed"] = None
    await session.execute(
        update(HeldReply)
        .where(HeldReply.id == ending.id, HeldReply.leased_by == worker, HeldReply.status == "leased")
        .values(values)
        .execution_options(synchronize_session=False)
    )


async def claim(
    session: AsyncSession, *, worker: str, now: datetime, limit: int = 50, chat: Addressed | None = None
) -> list[Held]:
    """Takes up to `limit` due replies, of each chat only the oldest; with `chat` only of that one."""
    where = [_is_due(now), _is_oldest()]
    if chat is not None:
        where.append(and_(HeldReply.channel == chat.channel, HeldReply.chat == chat.chat))
    due = select(HeldReply.id).where(*where).order_by(HeldReply.id).limit(limit).with_for_update(skip_locked=True)
    rows = await session.scalars(
        update(HeldReply)
        .where(HeldReply.id.in_(select(due.cte("due").c.id)))
        .values(status="leased", leased_by=worker, leased_until=now + LEASE, attempts=HeldReply.attempts + 1)
        .returning(HeldReply)
        .execution_options(populate_existing=True)
    )
    return [_held(session, row) for row in sorted(rows, key=lambda row: row.id)]


async def sweep(session: AsyncSession, now: datetime) -> int:
    """Marks what dead workers held as unknown, and gives up what is too late or was tried too often; how many."""
    dropped = await session.execute(
        update(HeldReply)
        .where(HeldReply.status == "leased", HeldReply.leased_until <= now)
        .values(status="unknown", reason="the sender stopped while sending", leased_by=None, leased_until=None)
        .returning(HeldReply.id)
    )
    late = await _give_up(session, HeldReply.created_at <= now - LIFETIME, "expired", "too late", now)
    often = and_(HeldReply.status == "unknown", HeldReply.attempts >= UNKNOWN_TRIES)
    return len(dropped.all()) + late + await _give_up(session, often, "failed", "outcome unknown", now)


async def next_due(session: AsyncSession) -> datetime | None:
    """When the next open reply may be sent or its lease ends; None: none is open."""
    kind = HeldReply.not_before.type
    at = func.min(func.coalesce(HeldReply.leased_until, HeldReply.not_before, type_=kind), type_=kind)
    return await session.scalar(select(at).where(HeldReply.status.in_(_OPEN)))


async def forget(session: AsyncSession, now: datetime) -> int:
    """Drops settled rows older than `KEPT`; how many."""
    result = await session.execute(delete(HeldReply).where(HeldReply.settled_at <= now - KEPT))
    return cast("CursorResult[Any]", result).rowcount


async def open_count(session: AsyncSession) -> int:
    """How many replies are on their way."""
    return await session.scalar(select(func.count()).where(HeldReply.status.in_(_OPEN))) or 0


async def _open_in(session: AsyncSession, to: Addressed) -> bool:
    found = await session.scalar(
        select(HeldReply.id)
        .where(HeldReply.channel == to.channel, HeldReply.chat == to.chat, HeldReply.status.in_(_OPEN))
        .limit(1)
    )
    return found is not None


async def _give_up(session: AsyncSession, which: ColumnElement[bool], status: str, reason: str, now: datetime) -> int:
    given_up = await session.execute(
        update(HeldReply)
        .where(HeldReply.status.in_(("planned", "unknown")), which)
        .values(status=status, reason=reason, settled_at=now, content_sealed=None)
        .returning(HeldReply.id)
    )
    return len(given_up.all())


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        HeldReply.not_before <= now,
        or_(
            HeldReply.status == "planned",
            and_(HeldReply.status == "unknown", HeldReply.attempts < UNKNOWN_TRIES),
        ),
    )


def _is_oldest() -> ColumnElement[bool]:
    older = aliased(HeldReply)
    return ~(
        select(older.id)
        .where(
            older.channel == HeldReply.channel,
            older.chat == HeldReply.chat,
            older.id < HeldReply.id,
            older.status.in_(_OPEN),
        )
        .exists()
    )


def _held(session: AsyncSession, row: HeldReply) -> Held:
    assert row.content_sealed is not None
    kept = vault_of(session).open_json(row.content_sealed, _place(row.token))
    content = Content(
        kept["text"],
        tuple((label, action) for label, action in kept["buttons"]),
        tuple(UUID(file) for file in kept["files"]),
    )
    return Held(row.id, Place(row.channel, row.chat, row.user), content, row.attempts, row.created_at)


def _as_json(content: Content) -> dict[str, Sequence[Any]]:
    return {
        "text": content.text,
        "buttons": [list(button) for button in content.buttons],
        "files": [str(file) for file in content.files],
    }


def _place(token: UUID) -> str:
    return place_of("reply", "content_sealed", token)
