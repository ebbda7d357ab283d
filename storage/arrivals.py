"""Messages between their acknowledgement and their answer: stored many at once, dealt with one by one.

Noting them and knowing them again (`storage.seen`) is one transaction, however many came together. A message goes in
the transaction that deals with it, so it has its effect once, whichever process does it; one sender's keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.crypto import place_of
from storage.database import vault_of
from storage.models import Arrival, Seen
from storage.upsert import insert_into

ORPHANED = timedelta(seconds=20)
"""What nobody dealt with for so long is taken up by whoever looks."""
AGAIN: Final = timedelta(minutes=1)
"""Times the number of attempts: when it is taken up once more."""
MOST_ATTEMPTS = 8
"""A message that could not be dealt with so often is left alone, for a person to look at."""


@dataclass(frozen=True, slots=True)
class Came:
    """A message as it came: the platform's id makes it the same message, `content` is what is kept of it."""

    channel: str
    account: str
    sender: str
    message_id: str
    content: dict[str, Any]

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.channel, self.account, self.sender, self.message_id)


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that waits."""

    id: int
    content: dict[str, Any]


async def add(session: AsyncSession, messages: Sequence[Came], now: datetime) -> list[int | None]:
    """Notes messages; the id of each, None for one that came before."""
    fresh = {came.key: came for came in reversed(messages)}
    connection = await session.connection()
    noted = await connection.execute(
        insert_into(session, Seen)
        .on_conflict_do_nothing()
        .returning(Seen.channel, Seen.account, Seen.sender, Seen.message_id),
        [_seen(fresh[key], now) for key in sorted(fresh)],
    )
    new = {tuple(row) for row in noted}
    tokens = {key: uuid4() for key in fresh if key in new}
    ids = await _write(session, [(fresh[key], token) for key, token in tokens.items()], now)
    found: list[int | None] = []
    for came in messages:
        token = tokens.pop(came.key, None)  # the second of two equal ones came before
        found.append(ids[token] if token else None)
    return found


def _seen(came: Came, now: datetime) -> dict[str, Any]:
    names = ("channel", "account", "sender", "message_id")
    return {**dict(zip(names, came.key, strict=True)), "received_at": now}


async def _write(session: AsyncSession, new: Sequence[tuple[Came, UUID]], now: datetime) -> dict[UUID, int]:
    if not new:
        return {}
    vault = vault_of(session)
    rows = [
        {
            "token": token,
            "channel": came.channel,
            "account": came.account,
            "sender": came.sender,
            "content_sealed": vault.seal_json(came.content, _place(token)),
            "received_at": now,
            "due_at": now + ORPHANED,
            "attempts": 0,
        }
        for came, token in new
    ]
    connection = await session.connection()
    written = await connection.execute(insert(Arrival).returning(Arrival.token, Arrival.id), rows)
    return {row.token: row.id for row in written}


async def take(session: AsyncSession, arrival_id: int) -> bool:
    """Takes a message out, to deal with it in this very transaction; False: it is gone, or an older one waits."""
    older = aliased(Arrival)
    before = select(older.id).where(
        older.channel == Arrival.channel,
        older.account == Arrival.account,
        older.sender == Arrival.sender,
        older.id < Arrival.id,
        older.attempts < MOST_ATTEMPTS,
    )
    statement = delete(Arrival).where(Arrival.id == arrival_id, ~before.exists()).returning(Arrival.id)
    return (await session.execute(statement.execution_options(synchronize_session=False))).first() is not None


async def before(session: AsyncSession, arrival_id: int) -> list[Kept]:
    """The messages of the same sender that came before this one and wait, and itself, oldest first."""
    this = aliased(Arrival)
    query = (
        select(Arrival)
        .join(
            this,
            (this.channel == Arrival.channel) & (this.account == Arrival.account) & (this.sender == Arrival.sender),
        )
        .where(this.id == arrival_id, Arrival.id <= this.id, Arrival.attempts < MOST_ATTEMPTS)
        .order_by(Arrival.id)
    )
    return _kept(session, list(await session.scalars(query)))


async def orphaned(session: AsyncSession, now: datetime, limit: int = 200) -> list[Kept]:
    """Takes up what nobody dealt with, oldest first, and counts the attempt."""
    due = select(Arrival).where(Arrival.due_at <= now, Arrival.attempts < MOST_ATTEMPTS)
    rows = list(await session.scalars(due.order_by(Arrival.id).limit(limit).with_for_update(skip_locked=True)))
    for attempts in {row.attempts for row in rows}:
        ids = [row.id for row in rows if row.attempts == attempts]
        values = {"attempts": attempts + 1, "due_at": now + AGAIN * (attempts + 1)}
        counted = update(Arrival).where(Arrival.id.in_(ids)).values(values)
        await session.execute(counted.execution_options(synchronize_session=False))
    return _kept(session, rows)


async def waiting(session: AsyncSession) -> tuple[int, datetime | None, int]:
    """How many wait, since when the oldest does, and how many are left for a person to look at."""
    given_up = Arrival.attempts >= MOST_ATTEMPTS
    query = select(func.count(), func.min(Arrival.received_at), func.count().filter(given_up)).select_from(Arrival)
    count, oldest, left = (await session.execute(query)).one()
    return count, oldest, left


def _kept(session: AsyncSession, rows: Sequence[Arrival]) -> list[Kept]:
    vault = vault_of(session)
    return [Kept(row.id, vault.open_json(row.content_sealed, _place(row.token))) for row in rows]


def _place(token: UUID) -> str:
    return place_of("arrival", "content_sealed", token)
