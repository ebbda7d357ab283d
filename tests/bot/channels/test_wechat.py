"""公众号, over real HTTP on both sides, against the stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.app import App
from bot.channel import Forged, Hook, SendError
from bot.channels.wechat import SOMETHING_WAITS, WechatChannel
from handlers.handler import Context
from handlers.messages import Address, Button, Incoming, Reply
from storage.bindings import Owner, bind
from storage.database import Database
from storage.deliveries import ONLY_WHEN_HE_WRITES, enqueue
from storage.models import Delivery
from tests.fakes.campus import build
from tests.fakes.hooked import Clock, program, wechat_settings
from tests.fakes.served import served
from tests.fakes.wechat import APP, KEY, TOKEN, Wechat
from tests.fakes.wechat_seal import Seal, xml_of

CHOICE = (Button("要", "say:yes"), Button("不要 & <再说>", "say:no"))
HE = "oABCdef-0123456789_xyz"


async def parrot(message: Incoming, context: Context) -> Reply | None:
    """Answers with what it was told."""
    if message.event is not None:
        return Reply(f"事件 {message.event}")
    if message.action is not None:
        return Reply(f"按了 {message.action}")
    if message.text == "选择":
        return Reply("要不要？", CHOICE)
    if message.text == "长":
        return Reply("这是一句话。" * 300)
    return Reply(f"听到 {message.text}")


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
async def platform(clock: Clock) -> AsyncIterator[Wechat]:
    stand_in = Wechat(clock.seconds, followers={HE})
    async with served(stand_in.app) as address:
        stand_in.address = address  # type: ignore[attr-defined]
        yield stand_in


@pytest.fixture
async def app(
    request: pytest.FixtureRequest, sqlite: Database, clock: Clock, platform: Wechat, tmp_path: Path
) -> AsyncIterator[App]:
    settings = wechat_settings(platform.address) | getattr(request, "param", {})  # type: ignore[attr-defined]
    async with program(sqlite, clock, tmp_path, [parrot], **settings) as (made, address):
        platform.hook = f"{address}/hook/wechat"
        yield made


@pytest.fixture
def channel(app: App) -> WechatChannel:
    made = app.channels["wechat"]
    assert isinstance(made, WechatChannel)
    return made


def to(user: str = HE) -> Address:
    return Address("wechat", user, user)


@pytest.mark.parametrize(
    ("app", "mode"),
    [({}, "encrypted"), ({"wechat_mode": "compatible"}, "compatible"), ({"wechat_mode": "plain"}, "plain")],
    indirect=["app"],
)
async def test_speaks_in_every_mode(
    app: App, platform: Wechat, mode: Literal["plain", "compatible", "encrypted"]
) -> None:
    platform.mode = mode
    assert await platform.checks() == "5577006791947779410"
    assert await platform.says(HE, "在吗 <b>") == "听到 在吗 ＜b>"
    assert platform.calls["message/custom/send"] == 0


async def test_plain_calls_count_only_where_the_operator_said_so(app: App, platform: Wechat) -> None:
    platform.mode = "plain"
    assert await platform.says(HE, "在吗") is None
    assert platform.tried == [403] * 3


async def test_what_stands_beside_the_seal_is_not_believed(channel: WechatChannel, clock: Clock) -> None:
    seal = Seal(TOKEN, KEY, APP)
    encrypted = seal.encrypt(
        xml_of(ToUserName="a", FromUserName=HE, CreateTime=1, MsgType="text", Content="真", MsgId=1)
    )
    body = xml_of(FromUserName="someone-else", Content="假", MsgType="text", MsgId=1, Encrypt=encrypted)
    hook = Hook(seal.query(encrypted, int(clock.seconds())), {}, body.encode(), clock())
    channel.verify(hook)
    [incoming] = channel.parse(hook)
    assert (incoming.text, incoming.sender.user) == ("真", HE)
    with pytest.raises(Forged):
        channel.verify(Hook(hook.query, {}, body.replace(encrypted[:8], "AAAAAAAA").encode(), clock()))


async def test_a_check_with_a_strange_word_is_refused(app: App, platform: Wechat) -> None:
    assert await platform.checks("<script>alert(1)</script>") == ""


async def test_a_button_is_a_link_in_the_answer(app: App, platform: Wechat) -> None:
    shown = await platform.says(HE, "选择")
    assert shown is not None
    assert shown.startswith("要不要？\n<a href=")
    assert await platform.presses(HE, "不要 & <再说>") == "按了 say:no"


@pytest.mark.parametrize(
    ("typed", "pressed"), [("1", "say:yes"), ("第2个", "say:no"), ("要", "say:yes"), ("不要 & <再说>", "say:no")]
)
async def test_a_button_is_typed_where_links_cannot_be_pressed(
    app: App, platform: Wechat, typed: str, pressed: str
) -> None:
    """The PC client shows the links dead."""
    await platform.says(HE, "选择")
    assert await platform.says(HE, typed) == f"按了 {pressed}"


async def test_what_was_pushed_is_typed(app: App, platform: Wechat, clock: Clock, sqlite: Database) -> None:
    campus = await build(sqlite)
    student = await campus.student("林一")
    await platform.says(HE, "在吗")
    async with sqlite.begin() as session:
        await bind(session, to(), Owner(student_id=student), clock())
        buttons = [("已知悉", "say:yes"), ("有困难", "say:no")]
        await enqueue(
            session, key="k", kind="text", now=clock(), student_id=student, text="明天退寝。", buttons=buttons
        )
    await app.sender.run_once(clock())
    assert "明天退寝。" in platform.shown[HE][-1]
    assert await platform.says(HE, "收到") == "按了 say:yes"
    assert await platform.says(HE, "几点") == "听到 几点"
    assert await platform.says(HE, "知道了") == "听到 知道了"
    assert await platform.says(HE, "有困难") == "按了 say:no"


async def test_menu_scan_and_following(app: App, channel: WechatChannel, platform: Wechat) -> None:
    await channel.open("https://lixiao.example")
    assert platform.menu is not None
    assert await platform.clicks(HE, "item:page:1") == "按了 item:page:1"
    shown = await channel.invitation("t" * 43, timedelta(minutes=30))
    assert await platform.scans(HE, shown) == f"听到 /start {'t' * 43}"
    assert await platform.scans("new", shown) == f"听到 /start {'t' * 43}"
    assert await platform.follows("newer") == "事件 subscribed"
    await platform.leaves("newer")


async def test_the_same_message_or_event_is_taken_once(app: App, platform: Wechat) -> None:
    query, body = platform.call_of(HE, MsgType="text", Content="一次", MsgId=9)
    answers = [await platform._post(query, body) for _ in range(5)]
    assert answers[1:] == [b"success"] * 4
    assert await platform.clicks(HE, "a:b") == "按了 a:b"
    assert await platform.clicks(HE, "a:b") is None


async def test_a_long_answer_follows_by_customer_service(app: App, platform: Wechat) -> None:
    assert await platform.says(HE, "长") is None
    await platform.until(lambda: len(platform.shown[HE]) == 3)
    assert "".join(platform.shown[HE]) == "这是一句话。" * 300


async def test_five_messages_after_his_word_and_none_without(
    app: App, channel: WechatChannel, platform: Wechat, clock: Clock
) -> None:
    with pytest.raises(SendError, match=ONLY_WHEN_HE_WRITES):
        await channel.send(to(), Reply("还没说过话"))
    await platform.says(HE, "在")
    for number in range(5):
        await channel.send(to(), Reply(str(number)))
    with pytest.raises(SendError) as caught:
        await channel.send(to(), Reply("第六条"))
    assert caught.value.permanent
    clock.move(timedelta(minutes=1))
    await platform.says(HE, "还在")
    await channel.send(to(), Reply("又可以了"))
    clock.move(timedelta(hours=48))
    with pytest.raises(SendError):
        await channel.send(to(), Reply("太晚了"))
    assert platform.calls["message/custom/send"] == 6


async def test_a_press_gives_three_messages_for_a_minute_and_a_word_five_for_two_days(
    app: App, channel: WechatChannel, platform: Wechat, clock: Clock
) -> None:
    """The platform counts a link in a message as a press of the menu, too: it opens no window of 48 hours."""
    assert await platform.says(HE, "选择") is not None
    clock.move(timedelta(hours=48))
    for act in (platform.clicks, platform.presses):
        assert await act(HE, "要" if act == platform.presses else "item:page:1")
        for number in range(3):
            await channel.send(to(), Reply(f"第 {number} 条"))
        with pytest.raises(SendError, match=ONLY_WHEN_HE_WRITES):
            await channel.send(to(), Reply("第四条"))
        clock.move(timedelta(minutes=1))
        with pytest.raises(SendError, match=ONLY_WHEN_HE_WRITES):
            await channel.send(to(), Reply("一分钟后"))
    assert platform.calls["message/custom/send"] == 6


async def test_where_the_platform_counts_otherwise_it_is_right(
    app: App, channel: WechatChannel, platform: Wechat
) -> None:
    await platform.says(HE, "在")
    platform.faults.append(("message/custom/send", 45047))
    for _ in range(2):
        with pytest.raises(SendError, match=ONLY_WHEN_HE_WRITES):
            await channel.send(to(), Reply("一"))
    assert platform.calls["message/custom/send"] == 1


async def test_what_failed_to_go_does_not_count(app: App, channel: WechatChannel, platform: Wechat) -> None:
    await platform.says(HE, "在")
    platform.faults.extend([("message/custom/send", -1)] * 3)
    for _ in range(3):
        with pytest.raises(SendError):
            await channel.send(to(), Reply("一"))
    for number in range(5):
        await channel.send(to(), Reply(str(number)))


async def bound(app: App) -> UUID:
    campus = await build(app.database)
    student = await campus.student("林一", bind=None)
    async with app.database.begin() as session:
        await bind(session, to(), Owner(student_id=student), app.clock())
    return student


async def only_row(app: App) -> Delivery:
    async with app.database.begin() as session:
        return (await session.scalars(select(Delivery))).one()


async def test_what_waits_goes_out_when_he_writes(app: App, platform: Wechat, clock: Clock) -> None:
    student = await bound(app)
    async with app.database.begin() as session:
        await enqueue(session, key="k", kind="notice", now=clock(), student_id=student, text="记得交表", urgent=True)
    await app.sender.run_once(clock())
    row = await only_row(app)
    assert (row.status, row.reason) == ("failed", ONLY_WHEN_HE_WRITES)
    clock.move(timedelta(hours=1))
    await platform.says(HE, "我来了")
    async with asyncio.timeout(20):  # it is planned once the answer has gone
        while (row := await only_row(app)).status != "planned":
            continue
    assert row.reason is None
    await app.sender.run_once(clock())
    assert platform.shown[HE] == ["听到 我来了", "记得交表"]


@pytest.mark.parametrize("app", [{"wechat_template": "tpl:thing1", "wechat_subscription": "sub:thing1"}], indirect=True)
async def test_a_template_tells_that_something_waits_once_a_day(
    app: App, channel: WechatChannel, platform: Wechat, clock: Clock
) -> None:
    platform.templates = {"tpl": {"thing1"}, "sub": {"thing1"}}
    platform.refusing = {HE}
    for _ in range(3):
        with pytest.raises(SendError, match=ONLY_WHEN_HE_WRITES):
            await channel.send(to(), Reply("一条比二十个字长的通知，模板里放不下，所以只说有新消息"))
    assert platform.told[HE] == [SOMETHING_WAITS]
    assert len(SOMETHING_WAITS) <= 20
    await channel.send(to(), Reply("明天九点交表"))
    assert platform.told[HE] == [SOMETHING_WAITS, "明天九点交表"]
    assert platform.calls["message/subscribe/bizsend"] == 2


async def test_who_does_not_follow_is_unreachable(app: App, channel: WechatChannel, platform: Wechat) -> None:
    await platform.says(HE, "在")
    await platform.leaves(HE)
    with pytest.raises(SendError, match="没有关注") as caught:
        await channel.send(to(), Reply("在吗"))
    assert caught.value.permanent


async def test_a_token_replaced_elsewhere_is_renewed(app: App, channel: WechatChannel, platform: Wechat) -> None:
    await platform.says(HE, "在")
    await channel.send(to(), Reply("一"))
    platform._new_token(APP, "app-secret-of-nobody")
    await channel.send(to(), Reply("二"))
    assert platform.calls["token"] == 2
    assert platform.shown[HE][-2:] == ["一", "二"]


def test_settings_name_what_is_wrong() -> None:
    from bot.settings import Settings

    with pytest.raises(ValueError, match="LIXIAO_WECHAT_TEMPLATE"):
        Settings(_env_file=None, wechat_template="nonsense")  # type: ignore[call-arg]
    assert "hidden" not in repr(Settings(_env_file=None, wechat_secret=SecretStr("hidden")))  # type: ignore[call-arg]
