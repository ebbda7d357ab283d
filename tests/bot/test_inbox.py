"""The inbox: stored once, acknowledged early, dealt with once and in order, also by whoever comes after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import inbox as module
from bot.app import App
from bot.inbox import Inbox, Overloaded, content_of, incoming_of
from handlers.handler import Context
from handlers.messages import Address, Incoming, Remote, Reply
from storage import arrivals, seen
from storage.arrivals import Came
from storage.database import Database
from storage.models import Arrival, Seen
from tests.bot.test_web import app_with
from tests.fakes.platform import LaterPlatform

Make = Callable[..., Incoming]


class Said:
    """A handler that remembers in which order it heard what."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def __call__(self, message: Incoming, context: Context) -> Reply | None:
        self.heard.append(message.text)
        return Reply(message.text)


def message(number: int, now: datetime, who: str = "u1") -> Incoming:
    return Incoming(str(number), Address("platform", who, who), f"第 {number} 条", now)


def inbox_of(app: App, clock: Callable[[], datetime] | None = None) -> Inbox:
    return Inbox(app.database, app.dispatcher, app.outbox, app.channels, clock or app.clock)


async def left(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(Arrival)) or 0


async def test_the_same_message_is_dealt_with_once(database: Database, now: datetime, tmp_path: Path) -> None:
    said, platform = Said(), LaterPlatform()
    app = await app_with(database, now, tmp_path, platform, handlers=(said,))
    one, other = inbox_of(app), inbox_of(app)
    jobs = await asyncio.gather(*(each.put(message(1, now)) for _ in range(50) for each in (one, other)))
    await asyncio.gather(one.settled(), other.settled())
    assert sum(job is not None for job in jobs) == 1
    assert said.heard == ["第 1 条"]
    assert [reply.text for _, reply in platform.sent] == ["第 1 条"]
    assert await left(database) == 0


async def test_what_a_dead_process_left_is_dealt_with_first_and_once(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    said, platform = Said(), LaterPlatform()
    app = await app_with(database, now, tmp_path, platform, handlers=(said,))
    async with database.begin() as session:  # stored and acknowledged, then the power went
        for number in (1, 2):
            await arrivals.add(session, [came(message(number, now))], now)
    living = inbox_of(app)
    await living.put(message(3, now))
    await living.settled()
    await app.outbox.sweep()  # a reply may have been committed while its forerunner was just being settled
    assert said.heard == ["第 1 条", "第 2 条", "第 3 条"]
    assert [reply.text for _, reply in platform.sent] == said.heard
    assert await left(database) == 0


async def test_the_sweep_takes_up_what_nobody_deals_with(database: Database, now: datetime, tmp_path: Path) -> None:
    said = Said()
    app = await app_with(database, now, tmp_path, LaterPlatform(), handlers=(said,))
    async with database.begin() as session:
        await arrivals.add(session, [came(message(number, now, f"u{number}")) for number in range(3)], now)
    early, late = inbox_of(app), inbox_of(app, lambda: now + arrivals.ORPHANED)
    assert await early.sweep() == 0
    assert await late.sweep() == 3
    await late.settled()
    assert sorted(said.heard) == ["第 0 条", "第 1 条", "第 2 条"]
    assert await left(database) == 0


async def test_a_store_that_fails_for_a_moment_loses_nothing(
    sqlite: Database, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Said()
    app = await app_with(sqlite, now, tmp_path, LaterPlatform(), handlers=(said,))
    take = arrivals.take

    async def full(*_: object) -> bool:
        raise OSError("disk full")

    monkeypatch.setattr(arrivals, "take", full)
    first = inbox_of(app)
    await first.put(message(1, now))
    await first.settled()
    assert (said.heard, await left(sqlite)) == ([], 1)
    monkeypatch.setattr(arrivals, "take", take)
    later = inbox_of(app, lambda: now + arrivals.ORPHANED)
    assert await later.sweep() == 1
    await later.settled()
    assert (said.heard, await left(sqlite)) == (["第 1 条"], 0)


async def test_a_message_that_fails_every_time_stops_nobody(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        await arrivals.add(session, [came(message(1, now)), came(message(2, now))], now)
    clock = now
    for _ in range(arrivals.MOST_ATTEMPTS):
        clock += arrivals.AGAIN * (arrivals.MOST_ATTEMPTS + 1)
        async with database.begin() as session:
            assert len(await arrivals.orphaned(session, clock)) == 2
    async with database.begin() as session:
        assert await arrivals.orphaned(session, clock + timedelta(days=1)) == []
        assert (await arrivals.waiting(session))[2] == 2
        [fresh] = await arrivals.add(session, [came(message(3, now))], now)
        assert fresh is not None
        assert await arrivals.take(session, fresh)


async def test_too_much_is_refused_before_it_is_stored(
    sqlite: Database, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await app_with(sqlite, now, tmp_path, LaterPlatform(), handlers=(Said(),))
    monkeypatch.setattr(module, "MOST", 0)
    with pytest.raises(Overloaded):
        await inbox_of(app).put(message(1, now))
    async with sqlite.read() as session:
        assert await session.scalar(select(func.count()).select_from(Seen)) == 0


async def test_in_a_rush_nobody_waits_for_the_answer(
    sqlite: Database, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await app_with(sqlite, now, tmp_path, LaterPlatform(), handlers=(Said(),))
    quiet = inbox_of(app)
    job = await quiet.put(message(1, now))
    assert job is not None
    answered = await quiet.answer(job, timedelta(seconds=60))
    assert answered is not None
    assert answered.reply == Reply("第 1 条")
    monkeypatch.setattr(module, "RUSH", 1)
    rushed = inbox_of(app)
    job = await rushed.put(message(2, now))
    assert job is not None
    assert await rushed.answer(job, timedelta(seconds=60)) is None
    await rushed.settled()


def test_a_message_is_kept_whole(now: datetime) -> None:
    whole = Incoming(
        "7",
        Address("wecom", "c", "u"),
        "你好",
        now,
        action="a:1",
        account="1000002",
        remote=(Remote("media-1", "照片.jpg", 3),),
        event="edited",
    )
    assert incoming_of(content_of(whole)) == whole
    assert content_of(replace(whole, text="半\ud800个"))["text"] == "半个"


def came(incoming: Incoming) -> Came:
    return Came(
        incoming.sender.channel, incoming.account, seen.sender_of(incoming.sender), incoming.id, content_of(incoming)
    )
