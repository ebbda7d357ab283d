"""One digest row for each of many students who owe something, beside a bare INSERT … SELECT of as many rows.

Meanwhile somebody else commits one row after another, as a platform's call does: his longest wait is the stall.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from types import SimpleNamespace

from rich.table import Table
from sqlalchemy import text

from storage.database import Database
from storage.fanout import plan_digests, spans
from storage.items import listed, save_items
from tests.benchmarks._stores import store, students

SIZES = {"SQLite": (10_000, 3), "PostgreSQL": (900_000, 1)}
"""Students, and how many turns of each kind are taken; the best counts."""
DAY = date(2023, 6, 7)
NOW = datetime(2023, 6, 7, 1, 0, tzinfo=UTC)
PAUSE = 0.005
"""Seconds between two single commits: some 200 calls a second."""


def run(sizes: dict[str, tuple[int, int]] | None = None) -> Table:
    """Seconds; the issue wants at most 1.5 times the bare statement, and nobody stalled for more than 100 ms."""
    table = Table(title="fan-out into delivery rows")
    columns = ("store", "students", "bare s", "same people s", "ours s", "ours / bare", "/ same people", "rows")
    for column in (*columns, "worst stall ms: bare", "ours"):
        table.add_column(column, justify="right" if column != "store" else "left")
    for kind, (count, turns) in (sizes or SIZES).items():
        plain, same, ours, rows, stalls = asyncio.run(_measure(kind, count, turns))
        seconds, shares = (f"{one:.2f}" for one in (plain, same, ours)), (f"{ours / one:.2f}" for one in (plain, same))
        table.add_row(kind, f"{count:,}", *seconds, *shares, f"{rows:,}", *(f"{one * 1000:.0f}" for one in stalls))
    return table


async def _measure(kind: str, count: int, turns: int) -> tuple[float, float, float, int, tuple[float, float]]:
    async with store(kind) as database:
        school, _ = await students(database, count)
        await publish(database, 1, school)
        best = [float("inf")] * 3
        for _ in range(turns):
            for number, work in enumerate((bare, _same, plan)):
                await emptied(database)
                best[number] = min(best[number], await timed(work(database)))
        async with database.read() as session:
            rows = (await session.execute(text("select count(*) from delivery"))).scalar_one()
        stalls = []
        for work in (bare, plan):
            await emptied(database)
            async with _calling(database) as waits:
                await work(database)
            stalls.append(max(waits))
        return best[0], best[1], best[2], int(rows), (stalls[0], stalls[1])


async def publish(database: Database, number: int, school: object) -> None:
    """So many items of everybody, due from today on."""
    due = [SimpleNamespace(key=f"i{n}", title=f"事项 {n}", due_on=DAY + timedelta(n % 8)) for n in range(number)]
    async with database.begin() as session:
        await save_items(session, school, "2023届", due, None, "published")  # type: ignore[arg-type]


async def emptied(database: Database) -> None:
    """No delivery left, nor the room it took."""
    async with database.begin() as session:
        await session.execute(text("delete from delivery"))
    if not database.is_sqlite:
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("vacuum full delivery"))


async def timed(work: Awaitable[object]) -> float:
    """Seconds."""
    started = perf_counter()
    await work
    return perf_counter() - started


async def plan(database: Database) -> None:
    """As the planner does it."""
    async with database.read() as session:
        published, parts = await listed(session, statuses=("published",)), await spans(session)
    until = NOW + timedelta(hours=12)
    for part in parts:
        async with database.begin() as session:
            await plan_digests(session, published, day=DAY, not_before=NOW, expires_at=until, now=NOW, among=part)


async def bare(database: Database) -> None:
    """As many rows, of everybody."""
    await _insert(database, "")


async def _same(database: Database) -> None:
    """The same people: who is bound and has not done it."""
    await _insert(
        database,
        " join class_group c on c.id = class_id cross join item i where i.cohort = c.cohort"
        " and not exists (select 1 from mute where student_id = student.id)"
        " and not exists (select 1 from item_status s where s.student_id = student.id and s.item_id = i.id)"
        " and exists (select 1 from binding b where b.student_id = student.id and b.ended_at is null)",
    )


async def _insert(database: Database, which: str) -> None:
    key = "'digest:' || lower(cast(student.id as text)) || '-2023-06-07'"
    at = "'2023-06-07 01:00:00.000000'" if database.is_sqlite else "timestamptz '2023-06-07 01:00:00Z'"
    async with database.begin() as session:
        await session.execute(
            text(
                "insert into delivery (key, kind, student_id, for_day, urgent, status, not_before, expires_at,"
                f" attempts, created_at, in_doubt) select {key}, 'digest', student.id,"
                f" '2023-06-07', false, 'planned', {at}, {at}, 0,"
                f" {at}, false from student{which}"
            )
        )


@asynccontextmanager
async def _calling(database: Database) -> AsyncIterator[list[float]]:
    """Somebody who commits one row after another; gives how long each took, in seconds."""
    waits: list[float] = []

    async def call() -> None:
        while True:
            started = perf_counter()
            async with database.begin() as session:
                await session.execute(_CALL, {"id": str(len(waits)), "at": started})
            waits.append(perf_counter() - started)
            await asyncio.sleep(PAUSE)

    async with database.begin() as session:
        await session.execute(text("create table if not exists call (id text, at float)"))
    calling = asyncio.create_task(call())
    while len(waits) < 20:  # noqa: ASYNC110 - until it runs evenly
        await asyncio.sleep(PAUSE)
    waits.clear()
    try:
        yield waits
        await asyncio.sleep(PAUSE * 4)  # the one that waits now is counted as well
    finally:
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)


_CALL = text("insert into call (id, at) values (:id, :at)")
