"""The ways to a person: what works first, then his choice, then where the phone is."""

from __future__ import annotations

from datetime import datetime

from storage.database import Database
from storage.people import Place
from storage.ways import block, prefer, unblock, ways_of
from tests.fakes.campus import Campus, build


async def order(campus: Campus) -> list[tuple[str, str | None]]:
    student = campus.students["林一"]
    async with campus.database.read() as session:
        return [(way.place.channel, way.blocked) for way in (await ways_of(session, [student]))[student]]


async def test_the_order_of_ways(database: Database, now: datetime) -> None:
    campus = await build(database)
    await campus.student("林一", bind="web")
    await campus.bind("林一", "telegram")
    await campus.bind("林一", "wecom")
    assert await order(campus) == [("wecom", None), ("telegram", None), ("web", None)]
    async with database.begin() as session:
        assert await prefer(session, campus.students["林一"], "web", now)
        assert not await prefer(session, campus.students["林一"], "wechat", now)
    assert [channel for channel, _ in await order(campus)] == ["web", "wecom", "telegram"]


async def test_a_blocked_one_goes_last_until_it_works_again(database: Database, now: datetime) -> None:
    campus = await build(database)
    await campus.student("林一", bind="web")
    await campus.bind("林一", "telegram")
    place = Place("telegram", "telegram-林一", "telegram-林一")
    async with database.begin() as session:
        await block(session, {place: "unreachable: blocked"}, now)
    assert await order(campus) == [("web", None), ("telegram", "unreachable: blocked")]
    async with database.begin() as session:
        await unblock(session, place)
    assert await order(campus) == [("telegram", None), ("web", None)]
