"""Who has not done what: right counts, and never a student of another's class."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from storage.database import Database
from storage.items import mark, not_done
from storage.owing import progress
from tests.fakes.campus import Campus, build


@pytest.fixture
async def campus(database: Database, now: datetime) -> Campus:
    """Three students; 林一 is done with the archive item, 陈二 has handed it in; 何三 is of another class."""
    made = await build(database)
    for name, class_name in [("林一", "会计1班"), ("陈二", "会计1班"), ("赵四", "会计1班"), ("何三", "护理2班")]:
        await made.student(name, class_name, bind=None if name == "赵四" else "web")
    archive = await made.item("archive", date(2023, 6, 5))
    await made.item("library", date(2023, 6, 20))
    async with database.begin() as session:
        await mark(session, student_id=made.students["林一"], item_id=archive, status="done", now=now)
        await mark(session, student_id=made.students["陈二"], item_id=archive, status="handed_in", now=now)
    return made


async def test_lists_who_still_has_to_do_it(campus: Campus, now: datetime) -> None:
    actor = await campus.counselor("会计1班")
    async with campus.database.read() as session:
        rows = await not_done(session, actor, None, now)
    assert [(row.title, row.name, row.bound) for row in rows] == [
        ("事项 archive", "赵四", False),
        ("事项 library", "林一", True),
        ("事项 library", "陈二", True),
        ("事项 library", "赵四", False),
    ]


async def test_only_what_is_overdue(campus: Campus, now: datetime) -> None:
    actor = await campus.office_actor()
    async with campus.database.read() as session:
        rows = await not_done(session, actor, None, now, overdue_only=True)
    assert [row.name for row in rows] == ["赵四", "何三"]


async def test_another_class_is_as_if_it_did_not_exist(campus: Campus, now: datetime) -> None:
    async with campus.database.read() as session:
        assert {row.name for row in await not_done(session, await campus.counselor("护理2班"), None, now)} == {"何三"}
        assert await not_done(session, await campus.student_actor("林一"), None, now) == []


async def test_counts(campus: Campus, now: datetime) -> None:
    async with campus.database.read() as session:
        found = await progress(session, await campus.counselor("会计1班"), now)
        assert await progress(session, await (await build(campus.database)).counselor(), now) == []
    assert [(p.title, p.concerned, p.waiting, p.settled, p.open, p.overdue) for p in found] == [
        ("事项 archive", 3, 1, 1, 1, True),
        ("事项 library", 3, 0, 0, 3, False),
    ]
