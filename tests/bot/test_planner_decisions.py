"""What the planner makes of a student's own decisions, of days without a process, and of what is newly published."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from bot import clockwork
from bot.delivery import Sender
from bot.planner import plan
from storage.database import Database
from storage.items import edit, listed, publish
from storage.ladder import set_ladder
from storage.models import Delivery
from storage.reminders import mute, snooze
from tests.fakes.campus import Campus, at, build
from tests.fakes.line import PageLine

TODAY = date(2023, 6, 7)
DAY = timedelta(days=1)


@pytest.fixture
async def campus(database: Database) -> Campus:
    """One student; the items come with the tests."""
    made = await build(database)
    await made.student("林一")
    return made


async def morning(campus: Campus, day: date, hour: int = 9) -> str | None:
    """A process that is there for one tick: what the student got."""
    line = PageLine()
    await clockwork.tick(campus.database, Sender(campus.database, {"web": line}, elapsed=lambda: 0.0), at(hour, 5, day))
    assert len(line.said) < 2
    return line.said[0][1].text if line.said else None


async def put_off(campus: Campus, key: str, until: date) -> None:
    async with campus.database.begin() as session:
        await snooze(session, campus.students["林一"], {campus.items[key]: until})


async def test_put_off_until_its_day_and_told_then(campus: Campus) -> None:
    await campus.item("loan", TODAY + 7 * DAY)
    await put_off(campus, "loan", TODAY + 2 * DAY)
    assert [bool(await morning(campus, TODAY + n * DAY)) for n in range(6)] == [False, False, True, False, True, False]


async def test_the_day_he_asked_for_was_missed(campus: Campus) -> None:
    await campus.item("loan", TODAY + 9 * DAY)
    await put_off(campus, "loan", TODAY + 3 * DAY)
    assert await morning(campus, TODAY + 4 * DAY) is not None
    assert await morning(campus, TODAY + 5 * DAY) is None


async def test_a_date_that_came_nearer_ends_what_was_put_off(campus: Campus) -> None:
    await campus.item("loan", TODAY + 20 * DAY)
    await put_off(campus, "loan", TODAY + 15 * DAY)
    async with campus.database.begin() as session:
        await edit(session, campus.items["loan"], due_on=TODAY + DAY)
    assert "明天截止" in (await morning(campus, TODAY) or "")


async def test_one_put_off_does_not_silence_another(campus: Campus) -> None:
    await campus.item("loan", TODAY + 3 * DAY)
    await campus.item("books", TODAY + 3 * DAY)
    await put_off(campus, "loan", TODAY + 2 * DAY)
    text = await morning(campus, TODAY) or ""
    assert "books" in text
    assert "loan" not in text


async def test_stopped_is_not_even_planned_unless_it_is_critical(campus: Campus) -> None:
    await campus.item("books", TODAY)
    async with campus.database.begin() as session:
        await mute(session, campus.students["林一"], at(8))
    assert await plan(campus.database, at(9)) == 0
    await campus.item("fees", TODAY, critical=True)
    text = await morning(campus, TODAY) or ""
    assert "fees" in text
    assert "books" not in text


async def test_a_step_that_was_missed_is_told_the_day_after_and_not_later(campus: Campus) -> None:
    await campus.item("loan", TODAY + 7 * DAY)
    assert await morning(campus, TODAY + DAY) is not None
    other = await build(campus.database)
    await other.student("陈二")
    await other.item("loan", TODAY + 7 * DAY)
    assert await morning(campus, TODAY + 2 * DAY) is None


async def test_after_an_overdue_item_was_told_the_next_day_is_silent(campus: Campus) -> None:
    await campus.item("loan", TODAY - DAY)
    told = [bool(await morning(campus, TODAY + n * DAY)) for n in (0, 1, 3, 4, 6)]
    assert told == [True, False, True, True, True], "days 1, 3, 5, 7 are the steps; day 4 was missed before"


async def test_what_is_published_is_told_the_morning_after(campus: Campus) -> None:
    item: UUID = await campus.item("loan", TODAY + 20 * DAY, status="proposed")
    async with campus.database.begin() as session:
        await publish(session, [item], at(15))
    assert await morning(campus, TODAY, 16) is None
    assert "还有 19 天" in (await morning(campus, TODAY + DAY) or "")
    assert await morning(campus, TODAY + 2 * DAY) is None
    async with campus.database.read() as session:
        assert [i.published_at for i in await listed(session)] == [at(15)]


async def test_every_school_has_its_own_steps(campus: Campus) -> None:
    await campus.item("loan", TODAY + 5 * DAY)
    assert await plan(campus.database, at(9)) == 0
    async with campus.database.begin() as session:
        await set_ladder(session, campus.school_id, before=[5])
    assert await plan(campus.database, at(9)) == 1


async def test_planning_leaves_rows_for_those_who_are_told_only(campus: Campus) -> None:
    """No row for each pair of student and item."""
    for number in range(5):
        await campus.item(f"i{number}", TODAY + number * DAY)
        await campus.student(f"学生{number}")
    await plan(campus.database, at(8))
    await plan(campus.database, at(9))
    async with campus.database.read() as session:
        assert len((await session.scalars(select(Delivery.id))).all()) == 6
