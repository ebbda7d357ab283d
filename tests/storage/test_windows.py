"""The leave to write: so many after each word of his, for so long."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage import seen, windows
from storage.database import Database
from storage.people import Place
from storage.windows import Leave, Rule

HE = Place("wechat", "o1", "o1")
RULE = Rule(2, timedelta(hours=48))
BOTH = Rule(5, timedelta(hours=48), deed=Rule(3, timedelta(minutes=1)))


async def writes(database: Database, at: datetime) -> None:
    async with database.begin() as session:
        await seen.first_time(
            session, channel="wechat", account="gh", sender=seen.sender_of(HE), message_id=f"{at:%Y%m%d%H%M%S}", now=at
        )


async def takes(database: Database, at: datetime, count: int = 1, rule: Rule = RULE) -> Leave:
    async with database.begin() as session:
        return await windows.take(session, HE, rule, at, count)


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


async def does(database: Database, at: datetime) -> None:
    async with database.begin() as session:
        await seen.first_time(
            session,
            channel="wechat",
            account="gh",
            sender=seen.sender_of(HE),
            message_id=f"{at:%H%M%S}:CLICK:k",
            now=at,
        )


async def test_a_deed_gives_less_leave_for_a_shorter_time(database: Database, now: datetime) -> None:
    await does(database, now)
    assert [await takes(database, now, rule=BOTH) for _ in range(4)] == [Leave.YES] * 3 + [Leave.USED_UP]
    assert await takes(database, now + timedelta(minutes=1), rule=BOTH) is Leave.CLOSED


async def test_a_deed_takes_nothing_from_a_word_and_gives_three_again(database: Database, now: datetime) -> None:
    later, much_later = now + timedelta(hours=1), now + timedelta(hours=2)
    await writes(database, now)
    await does(database, later)
    assert await takes(database, later, 5, BOTH) is Leave.YES
    assert await takes(database, much_later, 1, BOTH) is Leave.USED_UP
    await does(database, much_later)
    assert [await takes(database, much_later, 1, BOTH) for _ in range(4)] == [Leave.YES] * 3 + [Leave.USED_UP]
    await writes(database, much_later + timedelta(seconds=1))
    assert await takes(database, much_later + timedelta(seconds=1), 5, BOTH) is Leave.YES


async def test_nudges_are_rare(database: Database, now: datetime) -> None:
    every = timedelta(hours=20)
    for at, may in ((now, True), (now + timedelta(hours=19), False), (now + timedelta(hours=20), True)):
        async with database.begin() as session:
            assert await windows.may_nudge(session, HE, every, at) is may
