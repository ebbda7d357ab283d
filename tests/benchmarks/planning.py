"""A day's digests for very many students who owe very many items: pairs reckoned with, rows written, seconds."""

from __future__ import annotations

import asyncio
from time import perf_counter

from rich.table import Table
from sqlalchemy import text

from storage.database import Database
from tests.benchmarks._stores import store, students
from tests.benchmarks.fanout import bare, emptied, plan, publish, timed

STUDENTS, ITEMS = 1_000_000, 20


def run(count: int = STUDENTS, items: int = ITEMS) -> Table:
    """Planned twice: the second time, as every five minutes, nothing is new."""
    table = Table(
        title=f"planning reminders on PostgreSQL: {count:,} students × {items} items = {count * items:,} pairs"
    )
    for column in ("what", "seconds", "rows written", "size of the table"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for row in asyncio.run(_measure(count, items)):
        table.add_row(*row)
    return table


async def _measure(count: int, items: int) -> list[tuple[str, str, str, str]]:
    async with store("PostgreSQL") as database:
        school, _ = await students(database, count)
        await publish(database, items, school)
        best = await timed(bare(database))
        found = [("bare INSERT … SELECT, a row per student", f"{best:.1f}", f"{count:,}", "")]
        await emptied(database)
        for what in ("planned", "planned again"):
            started = perf_counter()
            before = await _rows(database)
            await plan(database)
            seconds = perf_counter() - started
            async with database.read() as session:
                size = (
                    await session.execute(text("select pg_size_pretty(pg_total_relation_size('delivery'))"))
                ).scalar()
            found.append((what, f"{seconds:.1f}", f"{await _rows(database) - before:,}", str(size)))
        return found


async def _rows(database: Database) -> int:
    async with database.read() as session:
        return int((await session.execute(text("select count(*) from delivery"))).scalar_one())
