"""Wrong tries, counted in buckets: after too many, a bucket is locked for a while (SECURITY T1, T2).

The buckets are data; their keys are keyed hashes, so that the table holds no number and no chat. A lock depends on
the tries alone, never on whether what was tried exists.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Executable, case, delete, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import vault_of
from storage.models import Throttle
from storage.models.base import Instant
from storage.upsert import insert_into


@dataclass(frozen=True, slots=True)
class Limit:
    """So many wrong tries within `per` lock the bucket for `lock`."""

    tries: int
    per: timedelta
    lock: timedelta


_HOUR = timedelta(hours=1)

LIMITS: Mapping[str, Limit] = {
    "chat": Limit(5, _HOUR, _HOUR),
    "number": Limit(5, _HOUR, _HOUR),
    # Fifty people of a class bind in the same break and mistype: enough for them, few for a guesser.
    "class": Limit(40, _HOUR, _HOUR),
    # A short lock: this one stops everybody.
    "all": Limit(2000, _HOUR, timedelta(minutes=10)),
}
"""In this order the rows are written, in every transaction: no two can wait for each other."""


async def is_locked(session: AsyncSession, buckets: Mapping[str, str], now: datetime) -> bool:
    """Whether any of these buckets is locked; `buckets` maps a name of `LIMITS` to what is counted there."""
    keys = [_key(session, name, buckets[name]) for name in LIMITS if name in buckets]
    locked = await session.scalars(select(Throttle.key).where(Throttle.key.in_(keys), Throttle.locked_until > now))
    return bool(locked.all())


async def note_wrong(session: AsyncSession, buckets: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    """Counts one wrong try in each bucket, in one statement, and gives the names of those that are locked now."""
    names = {_key(session, name, buckets[name]): name for name in LIMITS if name in buckets}
    rows = await session.execute(_counting(session, names, now))
    return tuple(names[key] for key, locked_until in rows if locked_until is not None)


def _counting(session: AsyncSession, names: Mapping[bytes, str], now: datetime) -> Executable:
    # Inside `case` a plain datetime would not be brought to UTC: the type is named.
    insert = insert_into(session, Throttle)
    since, tries, until = (
        case(*[(Throttle.key == key, value(LIMITS[name])) for key, name in names.items()])
        for value in (
            lambda limit: literal(now - limit.per, Instant()),
            lambda limit: literal(limit.tries),
            lambda limit: literal(now + limit.lock, Instant()),
        )
    )
    over = (Throttle.since <= since) | (Throttle.locked_until <= now)
    count = case((over, 1), else_=Throttle.count + 1)
    changed = {
        "count": count,
        "since": case((over, literal(now, Instant())), else_=Throttle.since),
        "locked_until": case((count >= tries, until), else_=None),
    }
    fresh = [{"key": key, "count": 1, "since": now, "locked_until": None} for key in names]
    statement: Executable = (
        insert.values(fresh)
        .on_conflict_do_update(index_elements=[Throttle.key], set_=changed)
        .returning(Throttle.key, Throttle.locked_until)
    )
    return statement


async def lift(session: AsyncSession, name: str, values: Collection[str], now: datetime) -> int:
    """Forgets the wrong tries in these buckets; gives how many of them were locked."""
    keys = [_key(session, name, value) for value in values]
    gone = await session.execute(delete(Throttle).where(Throttle.key.in_(keys)).returning(Throttle.locked_until))
    return sum(until is not None and until > now for (until,) in gone)


async def sweep(session: AsyncSession, now: datetime) -> None:
    """Forgets buckets that matter no more."""
    longest = max(limit.per for limit in LIMITS.values())
    idle = Throttle.since <= now - longest
    await session.execute(
        delete(Throttle).where(idle, Throttle.locked_until.is_(None) | (Throttle.locked_until <= now))
    )


def _key(session: AsyncSession, name: str, value: str) -> bytes:
    return vault_of(session).lookup(value, f"throttle/{name}")
