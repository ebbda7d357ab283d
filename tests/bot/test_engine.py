"""The engine on a real NATS: ids go out, every row is sent once, a dead worker's and a lost message's rows as well."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from bot.delivery import Sender
from bot.engine import AGAIN_AFTER, Engine
from bot.pace import Pace
from storage import claims
from storage.database import Database
from storage.deliveries import enqueue
from storage.models import Delivery
from tests.conftest import need
from tests.fakes.campus import build
from tests.fakes.line import Line

NATS = os.environ.get("LIXIAO_TEST_NATS", "nats://127.0.0.1:4222")
ROWS = 60


def reachable() -> bool:
    where = urlsplit(NATS)
    try:
        with socket.create_connection((where.hostname or "127.0.0.1", where.port or 4222), timeout=1):
            return True
    except OSError:
        return False


class Fleet:
    """Processes of one installation, each with its own connection to store and broker; `line` is the platform."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.now = now
        self.line = Line()
        self.name = f"t{uuid4().hex}"

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Engine]:
        sender = Sender(self.database, {"telegram": self.line}, pace=Pace(self.database, {}), elapsed=lambda: 0.0)
        engine = Engine(NATS, self.database, sender, lambda: self.now, name=self.name)
        await engine.open()
        try:
            yield engine
        finally:
            await engine.close()

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        async with self.process() as engine:
            task = asyncio.create_task(engine.run_worker())
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def until_sent(self, count: int) -> None:
        async with asyncio.timeout(60):
            while await self.sent() < count:  # noqa: ASYNC110 - other tasks of ours send meanwhile
                await asyncio.sleep(0.05)

    async def sent(self) -> int:
        async with self.database.read() as session:
            query = select(func.count()).select_from(Delivery).where(Delivery.status == "sent")
            return await session.scalar(query) or 0


@pytest.fixture
async def fleet(database: Database, now: datetime) -> AsyncIterator[Fleet]:
    need(reachable(), f"NATS with JetStream at {NATS}")
    campus = await build(database)
    await campus.student("林一", bind="telegram")
    await campus.student("陈二", bind="telegram")
    async with database.begin() as session:
        for number in range(ROWS):
            student = campus.students["林一" if number % 2 else "陈二"]
            await enqueue(session, key=str(number), kind="notice", now=now, student_id=student, text=f"{number}")
    made = Fleet(database, now)
    yield made
    async with made.process() as engine:
        await engine._broker.js.delete_stream(f"{made.name}_deliver")


async def test_two_workers_send_every_row_once_and_in_order(fleet: Fleet) -> None:
    async with fleet.process() as clock, fleet.worker(), fleet.worker():
        assert await clock.hand_over() == ROWS
        assert await clock.hand_over() == 0
        await fleet.until_sent(ROWS)
    for chat in ("telegram-林一", "telegram-陈二"):
        numbers = [int(reply.text) for to, reply in fleet.line.said if to == chat]
        assert numbers == sorted(numbers)
    assert len(fleet.line.said) == ROWS


async def test_what_was_lost_on_the_way_is_handed_over_again(fleet: Fleet) -> None:
    async with fleet.process() as clock:
        await clock.hand_over()
        await clock._broker.js.purge_stream(f"{fleet.name}_deliver")
        fleet.now += AGAIN_AFTER + timedelta(seconds=1)
        assert await clock.hand_over() == ROWS
        async with fleet.worker():
            await fleet.until_sent(ROWS)
    assert len(fleet.line.said) == ROWS


async def test_the_same_ids_twice_are_sent_once(fleet: Fleet) -> None:
    async with fleet.process() as one, fleet.process() as two, fleet.worker():
        await one.hand_over()
        await two.hand_over()
        await fleet.until_sent(ROWS)
    assert len(fleet.line.said) == ROWS


async def test_what_a_worker_held_that_died_is_handed_over_again(fleet: Fleet) -> None:
    async with fleet.database.begin() as session:
        await claims.claim(session, worker="dead", now=fleet.now, limit=ROWS)
    async with fleet.process() as clock, fleet.worker():
        assert await clock.hand_over() == 0
        fleet.now += claims.LEASE
        async with fleet.database.begin() as session:
            await claims.sweep(session, fleet.now)
        assert await clock.hand_over() == ROWS
        await fleet.until_sent(ROWS)
