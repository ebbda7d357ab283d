"""kill -9 at random moments during deliveries with two workers: what is lost, what came twice, what was in doubt."""

from __future__ import annotations

import asyncio
from random import Random
from time import perf_counter

from rich.table import Table
from sqlalchemy import func, select

from storage.models import Attempt, Delivery
from tests.benchmarks._platform import Platform, served
from tests.benchmarks._stores import store, students
from tests.benchmarks.claims import plan
from tests.benchmarks.delivery import ended, started, until_done

ROWS, KILLS = 10_000, 100
LATENCY = 0.4
"""Seconds until the platform answers, in the long run: so there is always something on its way when the power goes."""


COLUMNS = ("killed", "arrived", "lost", "twice", "twice without doubt", "rows once in doubt", "s after the last kill")


def run(rows: int = ROWS, kills: int = KILLS) -> Table:
    """The count of each; lost and doubled without doubt must be 0. Last: seconds from the last kill until all was done,
    what was in doubt and waited for its second try included."""
    table = Table(title=f"{kills} × kill -9 during {rows:,} deliveries, two workers")
    for column in ("store", *COLUMNS):
        table.add_column(column, justify="right" if column != "store" else "left")
    for kind in ("SQLite", "PostgreSQL"):
        table.add_row(kind, *(f"{number:,}" for number in asyncio.run(measure(kind, rows, kills, latency=LATENCY))))
    return table


async def measure(
    kind: str, rows: int, kills: int, random: Random | None = None, latency: float = 0
) -> tuple[int, ...]:
    """The numbers under `COLUMNS`."""
    platform, random, last_kill = Platform(latency=latency), random or Random(7), perf_counter()
    async with store(kind) as database, served(platform) as url:
        await students(database, rows, "telegram")
        await plan(database)
        workers = [await started(database, url, 0) for _ in range(2)]
        killed = 0
        while killed < kills and sum(platform.got.values()) < rows * 0.95:
            await asyncio.sleep(random.uniform(0.05, 0.8))
            number = random.randrange(2)
            await ended([workers[number]])
            last_kill = perf_counter()
            workers[number] = await started(database, url, 0)
            killed += 1
        await until_done(database, 3600, doubts=True)  # killed again and again, a row waits ever longer
        seconds = round(perf_counter() - last_kill)
        await ended(workers)
        async with database.read() as session:
            keys = set(await session.scalars(select(Delivery.key)))
            doubtful = set(
                await session.scalars(
                    select(Delivery.key)
                    .join(Attempt, Attempt.delivery_id == Delivery.id)
                    .where(Attempt.outcome == "unknown")
                )
            )
            left = await session.scalar(select(func.count()).where(Delivery.status != "sent"))
        got = {text.split(" ")[0]: 0 for text in platform.got}
        for text, times in platform.got.items():
            got[text.split(" ")[0]] += times
        twice = {key for key, times in got.items() if times > 1}
        lost = len(keys - got.keys()) + (left or 0)
        return killed, len(got), lost, len(twice), len(twice - doubtful), len(doubtful), seconds
