"""What is kept goes when its time is over: the clock is moved, the store is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from bot.pace import Ask, Limit, Pace
from handlers.messages import Address
from storage import bindings, chat, conversations, deliveries, retention, submissions, throttle
from storage.bindings import Owner
from storage.clock import SCHOOL
from storage.database import Database
from storage.files import FileStore
from storage.models import (
    Allowance,
    Attachment,
    Audit,
    Binding,
    ChatLine,
    Conversation,
    Delivery,
    Seen,
    Submission,
    Throttle,
)
from storage.seen import first_time
from tests.fakes.campus import Campus, build

WEB = Address("web", "browser", "browser")
NIGHT = datetime(2023, 6, 8, 3, 30, tzinfo=SCHOOL)


@pytest.fixture
async def campus(database: Database) -> Campus:
    return await build(database)


async def fill(campus: Campus, files: FileStore, now: datetime) -> UUID:
    """One of everything, as of `now`; gives the file."""
    student = await campus.student("林一", bind=None)
    async with campus.database.begin() as session:
        await submissions.hand_in(
            session, student_id=student, form="address", answers={"phone": "13900000001"}, now=now
        )
        kept = await files.save(session, b"photo", name="a.jpg", media_type="image/jpeg", now=now, student_id=student)
        await conversations.save(session, WEB, form="address", data={"drafts": {}}, now=now)
        await chat.add(session, "web", "browser", True, "13900000001", [], [], now)
        await first_time(session, channel="web", account="", sender="x", message_id="1", now=now)
        await deliveries.enqueue(session, key=uuid4().hex, kind="notice", now=now, student_id=student, text="退回")
        await session.execute(update(Delivery).values(status="sent", settled_at=now))
        await throttle.note_wrong(session, {"chat": "x"}, now)
    return kept.id


async def count(database: Database, model: type) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_everything_goes_when_its_time_is_over_and_not_before(campus: Campus, tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    start = NIGHT - timedelta(days=1)
    await fill(campus, files, start)
    gone = {
        timedelta(days=6): (),
        timedelta(days=8): (Seen, Throttle),
        timedelta(days=31): (ChatLine, Conversation),
        timedelta(days=179): (),
        timedelta(days=181): (Attachment,),
    }
    for age, models in gone.items():
        assert await retention.sweep(campus.database, files, start + age) is not None
        for model in models:
            assert await count(campus.database, model) == 0, (age, model)
        if age < timedelta(days=180):
            assert await count(campus.database, Attachment) == 1
            async with campus.database.read() as session:
                assert await session.scalar(select(Submission.erased_at)) is None
                assert await session.scalar(select(Delivery.text_sealed)) is not None
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    async with campus.database.read() as session:
        (handed,) = await submissions.of_student(session, campus.students["林一"])
        assert (handed.answers, handed.status) == ({}, "withdrawn")
        assert await session.scalar(select(Delivery.text_sealed)) is None


async def test_once_a_day_however_often_it_is_called(campus: Campus, tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    assert await retention.sweep(campus.database, files, NIGHT - timedelta(hours=1)) is None
    assert await retention.sweep(campus.database, files, NIGHT) == {}
    assert await retention.sweep(campus.database, files, NIGHT + timedelta(hours=20)) is None
    assert await retention.sweep(campus.database, files, NIGHT + timedelta(days=1)) == {}
    async with campus.database.read() as session:
        rows = (await session.scalars(select(Audit).where(Audit.target == "retention"))).all()
        assert [(row.actor, row.action) for row in rows] == [("system:retention", "retention.run")] * 2


async def test_chunks_come_to_the_end_and_the_counts_are_audited(campus: Campus, tmp_path: Path) -> None:
    async with campus.database.begin() as session:
        for _ in range(7):
            await chat.add(session, "web", uuid4().hex, True, "早", [], [], NIGHT - timedelta(days=40))
    assert await retention.sweep(campus.database, FileStore(tmp_path), NIGHT, chunk=3) == {"chat_lines": 7}
    async with campus.database.read() as session:
        assert await session.scalar(select(Audit.detail).where(Audit.target == "retention")) == {
            "counts": {"chat_lines": 7}
        }


async def test_words_held_before_consent_last_a_day(campus: Campus, tmp_path: Path) -> None:
    said = "档案科 13900000001"
    async with campus.database.begin() as session:
        await chat.add(session, "web", "browser", True, said, [], [], NIGHT - timedelta(hours=25))
        await chat.add(session, "web", "browser", True, "你好", [], [], NIGHT - timedelta(hours=25))
        for hours in (25, 1):  # touched again an hour ago: it counts from the first word
            await conversations.save(
                session,
                WEB,
                form="address",
                data={"drafts": {"address": {"form": "address", "held": said, "answers": {"receiver": "某中心"}}}},
                now=NIGHT - timedelta(hours=hours),
                held=True,
            )
    assert await retention.sweep(campus.database, FileStore(tmp_path), NIGHT) == {"held": 1}
    async with campus.database.read() as session:
        state = await conversations.load(session, WEB)
        assert state is not None
        assert state.data["drafts"]["address"] == {"form": "address", "held": "", "answers": {"receiver": "某中心"}}
        assert [line.text for line in await chat.latest(session, "web", "browser")] == [chat.UNSAID, "你好"]


@pytest.mark.parametrize(("idle", "ended"), [(timedelta(hours=11), False), (timedelta(hours=13), True)])
async def test_a_login_nobody_uses_ends(campus: Campus, tmp_path: Path, idle: timedelta, ended: bool) -> None:
    teacher = campus.counselors["会计1班"]
    async with campus.database.begin() as session:
        for channel in ("web", "wecom"):
            await bindings.bind(session, Address(channel, "d", "d"), Owner(staff_id=teacher), NIGHT - timedelta(days=9))
        for ago in (timedelta(days=2), idle, idle - timedelta(minutes=5)):  # the last is not written down again
            await bindings.touch(session, Address("web", "d", "d"), NIGHT - ago)
    await retention.sweep(campus.database, FileStore(tmp_path), NIGHT)
    async with campus.database.read() as session:
        live = await session.scalars(
            select(Binding.channel).where(Binding.staff_id == teacher, Binding.ended_at.is_(None), Binding.chat == "d")
        )
        assert sorted(live.all()) == (["wecom"] if ended else ["web", "wecom"])


def test_every_purpose_says_why_and_how_long() -> None:
    assert all(purpose.why and purpose.keep <= retention.HALF_A_YEAR for purpose in retention.PURPOSES)
    assert len({purpose.name for purpose in retention.PURPOSES}) == len(retention.PURPOSES)


async def test_what_was_used_of_a_silent_chats_limits_is_forgotten_at_night(campus: Campus, tmp_path: Path) -> None:
    pace = Pace(campus.database, {"x": (Limit("chat", 1, timedelta(seconds=1), "a test"),)})
    await pace.take([Ask("x", "a")], NIGHT - timedelta(days=3))
    await pace.take([Ask("x", "b")], NIGHT - timedelta(hours=1))
    await retention.sweep(campus.database, FileStore(tmp_path / "files"), NIGHT)
    async with campus.database.read() as session:
        assert set(await session.scalars(select(Allowance.chat).where(Allowance.chat != ""))) == {"b"}
