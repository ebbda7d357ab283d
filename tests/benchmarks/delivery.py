"""Delivery over real HTTP: without a limit beside a bare loop of the same client; with a limit beside the limit.

The platform is a process of its own that costs next to nothing; with a limit it is one that counts in a sliding second.
All of them share the machine's cores with the database: a bare loop has them nearly to itself.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from datetime import UTC, datetime, time
from time import perf_counter

import httpx
from rich.table import Table
from sqlalchemy import func, select

from bot.channels.wecom import WecomChannel
from bot.delivery import Sender
from bot.pace import Pace
from bot.quiet import Quiet
from bot.sending import FIRST_RETRY
from bot.wechat_client import Api, Work
from bot.wechat_crypto import Envelope
from handlers.messages import Address, Reply
from storage.database import Database
from storage.files import FileStore
from storage.models import Delivery
from tests.benchmarks._platform import Platform, Posting, Quick, served
from tests.benchmarks._sink import sunk
from tests.benchmarks._stores import store, students
from tests.benchmarks._worker import render, sender
from tests.benchmarks.claims import plan
from tests.fakes.wecom import AGENT, CORP, KEY, SECRET, TOKEN

ROWS, AT_ONCE, TURNS = {Posting: 1_000, Quick: 4_000}, 20, 3
MANY, SINGLE = 30_000, 2_000
LIMIT, LIMITED_ROWS = 30, 600
CLIENTS = {Posting: "httpx (as Telegram's library)", Quick: "aiohttp (as 企业微信)"}


def run() -> Table:
    """Messages per second; taken in turns, the best of several."""
    table = Table(title=f"delivery over HTTP, {AT_ONCE} at once, {os.cpu_count()} cores, best of {TURNS}")
    for column in ("store", "what", "per second", "beside"):
        table.add_column(column, justify="right" if column in ("per second", "beside") else "left")
    for kind in ("SQLite", "PostgreSQL"):
        for client, name in CLIENTS.items():
            bare, ours = asyncio.run(_free(kind, client))
            table.add_row(kind, f"bare loop, {name}", f"{bare:,.0f}", "")
            table.add_row(kind, "claim, render, begin, send, settle", f"{ours:,.0f}", f"{ours / bare:.0%}")
        alone, single, many = asyncio.run(_wecom(kind))
        table.add_row(kind, "企业微信, one by one, without rows", f"{alone:,.0f}", "")
        table.add_row(kind, "企业微信, one by one", f"{single:,.0f}", f"{single / alone:.0%}")
        table.add_row(kind, "企业微信, the same to a thousand a call: recipients", f"{many:,.0f}", "")
    one, two = asyncio.run(_workers(1)), asyncio.run(_workers(2))
    table.add_row("PostgreSQL", "one worker process", f"{one:,.0f}", "")
    table.add_row("PostgreSQL", "two worker processes", f"{two:,.0f}", f"× {two / one:.2f}")
    for workers in (1, 2):
        rate, refused = asyncio.run(_limited(workers))
        name = f"limit {LIMIT}/s, {workers} process{'es' if workers > 1 else ''}: {refused} refused (429)"
        table.add_row("PostgreSQL", name, f"{rate:.1f}", f"{rate / LIMIT:.1%}")
    return table


async def _free(kind: str, client: type[Posting]) -> tuple[float, float]:
    rows, best = ROWS[client], [0.0, 0.0]
    async with store(kind) as database, sunk() as url:
        await students(database, rows, "telegram")
        line = client(f"{url}/send")
        one = sender(database, url, 0, line)
        for _ in range(TURNS):
            best[0] = max(best[0], await _bare(line, rows))
            await plan(database)
            started = perf_counter()
            await one.run_once(datetime.now(UTC))
            best[1] = max(best[1], rows / (perf_counter() - started))
        await line.close()
    return best[0], best[1]


async def _bare(line: Posting | WecomChannel, rows: int) -> float:
    numbers, began = iter(range(rows)), perf_counter()

    async def post() -> None:
        for number in numbers:
            to = Address(line.name, str(number), str(number))
            await line.send(to, Reply(f"{number:036} " + "今天截止，请办理。" * 8))

    await asyncio.gather(*(post() for _ in range(AT_ONCE)))
    return rows / (perf_counter() - began)


async def _wecom(kind: str) -> tuple[float, float, float]:
    """Without rows and one by one; from rows one by one, each with a text of its own; from rows, all the same."""
    best = [0.0] * 3
    async with store(kind) as database, sunk() as url:
        await students(database, MANY, "wecom")
        api = Api(Work(CORP, SECRET, url), database, lambda: datetime.now(UTC), "wecom:bench")
        line = WecomChannel(api, Envelope(TOKEN, KEY, CORP), database, FileStore(None), corp=CORP, agent=AGENT)  # type: ignore[arg-type]

        async def same(session: object, rows: list[object], now: datetime) -> dict[int, Reply]:
            return {row.id: Reply("今天截止，请办理。" * 8) for row in rows}  # type: ignore[attr-defined]

        for number, (renderer, count) in enumerate(((render, SINGLE), (same, MANY)), 1):
            for _ in range(TURNS):
                if number == 1:
                    best[0] = max(best[0], await _bare(line, SINGLE))
                await plan(database, count)
                one = Sender(
                    database,
                    {"wecom": line},
                    pace=Pace(database, {}),
                    quiet=Quiet(time(0), time(0)),
                    renderers={"digest": renderer},  # type: ignore[dict-item]
                )
                started = perf_counter()
                await one.run_once(_between_the_hours())
                best[number] = max(best[number], count / (perf_counter() - started))
        await api.close()
    return best[0], best[1], best[2]


def _between_the_hours() -> datetime:
    """Now, but for the minutes in which nothing is sent to many."""
    return datetime.now(UTC).replace(minute=15)


async def _workers(count: int) -> float:
    rows = ROWS[Quick]
    async with store("PostgreSQL") as database, sunk() as url:
        await students(database, rows, "telegram")
        await plan(database)
        workers = [await started(database, f"{url}/send", 0) for _ in range(count)]
        await until_done(database)
        await ended(workers)
        async with httpx.AsyncClient(trust_env=False) as client:
            sent, first, last = (await client.get(f"{url}/stats")).json()
        return float((sent - 1) / (last - first))


async def _limited(count: int) -> tuple[float, int]:
    platform = Platform(LIMIT)
    async with store("PostgreSQL") as database, served(platform) as url:
        await students(database, LIMITED_ROWS, "telegram")
        await plan(database)
        workers = [await started(database, url, LIMIT) for _ in range(count)]
        await until_done(database)
        await ended(workers)
        return (LIMITED_ROWS - 1) / (platform.last - platform.first), platform.refused


async def started(
    database: Database, url: str, limit: int, *, waits: int = 0, name: list[str] | None = None
) -> Process:
    """A worker process that is about to take its first rows; with `waits` it takes so many at a time, begins when it
    is told, and its `name` is what it leases rows by."""
    where = database.engine.url.render_as_string(hide_password=False)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks._worker", where, url, str(limit), str(waits), stdin=PIPE, stdout=PIPE
    )
    assert worker.stdout is not None
    said = (await worker.stdout.readline()).decode().split()
    if name is not None:
        name.append(said[-1])
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
        await asyncio.sleep(0.5)
    raise TimeoutError(f"{left} rows are still open")
