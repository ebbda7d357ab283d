"""Everything about one student and nobody else; and what goes when he withdraws consent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from storage import audit, bindings, chat, consent, conversations, deliveries, dossier, erasure, people, submissions
from storage.bindings import Owner
from storage.database import Database
from storage.files import FileStore
from storage.models import Binding, Submission
from storage.people import Place

HOME, OTHER, OLD = Place("web", "c1", "u1"), Place("web", "c2", "u2"), Place("web", "c3", "u3")
SECRET = "13900000009"


@dataclass
class Two:
    """Two students of one class, each with an address."""

    first: UUID
    second: UUID
    files: FileStore


@pytest.fixture
async def two(database: Database, now: datetime, tmp_path: Path) -> Two:
    async with database.begin() as session:
        school = await people.add_school(session, "江北学院")
        group = await people.add_class(session, school_id=school, cohort="2023届", college="会计学院", name="会计1班")
        students = [
            await people.add_student(
                session, school_id=school, class_id=group, number=f"2020000{n}", name=f"学生{n}", phone="13900000001"
            )
            for n in (1, 2)
        ]
        for place, student in zip((HOME, OTHER), students, strict=True):
            await bindings.bind(session, place, Owner(student_id=student), now)
    return Two(students[0], students[1], FileStore(tmp_path))


async def _fill(database: Database, two: Two, student: UUID, place: Place, now: datetime) -> None:
    async with database.begin() as session:
        await consent.give(session, student, "address", text_version="1", channel="web", now=now)
        await submissions.hand_in(session, student_id=student, form="address", answers={"phone": SECRET}, now=now)
        await conversations.save(session, place, form="proxy", data={"drafts": {"proxy": SECRET}}, now=now)
        await chat.add(session, place.channel, place.chat, True, SECRET, (), (), now)
        await audit.record(session, now=now, actor="staff:x", action="address.seen", target=f"student:{student}")
        await deliveries.enqueue(session, key=f"n-{student}", kind="notice", now=now, student_id=student, text="好")
        await two.files.save(session, b"x", name="照片.png", media_type="image/png", now=now, student_id=student)


async def test_holds_everything(database: Database, two: Two, now: datetime) -> None:
    await _fill(database, two, two.first, HOME, now)
    async with database.read() as session:
        kept = await dossier.of_student(session, two.first)
        empty = await dossier.of_student(session, two.second)
    assert kept["本人"]["姓名"] == "学生1"
    assert kept["本人"]["手机"] == "13900000001"
    for heading in ("绑定", "表单", "未提交的草稿", "同意", "文件", "收到的消息", "对话", "操作记录"):
        assert len(kept[heading]) == 1, heading
    assert kept["操作记录"] == [{"时间": "2023-06-07T09:05:00+08:00", "操作": "address.seen", "谁": "staff"}]
    assert json.dumps(kept, ensure_ascii=False).count(SECRET) == 3
    assert SECRET not in json.dumps(empty, ensure_ascii=False)
    assert [empty[heading] for heading in ("表单", "未提交的草稿", "对话", "文件", "操作记录")] == [[]] * 5


async def test_a_chat_that_changed_hands_is_told_apart(database: Database, two: Two, now: datetime) -> None:
    hour = timedelta(hours=1)
    async with database.begin() as session:
        await bindings.bind(session, OLD, Owner(student_id=two.first), now)
        await chat.add(session, "web", "c3", True, "我说的", (), (), now + hour)
        await bindings.end(session, OLD, now + 2 * hour)
        await bindings.bind(session, OLD, Owner(student_id=two.second), now + 3 * hour)
        await chat.add(session, "web", "c3", True, "他说的", (), (), now + 4 * hour)
        await conversations.save(session, OLD, form="proxy", data={"drafts": {}}, now=now + 4 * hour)
        mine = await dossier.of_student(session, two.first)
        his = await dossier.of_student(session, two.second)
    assert [line["内容"] for line in mine["对话"]] == ["我说的"]
    assert [line["内容"] for line in his["对话"]] == ["他说的"]
    assert (len(mine["未提交的草稿"]), len(his["未提交的草稿"])) == (0, 1)


async def test_an_address_that_waits_tells_nothing(database: Database, two: Two, now: datetime) -> None:
    async with database.begin() as session:
        await bindings.bind(session, OLD, Owner(student_id=two.first), now, approved=False)
        await chat.add(session, "web", "c3", True, "别人说的", (), (), now)
        kept = await dossier.of_student(session, two.first)
    assert kept["对话"] == []


async def test_erases_what_is_not_approved_and_of_nobody_else(database: Database, two: Two, now: datetime) -> None:
    for student, place in ((two.first, HOME), (two.second, OTHER)):
        await _fill(database, two, student, place, now)
    async with database.begin() as session:
        erased = await erasure.erase_unfinished(session, two.first, now)
        assert (erased.forms, erased.drafts, len(erased.files)) == (("address",), 1, 1)
        kept = await dossier.of_student(session, two.first)
        other = json.dumps(await dossier.of_student(session, two.second), ensure_ascii=False)
        assert SECRET not in json.dumps(kept, ensure_ascii=False)
        assert other.count(SECRET) == 3
        assert [(one["状态"], one["内容"]) for one in kept["表单"]] == [("withdrawn", {})]
        again = await erasure.erase_unfinished(session, two.first, now)
        assert (again.forms, again.drafts) == ((), 0)


async def test_what_the_school_acts_on_stays(database: Database, two: Two, now: datetime) -> None:
    async with database.begin() as session:
        photo, spare = [
            (await two.files.save(session, b"x", name="p", media_type="image/png", now=now, student_id=two.first)).id
            for _ in range(2)
        ]
        answers = {"phone": SECRET, "photo": str(photo), "word": str(uuid4())[:8]}
        await submissions.hand_in(session, student_id=two.first, form="proxy", answers=answers, now=now)
        row = (await session.scalars(select(Submission))).one()
        row.status = "approved"
        await session.flush()
        erased = await erasure.erase_unfinished(session, two.first, now)
        assert erased.forms == ()
        assert erased.files == (spare,)
        kept = await dossier.of_student(session, two.first)
        assert kept["表单"][0]["内容"] == answers
        assert (await session.scalars(select(Binding).where(Binding.student_id == two.first))).one().ended_at is None
