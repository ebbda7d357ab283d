"""电话名单: who is to be called, one number at a time, audited; who was called is off the list for some days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from handlers.calling import ABROAD, number_of, phone_calls
from handlers.handler import Context, Refusal
from handlers.messages import Reply
from storage.crypto import place_of
from storage.database import Database
from storage.deliveries import enqueue
from storage.items import mark
from storage.ladder import set_ladder
from storage.models import Audit, Delivery, Student
from storage.people import Actor, Place
from storage.ways import block
from tests.fakes.campus import Campus, at, build
from tests.fakes.nobody import context, say

TODAY = date(2023, 6, 7)
DAY = timedelta(days=1)
NOON = at(12)


@pytest.fixture
async def campus(database: Database) -> Campus:
    """林一 is late for nine days, 陈二 has done it, 赵四 (not bound) is late by a day; 何三 is of another class."""
    made = await build(database)
    for name, class_name, bind in [
        ("林一", "会计1班", "web"),
        ("陈二", "会计1班", "web"),
        ("赵四", "会计1班", None),
        ("何三", "护理2班", "web"),
    ]:
        await made.student(name, class_name, bind=bind)
    old = await made.item("address", TODAY - 9 * DAY, title="填报档案转寄地址")
    await made.item("books", TODAY - DAY, title="还清图书", audience={"class": ["会计1班"]})
    async with database.begin() as session:
        vault = database.vault
        for name in ("林一", "赵四"):
            one = made.students[name]
            sealed = vault.seal("13900000001", place_of("student", "phone_sealed", one))
            await session.execute(update(Student).where(Student.id == one).values(phone_sealed=sealed))
        for name in ("陈二", "赵四"):
            await mark(session, student_id=made.students[name], item_id=old, status="done", now=NOON)
    return made


@pytest.fixture
async def teacher(campus: Campus) -> Actor:
    return await campus.counselor()


async def chat(campus: Campus, actor: Actor, text: str = "", action: str | None = None, now: datetime = NOON) -> Reply:
    found = await say(phone_calls, campus.database, actor, now, text, action)
    assert found is not None
    return found


async def test_who_and_why(campus: Campus, teacher: Actor) -> None:
    found = await chat(campus, teacher, "电话名单")
    assert found.text == (
        "该打电话的 2 人：\n"
        "1. 林一（会计1班）139****0001\n   逾期 9 天：填报档案转寄地址、还清图书\n"
        "2. 赵四（会计1班）139****0001\n   逾期 1 天 · 收不到消息：还清图书"
    )
    assert all(len(button.action) <= 64 for button in found.buttons)
    other = await campus.counselor("护理2班")
    assert "何三（护理2班）没有电话" in (await chat(campus, other, "电话名单")).text


async def test_a_number_is_shown_one_at_a_time_and_audited(campus: Campus, teacher: Actor) -> None:
    listed = await chat(campus, teacher, "电话名单")
    shown = await chat(campus, teacher, action=listed.buttons[0].action)
    assert shown.text == "林一：13900000001"
    async with campus.database.read() as session:
        acts = (await session.scalars(select(Audit.action).order_by(Audit.id))).all()
    assert acts == ["call_list.view", "phone.seen"]
    other = await campus.counselor("护理2班")
    with pytest.raises(Refusal, match="没有这位同学"):
        await chat(campus, other, action=listed.buttons[0].action)
    with pytest.raises(Refusal, match="没有找到"):
        await chat(campus, teacher, action="call:phone:x")


async def test_no_number_where_data_would_leave_the_country(campus: Campus, teacher: Actor) -> None:
    async with campus.database.begin() as session:
        plain = context(session, teacher, NOON)
        abroad = Context(plain.now, session, teacher, plain.answerer, plain.files, sensitive_allowed=False)
        with pytest.raises(Refusal, match=ABROAD):
            await number_of(abroad, campus.students["林一"])


async def test_who_was_called_comes_back_after_some_days(campus: Campus, teacher: Actor) -> None:
    listed = await chat(campus, teacher, "电话名单")
    assert "3 天内不再列出" in (await chat(campus, teacher, action=listed.buttons[1].action)).text
    assert "该打电话的 1 人" in (await chat(campus, teacher, action="call:list")).text
    assert "该打电话的 2 人" in (await chat(campus, teacher, action="call:list", now=NOON + 3 * DAY)).text


async def test_who_does_not_get_messages_any_more(campus: Campus, teacher: Actor) -> None:
    async with campus.database.begin() as session:
        await block(session, {Place("web", "web-陈二", "web-陈二"): "blocked"}, NOON)
    assert "陈二（会计1班）没有电话\n   逾期 1 天 · 收不到消息" in (await chat(campus, teacher, "电话名单")).text


async def test_who_asked_for_help(campus: Campus, teacher: Actor) -> None:
    async with campus.database.begin() as session:
        await enqueue(session, key="b", kind="notice", now=NOON, student_id=campus.students["陈二"], text="在吗")
        await session.execute(update(Delivery).values(stuck_at=NOON))
    found = await chat(campus, teacher, "电话名单", now=NOON + DAY)
    assert "1. 陈二（会计1班）没有电话\n   他点了「有困难」" in found.text
    assert found.buttons[0].label == "1 已联系", "there is no number to show"
    await chat(campus, teacher, action=found.buttons[0].action, now=NOON + DAY)
    assert "陈二" not in (await chat(campus, teacher, "电话名单", now=NOON + 5 * DAY)).text


async def test_the_school_says_after_how_many_days(campus: Campus, teacher: Actor) -> None:
    async with campus.database.begin() as session:
        await set_ladder(session, campus.school_id, phone=20)
    assert "林一" not in (await chat(campus, teacher, "电话名单")).text


async def test_nobody_to_call_and_nobody_else_may_ask(campus: Campus, teacher: Actor) -> None:
    async with campus.database.begin() as session:
        for item in campus.items.values():
            for student in campus.students.values():
                await mark(session, student_id=student, item_id=item, status="done", now=NOON)
    assert (await chat(campus, teacher, "电话名单")).text == "现在没有要打电话的同学。"
    student = await campus.student_actor("林一")
    assert await say(phone_calls, campus.database, student, NOON, "电话名单") is None
    assert await say(phone_calls, campus.database, student, NOON, action="call:list") is None
