"""Delivery over real HTTP: without a limit beside a bare loop of the same client; with a limit beside the limit."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from datetime import UTC, datetime
from time import perf_counter

from rich.table import Table
from sqlalchemy import func, select

from bot.sending import FIRST_RETRY
from handlers.messages import Address, Reply
from storage.database import Database
from storage.models import Delivery
from tests.benchmarks._platform import Platform, Posting, served
from tests.benchmarks._stores import store, students
from tests.benchmarks._worker import sender
from tests.benchmarks.claims import plan

ROWS, AT_ONCE = 2_000, 20
LIMIT, LIMITED_ROWS = 30, 600


def run() -> Table:
    """Messages per second."""
    table = Table(title=f"delivery over HTTP (httpx, {AT_ONCE} at once, one client process and one platform thread)")
    for column in ("store", "what", "per second", "beside"):
        table.add_column(column, justify="right" if column in ("per second", "beside") else "left")
    for kind in ("SQLite", "PostgreSQL"):
        bare, ours = asyncio.run(_free(kind))
        table.add_row(kind, "bare loop of the client", f"{bare:,.0f}", "")
        table.add_row(kind, "claim, render, begin, send, settle", f"{ours:,.0f}", f"{ours / bare:.0%}")
    one, two = asyncio.run(_workers(1)), asyncio.run(_workers(2))
    table.add_row("PostgreSQL", "one worker process", f"{one:,.0f}", "")
    table.add_row("PostgreSQL", "two worker processes", f"{two:,.0f}", f"× {two / one:.2f}")
    for workers in (1, 2):
        rate, refused = asyncio.run(_limited(workers))
        name = f"limit {LIMIT}/s, {workers} process{'es' if workers > 1 else ''}: {refused} refused (429)"
        table.add_row("PostgreSQL", name, f"{rate:.1f}", f"{rate / LIMIT:.1%}")
    return table


async def _free(kind: str) -> tuple[float, float]:
    async with store(kind) as database, served(Platform()) as url:
        await students(database, ROWS, "telegram")
        bare = await _bare(url)
        await plan(database)
        one, started = sender(database, url, 0), perf_counter()
        await one.run_once(datetime.now(UTC))
        return bare, ROWS / (perf_counter() - started)


async def _bare(url: str) -> float:
    line, numbers, started = Posting(url), iter(range(ROWS)), perf_counter()

    async def post() -> None:
        for number in numbers:
            to = Address("telegram", str(number), str(number))
            await line.send(to, Reply(f"{number:036} " + "今天截止，请办理。" * 8))

    await asyncio.gather(*(post() for _ in range(AT_ONCE)))
    return ROWS / (perf_counter() - started)


async def _workers(count: int) -> float:
    platform = Platform()
    async with store("PostgreSQL") as database, served(platform) as url:
        await students(database, ROWS, "telegram")
        await plan(database)
        workers = [await started(database, url, 0) for _ in range(count)]
        await until_done(database)
        await ended(workers)
        return (ROWS - 1) / (platform.last - platform.first)


async def _limited(count: int) -> tuple[float, int]:
    platform = Platform(LIMIT)
    async with store("PostgreSQL") as database, served(platform) as url:
        await students(database, LIMITED_ROWS, "telegram")
        await plan(database)
        workers = [await started(database, url, LIMIT) for _ in range(count)]
        await until_done(database)
        await ended(workers)
        return (LIMITED_ROWS - 1) / (platform.last - platform.first), platform.refused


async def started(database: Database, url: str, limit: int) -> Process:
    """A worker process that is about to take its first rows."""
    where = database.engine.url.render_as_string(hide_password=False)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks._worker", where, url, str(limit), stdout=PIPE
    )
    assert worker.stdout is not None
    await worker.stdout.readline()
    return worker


async def ended(workers: list[Process]) -> None:
    """Kills the workers."""
    for worker in workers:
        if worker.returncode is None:
            worker.kill()
        await worker.wait()


async def until_done(database: Database, patience: float = 600, *, doubts: bool = False) -> None:
    """Waits until nothing is open any more; with `doubts` also until what was unknown was tried again."""
    deadline = perf_counter() + patience + FIRST_RETRY.total_seconds()
    while perf_counter() < deadline:
        async with database.read() as session:
            is_open = Delivery.settled_at.is_(None)
            which = is_open if doubts else is_open & (Delivery.status != "unknown")
            left = await session.scalar(select(func.count()).where(which))
        if not left:
            return
        await asyncio.sleep(0.2)
    raise TimeoutError(f"{left} rows are still open")
