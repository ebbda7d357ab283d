"""催办: whom it reaches and where comes first; one message per student and day."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from bot.delivery import Sender
from handlers.messages import Reply
from handlers.nudge import nudge
from storage.database import Database
from storage.items import mark
from storage.models import Delivery
from storage.people import Actor, Place
from storage.reminders import mute
from storage.ways import block
from tests.fakes.campus import Campus, at, build
from tests.fakes.line import PageLine
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
    found = await say(nudge, campus.database, actor, now, text, action)
    assert found is not None
    return found


async def deliver(campus: Campus, now: datetime = NOON) -> PageLine:
    line = PageLine()
    await Sender(campus.database, {"web": line}, elapsed=lambda: 0.0).run_once(now)
    return line


async def test_the_count_comes_first_then_one_message_each(campus: Campus, teacher: Actor) -> None:
    found = await chat(campus, teacher, "催办")
    assert found.text == (
        "逾期 2 人，将提醒 1 人（网页 1）。\n"
        "逾期的事项：填报档案转寄地址。\n"
        "收不到、要另外联系的 1 人：赵四（未绑定）\n"
        "每人只收到一条，列出他自己没办的；同一天不会重复催。"
    )
    assert [button.action for button in found.buttons] == ["nudge:confirm", "nudge:who", "call:list"]
    assert (await deliver(campus)).said == []

    done = await chat(campus, teacher, action="nudge:confirm")
    assert done.text == "已安排提醒 1 人。\n收不到、要另外联系的 1 人：赵四（未绑定）"
    line = await deliver(campus)
    assert line.chats == ["web-林一"]
    assert "有 1 件事已经过期" in line.said[0][1].text
    assert "填报档案转寄地址\n   已过期 2 天" in line.said[0][1].text
    assert line.said[0][1].buttons[0].action == "form:start:address"


async def test_once_a_day_and_the_second_preview_says_who(campus: Campus, teacher: Actor) -> None:
    await chat(campus, teacher, action="nudge:confirm")
    await deliver(campus)
    again = await chat(campus, teacher, "催办")
    assert again.text.startswith("逾期 2 人，现在没有要提醒的人。")
    assert "今天已经催过、不再打扰的 1 人：林一" in again.text
    assert "nudge:confirm" not in [button.action for button in again.buttons]
    assert (await chat(campus, teacher, action="nudge:confirm")).text.startswith("没有新的提醒要发。")
    assert (await deliver(campus)).said == []
    tomorrow = at(12, day=date(2023, 6, 8))
    assert "已安排提醒 1 人" in (await chat(campus, teacher, action="nudge:confirm", now=tomorrow)).text


async def test_who_binds_later_in_the_day_can_be_nudged_then(campus: Campus, teacher: Actor) -> None:
    await chat(campus, teacher, action="nudge:confirm")
    await deliver(campus)
    await campus.bind("赵四", "telegram")
    assert "将提醒 1 人（Telegram 1）" in (await chat(campus, teacher, "催办")).text
    assert "已安排提醒 1 人" in (await chat(campus, teacher, action="nudge:confirm")).text


async def test_why_somebody_is_not_reached(campus: Campus, teacher: Actor) -> None:
    async with campus.database.begin() as session:
        await block(session, {Place("web", "web-林一", "web-林一"): "unreachable: blocked"}, NOON)
    assert "林一（网页：拉黑了机器人）；赵四（未绑定）" in (await chat(campus, teacher, "催办")).text


async def test_one_reason_is_said_once(campus: Campus, teacher: Actor) -> None:
    await campus.student("钱七", bind=None)
    assert "收不到、要另外联系的 2 人：赵四、钱七（都未绑定）" in (await chat(campus, teacher, "催办")).text


async def test_who_stopped_reminders_is_nudged_only_of_what_is_critical(campus: Campus, teacher: Actor) -> None:
    async with campus.database.begin() as session:
        await mute(session, campus.students["林一"], NOON)
    found = await chat(campus, teacher, "催办")
    assert "自己停止了提醒、逾期的都不是关键事项的 1 人：林一" in found.text
    assert (await chat(campus, teacher, action="nudge:confirm")).text.startswith("没有新的提醒要发。")
    await campus.item("fees", date(2023, 6, 6), title="缴清学费", critical=True)
    assert "将提醒 2 人" in (await chat(campus, teacher, "催办")).text
    await chat(campus, teacher, action="nudge:confirm")
    said = {chat: reply.text for chat, reply in (await deliver(campus)).said}
    assert "缴清学费" in said["web-林一"]
    assert "填报档案转寄地址" not in said["web-林一"]


async def test_without_a_class_the_classes_are_offered(campus: Campus) -> None:
    office = await campus.office_actor()
    found = await chat(campus, office, "催办")
    assert found.text == "2 个班有 3 人逾期。催哪个班？"
    assert [button.label for button in found.buttons] == ["全部（3 人）", "会计1班（2 人）", "护理2班（1 人）"]
    one = await chat(campus, office, action=found.buttons[2].action)
    assert one.text.startswith("逾期 1 人，将提醒 1 人（网页 1）。")
    assert all(len(button.action) <= 64 for button in one.buttons)
    assert "已安排提醒 1 人" in (await chat(campus, office, action=one.buttons[0].action)).text
    assert (await deliver(campus)).chats == ["web-何三"]


async def test_a_class_by_name(campus: Campus, teacher: Actor) -> None:
    office = await campus.office_actor()
    for text in ("催办 护理2班", "催办护理"):
        assert (await chat(campus, office, text)).text.startswith("逾期 1 人")
    assert (await chat(campus, office, "催办 班")).text == "哪一个班？"
    assert (await chat(campus, office, "催办 全部")).text.startswith("逾期 3 人")
    assert "你带的班里没有「护理2班」" in (await chat(campus, teacher, "催办 护理2班")).text
    foreign = campus.classes["护理2班"].hex
    assert "不用催" in (await chat(campus, teacher, action=f"nudge:class:{foreign}")).text
    assert "不用催" in (await chat(campus, teacher, action=f"nudge:confirm:{foreign}")).text
    assert (await deliver(campus)).said == []


async def test_who_has_done_it_meanwhile_is_left_in_peace(campus: Campus, teacher: Actor) -> None:
    await chat(campus, teacher, action="nudge:confirm")
    item = campus.items["address"]
    async with campus.database.begin() as session:
        await mark(session, student_id=campus.students["林一"], item_id=item, status="handed_in", now=NOON)
    assert (await deliver(campus)).said == []
    async with campus.database.begin() as session:
        reasons = (await session.scalars(select(Delivery.reason).order_by(Delivery.reason))).all()
    assert reasons == ["nothing left"]


async def test_late_in_the_evening_it_goes_in_the_morning(campus: Campus, teacher: Actor) -> None:
    await chat(campus, teacher, action="nudge:confirm", now=at(22, 30))
    assert (await deliver(campus, at(22, 30))).said == []
    assert len((await deliver(campus, at(8, day=date(2023, 6, 8)))).said) == 1


async def test_nobody_late_nobody_nudged(sqlite: Database) -> None:
    campus = await build(sqlite)
    await campus.student("林一")
    await campus.item("later", date(2023, 6, 20))
    teacher = await campus.counselor()
    assert "不用催" in (await chat(campus, teacher, "催办")).text
    assert "不用催" in (await chat(campus, teacher, action="nudge:confirm")).text


async def test_it_is_for_staff(campus: Campus, teacher: Actor) -> None:
    for text, action in (("催办", None), ("", "nudge:all"), ("", "nudge:confirm")):
        assert await say(nudge, campus.database, await campus.student_actor("林一"), NOON, text, action) is None
        assert await say(nudge, campus.database, None, NOON, text, action) is None
    for text in ("档案寄到哪里", "谁没交", "几号催办"):
        assert await say(nudge, campus.database, teacher, NOON, text) is None
    assert await say(nudge, campus.database, teacher, NOON, action="item:page:1") is None


async def test_only_ones_own_classes_are_nudged(campus: Campus) -> None:
    await chat(campus, await campus.counselor("护理2班"), action="nudge:confirm")
    assert (await deliver(campus)).chats == ["web-何三"]
