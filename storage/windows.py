"""The leave to write to a person, where it is given only for a while after he wrote (公众号: 48 h, 5 messages).

When he wrote last stands in `seen`, where every message that was taken in is noted; here stands what was used up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Seen, ServiceWindow
from storage.people import Addressed
from storage.seen import sender_of
from storage.upsert import insert_into


@dataclass(frozen=True, slots=True)
class Rule:
    """So many messages within so long after the person's last one."""

    count: int
    period: timedelta


class Leave(Enum):
    """Whether one more message may go."""

    YES = "yes"
    CLOSED = "he wrote too long ago, or never"
    USED_UP = "as many as allowed were sent since he wrote"


async def wrote_at(session: AsyncSession, address: Addressed) -> datetime | None:
    """When a message of this person was last taken in."""
    kind = Seen.received_at.type
    return await session.scalar(
        select(func.max(Seen.received_at, type_=kind)).where(
            Seen.channel == address.channel, Seen.sender == sender_of(address)
        )
    )


async def take(session: AsyncSession, address: Addressed, rule: Rule, now: datetime, count: int = 1) -> Leave:
    """Counts so many messages to this person, if they may go."""
    last = await wrote_at(session, address)
    if last is None or now - last >= rule.period:
        return Leave.CLOSED
    row = await _row(session, address, last)
    if row.opened_at < last:
        row.opened_at, row.sent = last, 0
    if row.sent + count > rule.count:
        return Leave.USED_UP
    row.sent += count
    await session.flush()
    return Leave.YES


async def give_back(session: AsyncSession, address: Addressed, count: int = 1) -> None:
    """What was counted did not go."""
    row = await _found(session, address)
    if row is not None:
        row.sent = max(row.sent - count, 0)
        await session.flush()


async def close(session: AsyncSession, address: Addressed, rule: Rule, now: datetime) -> None:
    """The platform says that nothing more may go, whatever we counted."""
    row = await _row(session, address, now)
    row.opened_at, row.sent = now, rule.count
    await session.flush()


async def may_nudge(session: AsyncSession, address: Addressed, every: timedelta, now: datetime) -> bool:
    """Whether it is time again to tell him by a template that something waits; notes that it is done."""
    row = await _row(session, address, now - timedelta(days=365))
    if row.nudged_at is not None and now - row.nudged_at < every:
        return False
    row.nudged_at = now
    await session.flush()
    return True


async def _row(session: AsyncSession, address: Addressed, opened_at: datetime) -> ServiceWindow:
    """The person's row, made where it is missing, locked until the end of the transaction."""
    insert = insert_into(session, ServiceWindow).values(
        channel=address.channel, user=address.user, opened_at=opened_at, sent=0
    )
    await session.execute(insert.on_conflict_do_nothing(index_elements=["channel", "user"]))
    row = await _found(session, address)
    assert row is not None
    return row


async def _found(session: AsyncSession, address: Addressed) -> ServiceWindow | None:
    return await session.get(
        ServiceWindow, (address.channel, address.user), populate_existing=True, with_for_update=True
    )
