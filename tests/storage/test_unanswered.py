from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from storage import people, unanswered
from storage.database import Database
from storage.models import Unanswered
from tests.fakes.campus import build


async def test_like_questions_wait_together(database: Database, now: datetime) -> None:
    campus = await build(database)
    one, two = await campus.student("林一"), await campus.student("陈二")
    async with database.begin() as session:
        for student, text, core, minutes in (
            (one, "学士服在哪领", "where 学士服", 0),
            (two, "学士服 哪里领呀", "where 学士服", 5),
            (one, "校车几点", "clock 校车", 9),
        ):
            await unanswered.collect(
                session,
                school_id=campus.school_id,
                student_id=student,
                question=text,
                core=core,
                now=now + timedelta(minutes=minutes),
            )
        actor = await people.staff_actor(session, campus.counselors["会计1班"])
        assert actor is not None
        waiting = await unanswered.waiting(session, actor)
        assert [(group.text, group.times) for group in waiting] == [("学士服 哪里领呀", 2), ("校车几点", 1)]
        assert waiting[0].first_asked_at == now
        assert await unanswered.one(session, actor, waiting[0].id) == waiting[0]
        closed = await unanswered.settle(session, actor, waiting[0].same, now)
        assert dict(closed.askers) == {one: "学士服在哪领", two: "学士服 哪里领呀"}
        assert set(closed.asks) == {"学士服在哪领", "学士服 哪里领呀"}
        assert [group.text for group in await unanswered.waiting(session, actor)] == ["校车几点"]
        assert await unanswered.one(session, actor, waiting[0].id) is None
        assert not (await unanswered.settle(session, actor, waiting[0].same, now)).askers


async def test_a_counselor_sees_and_closes_those_of_his_classes_only(database: Database, now: datetime) -> None:
    campus = await build(database)
    mine, other = await campus.student("林一"), await campus.student("陈二", list(campus.classes)[1])
    async with database.begin() as session:
        for student in (mine, other, None):
            await unanswered.collect(
                session, school_id=campus.school_id, student_id=student, question="校车几点", core="校车", now=now
            )
        counselor = await people.staff_actor(session, campus.counselors["会计1班"])
        office = await people.staff_actor(session, campus.office)
        assert counselor is not None
        assert office is not None
        assert [one.times for one in await unanswered.waiting(session, counselor)] == [1]
        assert [one.times for one in await unanswered.waiting(session, office)] == [3]
        same = (await unanswered.waiting(session, counselor))[0].same
        assert set((await unanswered.settle(session, counselor, same, now)).askers) == {mine}
        assert [one.times for one in await unanswered.waiting(session, office)] == [2]


async def test_the_words_are_sealed(sqlite: Database, now: datetime) -> None:
    async with sqlite.begin() as session:
        await unanswered.collect(
            session, school_id=None, student_id=None, question="我叫林一，校车几点", core="校车", now=now
        )
        row = await session.scalar(select(Unanswered))
    assert row is not None
    assert "林一".encode() not in row.text_sealed
