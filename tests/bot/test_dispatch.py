"""Dispatch: once, one at a time, the first handler that answers, and what happens when one fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot import dispatch
from bot.channels.terminal import TerminalChannel
from bot.channels.web import WebChannel, address
from bot.dispatch import Dispatcher
from bot.metrics import Metrics
from bot.wake import Wake
from handlers.handler import Context, Handler, Refusal
from handlers.messages import Attachment, Button, Incoming, Reply
from knowledge.silence import Silent
from storage import chat, deliveries
from storage.database import Database
from storage.files import FileStore
from storage.models import School
from tests.fakes.campus import build

Make = Callable[..., Dispatcher]


@dataclass
class Script:
    """A handler that says what it is told to, and remembers what it got."""

    says: Reply | Exception | None
    writes: str | None = None
    got: list[tuple[Incoming, Context]] = field(default_factory=list)

    async def __call__(self, message: Incoming, context: Context) -> Reply | None:
        self.got.append((message, context))
        if self.writes:
            context.session.add(School(name=self.writes))
            await context.session.flush()
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


def message(text: str = "你好", number: str | None = None, chat_name: str = "s1", **more: Any) -> Incoming:
    sent = datetime.fromisoformat("2023-06-07T09:05+08:00")
    return Incoming(number or uuid4().hex, address(chat_name), text, sent, **more)


def dispatcher(database: Database, handlers: Sequence[Handler], now: datetime, root: Path, **more: Any) -> Dispatcher:
    wake = more.pop("wake", Wake())
    channels = {
        "web": WebChannel(database, wake, lambda: now),
        "terminal": TerminalChannel(database, wake, lambda: now),
    }
    return Dispatcher(
        database,
        handlers=handlers,
        answerer=Silent(),
        files=FileStore(root),
        channels=channels,
        clock=lambda: now,
        wake=wake,
        **more,
    )


async def lines(database: Database, chat_name: str = "s1") -> list[tuple[bool, str]]:
    async with database.read() as session:
        return [(line.inward, line.text) for line in await chat.since(session, "web", chat_name, 0, 100)]


async def schools(database: Database) -> list[str]:
    async with database.read() as session:
        return list(await session.scalars(select(School.name).order_by(School.name)))


async def test_first_reply_wins_and_the_rest_is_not_asked(database: Database, now: datetime, tmp_path: Path) -> None:
    passes, answers, later = Script(None), Script(Reply("在")), Script(Reply("不在"))
    reply = await dispatcher(database, [passes, answers, later], now, tmp_path).take(message())
    assert reply == Reply("在")
    assert (len(passes.got), len(later.got)) == (1, 0)
    context = answers.got[0][1]
    assert (context.now, context.actor, context.sensitive_allowed, context.is_group) == (now, None, True, False)


async def test_nobody_answers(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    assert await dispatcher(sqlite, [], now, tmp_path).take(message()) == Reply(dispatch.NOT_UNDERSTOOD)


async def test_both_directions_are_written_down_with_buttons_and_files(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    sent, made = (Attachment(uuid4(), name, "image/png", 3) for name in ("a.png", "b.png"))
    says = Script(Reply("好的", (Button("确认", "form:confirm"),), (made,)))
    await dispatcher(database, [says], now, tmp_path).take(message("照片", attachments=(sent,)))
    async with database.read() as session:
        asked, said = await chat.since(session, "web", "s1", 0, 10)
    assert (asked.inward, asked.text, asked.files) == (True, "照片", (sent.id,))
    assert (said.inward, said.buttons, said.files) == (False, (("确认", "form:confirm"),), (made.id,))


async def test_same_message_twice_has_one_effect(database: Database, now: datetime, tmp_path: Path) -> None:
    says = Script(Reply("好"), writes="学校")
    take = dispatcher(database, [says], now, tmp_path).take
    replies = await asyncio.gather(*(take(message(number="7")) for _ in range(5)))
    assert [reply for reply in replies if reply] == [Reply("好")]
    assert await schools(database) == ["学校"]
    assert await lines(database) == [(True, "你好"), (False, "好")]


async def test_two_processes_take_a_message_once(database: Database, now: datetime, tmp_path: Path) -> None:
    says = Script(Reply("好"), writes="学校")
    first, second = (dispatcher(database, [says], now, tmp_path) for _ in range(2))
    replies = await asyncio.gather(first.take(message(number="7")), second.take(message(number="7")))
    assert sorted(reply is None for reply in replies) == [False, True]


async def test_refusal_is_said_and_undone(database: Database, now: datetime, tmp_path: Path) -> None:
    says = Script(Refusal("还不行。"), writes="不该留下")
    assert await dispatcher(database, [says], now, tmp_path).take(message()) == Reply("还不行。")
    assert await schools(database) == []
    assert await lines(database) == [(True, "你好"), (False, "还不行。")]


async def test_bug_is_an_apology_with_an_id_and_nothing_typed_is_lost(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    says = Script(ValueError("张小明 13900000001"), writes="不该留下")
    with structlog.testing.capture_logs() as logged:
        reply = await dispatcher(database, [says], now, tmp_path).take(message("我的电话 13900000001"))
    assert reply is not None
    number = next(line["error_id"] for line in logged if "error_id" in line)
    assert number in reply.text
    assert "13900000001" not in reply.text
    assert await schools(database) == []
    assert await lines(database) == [(True, "我的电话 13900000001"), (False, reply.text)]


async def test_a_handler_that_breaks_the_transaction_is_a_bug_like_any_other(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    async def twice(message: Incoming, context: Context) -> Reply | None:
        context.session.add_all([School(name="同名"), School(name="同名")])
        await context.session.flush()
        return Reply("没有走到这里")

    reply = await dispatcher(database, [twice], now, tmp_path).take(message())
    assert reply is not None
    assert "编号" in reply.text
    assert len(await lines(database)) == 2


async def test_failing_store_is_raised_and_the_message_may_come_again(
    sqlite: Database, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = dispatcher(sqlite, [Script(Reply("好"))], now, tmp_path).take
    with monkeypatch.context() as patch:

        async def full_disk(*_: Any, **__: Any) -> int:
            raise OSError("disk full")

        patch.setattr(chat, "write", full_disk)
        with pytest.raises(OSError, match="disk full"):
            await take(message(number="7"))
    assert await take(message(number="7")) == Reply("好")


async def test_too_long_is_told_and_not_handled(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    says = Script(Reply("好"))
    take = dispatcher(sqlite, [says], now, tmp_path).take
    assert await take(message("字" * (dispatch.LONGEST + 1))) == Reply(dispatch.TOO_LONG)
    assert await take(message("字" * dispatch.LONGEST)) == Reply("好")
    assert len(says.got) == 1


async def test_messages_of_one_address_wait_for_each_other(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    order: list[str] = []

    async def slow(message: Incoming, context: Context) -> Reply | None:
        order.append(f"{message.text} begins")
        await asyncio.sleep(0)
        order.append(f"{message.text} ends")
        return Reply("好")

    one = dispatcher(sqlite, [slow], now, tmp_path)
    await asyncio.gather(*(one.take(message(str(n))) for n in range(4)))
    assert order == [f"{n} {what}" for n in range(4) for what in ("begins", "ends")]
    assert not one._turns


async def test_live_pages_are_woken_once_per_message(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    wake, rung = Wake(), []
    wake.listen("web", "s1", lambda: rung.append(1))
    take = dispatcher(sqlite, [Script(Reply("好"))], now, tmp_path, wake=wake).take
    await take(message(number="7"))
    await take(message(number="7"))
    assert rung == [1]


async def test_outcomes_are_counted_without_people(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    metrics = Metrics()
    take = dispatcher(sqlite, [Script(Reply("好"))], now, tmp_path, metrics=metrics).take
    await take(message(number="7"))
    await take(message(number="7"))

    def counted(outcome: str) -> float | None:
        return metrics.registry.get_sample_value("lixiao_messages_total", {"channel": "web", "outcome": outcome})

    assert (counted("answered"), counted("repeated")) == (1, 1)


async def test_log_line_has_no_text(
    sqlite: Database, now: datetime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logged:
        await dispatcher(sqlite, [Script(Reply("好"))], now, tmp_path).take(message("身份证在这里"))
    assert "身份证" not in caplog.text + repr(logged)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=()), max_size=60))
async def test_any_text_can_be_taken_and_kept(sqlite: Database, now: datetime, tmp_path: Path, text: str) -> None:
    reply = await dispatcher(sqlite, [Script(Reply("好"))], now, tmp_path).take(message(text))
    assert reply == Reply("好")
    assert "\0" not in (await lines(sqlite))[-2][1]


@pytest.mark.parametrize(("urgent", "woken"), [(True, 1), (False, 0)])
async def test_what_is_to_be_sent_at_once_wakes_the_sender(
    sqlite: Database, now: datetime, tmp_path: Path, urgent: bool, woken: int
) -> None:
    campus = await build(sqlite)
    student = await campus.student("林一")

    async def tells(_message: Incoming, context: Context) -> Reply:
        await deliveries.enqueue(
            context.session, key="k", kind="notice", now=context.now, student_id=student, text="退回", urgent=urgent
        )
        return Reply("好")

    calls: list[None] = []
    taking = dispatcher(sqlite, [tells], now, tmp_path, soon=lambda: calls.append(None))
    await taking.take(message())
    await taking.take(message())  # the same key: nothing new is to be sent
    assert len(calls) == woken
