from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from storage import unanswered
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
        waiting = await unanswered.waiting(session, campus.school_id)
        assert [(group.text, group.times) for group in waiting] == [("学士服 哪里领呀", 2), ("校车几点", 1)]
        assert waiting[0].first_asked_at == now
        asked = await unanswered.settle(session, campus.school_id, waiting[0].same, now)
        assert set(asked) == {one, two}
        assert [group.text for group in await unanswered.waiting(session, campus.school_id)] == ["校车几点"]
        assert await unanswered.settle(session, campus.school_id, waiting[0].same, now) == ()


async def test_the_words_are_sealed(sqlite: Database, now: datetime) -> None:
    async with sqlite.begin() as session:
        await unanswered.collect(
            session, school_id=None, student_id=None, question="我叫林一，校车几点", core="校车", now=now
        )
        row = await session.scalar(select(Unanswered))
    assert row is not None
    assert "林一".encode() not in row.text_sealed
