from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import deliveries, entries, erasure, people, retention, unanswered
from storage.database import Database
from storage.files import FileStore
from storage.models import Delivery, Unanswered
from tests.fakes.campus import Campus, build


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


async def ask(session: AsyncSession, campus: Campus, student: UUID, text: str, now: datetime) -> None:
    await unanswered.collect(
        session, school_id=campus.school_id, student_id=student, question=text, core="校车", now=now
    )


async def asks(session: AsyncSession, campus: Campus) -> set[str]:
    return {ask for row in await entries.published(session, campus.school_id) for ask in row.asks}


async def test_whose_class_asks(database: Database, now: datetime) -> None:
    campus = await build(database)
    classes = {"林一": "会计1班", "陈二": "会计1班", "赵三": "护理2班"}
    asking = [await campus.student(name, class_name) for name, class_name in classes.items()]
    async with database.begin() as session:
        for student in asking:
            await ask(session, campus, student, "校车几点", now)
        office, counselor = await campus.office_actor(), await campus.counselor("会计1班")
        (seen,) = await unanswered.waiting(session, office)
        assert seen.classes == (("会计1班", 2), ("护理2班", 1))
        (mine,) = await unanswered.waiting(session, counselor)
        assert mine.classes == (("会计1班", 2),)
        assert [await unanswered.waiting_count(session, who) for who in (office, counselor)] == [1, 1]


async def test_an_erased_students_wordings_leave_the_answers(database: Database, now: datetime) -> None:
    campus = await build(database)
    one, two = await campus.student("林一"), await campus.student("陈二")
    async with database.begin() as session:
        actor = await campus.counselor()
        for student, text in ((one, "我林一的校车几点"), (one, "校车几点"), (two, "校车几点"), (two, "校车几点呀")):
            await ask(session, campus, student, text, now)
        waiting = await unanswered.waiting(session, actor)
        closed = await unanswered.settle(session, actor, waiting[0].same, now)
        entry = await entries.publish(session, actor, closed.asks, "七点。", now, for_students=closed.askers)
        await deliveries.enqueue(
            session, key="a", kind="answer", now=now, student_id=one, text="你问的「我林一的校车几点」：七点。"
        )
        await session.execute(update(Delivery).values(status="sent", settled_at=now))
        await ask(session, campus, one, "我林一还想问食堂", now)
        assert "我林一的校车几点" in await asks(session, campus)
        erased = await erasure.erase_unfinished(session, one, now)
        assert erased.questions == 3
        assert await asks(session, campus) == {"校车几点", "校车几点呀"}  # the first of them is another's too
        assert {row.student_id for row in await session.scalars(select(Unanswered))} == {two}
        assert (await session.scalars(select(Delivery.text_sealed))).all() == [None]
        (row,) = await entries.published(session, campus.school_id)
        assert (row.id, row.answer) == (entry, "七点。")


async def test_questions_are_forgotten_in_time_and_the_answer_stays(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    campus = await build(database)
    one = await campus.student("林一")
    async with database.begin() as session:
        actor = await campus.counselor()
        await ask(session, campus, one, "校车几点", now)
        (seen,) = await unanswered.waiting(session, actor)
        closed = await unanswered.settle(session, actor, seen.same, now)
        await entries.publish(session, actor, ("校车时刻", *closed.asks), "七点。", now)
    files = FileStore(tmp_path)
    assert "questions" not in (await retention.sweep(database, files, now + timedelta(days=179)) or {})
    assert (await retention.sweep(database, files, now + timedelta(days=181)) or {})["questions"] == 1
    async with database.read() as session:
        assert await session.scalar(select(Unanswered)) is None
        assert await asks(session, campus) == {"校车时刻"}
