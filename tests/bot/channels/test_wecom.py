"""企业微信, over real HTTP on both sides, against the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import func, select
from starlette.responses import Response

from bot.app import App
from bot.channel import SendError, Sent
from bot.channels.wecom import WecomChannel
from bot.launch import launch
from bot.outlets import outlets_of
from handlers import mailing
from handlers.audience import target_of
from handlers.handler import Context, Refusal
from handlers.messages import Address, Button, Incoming, Reply
from storage import groups, tokens
from storage.bindings import Owner, bind
from storage.database import Database
from storage.deliveries import enqueue
from storage.models import HeldReply, PlatformToken, Seen
from tests.fakes.campus import build
from tests.fakes.hooked import Clock, program, wecom_settings
from tests.fakes.nobody import context
from tests.fakes.served import served
from tests.fakes.wecom import Wecom

CHOICE = (Button("要", "say:yes"), Button("不要", "say:no"))
PICTURE = "一张照片"


async def parrot(message: Incoming, context: Context) -> Reply | None:
    """Answers with what it was told, in the ways that a reply can have."""
    if message.event is not None:
        return Reply(f"事件 {message.event}")
    if message.action is not None:
        return Reply(f"按了 {message.action}")
    if message.attachments:
        return Reply(PICTURE, files=message.attachments)
    if message.text == "选择":
        return Reply("要不要？", CHOICE)
    if message.text == "长":
        return Reply("这是一句话。" * 300)
    if message.text == "拒绝":
        raise Refusal("不行")
    return Reply(f"听到 {message.text}")


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
async def platform(clock: Clock) -> AsyncIterator[Wecom]:
    stand_in = Wecom(clock.seconds, members={"20201234", "20205678"})
    async with served(stand_in.app) as address:
        stand_in.api = address  # type: ignore[attr-defined]
        yield stand_in


@pytest.fixture
async def app(sqlite: Database, clock: Clock, platform: Wecom, tmp_path: Path) -> AsyncIterator[App]:
    api = platform.api  # type: ignore[attr-defined]
    async with program(sqlite, clock, tmp_path, [parrot], **wecom_settings(api)) as (made, address):
        platform.hook = f"{address}/hook/wecom"
        yield made


@pytest.fixture
def channel(app: App) -> WecomChannel:
    made = app.channels["wecom"]
    assert isinstance(made, WecomChannel)
    return made


def to(user: str) -> Address:
    return Address("wecom", user, user)


async def test_the_address_is_checked(app: App, platform: Wecom) -> None:
    assert await platform.checks("你好 4242") == "你好 4242"


async def test_a_short_answer_goes_with_the_acknowledgement(app: App, platform: Wecom) -> None:
    assert await platform.says("20201234", "在吗") == "听到 在吗"
    assert platform.calls["message/send"] == 0
    async with app.database.begin() as session:
        row = (await session.scalars(select(HeldReply))).one()
    assert (row.status, row.content_sealed) == ("sent", None)


async def test_buttons_are_a_card_and_a_pressed_card_is_updated_once(app: App, platform: Wecom) -> None:
    assert await platform.says("20201234", "选择") is None
    await platform.until(lambda: platform.texts("20201234") == ["要不要？"])
    await platform.presses("20201234", "要")
    await platform.until(lambda: platform.texts("20201234") == ["要不要？", "按了 say:yes"])
    await platform.until(lambda: platform.updated)
    [updated] = platform.updated
    assert updated["userids"] == ["20201234"]
    with pytest.raises(AssertionError, match="no button"):
        await platform.presses("20201234", "要")


async def test_a_card_to_many_is_pressed_and_updated_by_each_of_them(channel: WecomChannel, platform: Wecom) -> None:
    platform.members |= {"s1", "s2"}
    await channel.send_many([to("s1"), to("s2")], Reply("收到请按", CHOICE))
    assert platform.calls["message/send"] == 1
    for user in ("s2", "s1"):
        await platform.presses(user, CHOICE[0].label)
    await platform.until(lambda: len(platform.updated) == 2)
    assert {(*one["userids"],) for one in platform.updated} == {("s1",), ("s2",)}
    assert len({one["response_code"] for one in platform.updated}) == 2
    with pytest.raises(AssertionError, match="sees no button"):
        await platform.presses("s1", CHOICE[0].label)


async def test_a_menu_entry_is_an_action_and_following_is_an_event(app: App, platform: Wecom) -> None:
    assert await platform.clicks("20201234", "help:show") == "按了 help:show"
    assert await platform.calls_hook("20201234", MsgType="event", Event="subscribe") == "事件 subscribed"
    assert await platform.calls_hook("20201234", MsgType="event", Event="enter_agent", EventKey="") is None


async def test_what_is_not_understood_is_said_so(app: App, platform: Wecom) -> None:
    said = await platform.calls_hook("20201234", MsgType="voice", MediaId="m", Format="amr", MsgId=77)
    assert said is not None
    assert "请打字" in said


async def test_a_long_text_is_cut_by_bytes_on_the_end_of_a_sentence(app: App, platform: Wecom) -> None:
    await platform.says("20201234", "长")
    await platform.until(lambda: len(platform.texts("20201234")) == 3)
    texts = platform.texts("20201234")
    assert len(texts) == 3
    assert all(text.endswith("。") and len(text.encode()) <= 2048 for text in texts)
    assert "".join(texts) == "这是一句话。" * 300
    assert platform.cut == []


async def test_a_photo_comes_in_and_goes_out(app: App, platform: Wecom, tmp_path: Path) -> None:
    campus = await build(app.database)
    student = await campus.student("林一", bind=None)
    async with app.database.begin() as session:
        await bind(session, to("20201234"), Owner(student_id=student), app.clock())
    file = tmp_path / "p.jpg"
    Image.new("RGB", (300, 300), "red").save(file)
    await platform.sends("20201234", file.read_bytes())
    await platform.until(lambda: platform.texts("20201234") == [PICTURE, "[image]"])
    assert list(platform.media.values()) == [file.read_bytes()] * 2


async def test_a_photo_of_a_stranger_is_not_fetched(app: App, platform: Wecom) -> None:
    said = await platform.sends("20201234", b"\xff\xd8\xff whatever")
    assert said is not None
    assert "绑定" in said
    assert platform.calls["media/get"] == 0


async def test_the_menu_is_set(channel: WecomChannel, platform: Wecom) -> None:
    await channel.open("https://lixiao.example")
    assert platform.menu is not None
    assert [one["key"] for one in platform.menu["button"]] == ["item:page:1", "bind:start", "help:show"]


async def test_markup_of_people_is_no_link(channel: WecomChannel, platform: Wecom) -> None:
    await channel.send(to("20201234"), Reply('<a href="https://evil.example">点我</a> 3<4'))
    assert platform.texts("20201234") == ['＜a href="https://evil.example">点我＜/a> 3<4']


# --- T7: the same call is one message --------------------------------------------------------------------------------


async def test_a_hundred_times_the_same_call_is_one_message(app: App, platform: Wecom) -> None:
    query, body = platform.call_of("20201234", MsgType="text", Content="一次", MsgId=5)
    shown = [platform._show_answer("20201234", await platform._post(query, body) or b"") for _ in range(100)]
    assert shown == ["听到 一次"] + [None] * 99
    async with app.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Seen)) == 1


async def test_the_same_event_is_one_event_and_another_button_another(app: App, platform: Wecom) -> None:
    assert await platform.clicks("20201234", "a:b") == "按了 a:b"
    assert await platform.clicks("20201234", "a:b") is None
    assert await platform.clicks("20201234", "a:c") == "按了 a:c"


async def test_an_unanswered_call_is_repeated_and_taken_once(app: App, platform: Wecom, clock: Clock) -> None:
    query, body = platform.call_of("20201234", MsgType="text", Content="慢", MsgId=6)
    clock.move(timedelta(minutes=4))
    assert await platform._post(query, body) is not None
    clock.move(timedelta(minutes=2))
    assert await platform._post(query, body) is None
    assert platform.tried == [200, 403]


# --- sending ---------------------------------------------------------------------------------------------------------


async def test_many_are_sent_to_in_thousands_and_the_unreachable_are_named(
    channel: WecomChannel, platform: Wecom
) -> None:
    platform.members = {f"u{number}" for number in range(2400)}
    everyone = [to(f"U{number}") for number in range(2500)]
    found = await channel.send_many(everyone, Reply("通知"))
    assert platform.calls["message/send"] == 3
    assert set(found) == set(everyone)
    lost = {address.user for address, how in found.items() if isinstance(how, SendError) and how.permanent}
    assert lost == {f"U{number}" for number in range(2400, 2500)}
    assert sum(isinstance(how, Sent) for how in found.values()) == 2400


async def test_all_messages_are_taken_back_from_everybody(channel: WecomChannel, platform: Wecom, clock: Clock) -> None:
    platform.members = {"u1", "u2", "u3"}
    found = await channel.send_many([to("U1"), to("U2")], Reply("发错了。" * 80, CHOICE))
    [sent] = {how.platform_id for how in found.values() if isinstance(how, Sent)}
    kept = await channel.send(to("U3"), Reply("没错"))
    await channel.recall(sent)
    assert [len(platform.shown[user]) for user in ("u1", "u2", "u3")] == [0, 0, 1]
    clock.move(timedelta(days=2))
    with pytest.raises(SendError):
        await channel.recall(kept.platform_id)


async def test_a_stranger_is_unreachable_for_good(channel: WecomChannel) -> None:
    with pytest.raises(SendError, match="可见范围") as caught:
        await channel.send(to("nobody"), Reply("在吗"))
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("code", "permanent", "seconds"),
    [(45009, False, 60), (45033, False, 1), (60020, False, 60), (60011, True, None), (-1, False, None)],
)
async def test_what_the_platform_refuses_is_reacted_to(
    channel: WecomChannel, platform: Wecom, code: int, permanent: bool, seconds: int | None
) -> None:
    platform.faults.append(("message/send", code))
    with pytest.raises(SendError) as caught:
        await channel.send(to("20201234"), Reply("在吗"))
    after = caught.value.after
    assert (caught.value.permanent, caught.value.unknown) == (permanent, False)
    assert (after.total_seconds() if after else None) == seconds


async def test_a_429_and_a_500_are_tried_again(channel: WecomChannel, platform: Wecom) -> None:
    platform.faults.append(("message/send", Response(status_code=429, headers={"Retry-After": "7"})))
    with pytest.raises(SendError) as caught:
        await channel.send(to("20201234"), Reply("在吗"))
    assert caught.value.after == timedelta(seconds=7)
    platform.faults.append(("message/send", Response("token=abc", status_code=500)))
    with pytest.raises(SendError) as caught:
        await channel.send(to("20201234"), Reply("在吗"))
    assert not caught.value.permanent
    assert "abc" not in caught.value.reason


async def test_a_part_of_a_reply_is_an_unknown_outcome(channel: WecomChannel, platform: Wecom) -> None:
    platform.faults.extend([("message/send", 0), ("message/send", 45009)])
    with pytest.raises(SendError, match="一部分") as caught:
        await channel.send(to("20201234"), Reply("这是一句话。" * 130, CHOICE))
    assert caught.value.unknown
    assert len(platform.texts("20201234")) == 1


async def test_a_redirect_is_not_followed(channel: WecomChannel, platform: Wecom) -> None:
    there = Response(status_code=302, headers={"Location": f"{platform.hook}"})
    platform.faults.append(("message/send", there))
    with pytest.raises(SendError, match="302"):
        await channel.send(to("20201234"), Reply("在吗"))


async def bound_students(app: App, platform: Wecom, count: int) -> list[UUID]:
    campus = await build(app.database)
    found = []
    for number in range(count):
        found.append(await campus.student(f"林{number}", bind=None))
        platform.members.add(f"s{number}")
        async with app.database.begin() as session:
            await bind(session, to(f"s{number}"), Owner(student_id=found[-1]), app.clock())
    return found


async def test_thirty_one_in_a_minute_are_thirty_and_one_later(app: App, platform: Wecom, clock: Clock) -> None:
    """T22: what is over the limit would be dropped without a word."""
    [student] = await bound_students(app, platform, 1)
    async with app.database.begin() as session:
        for number in range(31):
            key, text = f"k{number}", f"第 {number} 条"
            await enqueue(session, key=key, kind="notice", now=clock(), student_id=student, text=text)
    await app.sender.run_once(clock())
    assert (len(platform.texts("s0")), platform.dropped) == (30, [])
    clock.move(timedelta(seconds=75))
    await app.sender.run_once(clock())
    assert (len(set(platform.texts("s0"))), platform.dropped) == (31, [])


async def test_every_part_of_a_reply_counts(app: App, platform: Wecom, clock: Clock) -> None:
    """T22: a text and the card of its buttons are two messages to the platform, thrice 2,048 bytes are three."""
    [student] = await bound_students(app, platform, 1)
    long, choice = "这是一句话。" * 300, [("要", "say:yes")]
    async with app.database.begin() as session:
        for number in range(12):
            buttons = () if number % 2 else choice
            await enqueue(
                session, key=f"k{number}", kind="notice", now=clock(), student_id=student, text=long, buttons=buttons
            )
    for _ in range(4):
        await app.sender.run_once(clock())
        clock.move(timedelta(seconds=75))
    assert (len(platform.texts("s0")), platform.dropped) == (6 * 3 + 6 * 4, [])


async def test_the_same_to_many_is_one_call(app: App, platform: Wecom, clock: Clock) -> None:
    students = await bound_students(app, platform, 60)
    platform.members.discard("s7")
    async with app.database.begin() as session:
        for number, student in enumerate(students):
            await enqueue(session, key=f"k{number}", kind="notice", now=clock(), student_id=student, text="放假通知")
    counts = await app.sender.run_once(clock())
    assert (counts.sent, counts.failed) == (59, 1)
    assert platform.calls["message/send"] == 1


# --- class groups ----------------------------------------------------------------------------------------------------


async def test_a_class_group_by_its_robot(app: App, channel: WecomChannel, platform: Wecom) -> None:
    platform.robots["key-1"] = "会计1班"
    async with app.database.begin() as session:
        await tokens.put(session, "robot:1", "key-1")
    group = Address("wecom", "robot:1", "robot:1")
    await channel.send(group, Reply("全班注意", CHOICE))
    assert [one["text"]["content"] for one in platform.groups["会计1班"]] == ["全班注意"]
    assert platform.calls["gettoken"] == 0
    for _ in range(19):
        await channel.send(group, Reply("再来"))
    with pytest.raises(SendError) as caught:
        await channel.send(group, Reply("太多了"))
    assert caught.value.after is not None
    with pytest.raises(SendError, match="群机器人"):
        await channel.send(Address("wecom", "robot:2", "robot:2"), Reply("谁"))


async def test_a_class_group_that_the_app_made(channel: WecomChannel, platform: Wecom) -> None:
    platform.appchats["c1"] = ["one", "two"]
    await channel.send(Address("wecom", "appchat:c1", "appchat:c1"), Reply("全班注意"))
    assert len(platform.groups["c1"]) == 1
    with pytest.raises(SendError) as caught:
        await channel.send(Address("wecom", "appchat:c2", "appchat:c2"), Reply("谁"))
    assert caught.value.permanent


async def test_one_broadcast_to_people_a_robot_s_group_and_a_group_of_the_app(
    app: App, platform: Wecom, clock: Clock
) -> None:
    """From preview to the platform: each student with his buttons, each class group once and without any."""
    campus = await build(app.database)
    platform.robots["key-1"], platform.appchats["c1"] = "会计1班", ["20201234", "20205678"]
    people = {"20201234": await campus.student("林一", bind=None)}
    people["20205678"] = await campus.student("何三", "护理2班", bind=None)
    async with app.database.begin() as session:
        await tokens.put(session, "robot:1", "key-1")
        for user, student in people.items():
            await bind(session, to(user), Owner(student_id=student), clock())
        for chat, name in (("robot:1", "会计1班"), ("appchat:c1", "护理2班")):
            await groups.bind(session, "wecom", chat, class_id=campus.classes[name], by=None, now=clock())
    office = await campus.office_actor()
    async with app.database.begin() as session:
        within = replace(context(session, office, clock()), outlets=outlets_of(app.channels))
        preview = await mailing.compose(within, await target_of(within, office, "全部"), "周五 15:00 前退寝")
        assert (preview.reach.channels, preview.reach.groups) == ({"wecom": 2}, {"wecom": 2})
        await mailing.confirm(within, preview.draft_id)
    clock.move(mailing.COOLING)
    assert await launch(app.database, clock()) == 4
    counts = await app.sender.run_once(clock())
    assert (counts.sent, counts.failed) == (4, 0), str(counts)
    for group in ("会计1班", "c1"):
        assert [one["text"]["content"] for one in platform.groups[group]] == ["📢 学工处：\n周五 15:00 前退寝"]
    assert await platform.presses("20205678", "已知悉") == f"按了 ack:b{preview.draft_id.hex}"
    assert await launch(app.database, clock()) == 0
    assert str(await app.sender.run_once(clock())) == "nothing"


# --- the token -------------------------------------------------------------------------------------------------------


async def test_an_ended_token_is_renewed_once_and_the_file_is_whole(
    app: App, channel: WecomChannel, platform: Wecom
) -> None:
    await channel.send(to("20201234"), Reply("一"))
    platform.end_token()
    async with app.database.begin() as session:
        kept = await app.files.save(
            session, b"%PDF-1.7 whole", name="a.pdf", media_type="application/pdf", now=app.clock()
        )
    await channel.send(to("20201234"), Reply("", files=(kept,)))
    assert platform.calls["gettoken"] == 2
    assert list(platform.media.values()) == [b"%PDF-1.7 whole"]


async def test_a_token_that_is_never_good_is_asked_for_once_more_and_no_further(
    channel: WecomChannel, platform: Wecom
) -> None:
    platform.faults.extend([("message/send", 42001), ("message/send", 42001)])
    with pytest.raises(SendError, match="42001"):
        await channel.send(to("20201234"), Reply("一"))
    assert platform.calls["message/send"] == 2


async def test_the_token_lies_sealed(app: App, channel: WecomChannel, platform: Wecom) -> None:
    await channel.send(to("20201234"), Reply("一"))
    async with app.database.begin() as session:
        row = (await session.scalars(select(PlatformToken))).one()
    assert row.token_sealed is not None
    assert platform._token.encode() not in row.token_sealed
    assert row.held_by is None
