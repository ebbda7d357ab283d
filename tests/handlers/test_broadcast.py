"""群发: seen before it goes, sent only where the author may write, and followed per student."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from bot.channel import SendError
from bot.delivery import Sender
from handlers import broadcast as feature
from handlers.broadcast import broadcast, preview, send, status
from handlers.handler import Refusal
from handlers.messages import Reply
from storage.audit import verify
from storage.database import Database
from storage.models import Audit, ClassStaff, Delivery
from storage.people import Actor
from tests.fakes.campus import Campus, at, build
from tests.fakes.line import PageLine
from tests.fakes.nobody import context, say

NOON = at(12)


@pytest.fixture
async def campus(database: Database) -> Campus:
    made = await build(database)
    await made.student("林一")
    await made.student("陈二")
    await made.student("赵四", bind=None)
    await made.student("何三", "护理2班")
    return made


@pytest.fixture
async def teacher(campus: Campus) -> Actor:
    return await campus.counselor()


async def chat(
    campus: Campus, actor: Actor | None, text: str = "", action: str | None = None, now: datetime = NOON
) -> Reply:
    found = await say(broadcast, campus.database, actor, now, text, action)
    assert found is not None
    return found


async def sent_draft(campus: Campus, actor: Actor, text: str = "明天交表") -> UUID:
    async with campus.database.begin() as session:
        here = context(session, actor, NOON)
        found = await preview(here, list(campus.classes.values()), text)
        await send(here, found.draft_id)
    return found.draft_id


async def deliver(campus: Campus, line: PageLine | None = None, now: datetime = NOON) -> PageLine:
    line = line or PageLine()
    await Sender(campus.database, {"web": line}, elapsed=lambda: 0.0).run_once(now)
    return line


async def standings(campus: Campus, actor: Actor, draft_id: UUID) -> dict[str, str]:
    async with campus.database.begin() as session:
        found = await status(context(session, actor, NOON), draft_id)
    return {one.name: one.status for one in found.recipients}


async def test_preview_send_and_acknowledge(campus: Campus, teacher: Actor) -> None:
    found = await chat(campus, teacher, "群发 会计1班：明天上午交登记表")
    assert "共 3 人" in found.text
    assert "1 人未绑定，收不到：赵四" in found.text
    assert "明天上午交登记表" in found.text
    sending = next(button.action for button in found.buttons if button.action.startswith("broadcast:send:"))
    assert "发给 3 人" in (await chat(campus, teacher, action=sending)).text

    line = await deliver(campus)
    assert sorted(line.chats) == ["web-林一", "web-陈二"]
    assert line.said[0][1].text == "📢 周老师：\n明天上午交登记表"

    ack = dict(line.said)["web-林一"].buttons[0].action
    assert "没有找到" in (await chat(campus, await campus.student_actor("何三"), action=ack)).text
    assert "收到" in (await chat(campus, await campus.student_actor("林一"), action=ack)).text

    shown = await chat(campus, teacher, action=sending.replace("send", "status"))
    assert "共 3 人：已知悉 1，已发出 1，失败 1" in shown.text
    assert "✗ 赵四（会计1班）：失败，未绑定，收不到消息" in shown.text
    assert "还没点「已知悉」：陈二" in shown.text


async def test_the_text_may_come_in_the_next_message(campus: Campus, teacher: Actor) -> None:
    assert "会计1班" in (await chat(campus, teacher, "群发 会计1班")).text
    assert "明天开会" in (await chat(campus, teacher, "明天开会")).text
    assert await say(broadcast, campus.database, teacher, NOON, "又一句") is None


async def test_one_may_think_better_of_it(campus: Campus, teacher: Actor) -> None:
    await chat(campus, teacher, "群发 会计1班")
    assert "没有发给任何人" in (await chat(campus, teacher, "取消")).text
    await chat(campus, teacher, "群发 会计1班")
    assert await say(broadcast, campus.database, teacher, NOON + timedelta(minutes=11), "别的话") is None


async def test_the_same_button_twice_sends_once(campus: Campus, teacher: Actor) -> None:
    sending = (await chat(campus, teacher, "群发 全部：放假")).buttons[0].action
    await chat(campus, teacher, action=sending)
    with pytest.raises(Refusal, match="没有重复发送"):
        await chat(campus, teacher, action=sending)
    assert len((await deliver(campus)).said) == 2


async def test_cancelled_is_cancelled(campus: Campus, teacher: Actor) -> None:
    found = await chat(campus, teacher, "群发 会计1班：放假")
    cancelling = next(button.action for button in found.buttons if ":cancel:" in button.action)
    await chat(campus, teacher, action=cancelling)
    with pytest.raises(Refusal):
        await chat(campus, teacher, action=found.buttons[0].action)


async def test_a_class_of_others_is_as_if_it_did_not_exist(campus: Campus, teacher: Actor) -> None:
    for name in ("护理2班", "没有这个班"):
        with pytest.raises(Refusal, match=f"没有找到班级「{name}」"):
            await chat(campus, teacher, f"群发 {name}：你好")
    async with campus.database.begin() as session:
        with pytest.raises(Refusal, match="没有找到这个班级"):
            await preview(context(session, teacher, NOON), [campus.classes["护理2班"]], "你好")


async def test_somebody_elses_broadcast_does_not_exist(campus: Campus, teacher: Actor) -> None:
    draft_id = await sent_draft(campus, teacher)
    other = await campus.counselor("护理2班")
    async with campus.database.begin() as session:
        with pytest.raises(Refusal, match="没有找到"):
            await status(context(session, other, NOON), draft_id)
        with pytest.raises(Refusal, match="没有找到"):
            await send(context(session, other, NOON), draft_id)


async def test_the_right_taken_away_between_draft_and_send(campus: Campus, teacher: Actor) -> None:
    found = await chat(campus, teacher, "群发 会计1班：放假")
    await revoke(campus, teacher)
    with pytest.raises(Refusal, match="没有你能发到的学生"):
        await chat(campus, teacher, action=found.buttons[0].action)
    assert (await deliver(campus)).said == []


async def test_the_right_taken_away_between_send_and_delivery(campus: Campus, teacher: Actor) -> None:
    await sent_draft(campus, teacher)
    await revoke(campus, teacher)
    assert (await deliver(campus)).said == []
    async with campus.database.begin() as session:
        rows = (await session.scalars(select(Delivery))).all()
    assert {(row.status, row.reason) for row in rows} == {("cancelled", "not permitted any more")}


async def revoke(campus: Campus, teacher: Actor) -> None:
    async with campus.database.begin() as session:
        await session.execute(delete(ClassStaff).where(ClassStaff.staff_id == teacher.id))


async def test_every_standing_is_shown(campus: Campus, teacher: Actor) -> None:
    draft_id = await sent_draft(campus, teacher)
    assert set((await standings(campus, teacher, draft_id)).values()) == {"queued"}
    line = PageLine()
    with line.failing(SendError("blocked by the person", permanent=True)):
        await deliver(campus, line)
    assert set((await standings(campus, teacher, draft_id)).values()) == {"failed"}


async def test_a_message_that_cannot_go_for_three_days_is_not_sent(campus: Campus, teacher: Actor) -> None:
    await sent_draft(campus, teacher)
    assert (await deliver(campus, now=NOON + timedelta(days=3))).said == []


async def test_at_night_it_waits_unless_it_is_urgent(campus: Campus, teacher: Actor) -> None:
    first = await chat(campus, teacher, "群发 会计1班：不急", now=at(23))
    await chat(campus, teacher, action=first.buttons[0].action, now=at(23))
    second = await chat(campus, teacher, "群发 会计1班：急", now=at(23))
    await chat(campus, teacher, action=second.buttons[1].action, now=at(23))
    line = await deliver(campus, now=at(23))
    assert {reply.text for _, reply in line.said} == {"📢 周老师：\n急"}


async def test_too_many_need_a_second_person(campus: Campus, teacher: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature, "SECOND_APPROVER_FROM", 2)
    with pytest.raises(Refusal, match="第二个人批准"):
        await chat(campus, teacher, "群发 会计1班：放假")


@pytest.mark.parametrize("text", ["群发 会计1班：" + "长" * 801, "群发", "群发：你好"])
async def test_what_does_not_fit_is_refused(campus: Campus, teacher: Actor, text: str) -> None:
    with pytest.raises(Refusal):
        await chat(campus, teacher, text)


@pytest.mark.parametrize("action", ["ack:", "ack:x", "ack:99999999999999999999", "ack:-1", "ack:²", "ack:1:2"])
async def test_odd_acknowledgements(campus: Campus, action: str) -> None:
    assert "没有找到" in (await chat(campus, await campus.student_actor("林一"), action=action)).text
    assert "没有找到" in (await chat(campus, None, action=action)).text


@pytest.mark.parametrize(
    ("text", "action"),
    [("档案", None), ("", "broadcast:send:x"), ("", f"broadcast:odd:{UUID(int=7).hex}"), ("", "form:start:address")],
)
async def test_what_is_not_its_business(campus: Campus, teacher: Actor, text: str, action: Any) -> None:
    assert await say(broadcast, campus.database, teacher, NOON, text, action) is None
    assert await say(broadcast, campus.database, await campus.student_actor("林一"), NOON, text, action) is None


async def test_students_cannot_broadcast(campus: Campus) -> None:
    student = await campus.student_actor("林一")
    assert await say(broadcast, campus.database, student, NOON, "群发 会计1班：你好") is None
    async with campus.database.begin() as session:
        with pytest.raises(Refusal, match="给老师用"):
            await preview(context(session, student, NOON), list(campus.classes.values()), "你好")


async def test_the_last_ones_are_listed_and_audited(campus: Campus, teacher: Actor) -> None:
    assert "还没有群发过" in (await chat(campus, teacher, "群发记录")).text
    await sent_draft(campus, teacher, "第一条")
    assert "第一条" in (await chat(campus, teacher, "群发记录")).text
    async with campus.database.begin() as session:
        found = (await session.scalars(select(Audit))).one()
        assert (found.action, found.actor, found.detail["recipients"]) == ("broadcast.send", teacher.tag, 3)
        assert await verify(session) is None
