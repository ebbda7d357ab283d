"""Members of the school's own platform are bound by their number."""

from __future__ import annotations

from datetime import datetime

from storage import members, people
from storage.database import Database
from storage.members import Matched
from storage.people import Place
from tests.fakes.campus import build


async def test_a_user_id_that_is_a_number_is_bound_once(database: Database, now: datetime) -> None:
    campus = await build(database)
    for name in ("林一", "陈二"):
        await campus.student(name, bind=None)
    users = ["2020000000", "2020000001", "zhanglaoshi"]
    for expected in (Matched(2, 0, 1), Matched(0, 2, 1)):
        async with database.begin() as session:
            found = await members.bind_by_number(session, "wecom", users, school_id=campus.school_id, now=now)
        assert found == expected
    async with database.read() as session:
        actor = await people.actor_of(session, Place("wecom", "2020000001", "2020000001"))
        assert actor is not None
        assert actor.name == "陈二"
        assert await members.class_named(session, campus.school_id, "会计1班") == campus.classes["会计1班"]
        assert await members.class_named(session, campus.school_id, "没有") is None


async def test_another_school_is_left_alone(database: Database, now: datetime) -> None:
    here, there = await build(database), await build(database)
    await there.student("林一", bind=None)
    async with database.begin() as session:
        found = await members.bind_by_number(session, "wecom", ["2020000000"], school_id=here.school_id, now=now)
    assert found == Matched(0, 0, 1)
