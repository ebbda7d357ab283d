"""What goes out to Telegram through its stand-in, over real HTTP, and what it may answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channel import SendError
from bot.channels.telegram import TelegramChannel
from handlers.messages import Address, Button, Reply
from storage.database import Database
from storage.files import FileStore
from tests.fakes.telegram import TOKEN
from tests.fakes.telegram_joined import Joined as Line
from tests.fakes.telegram_joined import joined, to, trouble
from tests.fakes.telegram_wire import broken_answer, pass_on

GROUP = -4001


@pytest.fixture
async def line(sqlite: Database, tmp_path: Path, now: datetime) -> AsyncIterator[Line]:
    async with joined(sqlite, tmp_path, now) as made:
        yield made


# --- out ---


async def test_a_text_with_buttons(line: Line) -> None:
    reply = Reply("1 < 2 & 3 > 2 <b>不是粗体</b>", (Button("是", "a"), Button("否", "b")))
    sent = await line.channel.send(to(), reply)
    (one,) = line.telegram.sent
    assert (one.text, one.buttons, one.links) == (reply.text, [("是", "a"), ("否", "b")], [])
    assert sent.platform_id == f"{one.chat}:{one.id}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=80))
async def test_visible_text_is_what_was_said(line: Line, text: str) -> None:
    """T12: no text of ours or of a person becomes markup or a link."""
    line.telegram.flood = False
    line.telegram.sent.clear()
    await line.channel.send(to(), Reply(f"<a href='http://x'>{text}&amp;</b>"))
    (one,) = line.telegram.sent
    assert one.text == f"<a href='http://x'>{text}&amp;</b>"
    assert one.links == []


async def test_what_is_too_long_comes_in_parts_with_the_buttons_below(line: Line) -> None:
    text = "\n".join(f"第 {number} 条：宿舍 22:30 关门，请提前回来。😀" for number in range(400))
    await line.channel.send(to(), Reply(text, (Button("知道了", "ack:1"),)))
    parts = line.telegram.sent
    assert len(parts) > 1
    assert "\n".join(part.text for part in parts) == text
    assert [bool(part.buttons) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert line.telegram.refused == []


async def test_a_document_with_its_text_below(line: Line) -> None:
    file = await line.keep(b"%PDF-1.7 letter", "授权委托书.pdf")
    await line.channel.send(to(), Reply("委托书做好了", (Button("重做", "form:again"),), (file,)))
    (one,) = line.telegram.sent
    assert (one.text, one.document, one.name) == ("委托书做好了", b"%PDF-1.7 letter", "授权委托书.pdf")
    assert one.buttons == [("重做", "form:again")]


async def test_long_text_and_several_files(line: Line) -> None:
    files = tuple([await line.keep(b"%PDF-" + bytes([n]), f"{n}.pdf") for n in (1, 2)])
    await line.channel.send(to(), Reply("说明" * 600, (Button("好", "a"),), files))
    assert [(bool(one.text), bool(one.document), bool(one.buttons)) for one in line.telegram.sent] == [
        (True, False, False),
        (False, True, False),
        (False, True, True),
    ]


async def test_a_button_that_is_too_long_does_not_take_the_reply_with_it(line: Line) -> None:
    await line.channel.send(to(), Reply("选", (Button("长", "x" * 65), Button("好", "x" * 64))))
    assert line.telegram.sent[0].buttons == [("好", "x" * 64)]


async def test_all_parts_are_taken_back_and_twice_does_no_harm(line: Line) -> None:
    sent = await line.channel.send(to(), Reply("很长。" * 2000))
    assert len(line.telegram.sent) > 1
    for _ in range(2):
        await line.channel.recall(sent.platform_id)
    assert line.telegram.sent == []


async def test_after_two_days_telegram_keeps_it(line: Line) -> None:
    sent = await line.channel.send(to(), Reply("发错了"))
    line.telegram.age(49 * 3600)
    for named in (sent.platform_id, "17"):
        with pytest.raises(SendError, match="too old") as refused:
            await line.channel.recall(named)
        assert refused.value.permanent


# --- trouble ---


async def test_blocked(line: Line) -> None:
    line.alice.blocks()
    error = await trouble(line)
    assert (error.reason, error.permanent) == ("unreachable: blocked", True)


@pytest.mark.parametrize("chat", ["999", "web-session"])
async def test_no_such_chat(line: Line, chat: str) -> None:
    error = await trouble(line, Address("telegram", chat, chat))
    assert error.permanent
    assert error.reason.startswith("unreachable")


async def test_thrown_out_of_a_group(line: Line) -> None:
    assert (await trouble(line, to(GROUP))).permanent


async def test_too_fast_for_a_chat(line: Line) -> None:
    await line.channel.send(to(), Reply("一"))
    error = await trouble(line)
    assert (error.permanent, error.unknown, error.after) == (False, False, timedelta(seconds=2))
    line.clock.at += 2
    await line.channel.send(to(), Reply("二"))


async def test_too_fast_for_a_group(line: Line) -> None:
    line.telegram.groups.add(GROUP)
    for _ in range(20):
        await line.channel.send(to(GROUP), Reply("通知"))
        line.clock.at += 0.1
    error = await trouble(line, to(GROUP))
    assert error.after is not None
    assert timedelta(seconds=50) < error.after <= timedelta(seconds=60)


async def test_a_token_that_is_refused_is_for_the_operator(line: Line) -> None:
    line.telegram.token = "another"
    error = await trouble(line)
    assert (error.permanent, error.after) == (False, timedelta(minutes=5))


async def test_no_connection_leaves_nothing_in_doubt(sqlite: Database, tmp_path: Path) -> None:
    channel = TelegramChannel(TOKEN, sqlite, FileStore(tmp_path), api="http://127.0.0.1:1")
    with pytest.raises(SendError) as raised:
        await channel.send(to(), Reply("你好"))
    assert (raised.value.permanent, raised.value.unknown) == (False, False)
    await channel.close()


async def test_a_line_that_breaks_after_we_spoke_leaves_it_unknown(line: Line) -> None:
    line.telegram.break_after.add("sendMessage")
    assert (await trouble(line)).unknown
    assert len(line.telegram.sent) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_gateway_in_trouble_leaves_it_unknown(line: Line, status: int) -> None:
    line.telegram.faults.append(broken_answer(status))
    assert (await trouble(line)).unknown


async def test_trouble_with_a_later_part_is_waited_out(line: Line) -> None:
    line.telegram.faults.extend([pass_on, broken_answer(429), broken_answer(429)])
    await line.channel.send(to(), Reply("长" * 5000))
    assert sum(len(one.text) for one in line.telegram.sent) == 5000
    assert line.clock.waited == [1.1] * 3


async def test_a_later_part_that_may_have_gone_leaves_the_reply_unknown(line: Line) -> None:
    line.telegram.faults.extend([pass_on, broken_answer(502)])
    with pytest.raises(SendError) as raised:
        await line.channel.send(to(), Reply("长" * 5000))
    assert raised.value.unknown


async def test_a_later_part_that_never_goes_ends(line: Line) -> None:
    line.telegram.faults.extend([pass_on, *[broken_answer(429)] * 9])
    with pytest.raises(SendError) as raised:
        await line.channel.send(to(), Reply("长" * 5000))
    assert raised.value.unknown
    assert len(line.clock.waited) == 6
