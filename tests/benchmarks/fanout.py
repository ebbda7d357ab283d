"""One digest row for each of many students who owe something, beside a bare INSERT … SELECT of the same rows."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from types import SimpleNamespace
from typing import Any

from rich.table import Table
from sqlalchemy import text

from storage.database import Database
from storage.fanout import plan_digests
from storage.items import listed, save_items
from tests.benchmarks._stores import store, students

SIZES = {"SQLite": (10_000, 1), "PostgreSQL": (900_000, 1)}
ITEMS = {"PostgreSQL": (1_000_000, 20)}
DAY = date(2023, 6, 7)
NOW = datetime(2023, 6, 7, 1, 0, tzinfo=UTC)


def run(sizes: dict[str, tuple[int, int]] | None = None, items: dict[str, tuple[int, int]] | None = None) -> Table:
    """Seconds; the issue wants at most 1.5 times the bare statement."""
    table = Table(title="fan-out into delivery rows")
    for column in ("store", "students", "items", "bare s", "ours s", "ours / bare", "rows"):
        table.add_column(column, justify="right" if column != "store" else "left")
    for kind, (count, number) in [*(sizes or SIZES).items(), *(items if items is not None else ITEMS).items()]:
        bare, ours, rows = asyncio.run(_measure(kind, count, number))
        table.add_row(kind, f"{count:,}", f"{number}", f"{bare:.2f}", f"{ours:.2f}", f"{ours / bare:.2f}", f"{rows:,}")
    return table


async def _measure(kind: str, count: int, number: int) -> tuple[float, float, int]:
    async with store(kind) as database:
        school, _ = await students(database, count)
        async with database.begin() as session:
            due = [
                SimpleNamespace(key=f"i{n}", title=f"事项 {n}", due_on=DAY + timedelta(n % 8)) for n in range(number)
            ]
            await save_items(session, school, "2023届", due, None, "published")
        bare = await _timed(_bare(database))
        async with database.begin() as session:
            await session.execute(text("delete from delivery"))
        if not database.is_sqlite:
            async with database.engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.execute(text("vacuum full delivery"))
        ours = await _timed(_ours(database))
        async with database.read() as session:
            rows = (await session.execute(text("select count(*) from delivery"))).scalar_one()
        return bare, ours, int(rows)


async def _timed(work: Any) -> float:
    started = perf_counter()
    await work
    return perf_counter() - started


async def _bare(database: Database) -> None:
    key = "'digest:' || lower(cast(id as text)) || '-2023-06-07'"
    at = "'2023-06-07 01:00:00.000000'" if database.is_sqlite else "timestamptz '2023-06-07 01:00:00Z'"
    async with database.begin() as session:
        await session.execute(
            text(
                "insert into delivery (key, kind, student_id, for_day, urgent, status, not_before, expires_at,"
                f" attempts, created_at, in_doubt) select {key}, 'digest', id,"
                f" '2023-06-07', false, 'planned', {at}, {at}, 0,"
                f" {at}, false from student"
            )
        )


async def _ours(database: Database) -> None:
    async with database.begin() as session:
        published = await listed(session, statuses=("published",))
        until = NOW + timedelta(hours=12)
        await plan_digests(session, published, day=DAY, not_before=NOW, expires_at=until, now=NOW)
