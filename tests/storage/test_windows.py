"""The leave to write: so many after each word of his, for so long."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage import seen, windows
from storage.database import Database
from storage.people import Place
from storage.windows import Leave, Rule

HE = Place("wechat", "o1", "o1")
RULE = Rule(2, timedelta(hours=48))


async def writes(database: Database, at: datetime) -> None:
    async with database.begin() as session:
        await seen.first_time(
            session, channel="wechat", account="gh", sender=seen.sender_of(HE), message_id=str(at), now=at
        )


async def takes(database: Database, at: datetime, count: int = 1) -> Leave:
    async with database.begin() as session:
        return await windows.take(session, HE, RULE, at, count)


async def test_leave_is_counted_from_his_last_word(database: Database, now: datetime) -> None:
    assert await takes(database, now) is Leave.CLOSED
    await writes(database, now)
    assert [await takes(database, now) for _ in range(3)] == [Leave.YES, Leave.YES, Leave.USED_UP]
    later = now + timedelta(hours=1)
    await writes(database, later)
    assert await takes(database, later, 3) is Leave.USED_UP
    assert await takes(database, later, 2) is Leave.YES
    assert await takes(database, later + RULE.period) is Leave.CLOSED


async def test_what_did_not_go_is_given_back_and_the_platform_has_the_word(database: Database, now: datetime) -> None:
    await writes(database, now)
    assert await takes(database, now, 2) is Leave.YES
    async with database.begin() as session:
        await windows.give_back(session, HE, 1)
    assert await takes(database, now) is Leave.YES
    await writes(database, now + timedelta(minutes=1))
    async with database.begin() as session:
        await windows.close(session, HE, RULE, now + timedelta(minutes=1))
    assert await takes(database, now + timedelta(minutes=1)) is Leave.USED_UP


async def test_nudges_are_rare(database: Database, now: datetime) -> None:
    every = timedelta(hours=20)
    for at, may in ((now, True), (now + timedelta(hours=19), False), (now + timedelta(hours=20), True)):
        async with database.begin() as session:
            assert await windows.may_nudge(session, HE, every, at) is may
