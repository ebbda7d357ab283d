from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from handlers.alarm import TOLD, care
from storage import people
from storage.claims import claim
from storage.database import Database
from storage.deliveries import content_of
from storage.models import Audit, Delivery, Unanswered
from tests.fakes.campus import build
from tests.fakes.nobody import say

WORDS = "我不想活了，毕业证也拿不到"


async def test_the_counselor_is_told_at_once_and_not_in_the_students_words(sqlite: Database, now: datetime) -> None:
    campus = await build(sqlite)
    student = await campus.student("林一")
    async with sqlite.read() as session:
        actor = await people.student_actor(session, student)
    reply = await say(care, sqlite, actor, now, WORDS)
    assert reply is not None
    assert "12356" in reply.text
    assert reply.text.endswith(TOLD)
    await say(care, sqlite, actor, now + timedelta(minutes=5), WORDS)
    async with sqlite.begin() as session:
        rows = await claim(session, worker="w", now=now + timedelta(minutes=6), limit=10, quiet=True)
        assert [(row.staff_id, row.urgent, row.kind) for row in rows] == [
            (campus.counselors["会计1班"], True, "security")
        ]
        content = content_of(session, rows[0])
        assert content is not None
        assert "林一" in content.text
        assert "不想活" not in content.text
        noted = list(await session.scalars(select(Audit)))
        assert {row.action for row in noted} == {"care.alert"}
        assert "不想活" not in str([(row.detail, row.target) for row in noted])
        assert await session.scalar(select(Unanswered)) is None


async def test_a_stranger_gets_help_and_nobody_is_told(sqlite: Database, now: datetime) -> None:
    await build(sqlite)
    reply = await say(care, sqlite, None, now, WORDS)
    assert reply is not None
    assert "120" in reply.text
    assert TOLD not in reply.text
    async with sqlite.read() as session:
        assert await session.scalar(select(Delivery)) is None


async def test_exasperation_alarms_nobody(sqlite: Database, now: datetime) -> None:
    campus = await build(sqlite)
    student = await campus.student("林一")
    async with sqlite.read() as session:
        actor = await people.student_actor(session, student)
    assert await say(care, sqlite, actor, now, "这个表填得我想死") is None
    async with sqlite.read() as session:
        assert await session.scalar(select(Delivery)) is None
