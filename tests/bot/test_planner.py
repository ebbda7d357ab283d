"""Planner and clockwork: each digest once, however often the process starts; nothing that is too late."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot import clockwork
from bot.clockwork import Clockwork, Ticked
from bot.delivery import Sender
from bot.planner import plan
from storage.database import Database
from storage.deliveries import enqueue
from storage.items import mark
from storage.models import Delivery
from tests.fakes.campus import Campus, at, build
from tests.fakes.line import PageLine

WEDNESDAY = date(2023, 6, 7)
DAY = timedelta(days=1)


@pytest.fixture
async def campus(database: Database) -> Campus:
    """Three students, one of them without an address; one item overdue by a day, one due in three days."""
    made = await build(database)
    await made.student("林一")
    await made.student("陈二", loan=True)
    await made.student("赵四", bind=None)
    await made.item("archive", WEDNESDAY - DAY, title="填报档案转寄地址")
    await made.item("loan", WEDNESDAY + 3 * DAY, title="确认还款计划", audience={"loan": [True]})
    return made


@pytest.fixture
def line() -> PageLine:
    return PageLine()


async def start_and_tick(campus: Campus, line: PageLine, now: datetime) -> Ticked:
    """A process that starts, ticks and ends: nothing is carried over but the store."""
    database = Database(campus.database.engine.url.render_as_string(hide_password=False), campus.database.vault)
    try:
        return await clockwork.tick(database, Sender(database, {"web": line}, elapsed=lambda: 0.0), now)
    finally:
        await database.close()


async def finish(campus: Campus, name: str, key: str, now: datetime) -> None:
    """The student gets an item done."""
    item = campus.items[key]
    async with campus.database.begin() as session:
        await mark(session, student_id=campus.students[name], item_id=item, status="done", now=now)


async def count(campus: Campus, status: str | None = None) -> int:
    query = select(func.count()).select_from(Delivery)
    async with campus.database.read() as session:
        return await session.scalar(query.where(Delivery.status == status) if status else query) or 0


async def test_one_digest_per_person_with_all_that_is_due(campus: Campus, line: PageLine, now: datetime) -> None:
    ticked = await start_and_tick(campus, line, now)
    assert (ticked.planned, ticked.counts.sent) == (2, 2)
    said = {chat: reply.text for chat, reply in line.said}
    assert "有 1 件离校事项等你办，其中 1 件已过期" in said["web-林一"]
    assert "已过期 1 天" in said["web-林一"]
    assert "确认还款计划\n   还有 3 天 · 6 月 10 日（周六）" in said["web-陈二"]


async def test_three_starts_on_a_morning_send_each_once(campus: Campus, line: PageLine) -> None:
    for minute in (0, 1, 5, 30):
        await start_and_tick(campus, line, at(9, minute))
    assert sorted(line.chats) == ["web-林一", "web-陈二"]


async def test_not_before_nine(campus: Campus, line: PageLine) -> None:
    assert (await start_and_tick(campus, line, at(8, 59))).counts.sent == 0
    assert (await start_and_tick(campus, line, at(9))).counts.sent == 2


async def test_after_two_days_of_standstill_only_todays_digest_is_sent(campus: Campus, line: PageLine) -> None:
    """What was planned and not sent before the standstill is too late; a notice is not."""
    async with campus.database.begin() as session:
        student, before = campus.students["林一"], at(21, day=WEDNESDAY - 2 * DAY)
        await enqueue(session, key="n", kind="notice", now=before, student_id=student, text="地址被退回")
    await plan(campus.database, at(8, day=WEDNESDAY - 4 * DAY))
    await plan(campus.database, at(8, day=WEDNESDAY - 2 * DAY))
    await start_and_tick(campus, line, at(10))
    assert sorted(line.chats) == ["web-林一", "web-林一", "web-陈二"]
    assert (await count(campus, "expired"), await count(campus, "sent")) == (4, 3)


async def test_in_the_evening_a_digest_is_of_no_use_any_more(campus: Campus, line: PageLine) -> None:
    await plan(campus.database, at(9))
    await start_and_tick(campus, line, at(21, 30))
    assert (line.said, await count(campus, "expired")) == ([], 2)
    assert (await start_and_tick(campus, line, at(21, 31))).planned == 0


async def test_what_was_done_a_minute_ago_is_not_in_it(campus: Campus, line: PageLine, now: datetime) -> None:
    await plan(campus.database, at(8))
    await finish(campus, "林一", "archive", at(8, 59))
    ticked = await start_and_tick(campus, line, now)
    assert (line.chats, ticked.counts.expired) == (["web-陈二"], 1)
    async with campus.database.read() as session:
        reasons = await session.scalars(select(Delivery.reason).where(Delivery.status == "expired"))
        assert reasons.all() == ["nothing left"]


async def test_who_binds_later_in_the_day_gets_his(campus: Campus, line: PageLine, now: datetime) -> None:
    await start_and_tick(campus, line, now)
    await campus.bind("赵四")
    assert (await start_and_tick(campus, line, at(11))).planned == 1
    assert line.chats[-1] == "web-赵四"


async def test_nothing_on_the_ladder_nobody_is_bothered(database: Database, line: PageLine, now: datetime) -> None:
    campus = await build(database)
    await campus.student("林一")
    await campus.item("quiet", WEDNESDAY + 5 * DAY)
    await campus.item("proposed", WEDNESDAY, status="proposed")
    await campus.item("staff", WEDNESDAY, actor="counselor")
    assert (await start_and_tick(campus, line, now)).planned == 0


async def test_a_week_of_ticks(campus: Campus, line: PageLine) -> None:
    """Overdue every second day; the loan three days ahead, the day before and on the day."""
    for number in range(5):
        for hour in (8, 9, 12, 20, 23):
            await start_and_tick(campus, line, at(hour, day=WEDNESDAY + number * DAY))
    assert line.chats.count("web-林一") == 3
    assert line.chats.count("web-陈二") == 4


async def test_the_clockwork_ticks_by_itself_and_stops(campus: Campus, line: PageLine, now: datetime) -> None:
    sent = asyncio.Event()
    line.fault_after = lambda to, reply: sent.set()
    works = Clockwork(campus.database, Sender(campus.database, {"web": line}), lambda: now)
    assert works.last_tick is None
    works.start()
    works.soon()
    async with asyncio.timeout(20):
        await sent.wait()
    await works.close()
    await works.close()
    assert works.last_tick == now
    assert await count(campus, "sent") == 2


async def test_what_hurries_in_a_process_that_only_serves_pages_goes_at_once_in_another(
    campus: Campus, line: PageLine, now: datetime
) -> None:
    sent = asyncio.Event()
    worker = Clockwork(
        campus.database,
        Sender(campus.database, {"web": line}),
        lambda: now,
        every=timedelta(hours=1),
        duties=["deliver"],
    )
    line.fault_after = lambda to, reply: sent.set()
    worker.start()
    async with asyncio.timeout(20):
        while worker.last_tick is None or worker._running:  # noqa: ASYNC110 - its first tick finds nothing
            await asyncio.sleep(0.01)
        async with campus.database.begin() as session:
            student = campus.students["林一"]
            await enqueue(session, key="k", kind="notice", now=now, student_id=student, text="退回", urgent=True)
        await sent.wait()
    await worker.close()
    assert line.chats == ["web-林一"]
