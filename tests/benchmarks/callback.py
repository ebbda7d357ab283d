"""From a platform's call to its acknowledgement, through the real server, beside a bare route that commits one row."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

from rich.table import Table
from sqlalchemy import func, select

from storage.database import Database
from storage.models import Arrival, HeldReply, Seen
from tests.benchmarks._calls import at_once, calls, steadily
from tests.benchmarks._platform import answering
from tests.benchmarks._stores import store

RATE, SECONDS, FLOOD = 300, 10, 3_000
WORDS = "帮助"
KINDS = ("SQLite", "PostgreSQL")


def run(seconds: int = SECONDS, flood: int = FLOOD) -> Table:
    """p99 at 300 calls a second (10 × that: see the flood), and the highest rate of each."""
    table = Table(title=f"企业微信 callback → acknowledged (signature, AES, dedupe, committed row); “{WORDS}”")
    for column in ("store", "what", "per second", "p50 ms", "p99 ms", "worst ms", "of bare", "answered after"):
        table.add_column(column, justify="left" if column in ("store", "what") else "right")
    for kind in KINDS:
        asyncio.run(_measure(table, kind, seconds, flood))
    return table


async def _measure(table: Table, kind: str, seconds: int, flood: int) -> None:
    fastest = 0.0
    for name in ("plain", "bare") if kind == "SQLite" else ("bare",):
        async with store(kind) as database, serving(name, database) as port:
            rate, _ = await at_once(port, calls(flood, WORDS))
        fastest = max(fastest, rate)
        what = "aiosqlite" if name == "plain" else "SQLAlchemy"
        table.add_row(kind, f"bare route, {what}", f"{rate:,.0f}", *[""] * 5)
    async with store(kind) as database, answering() as platform, serving("ours", database, platform) as port:
        await at_once(port, calls(50, WORDS))
        took = await steadily(port, calls(seconds * RATE, WORDS, 100), RATE)
        after = await until_answered(database)
        assert {status for _, status in took} == {200}, "not all were acknowledged"
        times = [time * 1000 for time, _ in took]
        table.add_row(kind, "ours, steadily", f"{RATE}", *_spread(times), "", f"{after:.1f} s")
        rate, statuses = await at_once(port, calls(flood, WORDS, 1_000_000))
        after = await until_answered(database)
        assert set(statuses) == {200}
        table.add_row(kind, "ours, flooded", f"{rate:,.0f}", "", "", "", f"{rate / fastest:.0%}", f"{after:.1f} s")


def _spread(times: list[float]) -> tuple[str, str, str]:
    times = sorted(times)
    return f"{times[len(times) // 2]:.1f}", f"{times[int(len(times) * 0.99)]:.1f}", f"{times[-1]:.1f}"


async def until_answered(database: Database, patience: float = 300) -> float:
    """Seconds until every message was dealt with and every reply sent; nothing may be lost."""
    began = perf_counter()
    while perf_counter() - began < patience:
        async with database.read() as session:
            waiting = await session.scalar(select(func.count()).select_from(Arrival))
            open_ones = await session.scalar(select(func.count()).where(HeldReply.settled_at.is_(None)))
            taken = await session.scalar(select(func.count()).select_from(Seen))
            said = await session.scalar(select(func.count()).select_from(HeldReply))
        if not waiting and not open_ones:
            assert taken == said, f"{taken} taken in, {said} answered"
            return perf_counter() - began
        await asyncio.sleep(0.2)
    raise TimeoutError(f"{waiting} wait, {open_ones} replies are open")


@asynccontextmanager
async def serving(kind: str, database: Database, platform: str = "") -> AsyncIterator[int]:
    """A server process on this store; gives its port."""
    where = database.engine.url.render_as_string(hide_password=False)
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks._hooked", kind, where, platform, stdout=PIPE
    )
    assert server.stdout is not None
    try:
        yield int(await server.stdout.readline())
    finally:
        server.kill()
        await server.wait()
