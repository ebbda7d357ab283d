"""Items: saved once under their key, shown to whom they concern, marked as far as he is."""

from __future__ import annotations

from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event, select

from storage.clock import start_of
from storage.database import Database
from storage.items import (
    ItemView,
    Saved,
    items_of,
    items_of_many,
    listed,
    mark,
    mark_form,
    open_items,
    publish,
    save_items,
)
from storage.models import Item
from tests.fakes.campus import COHORT, Campus, build

TODAY = date(2023, 6, 7)


@pytest.fixture
async def campus(database: Database) -> Campus:
    return await build(database)


def proposal(key: str = "archive", **more: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"key": key, "title": "填报档案转寄地址", "due_on": date(2023, 6, 8), **more})


async def save(campus: Campus, *rows: SimpleNamespace, status: str = "proposed") -> Saved:
    async with campus.database.begin() as session:
        return await save_items(session, campus.school_id, COHORT, rows, None, status)


async def seen_by(campus: Campus, name: str, now: datetime) -> list[ItemView]:
    async with campus.database.read() as session:
        return await items_of(session, campus.students[name], now)


async def test_the_same_again_changes_nothing(campus: Campus) -> None:
    first = await save(campus, proposal())
    again = await save(campus, proposal())
    assert len(first.new) == 1
    assert (again.new, again.changed, again.kept) == ((), (), 0)


async def test_a_changed_proposal_is_taken_over(campus: Campus) -> None:
    first = await save(campus, proposal())
    again = await save(campus, proposal(due_on=date(2023, 6, 10)))
    assert again.changed == first.new
    async with campus.database.read() as session:
        [due_at] = [item.due_at for item in await listed(session, school_id=campus.school_id)]
    assert due_at == start_of(date(2023, 6, 11))


async def test_a_proposal_does_not_overwrite_what_a_person_published(campus: Campus) -> None:
    await save(campus, proposal(), status="published")
    assert (await save(campus, proposal(title="别的"))).kept == 1


async def test_only_published_items_of_students_are_shown(campus: Campus, now: datetime) -> None:
    await campus.student("林一")
    await save(campus, proposal("proposed"))
    await save(campus, proposal("staff", actor="counselor"), proposal("mine"), status="published")
    assert [view.key for view in await seen_by(campus, "林一", now)] == ["mine"]


async def test_publishing_shows_it(campus: Campus, now: datetime) -> None:
    await campus.student("林一")
    saved = await save(campus, proposal())
    async with campus.database.begin() as session:
        assert await publish(session, saved.new) == 1
        assert await publish(session, saved.new) == 0
    assert [view.key for view in await seen_by(campus, "林一", now)] == ["archive"]


async def test_the_most_pressing_is_on_top(campus: Campus, now: datetime) -> None:
    await campus.student("林一")
    await campus.item("undated")
    await campus.item("later", date(2023, 6, 20))
    await campus.item("overdue", date(2023, 6, 5))
    done = await campus.item("done", date(2023, 6, 1))
    async with campus.database.begin() as session:
        await mark(session, student_id=campus.students["林一"], item_id=done, status="done", now=now)
    views = await seen_by(campus, "林一", now)
    assert [view.key for view in views] == ["overdue", "later", "undated", "done"]
    assert [view.days_left for view in views] == [-2, 13, None, -6]
    assert [view.overdue for view in views] == [True, False, False, True]


async def test_a_deadline_on_a_day_ends_with_the_day(campus: Campus, now: datetime) -> None:
    await campus.student("林一")
    await campus.item("day", TODAY)
    await campus.item("hour", TODAY, due_time=time(9, 0))
    assert {view.key: view.overdue for view in await seen_by(campus, "林一", now)} == {"day": False, "hour": True}


@pytest.mark.parametrize(
    ("status", "left"), [("done", 0), ("waived", 0), ("handed_in", 0), ("returned", 1), ("open", 1)]
)
async def test_what_is_left_to_do(campus: Campus, now: datetime, status: str, left: int) -> None:
    student = await campus.student("林一")
    item = await campus.item("archive", TODAY)
    async with campus.database.begin() as session:
        await mark(session, student_id=student, item_id=item, status=status, reason="原因", now=now)
        assert len(await open_items(session, student, now)) == left


async def test_a_form_marks_the_items_it_hands_in(campus: Campus, now: datetime) -> None:
    student = await campus.student("林一", loan=False)
    form = {"evidence": "form", "form": "address"}
    await campus.item("archive", TODAY, **form)
    await campus.item("not-his", TODAY, audience={"loan": [True]}, **form)
    await campus.item("library", TODAY)
    async with campus.database.begin() as session:
        assert await mark_form(session, student, "address", "handed_in", None, None, now) == 1
        assert await mark_form(session, student, "address", "returned", "电话少一位", None, now) == 1
    views = {view.key: view for view in await seen_by(campus, "林一", now)}
    assert (views["archive"].status, views["archive"].reason) == ("returned", "电话少一位")
    assert views["library"].status == "open"


async def test_nobody_has_no_items(campus: Campus, now: datetime) -> None:
    async with campus.database.begin() as session:
        assert await items_of(session, campus.school_id, now) == []
        assert await mark_form(session, campus.school_id, "address", "done", None, None, now) == 0


async def test_many_students_cost_three_queries(campus: Campus, now: datetime) -> None:
    students = [await campus.student(f"林{n}", "护理2班" if n % 2 else "会计1班") for n in range(6)]
    for n in range(5):
        await campus.item(f"i{n}", TODAY, audience={"class": ["护理2班"]} if n == 0 else {})
    asked: list[str] = []
    event.listen(
        campus.database.engine.sync_engine, "before_cursor_execute", lambda *call: asked.append(call[2]), named=False
    )
    async with campus.database.read() as session:
        views = await items_of_many(session, students, now)
    assert sorted(len(views[student]) for student in students) == [4, 4, 4, 5, 5, 5]
    assert len([sql for sql in asked if sql.lstrip().startswith("SELECT")]) == 3


async def test_an_item_of_another_school_is_not_shown(campus: Campus, database: Database, now: datetime) -> None:
    await campus.student("林一")
    other = await build(database)
    await other.item("theirs", TODAY)
    assert await seen_by(campus, "林一", now) == []
    async with database.begin() as session:
        assert (await session.scalars(select(Item.key))).all() == ["theirs"]
