"""群发 in the chat: seen before it goes, sent only where the author may write, followed per student."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, select

from bot.channel import SendError
from handlers import mailing
from handlers.broadcast import broadcast
from handlers.handler import Refusal
from handlers.messages import Attachment
from storage.audit import verify
from storage.database import Database
from storage.models import Attachment as FileRow
from storage.models import Audit, ClassStaff, Delivery
from storage.people import Actor
from tests.fakes.campus import Campus, at, build
from tests.fakes.mailbag import LATER, NOON, Mailbag, button, labels
from tests.fakes.nobody import context, say


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


@pytest.fixture
def bag(campus: Campus) -> Mailbag:
    return Mailbag(campus)


async def test_preview_send_and_acknowledge(bag: Mailbag, teacher: Actor) -> None:
    found = await bag.staff(teacher, "群发 会计1班：明天上午交登记表")
    assert "共 3 人" in found.text
    assert "能收到 2 人：网页 2 人" in found.text
    assert "收不到 1 人：赵四（未绑定）" in found.text
    assert "📢 周老师：\n明天上午交登记表" in found.text
    assert "长度：网页 15/4000 字，1 条" in found.text
    assert "共 3 人" in (await bag.staff(teacher, action=button(found, "发送给 3 人"))).text

    assert await bag.go(NOON) == 0  # there is time to think better of it
    assert await bag.go() == 3
    assert sorted(bag.line.chats) == ["web-林一", "web-陈二"]
    reply = dict(bag.line.said)["web-林一"]
    assert (reply.text, labels(reply)) == ("📢 周老师：\n明天上午交登记表", ["已知悉", "有困难"])

    ack = button(reply, "已知悉")
    for stranger in ("何三", "赵四"):
        answered = await bag.student(stranger, action=ack)
        assert answered is not None
        assert answered.text.startswith("没有找到" if stranger == "何三" else "收到")
    answered = await bag.student("林一", action=ack)
    assert answered is not None
    assert "收到" in answered.text


async def test_the_status_names_who_is_missing(bag: Mailbag, teacher: Actor) -> None:
    sent = await bag.sent(teacher, "群发 会计1班：明天上午交登记表")
    await bag.student("林一", action=f"ack:b{sent.hex}")
    shown = await bag.staff(teacher, action=f"broadcast:status:{sent.hex}", now=LATER)
    assert "共 3 人：已知悉 1，已发出 1，失败 1" in shown.text
    assert "✗ 赵四（会计1班）：失败，未绑定，收不到消息" in shown.text
    assert "还没点「已知悉」：陈二" in shown.text
    assert labels(shown) == ["提醒没确认的 1 人", "更正", "撤回", "刷新"]


async def test_without_a_word_of_whom_the_classes_are_offered(bag: Mailbag, teacher: Actor, campus: Campus) -> None:
    offered = await bag.staff(teacher, "群发")
    assert labels(offered) == ["会计1班"]
    assert "发给 会计1班" in (await bag.staff(teacher, action=button(offered, "会计1班"))).text
    assert "明天开会" in (await bag.staff(teacher, "明天开会")).text
    office = await campus.office_actor()
    assert labels(await bag.staff(office, "群发")) == ["会计1班", "护理2班", "全部 2 个班"]
    assert "全部 2 个班" in (await bag.staff(office, action="broadcast:to:all")).text
    with pytest.raises(Refusal, match="没有找到这个班级"):
        await bag.staff(teacher, action=f"broadcast:to:{campus.classes['护理2班'].hex}")


async def test_the_text_may_come_in_the_next_message(bag: Mailbag, teacher: Actor, campus: Campus) -> None:
    assert "会计1班" in (await bag.staff(teacher, "群发 会计1班")).text
    assert "明天开会" in (await bag.staff(teacher, "明天开会")).text
    assert await say(broadcast, campus.database, teacher, NOON, "又一句") is None


async def test_one_may_think_better_of_it(bag: Mailbag, teacher: Actor, campus: Campus) -> None:
    await bag.staff(teacher, "群发 会计1班")
    assert "没有发给任何人" in (await bag.staff(teacher, "取消")).text
    await bag.staff(teacher, "群发 会计1班")
    assert await say(broadcast, campus.database, teacher, NOON + timedelta(minutes=11), "别的话") is None


async def test_undone_within_the_time_to_think(bag: Mailbag, teacher: Actor) -> None:
    found = await bag.staff(teacher, "群发 会计1班：放假")
    confirmed = await bag.staff(teacher, action=button(found, "发送给"))
    assert "30 秒后开始发" in confirmed.text
    assert "已撤销" in (await bag.staff(teacher, action=button(confirmed, "撤销"))).text
    assert await bag.go() == 0
    assert "来不及" in (await bag.staff(teacher, action=button(confirmed, "撤销"))).text


async def test_the_same_button_twice_sends_once(bag: Mailbag, teacher: Actor) -> None:
    sending = button(await bag.staff(teacher, "群发 全部：放假"), "发送给")
    await bag.staff(teacher, action=sending)
    with pytest.raises(Refusal, match="没有重复发送"):
        await bag.staff(teacher, action=sending)
    assert (await bag.go(), await bag.go()) == (3, 0)
    assert len(bag.line.said) == 2


async def test_cancelled_is_cancelled(bag: Mailbag, teacher: Actor) -> None:
    found = await bag.staff(teacher, "群发 会计1班：放假")
    await bag.staff(teacher, action=button(found, "取消"))
    with pytest.raises(Refusal):
        await bag.staff(teacher, action=button(found, "发送给"))


async def test_somebody_elses_broadcast_does_not_exist(bag: Mailbag, teacher: Actor, campus: Campus) -> None:
    sent = await bag.sent(teacher, "群发 会计1班：放假")
    other = await campus.counselor("护理2班")
    for verb in ("status", "send", "remind", "correct", "recall", "takeback", "review", "approve", "refuse"):
        with pytest.raises(Refusal, match=r"没有找到|不用你批"):
            await bag.staff(other, action=f"broadcast:{verb}:{sent.hex}")
    assert "已经发出或取消" in (await bag.staff(other, action=f"broadcast:cancel:{sent.hex}")).text


async def test_the_right_taken_away_before_it_is_planned(bag: Mailbag, teacher: Actor, campus: Campus) -> None:
    found = await bag.staff(teacher, "群发 会计1班：放假")
    await bag.staff(teacher, action=button(found, "发送给"))
    await revoke(campus, teacher)
    assert await bag.go() == 0
    assert bag.line.said == []


async def test_the_right_taken_away_between_plan_and_delivery(bag: Mailbag, teacher: Actor, campus: Campus) -> None:
    with bag.line.failing(SendError("for now")):
        await bag.sent(teacher, "群发 会计1班：放假")
    await revoke(campus, teacher)
    await bag.go(LATER + timedelta(minutes=5))
    assert bag.line.said == []
    async with campus.database.begin() as session:
        rows = (await session.execute(select(Delivery.reason, func.count()).group_by(Delivery.reason))).all()
    assert dict(rows) == {"not permitted any more": 2, "unreachable: not bound": 1}


async def revoke(campus: Campus, teacher: Actor) -> None:
    async with campus.database.begin() as session:
        await session.execute(delete(ClassStaff).where(ClassStaff.staff_id == teacher.id))


async def test_a_message_that_cannot_go_for_three_days_is_not_sent(bag: Mailbag, teacher: Actor) -> None:
    with bag.line.failing(SendError("for now")):
        await bag.sent(teacher, "群发 会计1班：放假")
    await bag.go(NOON + timedelta(days=3, minutes=2))
    assert bag.line.said == []


async def test_at_night_it_waits_unless_it_is_urgent(bag: Mailbag, teacher: Actor) -> None:
    await bag.sent(teacher, "群发 会计1班：不急", now=at(23))
    await bag.sent(teacher, "群发 会计1班：急", now=at(23), urgent=True)
    assert {reply.text for _, reply in bag.line.said} == {"📢 周老师：\n急"}
    await bag.go(at(8, 10) + timedelta(days=1))
    assert {reply.text for _, reply in bag.line.said} == {"📢 周老师：\n急", "📢 周老师：\n不急"}


# --- when ------------------------------------------------------------------------------------------------------------


async def test_it_goes_when_it_was_said(bag: Mailbag, teacher: Actor) -> None:
    found = await bag.staff(teacher, "群发 会计1班：放假")
    assert "下周一上午9点" in (await bag.staff(teacher, action=button(found, "定时"))).text
    with pytest.raises(Refusal, match="什么时候发"):
        await bag.staff(teacher, "有空再说")
    shown = await bag.staff(teacher, "下周一上午9点")
    assert "定在 6月12日（周一）9:00 发" in shown.text
    assert "6月12日（周一）9:00 发" in (await bag.staff(teacher, action=button(shown, "发送给"))).text
    monday = at(9) + timedelta(days=5)
    assert (await bag.go(monday - timedelta(minutes=1)), await bag.go(monday)) == (0, 3)


async def test_a_time_beside_the_preview_is_taken_and_the_night_is_not(bag: Mailbag, teacher: Actor) -> None:
    await bag.staff(teacher, "群发 会计1班：放假")
    shown = await bag.staff(teacher, "明晚11点")
    assert "定在 6月9日（周五）8:00 发（夜里不打扰，早上再发）" in shown.text
    assert "定在 明天 14:30 发" in (await bag.staff(teacher, "改到明天14:30")).text


async def test_many_do_not_get_it_at_the_full_hour(
    bag: Mailbag, teacher: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.schedule.BULK_FROM", 3)
    await bag.staff(teacher, "群发 会计1班：放假")
    shown = await bag.staff(teacher, "明天上午9点")
    assert "定在 明天 9:0" in shown.text
    assert "避开整点" in shown.text
    assert "9:00" not in shown.text


# --- a second person -------------------------------------------------------------------------------------------------


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "SECOND_APPROVER_FROM", 2)


@pytest.mark.usefixtures("many")
async def test_too_many_need_a_second_person(bag: Mailbag, teacher: Actor, campus: Campus) -> None:
    found = await bag.staff(teacher, "群发 会计1班：放假")
    confirmed = await bag.staff(teacher, action=button(found, "提交批准（3 人）"))
    assert "批准后才会发" in confirmed.text
    assert await bag.go() == 0
    which = confirmed.buttons[0].action.rpartition(":")[2]
    for nobody in (teacher, await campus.counselor("护理2班")):
        with pytest.raises(Refusal, match="不用你批"):
            await bag.staff(nobody, action=f"broadcast:approve:{which}")
    office = await campus.office_actor()
    seen = await bag.staff(office, action=f"broadcast:review:{which}")
    assert "周老师 想发给 会计1班，共 3 人" in seen.text
    assert "收不到 1 人：赵四" in seen.text
    assert "已批准" in (await bag.staff(office, action=button(seen, "批准"))).text
    assert await bag.go(LATER) == 3
    with pytest.raises(Refusal):
        await bag.staff(office, action=button(seen, "批准"))
    async with campus.database.begin() as session:
        actions = set((await session.scalars(select(Audit.action))).all())
        told = (await session.scalars(select(Delivery.key).where(Delivery.staff_id.is_not(None)))).all()
    assert actions == {"broadcast.send", "broadcast.approve"}
    assert {key.partition(":")[0] for key in told} == {"broadcast-approve", "broadcast-approved"}


@pytest.mark.usefixtures("many")
async def test_refused_by_the_second_person(bag: Mailbag, teacher: Actor, campus: Campus) -> None:
    found = await bag.staff(teacher, "群发 会计1班：放假")
    confirmed = await bag.staff(teacher, action=button(found, "提交批准"))
    which = confirmed.buttons[0].action.rpartition(":")[2]
    await bag.staff(await campus.office_actor(), action=f"broadcast:refuse:{which}")
    assert await bag.go() == 0


@pytest.mark.usefixtures("many")
async def test_there_is_no_second_person(bag: Mailbag, campus: Campus) -> None:
    found = await bag.staff(await campus.office_actor(), "群发 全部：放假")
    with pytest.raises(Refusal, match="没有别的办公室账号"):
        await bag.staff(await campus.office_actor(), action=button(found, "提交批准"))


# --- files -----------------------------------------------------------------------------------------------------------


async def test_files_go_along(bag: Mailbag, teacher: Actor, campus: Campus) -> None:
    first, second = await stored(campus, teacher, "安排.pdf"), await stored(campus, teacher, "地图.png")
    await bag.staff(teacher, "群发 会计1班")
    assert "收到附件，共 1 个" in (await bag.staff(teacher, files=(first,))).text
    shown = await bag.staff(teacher, "看附件")
    assert "📎 安排.pdf" in shown.text
    shown = await bag.staff(teacher, files=(second,))
    assert "附件加上了" in shown.text
    await bag.staff(teacher, action=button(shown, "发送给"))
    await bag.go()
    assert [file.name for file in bag.line.said[0][1].files] == ["安排.pdf", "地图.png"]


async def stored(campus: Campus, teacher: Actor, name: str) -> Attachment:
    from storage.crypto import place_of
    from storage.database import vault_of

    file_id = uuid4()
    async with campus.database.begin() as session:
        sealed = vault_of(session).seal(name, place_of("attachment", "name_sealed", file_id))
        row = FileRow(id=file_id, staff_id=teacher.id, name_sealed=sealed, media_type="application/pdf", size=3)
        row.digest, row.made_at = b"", NOON
        session.add(row)
    return Attachment(file_id, name, "application/pdf", 3)


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["群发 会计1班：" + "长" * 801, "群发：你好"])
async def test_what_does_not_fit_is_refused(bag: Mailbag, teacher: Actor, text: str) -> None:
    with pytest.raises(Refusal):
        await bag.staff(teacher, text)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("档案", None),
        ("", "broadcast:send:x"),
        ("", "broadcast:to:x"),
        ("", f"broadcast:odd:{UUID(int=7).hex}"),
        ("", "form:start:address"),
    ],
)
async def test_what_is_not_its_business(campus: Campus, teacher: Actor, text: str, action: Any) -> None:
    assert await say(broadcast, campus.database, teacher, NOON, text, action) is None
    assert await say(broadcast, campus.database, await campus.student_actor("林一"), NOON, text, action) is None


async def test_students_cannot_broadcast(campus: Campus) -> None:
    student = await campus.student_actor("林一")
    assert await say(broadcast, campus.database, student, NOON, "群发 会计1班：你好") is None
    async with campus.database.begin() as session:
        with pytest.raises(Refusal, match="给老师用"):
            await mailing.confirm(context(session, student, NOON), uuid4())


async def test_the_last_ones_are_listed_and_audited(bag: Mailbag, teacher: Actor, campus: Campus) -> None:
    assert "还没有群发过" in (await bag.staff(teacher, "群发记录")).text
    await bag.sent(teacher, "群发 会计1班：第一条")
    assert "第一条" in (await bag.staff(teacher, "群发记录")).text
    async with campus.database.begin() as session:
        found = (await session.scalars(select(Audit))).one()
        assert (found.action, found.actor, found.detail["recipients"]) == ("broadcast.send", teacher.tag, 3)
        assert await verify(session) is None
