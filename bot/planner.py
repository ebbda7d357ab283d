"""Clock and items in, delivery rows out; it keeps nothing, so any tick may be the first one."""

from __future__ import annotations

from datetime import datetime, time

from handlers.digest import on_ladder
from storage.clock import school_day, start_of
from storage.database import Database
from storage.deliveries import expire
from storage.fanout import plan_digests
from storage.items import listed

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
        published = await listed(session, statuses=("published",))
        items = [i for i in published if i.actor == "student" and on_ladder(i.opens_on, i.due_on, day)]
        return await plan_digests(
            session, items, day=day, not_before=start_of(day, digest_at), expires_at=expires_at, now=now
        )
