"""A post has one holder; who dies loses it within its term."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from storage.database import Database
from storage.posts import CLOCK, TERM, hold, leave


async def taken(database: Database, holder: str, now: datetime) -> bool:
    async with database.begin() as session:
        return await hold(session, CLOCK, holder, now)


async def test_of_many_one_is_elected(database: Database, now: datetime) -> None:
    assert sum(await asyncio.gather(*(taken(database, f"p{n}", now) for n in range(6)))) == 1


async def test_who_renews_keeps_it_and_who_dies_is_followed(database: Database, now: datetime) -> None:
    assert await taken(database, "a", now)
    assert await taken(database, "a", now + TERM / 2)
    assert not await taken(database, "b", now + TERM)
    assert await taken(database, "b", now + TERM / 2 + TERM)
    assert not await taken(database, "a", now + 2 * TERM)


async def test_who_leaves_makes_room_at_once(database: Database, now: datetime) -> None:
    await taken(database, "a", now)
    async with database.begin() as session:
        await leave(session, CLOCK, "b")
        await leave(session, CLOCK, "a")
    assert await taken(database, "b", now + timedelta(seconds=1))
