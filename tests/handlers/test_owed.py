"""谁没交: counts first, then the names of one's own classes."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from handlers.messages import Reply
from handlers.owed import owed
from storage.database import Database
from storage.items import mark
from storage.models import Audit, Mute
from storage.people import Actor
from tests.fakes.campus import Campus, at, build
from tests.fakes.nobody import say

NOON = at(12)


@pytest.fixture
async def campus(database: Database) -> Campus:
    """林一 and 赵四 (not bound) are late with the address, 陈二 has handed it in; 何三 is of another class."""
    made = await build(database)
    for name, class_name, bind in [
        ("林一", "会计1班", "web"),
        ("陈二", "会计1班", "web"),
        ("赵四", "会计1班", None),
        ("何三", "护理2班", "web"),
    ]:
        await made.student(name, class_name, bind=bind)
    address = await made.item("address", date(2023, 6, 5), title="填报档案转寄地址", evidence="form", form="address")
    await made.item("library", date(2023, 6, 20), title="还清图书")
    async with database.begin() as session:
        await mark(session, student_id=made.students["陈二"], item_id=address, status="handed_in", now=NOON)
    return made


@pytest.fixture
async def teacher(campus: Campus) -> Actor:
    return await campus.counselor()


async def chat(campus: Campus, actor: Actor, text: str = "", action: str | None = None, now: datetime = NOON) -> Reply:
    found = await say(owed, campus.database, actor, now, text, action)
    assert found is not None
    return found


async def test_progress_then_names(campus: Campus, teacher: Actor) -> None:
    found = await chat(campus, teacher, "谁没交？")
    assert "1. ⏰ 填报档案转寄地址\n   未办 2 · 待审核 1 · 已办 0（共 3 人）" in found.text
    assert "2. ▫️ 还清图书\n   未办 3 · 已办 0（共 3 人）" in found.text
    names = await chat(campus, teacher, action=found.buttons[0].action)
    assert names.text == "「填报档案转寄地址」还有 2 人没办（共 3 人）：\n会计1班：林一、赵四（未绑定）"
    assert (await chat(campus, teacher, "谁没交 地址")).text == names.text
    assert "没有叫" in (await chat(campus, teacher, "谁没交 体检")).text


async def test_who_stopped_his_reminders_is_marked(campus: Campus, teacher: Actor) -> None:
    async with campus.database.begin() as session:
        session.add(Mute(student_id=campus.students["林一"], since=NOON))
    assert "林一（已停止提醒）、赵四（未绑定）" in (await chat(campus, teacher, "谁没交 地址")).text


async def test_only_ones_own_classes(campus: Campus) -> None:
    other = await campus.counselor("护理2班")
    found = await chat(campus, other, "谁没交 地址")
    assert found.text == "「填报档案转寄地址」还有 1 人没办（共 1 人）：\n护理2班：何三"


async def test_an_item_of_another_school_does_not_exist(campus: Campus, teacher: Actor) -> None:
    other = await build(campus.database)
    await other.student("外人")
    item = await other.item("theirs", date(2023, 6, 5))
    assert "没有找到这件事项" in (await chat(campus, teacher, action=f"nudge:item:{item.hex}")).text


async def test_everything_done(campus: Campus, teacher: Actor) -> None:
    for key in ("address", "library"):
        item = campus.items[key]
        async with campus.database.begin() as session:
            for student in campus.students.values():
                await mark(session, student_id=student, item_id=item, status="done", now=NOON)
    assert (await chat(campus, teacher, "谁没交")).text == "都办完了，没有人欠着事项。"
    assert "没有人欠着" in (await chat(campus, teacher, "谁没交 图书")).text


async def test_it_is_for_staff(campus: Campus, teacher: Actor) -> None:
    for text, action in (("谁没交", None), ("", "nudge:who")):
        assert await say(owed, campus.database, await campus.student_actor("林一"), NOON, text, action) is None
        assert await say(owed, campus.database, None, NOON, text, action) is None
    assert await say(owed, campus.database, teacher, NOON, "催办") is None


async def test_a_look_at_names_is_audited(campus: Campus, teacher: Actor) -> None:
    await chat(campus, teacher, "谁没交 地址")
    async with campus.database.begin() as session:
        found = (await session.scalars(select(Audit))).one()
    assert (found.action, found.detail) == ("not_done.view", {"students": 2})
