"""The same platform message twice is one message (T7)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from storage import seen
from storage.database import Database


async def take(database: Database, now: datetime, message_id: str = "1", sender: str = "s", account: str = "") -> bool:
    async with database.begin() as session:
        return await seen.first_time(
            session, channel="web", account=account, sender=sender, message_id=message_id, now=now
        )


async def test_second_time_is_told(database: Database, now: datetime) -> None:
    assert await take(database, now)
    assert not await take(database, now)


@pytest.mark.parametrize("other", [{"message_id": "2"}, {"sender": "t"}, {"account": "b"}])
async def test_another_sender_account_or_number_is_another_message(
    sqlite: Database, now: datetime, other: dict[str, str]
) -> None:
    assert await take(sqlite, now)
    assert await take(sqlite, now, **other)


async def test_a_hundred_at_once_are_one(database: Database, now: datetime) -> None:
    taken = await asyncio.gather(*(take(database, now) for _ in range(100)))
    assert taken.count(True) == 1


class Crash(Exception):
    """The process dies before the end of the transaction."""


async def crash_after_taking(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        assert await seen.first_time(session, channel="web", account="", sender="s", message_id="1", now=now)
        raise Crash


async def test_rolled_back_is_not_seen(database: Database, now: datetime) -> None:
    with pytest.raises(Crash):
        await crash_after_taking(database, now)
    assert await take(database, now)


async def test_old_ones_are_forgotten(database: Database, now: datetime) -> None:
    await take(database, now - seen.KEPT - timedelta(seconds=1), "old")
    await take(database, now, "new")
    async with database.begin() as session:
        assert await seen.forget(session, now) == 1
    assert not await take(database, now, "new")


async def test_one_at_a_time_holds_until_the_end_of_the_transaction(database: Database) -> None:
    inside = 0
    most = 0

    async def work() -> None:
        nonlocal inside, most
        async with database.begin() as session:
            await seen.one_at_a_time(session, "somebody")
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(8)))
    assert most == 1
