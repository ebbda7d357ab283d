"""The store is away while messages are on their way: a worker that lives keeps what it knows, nobody gets it twice."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from random import Random
from typing import Any, Protocol

import pytest
from sqlalchemy import event, select

from bot.alarms import Alarms
from bot.channel import SendError, Sent
from bot.delivery import Sender
from bot.pace import Pace
from bot.quiet import Quiet
from bot.sending import ALARMING
from bot.settling import KEPT
from bot.watching import BACKLOG, LATE, Watcher
from handlers.messages import Address, Reply
from storage.claims import LEASE, UNKNOWN_WAIT, begin, claim, settle, sweep
from storage.database import Database
from storage.deliveries import Outcome, content_of, enqueue
from storage.models import Attempt, Delivery
from tests.benchmarks._gate import Gate, gate
from tests.fakes.campus import build
from tests.fakes.line import Line

ROWS = 6
AWAKE = Quiet(time(0), time(0))


class Outage(Protocol):
    async def begin(self) -> None: ...
    async def end(self) -> None: ...


class Locked:
    """Another program holds SQLite's write lock, for longer than we wait."""

    def __init__(self, database: Database) -> None:
        self._connection = sqlite3.connect(str(database.engine.url.database), isolation_level=None)

    async def begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    async def end(self) -> None:
        if self._connection.in_transaction:
            self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


class Away:
    """PostgreSQL throws everybody out and is not there, as in a restart."""

    def __init__(self, door: Gate) -> None:
        self._door, self._is_shut = door, False

    async def begin(self) -> None:
        await self._door.shut()
        self._is_shut = True

    async def end(self) -> None:
        if self._is_shut:
            await self._door.open()
            self._is_shut = False


@pytest.fixture
async def breakable(database: Database) -> AsyncIterator[tuple[Database, Outage]]:
    """The same store as a worker sees it, and how to take it away from him."""
    if database.is_sqlite:
        worker = Database(database.engine.url.render_as_string(), database.vault)

        @event.listens_for(worker.engine.sync_engine, "connect")
        def _impatient(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA busy_timeout = 20")

        locked = Locked(database)
        yield worker, locked
        locked.close()
        await worker.close()
        return
    async with gate(database.engine.url.port or 5432) as door:
        worker = Database(database.engine.url.set(port=door.port).render_as_string(hide_password=False), database.vault)
        yield worker, Away(door)
        await worker.close()


class Cutting(Line):
    """With the first message that arrives, the store goes."""

    def __init__(self, outage: Outage) -> None:
        super().__init__()
        self._outage = outage

    async def send(self, to: Address, reply: Reply) -> Sent:
        sent = await super().send(to, reply)
        if len(self.said) == 1:
            await self._outage.begin()
        return sent


async def planned(database: Database, now: datetime, count: int = ROWS) -> None:
    campus = await build(database)
    for number in range(count):
        student = await campus.student(f"学生{number}", bind="telegram")
        async with database.begin() as session:
            await enqueue(session, key=f"k{number}", kind="notice", text=f"消息 {number}", now=now, student_id=student)


async def test_outcomes_are_kept_until_the_store_answers_again(
    database: Database, breakable: tuple[Database, Outage], now: datetime
) -> None:
    await planned(database, now)
    worker, outage = breakable
    line, said_meanwhile, alarms = Cutting(outage), list[int](), Alarms(lambda: now)

    async def sleep(seconds: float) -> None:
        said_meanwhile.append(len(line.said))
        assert KEPT in alarms.names()
        if len(said_meanwhile) == 3:
            await outage.end()

    pace = Pace(worker, {})
    one = Sender(
        worker, {"telegram": line}, pace=pace, quiet=AWAKE, at_once=1, elapsed=lambda: 0.0, sleep=sleep, alarms=alarms
    )
    counts = await one.run_once(now)
    assert said_meanwhile == [2, 2, 2]  # the portion that had begun, and nothing more while the store was away
    assert (counts.sent, counts.unknown) == (ROWS, 0)
    assert sorted(line.chats) == [f"telegram-学生{number}" for number in range(ROWS)]
    async with database.read() as session:
        rows = (await session.scalars(select(Delivery))).all()
        assert {(row.status, row.attempts) for row in rows} == {("sent", 1)}
        assert (await session.scalars(select(Attempt))).all() == []
    assert (alarms.names(), [name for name, _ in alarms.over]) == ((), [KEPT])


async def test_a_worker_taken_for_dead_still_says_how_it_ended(database: Database, now: datetime) -> None:
    await planned(database, now, 3)
    async with database.begin() as session:
        ids = [row.id for row in await claim(session, worker="a", now=now, limit=3)]
        await begin(session, ids, worker="a", now=now)
    later = now + LEASE
    async with database.begin() as session:
        await sweep(session, later)
        await settle(session, [Outcome(ids[0], "sent", channel="telegram")], worker="a", now=later)
    later += UNKNOWN_WAIT
    async with database.begin() as session:
        await sweep(session, later)
        await settle(session, [Outcome(ids[1], "failed", "gone")], worker="a", now=later)
        [taken] = await claim(session, worker="b", now=later, limit=3)
        await settle(session, [Outcome(ids[2], "sent", channel="telegram")], worker="a", now=later)
    assert (taken.id, taken.in_doubt) == (ids[2], True)
    async with database.read() as session:
        rows = (await session.scalars(select(Delivery).order_by(Delivery.id))).all()
    assert [(row.status, row.leased_by) for row in rows] == [("sent", None), ("failed", None), ("leased", "b")]


async def test_a_platform_in_trouble_is_an_alarm_until_it_answers(sqlite: Database, now: datetime) -> None:
    await planned(sqlite, now)
    line = Line()
    one = Sender(sqlite, {"telegram": line}, pace=Pace(sqlite, {}), quiet=AWAKE, random=Random(1), elapsed=lambda: 0.0)
    assert ROWS >= ALARMING
    with line.failing(SendError("the platform answers 500")):
        await one.run_once(now)
    assert one.alarms.names() == ("channel telegram",)
    assert (await one.run_once(now + timedelta(minutes=5))).sent == ROWS
    assert one.alarms.names() == ()


async def test_the_office_is_told_once(sqlite: Database, now: datetime) -> None:
    campus = await build(sqlite)
    times = [now]
    alarms = Alarms(lambda: times[0])
    watcher = Watcher(sqlite, alarms, AWAKE, lambda: times[0])
    alarms.note("broker", "消息队列（NATS）连不上")
    assert await watcher.watch() == 0  # it may be over in a moment
    times[0] += timedelta(minutes=2)
    assert (await watcher.watch(), await watcher.watch()) == (1, 0)
    async with sqlite.read() as session:
        [row] = (await session.scalars(select(Delivery).where(Delivery.kind == "staff_notice"))).all()
        assert row.staff_id == campus.office
        [held] = await claim(session, worker="w", now=row.not_before, limit=9)
        content = content_of(session, held)
    assert content is not None
    assert "消息队列（NATS）连不上" in content.text


async def test_what_waits_too_long_is_a_backlog(sqlite: Database, now: datetime) -> None:
    await planned(sqlite, now, 1)
    times, alarms = [now], Alarms(lambda: times[0])
    watcher = Watcher(sqlite, alarms, AWAKE, lambda: times[0])
    for _ in range(3):
        assert alarms.names() == ()
        await watcher.watch()
        times[0] += LATE
    await watcher.watch()
    assert alarms.names() == (BACKLOG,)
