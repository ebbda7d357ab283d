"""Clock and items in, delivery rows out; it keeps nothing, so any tick may be the first one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from storage import committee, reminders
from storage.clock import school_day, start_of
from storage.database import Database
from storage.deliveries import expire
from storage.fanout import plan_digests, plan_staff_digests, spans
from storage.items import listed
from storage.ladder import Ladder, ladders
from storage.models import Item

DIGEST_AT = time(9)
"""School time from which the digest goes out; pacing spreads it."""
USELESS_FROM = time(21, 30)
"""School time from which the day's digest is too late to be useful."""
EXPIRED_AT_ONCE = 5_000


async def plan(database: Database, now: datetime, *, digest_at: time = DIGEST_AT) -> int:
    """Settles what is too late and plans the digests of the school day; gives how many rows are new.

    Only the day itself is planned: after two days of standstill nobody gets the digests of those days.
    """
    day = school_day(now)
    not_before, expires_at = start_of(day, digest_at), start_of(day, USELESS_FROM)
    while await _expired(database, now) == EXPIRED_AT_ONCE:
        pass
    if now >= expires_at:
        return 0
    async with database.read() as session:
        told, parts = await _told(session, day), await spans(session)
    planned, when = 0, Slot(day, not_before, expires_at, now)
    for part in parts:  # each in a transaction of its own: nobody who waits to write waits long
        async with database.begin() as session:
            planned += await plan_digests(session, **told, among=part, **when._asdict())
    async with database.begin() as session:
        return planned + await plan_staff_digests(session, **when._asdict())


async def _expired(database: Database, now: datetime) -> int:
    async with database.begin() as session:
        return await expire(session, now, limit=EXPIRED_AT_ONCE)


class Slot(NamedTuple):
    """When a day's digests go."""

    day: date
    not_before: datetime
    expires_at: datetime
    now: datetime


async def _told(session: AsyncSession, day: date) -> dict[str, Any]:
    """Of what there is to be told: every school's ladder against its items; see `plan_digests`."""
    known = await ladders(session)
    items = [item for item in await listed(session, statuses=("published",)) if item.actor == "student"]
    within = max((ladder.catches_up for ladder in known.values()), default=1)
    woken = await reminders.woken(session, day, within)
    steps = [(item, step) for item in items if (step := _step(item, known, day)) is not None]
    return {
        "items": [item for item, step in steps if step == day],
        "missed": [(item, step) for item, step in steps if step != day],
        "woken": [item for item in items if item.id in woken],
        "committee": await committee.on_duty(session, committee.told_of(items, known, day)),
        "within": within,
    }


def _step(item: Item, known: Mapping[UUID, Ladder], day: date) -> date | None:
    published = school_day(item.published_at) if item.published_at is not None else None
    return known.get(item.school_id, Ladder()).due_step(item.opens_on, item.due_on, published, day)
