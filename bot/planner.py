"""Clock and items in, delivery rows out; it keeps nothing, so any tick may be the first one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from storage import committee, reminders
from storage.clock import school_day, start_of
from storage.database import Database
from storage.deliveries import expire
from storage.fanout import plan_digests, plan_staff_digests
from storage.items import listed
from storage.ladder import Ladder, ladders
from storage.models import Item

DIGEST_AT = time(9)
"""School time from which the digest goes out; pacing spreads it."""
USELESS_FROM = time(21, 30)
"""School time from which the day's digest is too late to be useful."""


async def plan(database: Database, now: datetime, *, digest_at: time = DIGEST_AT) -> int:
    """Settles what is too late and plans the digests of the school day; gives how many rows are new.

    Only the day itself is planned: after two days of standstill nobody gets the digests of those days.
    """
    day = school_day(now)
    expires_at = start_of(day, USELESS_FROM)
    async with database.begin() as session:
        await expire(session, now)
        if now >= expires_at:
            return 0
        not_before = start_of(day, digest_at)
        planned = await _students(session, day, not_before, expires_at, now)
        return planned + await plan_staff_digests(
            session, day=day, not_before=not_before, expires_at=expires_at, now=now
        )


async def _students(session: AsyncSession, day: date, not_before: datetime, expires_at: datetime, now: datetime) -> int:
    """Every school's ladder against its items; the students are picked by one statement."""
    known = await ladders(session)
    items = [item for item in await listed(session, statuses=("published",)) if item.actor == "student"]
    within = max((ladder.catches_up for ladder in known.values()), default=1)
    woken = await reminders.woken(session, day, within)
    steps = [(item, step) for item in items if (step := _step(item, known, day)) is not None]
    return await plan_digests(
        session,
        [item for item, step in steps if step == day],
        missed=[(item, step) for item, step in steps if step != day],
        woken=[item for item in items if item.id in woken],
        committee=committee.told_of(items, known, day),
        within=within,
        day=day,
        not_before=not_before,
        expires_at=expires_at,
        now=now,
    )


def _step(item: Item, known: Mapping[UUID, Ladder], day: date) -> date | None:
    published = school_day(item.published_at) if item.published_at is not None else None
    return known.get(item.school_id, Ladder()).due_step(item.opens_on, item.due_on, published, day)
