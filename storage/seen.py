"""Messages already taken in: the unique key makes the same platform id twice the same message (T7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol, cast

from sqlalchemy import CursorResult, Table, delete, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Seen
from storage.people import Addressed

KEPT = timedelta(days=7)
"""Longer than any platform repeats a message (T7: at least 24 h)."""


class Identified(Protocol):
    """A message with the platform's id (`handlers.messages.Incoming`)."""

    @property
    def id(self) -> str: ...
    @property
    def sender(self) -> Addressed: ...
    @property
    def account(self) -> str: ...


def sender_of(address: Addressed) -> str:
    """Message numbers of some platforms count per chat: the sender is the person in that chat."""
    return f"{address.chat}\n{address.user}"


async def was_taken(session: AsyncSession, message: Identified) -> bool:
    """Whether a message was noted before; who takes it in asks `first_time`, this one only spares work."""
    found = await session.scalar(
        select(Seen.id).where(
            Seen.channel == message.sender.channel,
            Seen.account == message.account,
            Seen.sender == sender_of(message.sender),
            Seen.message_id == message.id,
        )
    )
    return found is not None


async def first_time(
    session: AsyncSession, *, channel: str, account: str, sender: str, message_id: str, now: datetime
) -> bool:
    """Notes a message; False where it was noted before. Waits for a transaction that is taking in the same one."""
    done = await session.execute(
        _noting(session.get_bind().dialect.name),
        {"channel": channel, "account": account, "sender": sender, "message_id": message_id, "received_at": now},
    )
    return cast("CursorResult[Any]", done).rowcount == 1


@cache
def _noting(dialect: str) -> Any:
    """Made once a dialect: it stands before every message."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return (
        insert(cast("Table", Seen.__table__))
        .on_conflict_do_nothing()
        .inline()
        .execution_options(preserve_rowcount=True)
    )


async def forget(session: AsyncSession, now: datetime) -> int:
    """Drops what is older than `KEPT`; the number of rows dropped."""
    result = await session.execute(delete(Seen).where(Seen.received_at < now - KEPT))
    return cast("CursorResult[Any]", result).rowcount


async def one_at_a_time(session: AsyncSession, key: str) -> None:
    """Waits until no other process works for `key`, until the end of the transaction. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 7162536))"), {"key": key})
