"""Where one process is not enough: who is the clock hands row ids to workers over NATS JetStream (taskiq).

Only ids of delivery rows travel. Truth, delays, leases and limits stay in the store: an id that is handed over twice,
too late or to a worker that dies does no harm, and one that is lost on the way is handed over again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog
from nats.js.api import ConsumerConfig, RetentionPolicy, StreamConfig
from taskiq.api import run_receiver_task
from taskiq_nats import PullBasedJetStreamBroker

from bot.delivery import Sender
from storage import claims
from storage.database import Database

PARCEL = 200
"""Ids in one message."""
AGAIN_AFTER = timedelta(seconds=30)
"""An id that is still due after so long is handed over again."""
AT_ONCE = 4
"""Parcels one worker process has in hand."""
LOOK_EVERY = timedelta(seconds=0.5)
BROKER = "broker"

log = structlog.get_logger()


class Engine:
    """One process's end of the line."""

    def __init__(
        self,
        url: str,
        database: Database,
        sender: Sender,
        clock: Callable[[], datetime],
        *,
        name: str = "lixiao",
    ) -> None:
        self._alarms = sender.alarms
        self._database = database
        self._sender = sender
        self._clock = clock
        self._handed: dict[int, datetime] = {}
        self._broker = PullBasedJetStreamBroker(
            url,
            subject=f"{name}.deliver",
            stream_name=f"{name}_deliver",
            durable=f"{name}_workers",
            # What nobody took for ten minutes was handed over again long ago.
            stream_config=StreamConfig(retention=RetentionPolicy.WORK_QUEUE, max_age=600),
            consumer_config=ConsumerConfig(durable_name=f"{name}_workers", ack_wait=120, max_deliver=3),
            pull_consume_timeout=5,
            max_reconnect_attempts=-1,
        )

        async def deliver(ids: list[int]) -> None:
            await self._sender.run_these(ids, self._clock())

        self._task = self._broker.register_task(deliver, task_name="deliver")

    async def open(self) -> None:
        """Connects."""
        await self._broker.startup()

    async def close(self) -> None:
        """Disconnects."""
        await self._broker.shutdown()

    async def hand_over(self) -> int:
        """Hands what is due to the workers; gives how many ids went out. Raises where the broker does not answer."""
        now = self._clock()
        self._handed = {row_id: at for row_id, at in self._handed.items() if at > now - AGAIN_AFTER}
        async with self._database.read() as session:
            due = await claims.due_ids(session, now, limit=20 * PARCEL + len(self._handed))
        fresh = [row_id for row_id in due if row_id not in self._handed]
        for start in range(0, len(fresh), PARCEL):
            part = fresh[start : start + PARCEL]
            await self._task.kiq(part)
            self._handed |= dict.fromkeys(part, now)
        return len(fresh)

    async def run_clock(self, is_elected: Callable[[], Awaitable[bool]]) -> None:
        """Hands over until cancelled, while this process is the clock; without the broker it goes on trying."""
        async with self._watched():
            await self._hand_over_for_ever(is_elected)

    async def _hand_over_for_ever(self, is_elected: Callable[[], Awaitable[bool]]) -> None:
        while True:
            try:
                if await is_elected():
                    await self.hand_over()
            except Exception:
                log.exception("nothing handed over")
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def run_worker(self) -> None:
        """Takes parcels and delivers until cancelled."""
        async with self._watched():
            await run_receiver_task(self._broker, max_async_tasks=AT_ONCE, propagate_exceptions=False)

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """Meanwhile a broken line to the broker is an alarm."""

        async def watch() -> None:
            while True:
                if self._broker.client.is_connected:
                    self._alarms.clear(BROKER)
                else:
                    self._alarms.note(BROKER, "消息队列（NATS）连不上，待发的消息先留在数据库里")
                await asyncio.sleep(LOOK_EVERY.total_seconds())

        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()
