"""Replies on their way: none lost, none doubled without being marked, one chat's in their order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import select

from bot.channel import Capabilities, Hook, Response, SendError, Sent
from bot.dispatch import Dispatcher
from bot.outbox import Outbox
from bot.pace import Limit, Pace
from handlers.handler import Context
from handlers.messages import Address, Button, Incoming, Reply
from knowledge.silence import Silent
from storage import replies
from storage.database import Database
from storage.files import FileStore
from storage.models import HeldReply


@dataclass
class Post:
    """A platform that is sent to; each send meets the next of `troubles`."""

    name: ClassVar[str] = "post"
    can: ClassVar[Capabilities] = Capabilities(group=True)
    sent: list[tuple[str, str]] = field(default_factory=list)
    troubles: list[Exception | None] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def verify(self, hook: Hook) -> None: ...

    def parse(self, hook: Hook) -> list[Incoming]:
        return []

    def acknowledge(self, hook: Hook, reply: Reply | None) -> Response:
        return Response()

    async def send(self, to: Address, reply: Reply) -> Sent:
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble
        self.sent.append((to.chat, reply.text))
        self.arrived.set()
        return Sent(str(len(self.sent)))


@dataclass
class House:
    """A store, a post, and as many processes on them as are wanted."""

    database: Database
    root: Path
    now: datetime
    post: Post = field(default_factory=Post)
    said: int = 0

    def clock(self) -> datetime:
        return self.now

    def outbox(self, worker: str = "one", pace: Pace | None = None) -> Outbox:
        return Outbox(
            self.database,
            {"post": self.post},
            FileStore(self.root),
            self.clock,
            worker=worker,
            pace=pace,
        )

    async def say(self, text: str, chat: str = "c", worker: str = "one") -> replies.Held | None:
        """A message is taken in and answered by `text`; the row the answer is sent by."""
        dispatcher = Dispatcher(
            self.database,
            handlers=[_echo],
            answerer=Silent(),
            files=FileStore(self.root),
            channels={"post": self.post},
            clock=self.clock,
            worker=worker,
        )
        self.said += 1
        incoming = Incoming(str(self.said), Address("post", chat, chat), text, self.now)
        taken = await dispatcher.receive(incoming)
        assert taken.is_kept
        return taken.held

    async def rows(self) -> list[tuple[str, str | None, bool]]:
        async with self.database.read() as session:
            found = await session.scalars(select(HeldReply).order_by(HeldReply.id))
            return [(row.status, row.reason, row.content_sealed is not None) for row in found]


async def _echo(message: Incoming, context: Context) -> Reply | None:
    return Reply(message.text, (Button("好", "a"),))


@pytest.fixture
def house(database: Database, tmp_path: Path, now: datetime) -> House:
    return House(database, tmp_path, now)


async def test_sent_once_and_forgotten(house: House) -> None:
    held = await house.say("你好")
    assert held is not None
    assert await house.rows() == [("leased", None, True)]
    await house.outbox().send(held)
    assert house.post.sent == [("c", "你好")]
    assert await house.rows() == [("sent", None, False)]
    house.now += timedelta(days=1)
    assert await house.outbox("two").sweep() == 0


async def test_what_a_dead_process_held_is_marked_and_sent_within_a_minute(house: House) -> None:
    assert await house.say("你好") is not None  # committed, and then the power goes
    other = house.outbox("two")
    assert await other.sweep() == 0
    house.now += timedelta(seconds=59)
    assert await other.sweep() == 1
    assert house.post.sent == [("c", "你好")]


async def test_the_outcome_of_a_dead_process_is_unknown_first(house: House) -> None:
    await house.say("你好")
    house.now += timedelta(seconds=59)
    async with house.database.begin() as session:
        await replies.sweep(session, house.now)
    assert await house.rows() == [("unknown", "the sender stopped while sending", True)]


async def test_a_process_that_was_only_slow_does_not_overwrite_the_other(house: House) -> None:
    held = await house.say("你好")
    assert held is not None
    house.now += timedelta(seconds=59)
    house.post.troubles = [SendError("blocked", permanent=True)]
    await house.outbox("two").sweep()
    await house.outbox("one").send(held)  # it sends, and is marked by the one who had the word
    assert [status for status, *_ in await house.rows()] == ["failed"]


async def test_one_chat_keeps_its_order(house: House) -> None:
    first = await house.say("一")
    second, third = await house.say("二"), await house.say("三")
    other = await house.say("别人", chat="d")
    assert first is not None
    assert other is not None
    assert (second, third) == (None, None)
    house.post.troubles = [SendError("busy")]
    outbox = house.outbox()
    await outbox.send(first)
    await outbox.send(other)
    assert house.post.sent == [("d", "别人")]
    house.now += timedelta(seconds=4)
    assert await outbox.sweep() == 1
    assert house.post.sent == [("d", "别人"), ("c", "一"), ("c", "二"), ("c", "三")]


async def test_a_platform_that_asks_to_wait_is_left_alone_by_all_replies(house: House) -> None:
    first, other = await house.say("一"), await house.say("二", chat="d")
    assert first is not None
    assert other is not None
    house.post.troubles = [SendError("slow down", after=timedelta(seconds=3))]
    outbox = house.outbox(pace=Pace(house.database, {}))
    await outbox.send(first)
    await outbox.send(other)
    assert house.post.sent == []
    house.now += timedelta(seconds=4)
    assert await outbox.sweep() == 2
    assert sorted(house.post.sent) == [("c", "一"), ("d", "二")]


async def test_two_processes_do_not_send_the_same(house: House) -> None:
    for number in range(20):
        await house.say(f"{number}", chat=f"{number % 5}")
    house.now += timedelta(seconds=59)
    one, two = house.outbox("two"), house.outbox("three")
    await asyncio.gather(one.sweep(), two.sweep())
    await one.sweep()
    assert sorted(text for _, text in house.post.sent) == sorted(str(number) for number in range(20))
    for chat in "01234":
        texts = [int(text) for where, text in house.post.sent if where == chat]
        assert texts == sorted(texts)


@pytest.mark.parametrize(
    ("trouble", "ends"),
    [
        (SendError("unreachable: blocked", permanent=True), ("failed", "unreachable: blocked", False)),
        (SendError("broke", unknown=True), ("unknown", "broke", True)),
        (SendError("busy"), ("planned", "busy", True)),
        (ValueError("a bug"), ("unknown", "bug", True)),
    ],
)
async def test_how_trouble_ends(house: House, trouble: Exception, ends: tuple[str, str, bool]) -> None:
    held = await house.say("你好")
    assert held is not None
    house.post.troubles = [trouble]
    await house.outbox().send(held)
    assert await house.rows() == [ends]


async def test_unknown_is_tried_again_a_few_times_and_then_given_up(house: House) -> None:
    held = await house.say("你好")
    assert held is not None
    house.post.troubles = [SendError("broke", unknown=True) for _ in range(9)]
    await house.outbox().send(held)
    for _ in range(9):
        house.now += timedelta(minutes=1)
        await house.outbox().sweep()
    assert len(house.post.troubles) == 9 - replies.UNKNOWN_TRIES
    assert await house.rows() == [("failed", "outcome unknown", False)]


async def test_trouble_for_a_day_ends_it(house: House) -> None:
    held = await house.say("你好")
    assert held is not None
    house.post.troubles = [SendError("busy")]
    await house.outbox().send(held)
    house.now += timedelta(days=1)
    await house.outbox().sweep()
    assert await house.rows() == [("expired", "too late", False)]
    assert house.post.sent == []
    house.now += timedelta(days=8)
    async with house.database.begin() as session:
        assert await replies.forget(session, house.now) == 1


async def test_the_platforms_limit_holds_for_replies_too(house: House) -> None:
    limit = Limit("chat", 1, timedelta(seconds=1), "test")
    outbox = house.outbox(pace=Pace(house.database, {"post": (limit,)}))
    first = await house.say("一")
    assert first is not None
    await house.say("二")
    await outbox.send(first)
    assert house.post.sent == [("c", "一")]
    house.now += timedelta(seconds=1)
    await outbox.sweep()
    assert house.post.sent == [("c", "一"), ("c", "二")]


async def test_nothing_is_readable_in_the_row(house: House) -> None:
    await house.say("我的电话 13900000001")
    async with house.database.read() as session:
        sealed = await session.scalar(select(HeldReply.content_sealed))
    assert sealed is not None
    assert b"13900000001" not in sealed


async def test_it_runs_until_it_is_cancelled(house: House) -> None:
    await house.say("你好")
    house.now += timedelta(minutes=1)
    outbox = house.outbox("two")
    task = asyncio.create_task(outbox.run())
    async with asyncio.timeout(10):
        await house.post.arrived.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await outbox.close()
    assert house.post.sent == [("c", "你好")]
