"""The ticks that call planner and delivery. What is due stands in the store; this holds no state of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import structlog
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.delivery import Counts, Sender
from bot.launch import launch
from bot.planner import DIGEST_AT, plan
from bot.recall import Recaller
from bot.watching import WATCH_EVERY, Watcher
from storage import claims, posts, retention
from storage.clock import SCHOOL
from storage.database import Database
from storage.files import FileStore

PLAN_EVERY = timedelta(minutes=5)
"""Planning again costs a look at every student: it catches new bindings and new items, not the minute."""
CLEAR_EVERY = timedelta(minutes=10)
"""How often to look whether the day's clearing up is still to come: one small query."""
SWEEP_EVERY = timedelta(seconds=5)
"""How often to look for what dead workers left: with the lease and the wait it goes again within a minute."""
LAUNCH_EVERY = timedelta(seconds=2)
"""How often to look for a broadcast whose time has come, or a message to take back: small queries."""
HURRY_EVERY = timedelta(seconds=1)
"""How often to look for what is urgent and was planned by another process (`soon` only reaches its own)."""
DUTIES = ("plan", "deliver")
"""What a process may be there for: planning, which only one does at a time, and delivering."""
PAUSE = timedelta(seconds=0.5)
"""How often to look again while messages wait for a platform's limit."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did."""

    planned: int
    counts: Counts


async def tick(
    database: Database, sender: Sender, now: datetime, *, digest_at: time = DIGEST_AT, files: FileStore | None = None
) -> Ticked:
    """Plans and delivers once, as of `now`; with `files` the night's clearing up too, if it is due."""
    if files is not None:
        await retention.sweep(database, files, now)
    planned = await launch(database, now) + await plan(database, now, digest_at=digest_at)
    return Ticked(planned, await sender.run_once(now))


class Clockwork:
    """Runs planning and delivery while the process lives."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        clock: Callable[[], datetime],
        *,
        digest_at: time = DIGEST_AT,
        every: timedelta = timedelta(seconds=20),
        files: FileStore | None = None,
        duties: Collection[str] = DUTIES,
        recaller: Recaller | None = None,
    ) -> None:
        self._duties = duties
        self._recaller = recaller
        self._holder = uuid4().hex
        self._database = database
        self._sender = sender
        self._clock = clock
        self._digest_at = digest_at
        self._every = every
        self._files = files
        self._scheduler: AsyncIOScheduler | None = None
        self._running: set[asyncio.Task[object]] = set()
        self._closing = False
        self.failing: set[str] = set()
        """Ticks that failed the last time they ran."""
        self.alarms = sender.alarms
        self._watcher = Watcher(database, sender.alarms, sender.quiet, clock)
        self.last_tick: datetime | None = None
        """When a delivery tick ended last: /health tells its age."""

    def start(self) -> None:
        """Starts ticking, the first time at once. Needs a running event loop."""
        scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": AsyncIOExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=SCHOOL,
        )
        first = datetime.now(SCHOOL)
        self.last_tick, self._closing = self._clock() if "deliver" in self._duties else None, False
        seconds = self._every.total_seconds()
        if "deliver" in self._duties:
            scheduler.add_job(self._deliver_tick, "interval", id="deliver", seconds=seconds, next_run_time=first)
            scheduler.add_job(self._hurry_tick, "interval", seconds=HURRY_EVERY.total_seconds())
        if "plan" in self._duties:
            scheduler.add_job(self._plan_tick, "interval", seconds=PLAN_EVERY.total_seconds(), next_run_time=first)
            scheduler.add_job(self._night_tick, "interval", seconds=CLEAR_EVERY.total_seconds(), next_run_time=first)
        if self._duties:
            scheduler.add_job(self._launch_tick, "interval", seconds=LAUNCH_EVERY.total_seconds())
            scheduler.add_job(self._sweep_tick, "interval", seconds=SWEEP_EVERY.total_seconds())
            scheduler.add_job(self._watch_tick, "interval", seconds=WATCH_EVERY.total_seconds())
        scheduler.start()
        self._scheduler = scheduler

    async def close(self) -> None:
        """Stops ticking, and lets what is being sent come to its end."""
        self._closing = True
        if self._scheduler is not None:
            self._scheduler.pause()
        self._sender.stop()
        await asyncio.gather(*self._running, return_exceptions=True)
        if "plan" in self._duties:
            async with self._database.begin() as session:
                await posts.leave(session, posts.CLOCK, self._holder)
        self.stop()

    def stop(self) -> None:
        """Stops at once; what is being sent is left to the lease."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    def soon(self) -> None:
        """Delivers now instead of at the next tick: somebody has just asked for something to be sent."""
        if self._scheduler is not None and "deliver" in self._duties:
            self._scheduler.modify_job("deliver", next_run_time=datetime.now(SCHOOL))

    async def plan(self) -> int:
        """One planning tick."""
        planned = await plan(self._database, self._clock(), digest_at=self._digest_at)
        if planned:
            self.soon()
        return planned

    async def launch(self) -> int:
        """Plans the broadcasts whose time has come, in whichever process finds them first, and takes messages back."""
        planned = await launch(self._database, self._clock()) if "plan" in self._duties else 0
        if planned:
            self.soon()
        if self._recaller is not None and "deliver" in self._duties:
            await self._recaller.run_once(self._clock())
        return planned

    async def clear_up(self) -> None:
        """Lets go of what is kept no longer, once a day."""
        if self._files is not None:
            await retention.sweep(self._database, self._files, self._clock())

    async def deliver(self) -> Counts:
        """One delivery tick; goes on until the next one while rows wait for a platform's limit."""
        end = self._clock() + self._every
        counts = await self._sender.run_once(self._clock())
        while (until := self._sender.backlog_until) is not None and self._clock() < min(until, end):
            if self._closing:
                break
            await asyncio.sleep(PAUSE.total_seconds())
            counts = await self._sender.run_once(self._clock())
        self.last_tick = self._clock()
        return counts

    async def is_elected(self) -> bool:
        """Whether this process is the clock: it takes the post where it is free, and renews it where it has it."""
        async with self._database.begin() as session:
            return await posts.hold(session, posts.CLOCK, self._holder, self._clock())

    async def sweep(self) -> None:
        """Takes up what dead workers left, and sends it; renews the post of the clock."""
        if "plan" in self._duties:
            await self.is_elected()
        if await self._sender.sweep(self._clock()):
            self.soon()

    async def hurry(self) -> None:
        """Delivers now if something urgent is due: a process that only serves pages cannot wake this one."""
        async with self._database.read() as session:
            is_urgent = await claims.is_urgent(session, self._clock())
        if is_urgent:
            self.soon()

    async def _hurry_tick(self) -> None:
        await self._tracked(self.hurry())

    async def _sweep_tick(self) -> None:
        await self._tracked(self.sweep())

    async def _watch_tick(self) -> None:
        await self._tracked(self._watcher.watch())

    async def _launch_tick(self) -> None:
        await self._tracked(self.launch())

    async def _plan_tick(self) -> None:
        if await self.is_elected():
            await self._tracked(self.plan())

    async def _night_tick(self) -> None:
        if await self.is_elected():
            await self._tracked(self.clear_up())

    async def _deliver_tick(self) -> None:
        await self._tracked(self.deliver())

    async def _tracked(self, work: Coroutine[Any, Any, object]) -> None:
        """Lets `close` wait for what is running, which the scheduler would cut off. What fails is tried again at the
        next tick; until then /health says so."""
        name = getattr(work, "__name__", "tick")
        task: asyncio.Task[object] = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            await asyncio.shield(task)
        except Exception:
            log.exception("tick failed", tick=name)
            self.failing.add(name)
            self.alarms.note(f"tick {name}", f"后台任务 {name} 出错，会自动再试")
        else:
            self.failing.discard(name)
            self.alarms.clear(f"tick {name}")
