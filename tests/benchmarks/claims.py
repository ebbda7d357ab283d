"""Claim and settle, by hundreds, beside the same two bare UPDATEs; one connection, one process."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import partial
from time import perf_counter

from rich.table import Table
from sqlalchemy import text

from storage import claims
from storage.database import Database
from storage.deliveries import Outcome
from tests.benchmarks._stores import store, students

ROWS = 20_000
TURNS = 3
BATCH = 500
NOW = datetime(2023, 6, 7, 1, 0, tzinfo=UTC)


def run() -> Table:
    """Rows per second; the issue wants 20,000 on PostgreSQL and 50,000 on SQLite."""
    table = Table(title=f"claim + settle, {ROWS:,} rows by {BATCH}, one process, best of {TURNS}")
    for column in ("store", "what", "rows per second", "of the bare statements"):
        table.add_column(column, justify="right" if column.startswith(("rows", "of")) else "left")
    for kind in ("SQLite", "PostgreSQL"):
        bare, ours, begun = asyncio.run(_measure(kind))
        table.add_row(kind, "bare: two UPDATEs by id range", f"{bare:,.0f}", "")
        table.add_row(kind, "claim + settle", f"{ours:,.0f}", f"{ours / bare:.0%}")
        table.add_row(kind, "claim + begin + settle", f"{begun:,.0f}", f"{begun / bare:.0%}")
    return table


async def _measure(kind: str) -> tuple[float, float, float]:
    """The best of several turns each, taken in turns: what else the machine does hits all of them."""
    works = (_bare, partial(_ours, begun=False), partial(_ours, begun=True))
    best = [0.0] * len(works)
    async with store(kind) as database:
        await students(database, ROWS, None)
        for _ in range(TURNS):
            for number, work in enumerate(works):
                await plan(database)
                best[number] = max(best[number], await _timed(work(database)))
    return best[0], best[1], best[2]


async def _timed(work: Coroutine[None, None, None]) -> float:
    started = perf_counter()
    await work
    return ROWS / (perf_counter() - started)


async def plan(database: Database, limit: int = 1_000_000) -> None:
    """One digest for every student, or so many of them, due."""
    at = "'2023-06-07 00:00:00.000000'" if database.is_sqlite else "timestamptz '2023-06-07 00:00:00Z'"
    async with database.begin() as session:
        await session.execute(text("delete from delivery"))
        await session.execute(
            text(
                "insert into delivery"
                " (key, kind, student_id, urgent, status, not_before, attempts, created_at, in_doubt)"
                f" select cast(id as text), 'digest', id, false, 'planned', {at}, 0, {at}, false"
                f" from student limit {limit}"
            )
        )
    if not database.is_sqlite:
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("vacuum analyze delivery"))


async def _bare(database: Database) -> None:
    async with database.begin() as session:
        first = (await session.execute(text("select min(id) from delivery"))).scalar_one()
    for start in range(first, first + ROWS, BATCH):
        span = {"a": start, "b": start + BATCH}
        for step in (
            "update delivery set status = 'leased', leased_by = 'w' where id >= :a and id < :b returning *",
            "update delivery set status = 'sent', leased_by = null, platform_id = '1' where id >= :a and id < :b",
        ):
            async with database.begin() as session:
                found = await session.execute(text(step), span)
                if "returning" in step:
                    found.all()


async def _ours(database: Database, *, begun: bool) -> None:
    while True:
        async with database.begin() as session:
            rows = await claims.claim(session, worker="w", now=NOW, limit=BATCH)
        if not rows:
            return
        if begun:
            async with database.begin() as session:
                await claims.begin(session, [row.id for row in rows], worker="w", now=NOW)
        outcomes = [Outcome(row.id, "sent", channel="web", platform_id="1") for row in rows]
        async with database.begin() as session:
            await claims.settle(session, outcomes, worker="w", now=NOW)
