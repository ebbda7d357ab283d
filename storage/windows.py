"""The leave to write to a person, where it is given only for a while after he wrote (公众号: 48 h, 5 messages).

When he wrote last stands in `seen`, where every message that was taken in is noted; here stands what was used up.
A deed (pressing, scanning, following) may give less leave than a word: its id in `seen` holds a colon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Seen, ServiceWindow
from storage.people import Addressed
from storage.seen import sender_of
from storage.upsert import insert_into


@dataclass(frozen=True, slots=True)
class Rule:
    """So many messages within so long after the person's last word; `deed`: the same after his last deed, not more."""

    count: int
    period: timedelta
    deed: Rule | None = None


_IS_DEED: ColumnElement[bool] = Seen.message_id.contains(":", autoescape=True)
_LONG_AGO = timedelta(days=365)


class Leave(Enum):
    """Whether one more message may go."""

    YES = "yes"
    CLOSED = "he wrote too long ago, or never"
    USED_UP = "as many as allowed were sent since he wrote"


async def take(session: AsyncSession, address: Addressed, rule: Rule, now: datetime, count: int = 1) -> Leave:
    """Counts so many messages to this person, if they may go."""
    word = _within(await _last(session, address, ~_IS_DEED), rule, now)
    deed = _within(await _last(session, address, _IS_DEED), rule.deed, now) if rule.deed else None
    if word is None and deed is None:
        return Leave.CLOSED
    row = await _row(session, address, now - _LONG_AGO)
    if word is not None and row.opened_at < word:
        row.opened_at, row.sent = word, 0
    if deed is not None and rule.deed is not None and row.opened_at < deed:
        used = rule.count - rule.deed.count
        row.opened_at, row.sent = deed, used if word is None else min(row.sent, used)
    if row.sent + count > rule.count:
        return Leave.USED_UP
    row.sent += count
    await session.flush()
    return Leave.YES


def open_ones(rules: Mapping[str, Rule], now: datetime) -> Subquery:
    """Who may be written to now, as (channel, sender) with `storage.seen.sender_of`: what `take` would answer."""
    return union_all(*(_open_on(channel, rule, now) for channel, rule in rules.items())).subquery()


def _open_on(channel: str, rule: Rule, now: datetime) -> Select[str, str]:
    fresh = and_(~_IS_DEED, Seen.received_at > now - rule.period)
    if rule.deed is not None:
        fresh = or_(fresh, and_(_IS_DEED, Seen.received_at > now - rule.deed.period))
    used_up = and_(
        ServiceWindow.channel == Seen.channel,
        Seen.sender == ServiceWindow.user + "\n" + ServiceWindow.user,
        ServiceWindow.opened_at >= Seen.received_at,
        ServiceWindow.sent >= rule.count,
    )
    return (
        select(Seen.channel, Seen.sender)
        .outerjoin(ServiceWindow, used_up)
        .where(Seen.channel == channel, Seen.received_at > now - rule.period, fresh, ServiceWindow.user.is_(None))
        .distinct()
    )


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
    row = await _row(session, address, now - _LONG_AGO)
    if row.nudged_at is not None and now - row.nudged_at < every:
        return False
    row.nudged_at = now
    await session.flush()
    return True


async def _last(session: AsyncSession, address: Addressed, kind: ColumnElement[bool]) -> datetime | None:
    """When a message of this kind was last taken in from this person."""
    found = select(func.max(Seen.received_at, type_=Seen.received_at.type)).where(
        Seen.channel == address.channel, Seen.sender == sender_of(address), kind
    )
    return await session.scalar(found)


def _within(at: datetime | None, rule: Rule, now: datetime) -> datetime | None:
    return at if at is not None and now - at < rule.period else None


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
