"""What comes after a broadcast: reminders, corrections, taking back; each to exactly those it concerns."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from bot.channel import SendError
from bot.pace import Pace
from bot.recall import Recaller
from handlers.handler import Refusal
from storage.database import Database
from storage.models import Delivery
from storage.people import Actor
from tests.fakes.campus import Campus, build
from tests.fakes.line import Line, PageLine
from tests.fakes.mailbag import LATER, NOON, Mailbag, button, labels

SOON = LATER + timedelta(minutes=5)


@pytest.fixture
async def campus(database: Database) -> Campus:
    made = await build(database)
    for name in ("林一", "陈二", "赵三"):
        await made.student(name)
    await made.student("钱四", bind="telegram")
    await made.student("孙五", bind=None)
    return made


@pytest.fixture
async def teacher(campus: Campus) -> Actor:
    return await campus.counselor()


@pytest.fixture
def bag(campus: Campus) -> Mailbag:
    return Mailbag(campus)


# --- reminding -------------------------------------------------------------------------------------------------------


async def test_exactly_those_who_pressed_nothing_are_reminded(bag: Mailbag, teacher: Actor) -> None:
    sent = await bag.sent(teacher, "群发 会计1班：交表")
    await bag.student("林一", action=f"ack:b{sent.hex}")
    await bag.student("陈二", action=f"stuck:b{sent.hex}")
    preview = await bag.staff(teacher, action=f"broadcast:remind:{sent.hex}", now=SOON)
    assert "共 2 人" in preview.text
    await bag.staff(teacher, action=button(preview, "发送给 2 人"), now=SOON)
    with pytest.raises(Refusal, match="没有重复发送"):
        await bag.staff(teacher, action=button(preview, "发送给 2 人"), now=SOON)
    await bag.student("赵三", action=f"ack:b{sent.hex}")  # in the meantime
    before = len(bag.line.said), len(bag.phone.said)
    await bag.go(SOON + timedelta(minutes=1))
    assert [chat for chat, _ in bag.line.said[before[0] :]] == []
    [(chat, reply)] = bag.phone.said[before[1] :]
    assert (chat, reply.text) == ("telegram-钱四", "⏰ 周老师提醒你看一下、点「已知悉」：\n交表")


async def test_who_answers_while_the_reminder_waits_is_not_reminded(bag: Mailbag, teacher: Actor) -> None:
    sent = await bag.sent(teacher, "群发 会计1班：交表")
    preview = await bag.staff(teacher, action=f"broadcast:remind:{sent.hex}", now=SOON)
    await bag.staff(teacher, action=button(preview, "发送给 4 人"), now=SOON)
    before = len(bag.line.said)
    with bag.line.failing(SendError("for now")):
        await bag.go(SOON + timedelta(minutes=1))
    await bag.student("林一", action=f"ack:b{sent.hex}")
    await bag.go(SOON + timedelta(minutes=10))
    assert sorted(chat for chat, _ in bag.line.said[before:]) == ["web-赵三", "web-陈二"]


async def test_answering_the_reminder_answers_the_broadcast(bag: Mailbag, teacher: Actor) -> None:
    sent = await bag.sent(teacher, "群发 会计1班：交表")
    preview = await bag.staff(teacher, action=f"broadcast:remind:{sent.hex}", now=SOON)
    await bag.staff(teacher, action=button(preview, "发送给"), now=SOON)
    await bag.go(SOON + timedelta(minutes=1))
    await bag.student("林一", action=button(bag.line.said[-1][1], "已知悉"))
    await bag.student("赵三", action=button(bag.line.said[-1][1], "有困难"))
    assert (await bag.tally(teacher, sent))["acknowledged"] == 1
    assert (await bag.tally(teacher, sent))["stuck"] == 1
    for name in ("林一", "陈二", "赵三", "钱四"):
        await bag.student(name, action=f"ack:b{sent.hex}")
    with pytest.raises(Refusal, match="没有要发的人"):
        await bag.staff(teacher, action=f"broadcast:remind:{sent.hex}", now=SOON)


# --- correcting ------------------------------------------------------------------------------------------------------


async def corrected(bag: Mailbag, teacher: Actor, sent: UUID, wrong: str, text: str) -> UUID:
    asked = await bag.staff(teacher, action=f"broadcast:correct:{sent.hex}", now=SOON)
    assert "哪里写错了" in asked.text
    assert "全文" in (await bag.staff(teacher, wrong, now=SOON)).text
    preview = await bag.staff(teacher, text, now=SOON)
    assert wrong in preview.text
    confirmed = await bag.staff(teacher, action=button(preview, "发送给"), now=SOON)
    return UUID(hex=confirmed.buttons[0].action.rpartition(":")[2])


async def test_who_has_the_wrong_one_is_told_and_the_others_get_the_right_one_only(
    bag: Mailbag, teacher: Actor
) -> None:
    with bag.phone.failing(SendError("for now")):
        sent = await bag.sent(teacher, "群发 会计1班：周五交表")
    newer = await corrected(bag, teacher, sent, "时间应该是周四", "周四交表")
    del bag.line.said[:]
    await bag.go(SOON + timedelta(minutes=1))
    had = "📢 周老师 更正：\n刚才那条不对：时间应该是周四\n以下面这条为准：\n————\n周四交表"
    assert {chat: reply.text for chat, reply in bag.line.said} == dict.fromkeys(
        ("web-林一", "web-陈二", "web-赵三"), had
    )
    assert [(chat, reply.text) for chat, reply in bag.phone.said] == [("telegram-钱四", "📢 周老师：\n周四交表")]
    await bag.go(SOON + timedelta(hours=2))
    assert len(bag.phone.said) == 1  # the wrong one is not tried again
    tally = await bag.tally(teacher, newer)
    assert (tally["sent"], tally["failed"]) == (4, 1)
    shown = await bag.staff(teacher, action=f"broadcast:status:{sent.hex}", now=SOON)
    assert "已更正" in shown.text
    assert labels(shown) == ["刷新"]
    with pytest.raises(Refusal, match="已经更正过"):
        await bag.staff(teacher, action=f"broadcast:correct:{sent.hex}", now=SOON)
    answered = await bag.student("林一", action=f"ack:b{sent.hex}")
    assert answered is not None
    assert "以更正后的那条为准" in answered.text


async def test_a_correction_may_be_corrected(bag: Mailbag, teacher: Actor) -> None:
    sent = await bag.sent(teacher, "群发 会计1班：周五交表")
    newer = await corrected(bag, teacher, sent, "时间应该是周四", "周四交表")
    with bag.line.failing(SendError("for now")):
        await bag.go(SOON + timedelta(minutes=1))
    await corrected(bag, teacher, newer, "地点是二楼", "周四二楼交表")
    del bag.line.said[:]
    await bag.go(SOON + timedelta(minutes=3))
    assert {reply.text.partition("\n")[0] for _, reply in bag.line.said} == {"📢 周老师 更正："}  # they have the first


async def test_a_correction_can_be_thought_better_of(bag: Mailbag, teacher: Actor) -> None:
    sent = await bag.sent(teacher, "群发 会计1班：周五交表")
    await bag.staff(teacher, action=f"broadcast:correct:{sent.hex}", now=SOON)
    assert "已取消" in (await bag.staff(teacher, "不更正了", now=SOON)).text
    await bag.staff(teacher, action=f"broadcast:correct:{sent.hex}", now=SOON)
    await bag.staff(teacher, "没什么", now=SOON)
    with pytest.raises(Refusal, match="没有改动"):
        await bag.staff(teacher, "周五交表", now=SOON)


# --- taking back -----------------------------------------------------------------------------------------------------


class Undoing(PageLine):
    """A page that takes lines back."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: list[str] = []
        self.refuses: SendError | None = None

    async def recall(self, platform_id: str) -> None:
        """Remembers which."""
        if self.refuses:
            raise self.refuses
        self.gone.append(platform_id)


async def take_back(bag: Mailbag, line: Undoing, minutes: int = 1) -> None:
    pace = Pace(bag.campus.database, {})
    lines = {"web": line, "telegram": bag.phone}
    await Recaller(bag.campus.database, lines, pace).run_once(SOON + timedelta(minutes=minutes))


async def test_taken_back_where_the_platform_lets_us(
    bag: Mailbag, teacher: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Undoing()
    bag.line = line
    monkeypatch.setattr("tests.fakes.nobody.OUTLETS", _outlets(line, bag.phone))
    sent = await bag.sent(teacher, "群发 会计1班：放假")
    await bag.student("林一", action=f"ack:b{sent.hex}")
    asked = await bag.staff(teacher, action=f"broadcast:recall:{sent.hex}", now=SOON)
    assert "网页会删掉，Telegram撤不回" in asked.text
    shown = await bag.staff(teacher, action=button(asked, "确认撤回"), now=SOON)
    assert "正在撤回 3 人" in shown.text
    assert "Telegram：1 人撤不回（平台不支持撤回）" in shown.text
    assert "1 人撤回前已经点了「已知悉」" in shown.text
    await take_back(bag, line)
    assert len(line.gone) == 3
    shown = await bag.staff(teacher, action=f"broadcast:status:{sent.hex}", now=SOON)
    assert "已撤回 3 人" in shown.text
    assert labels(shown) == ["刷新"]
    with pytest.raises(Refusal, match="已经撤回过"):
        await bag.staff(teacher, action=f"broadcast:takeback:{sent.hex}", now=SOON)
    answered = await bag.student("陈二", action=f"ack:b{sent.hex}")
    assert answered is not None
    assert "已经撤回" in answered.text


async def test_what_the_platform_refuses_is_said(bag: Mailbag, teacher: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Undoing()
    bag.line = line
    monkeypatch.setattr("tests.fakes.nobody.OUTLETS", _outlets(line, bag.phone))
    sent = await bag.sent(teacher, "群发 会计1班：放假")
    await bag.staff(teacher, action=f"broadcast:takeback:{sent.hex}", now=SOON)
    line.refuses = SendError("for now")
    await take_back(bag, line)
    line.refuses = SendError("too old", permanent=True)
    await take_back(bag, line, 2)
    shown = await bag.staff(teacher, action=f"broadcast:status:{sent.hex}", now=SOON)
    assert "网页：3 人撤不回（发出太久，平台不让撤回了）" in shown.text


async def test_what_is_not_out_yet_stays_in(bag: Mailbag, teacher: Actor) -> None:
    with bag.line.failing(SendError("for now")), bag.phone.failing(SendError("for now")):
        sent = await bag.sent(teacher, "群发 会计1班：放假")
    shown = await bag.staff(teacher, action=f"broadcast:takeback:{sent.hex}", now=SOON)
    assert "还没有人收到" in shown.text
    await bag.go(NOON + timedelta(hours=3))
    assert (bag.line.said, bag.phone.said) == ([], [])
    async with bag.campus.database.read() as session:
        rows = await session.execute(select(Delivery.status, Delivery.reason))
        assert set(rows.all()) == {("cancelled", "recalled"), ("failed", "unreachable: not bound")}


def _outlets(line: PageLine, phone: Line) -> object:
    from bot.outlets import outlets_of

    return outlets_of({"web": line, "telegram": phone})
