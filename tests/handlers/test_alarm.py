from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from handlers.alarm import IN_GROUP, TOLD, care
from handlers.registry import HANDLERS
from storage import groups, people
from storage.claims import claim
from storage.database import Database
from storage.deliveries import content_of
from storage.models import Audit, Delivery, Unanswered
from tests.fakes.campus import Campus, build
from tests.fakes.nobody import say
from tests.fakes.parlour import Parlour

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


async def alerts(campus: Campus, now: datetime) -> list[tuple[object, str]]:
    """Who was told, and what."""
    async with campus.database.begin() as session:
        rows = await claim(session, worker="w", now=now, limit=10, quiet=True)
        contents = [content_of(session, row) for row in rows]
        return [(row.staff_id, content.text) for row, content in zip(rows, contents, strict=True) if content]


async def test_in_a_group_the_counselor_hears_who_and_the_group_does_not(
    sqlite: Database, now: datetime, tmp_path: Path
) -> None:
    campus = await build(sqlite)
    await campus.student("林一", bind="telegram")
    parlour = Parlour(sqlite, HANDLERS, tmp_path, now)
    reply = await parlour.say("telegram-林一", WORDS, channel="telegram", group=True)
    assert reply is not None
    assert "12356" in reply.text
    assert "110" in reply.text
    assert reply.text.endswith(IN_GROUP)
    assert "林一" not in reply.text
    assert "不想活" not in reply.text
    assert reply.buttons == ()
    [(staff_id, text)] = await alerts(campus, now + timedelta(minutes=1))
    assert staff_id == campus.counselors["会计1班"]
    assert "林一" in text
    assert "班级群" in text
    assert "不想活" not in text


async def test_an_unbound_person_in_a_class_group_is_looked_for_by_its_counselor(
    sqlite: Database, now: datetime, tmp_path: Path
) -> None:
    campus = await build(sqlite)
    async with sqlite.begin() as session:
        await groups.bind(
            session, "telegram", "group", class_id=campus.classes["会计1班"], by=campus.counselors["会计1班"], now=now
        )
    parlour = Parlour(sqlite, HANDLERS, tmp_path, now)
    for user in ("a", "a", "b"):  # the same person twice is one alarm, another one is another
        assert await parlour.say(user, WORDS, channel="telegram", group=True)
    told = await alerts(campus, now + timedelta(minutes=1))
    assert [staff_id for staff_id, _ in told] == [campus.counselors["会计1班"]] * 2
    assert all("会计1班" in text and "不想活" not in text for _, text in told)
    async with sqlite.read() as session:
        noted = list(await session.scalars(select(Audit)))
    assert {row.target for row in noted} == {f"class:{campus.classes['会计1班']}"}


async def test_a_group_of_nobody_and_a_teacher_alarm_nobody(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    campus = await build(sqlite)
    parlour = Parlour(sqlite, HANDLERS, tmp_path, now)
    reply = await parlour.say("stranger", WORDS, channel="telegram", group=True)
    assert reply is not None
    assert "120" in reply.text
    assert await alerts(campus, now + timedelta(minutes=1)) == []
