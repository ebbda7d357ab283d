"""Asking Telegram's stand-in: nothing lost over restarts and failures, nothing taken twice, one process at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.channel import SendError
from bot.channels.telegram import TelegramChannel
from bot.dispatch import Dispatcher
from bot.outbox import Outbox
from bot.polling import Polling
from handlers.handler import Context
from handlers.messages import Incoming, Reply
from knowledge.silence import Silent
from storage import polling
from storage.database import Database
from storage.files import FileStore
from tests.fakes.served import served
from tests.fakes.telegram import TOKEN, Telegram
from tests.fakes.telegram_wire import broken_answer

ALICE, BOB = 100001, 100002


@dataclass
class Desk:
    """Telegram, and processes that ask it."""

    telegram: Telegram
    database: Database
    root: Path
    url: str
    now: datetime
    heard: list[str] = field(default_factory=list)
    channels: list[TelegramChannel] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def process(self, name: str = "one") -> tuple[Polling, Outbox]:
        """A process with its own connections."""
        files = FileStore(self.root)
        channel = TelegramChannel(TOKEN, self.database, files, api=self.url)
        self.channels.append(channel)
        lines = {"telegram": channel}
        dispatcher = Dispatcher(
            self.database,
            handlers=[self._hear],
            answerer=Silent(),
            files=files,
            channels=lines,
            clock=self.clock,
            worker=name,
        )
        outbox = Outbox(self.database, lines, files, self.clock, worker=name)
        asked = Polling(channel, self.database, dispatcher, outbox, self.clock, wait=timedelta(), pause=self._pause)
        return asked, outbox

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    async def _hear(self, message: Incoming, context: Context) -> Reply | None:
        self.heard.append(message.text)
        return Reply(f"听到 {message.text}")

    async def position(self) -> int:
        async with self.database.read() as session:
            return await polling.position_of(session, self.channels[0].account)


@pytest.fixture
async def desk(sqlite: Database, tmp_path: Path, now: datetime) -> AsyncIterator[Desk]:
    telegram = Telegram()
    telegram.flood = False
    async with served(telegram.app) as url:
        made = Desk(telegram, sqlite, tmp_path / "files", url, now)
        yield made
        telegram.end()
        for channel in made.channels:
            await channel.close()


async def test_what_came_is_answered_and_confirmed(desk: Desk) -> None:
    asked, outbox = desk.process()
    updates = [desk.telegram.person(who).says(f"{who}") for who in (ALICE, BOB, ALICE)]
    assert await asked.once() == 3
    await outbox.close()
    assert sorted(one.text for one in desk.telegram.sent) == [f"听到 {ALICE}"] * 2 + [f"听到 {BOB}"]
    assert await desk.position() == updates[-1]["update_id"] + 1
    assert await asked.once() == 0
    assert desk.telegram.waiting == 0


async def test_a_restart_goes_on_from_the_position(desk: Desk) -> None:
    asked, outbox = desk.process()
    desk.telegram.person(ALICE).says("一")
    await asked.once()
    await outbox.close()
    desk.telegram.person(ALICE).says("二")
    desk.now += timedelta(minutes=1)  # the first process is gone without a word; its turn ends
    again, box = desk.process("two")
    await again.once()
    await box.close()
    assert desk.heard == ["一", "二"]
    assert [one.text for one in desk.telegram.sent] == ["听到 一", "听到 二"]


async def test_killed_before_the_position_was_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The messages come again and are known; T7."""
    asked, outbox = desk.process()
    desk.telegram.person(ALICE).says("一")

    async def killed(position: int) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(asked, "_advance", killed)
    with pytest.raises(asyncio.CancelledError):
        await asked.once()
    await outbox.close()
    desk.now += timedelta(minutes=1)
    again, box = desk.process("two")
    assert await again.once() == 1
    await box.close()
    assert desk.heard == ["一"]
    assert len(desk.telegram.sent) == 1


async def test_a_store_that_fails_leaves_the_messages_where_they_are(desk: Desk) -> None:
    asked, outbox = desk.process()
    desk.telegram.person(ALICE).says("一")
    async with desk.database.engine.begin() as connection:
        await connection.execute(text("alter table seen rename to gone"))
    with pytest.raises(ExceptionGroup):
        await asked.once()
    assert await desk.position() == 0
    async with desk.database.engine.begin() as connection:
        await connection.execute(text("alter table gone rename to seen"))
    assert await asked.once() == 1
    await outbox.close()
    assert [one.text for one in desk.telegram.sent] == ["听到 一"]


async def test_one_process_at_a_time(desk: Desk) -> None:
    one, _ = desk.process("one")
    two, _ = desk.process("two")
    assert await one.once() == 0
    assert await two.once() is None
    desk.now += polling.LEASE
    assert await two.once() == 0
    assert await one.once() is None


async def test_trouble_is_waited_out(desk: Desk) -> None:
    asked, outbox = desk.process()
    desk.telegram.faults.extend([broken_answer(502)] * 3)
    desk.telegram.person(ALICE).says("一")
    task = asyncio.create_task(asked.run())
    await desk.telegram.until(lambda: len(desk.telegram.sent) == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await outbox.close()
    assert desk.pauses[:3] == [1.0, 2.0, 4.0]
    two, _ = desk.process("two")
    assert await two.once() is not None  # the turn was given back at the end
    assert desk.heard == ["一"]


async def test_a_token_that_is_refused_is_not_hammered(desk: Desk) -> None:
    asked, _ = desk.process()
    desk.telegram.token = "another"
    with pytest.raises(SendError) as raised:
        await asked.once()
    assert raised.value.after == timedelta(minutes=5)
