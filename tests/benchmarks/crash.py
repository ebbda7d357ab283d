"""kill -9 at random moments during deliveries with two workers: what is lost, what came twice, what was in doubt.

Two workers run as the program runs them (its clockwork, so its sweep); the platform answers after `LATENCY`, so there
is always something on its way when one is killed; the next stands ready and takes its place at once.
"""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from collections.abc import Collection
from random import Random
from time import monotonic

from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from storage.database import Database
from storage.models import Attempt, Delivery
from tests.benchmarks._platform import Platform, served
from tests.benchmarks._stores import store, students
from tests.benchmarks.claims import plan
from tests.benchmarks.delivery import ended, started, until_done

ROWS, KILLS = 10_000, 100
LATENCY, BATCH = 1.2, 100
"""Seconds until the platform answers; rows a worker takes at a time: with the usual 500 ten dead workers would hold
all the rows, and the others would die while they had nothing to do."""
PATIENCE = 300
"""Seconds from the last kill within which everything must have ended."""

COLUMNS = (
    "killed",
    "while sending",
    "arrived",
    "lost",
    "twice, marked",
    "twice, not marked",
    "rows once in doubt",
    "longest until it came, with the queue, s",
    "s in all",
)


def run(rows: int = ROWS, kills: int = KILLS) -> Table:
    """The count of each; lost and doubled without mark must be 0. A row is free again 50 s after its worker died
    (`test_claims`); until it came is that and the queue before it."""
    table = Table(title=f"{kills} × kill -9 during {rows:,} deliveries, two workers")
    for column in ("store", *COLUMNS):
        table.add_column(column, justify="right" if column != "store" else "left")
    for kind in ("SQLite", "PostgreSQL"):
        numbers = [f"{number:,}" for number in asyncio.run(measure(kind, rows, kills, latency=LATENCY))]
        Console(stderr=True, width=200).print(kind, dict(zip(COLUMNS, numbers, strict=True)))
        table.add_row(kind, *numbers)
    return table


async def measure(
    kind: str, rows: int, kills: int, random: Random | None = None, latency: float = 0
) -> tuple[int, ...]:
    """The numbers under `COLUMNS`."""
    platform, random, began = Platform(latency=latency), random or Random(7), monotonic()
    async with store(kind) as database, served(platform) as url:
        await students(database, rows, "telegram")
        await plan(database)
        crew = Crew(database, url)
        await crew.start()
        killed = sending = 0
        held: dict[str, float] = {}
        while killed < kills and len(platform.got) < rows:
            await asyncio.sleep(random.uniform(0.1, 1.5))
            keys, at, was_sending = await crew.kill(random.randrange(2))
            held |= dict.fromkeys(keys, at)
            killed += 1
            sending += was_sending
        await until_done(database, PATIENCE, doubts=True)
        seconds = round(monotonic() - began)
        await crew.end()
        doubtful, sent = await _ends(database)
        got = {text.split(" ")[0]: 0 for text in platform.got}
        for text, times in platform.got.items():
            got[text.split(" ")[0]] += times
        twice = {key for key, times in got.items() if times > 1}
        waited = [last - held[key] for key, last in platform.last_of.items() if key in held and last > held[key]]
        return (
            killed,
            sending,
            len(got),
            len(sent - got.keys()) + rows - len(sent),
            len(twice & doubtful),
            len(twice - doubtful),
            len(doubtful),
            round(max(waited, default=0)),
            seconds,
        )


class Crew:
    """Two workers, and one that stands ready."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        self._url = url
        self._workers: list[tuple[str, Process]] = []
        self._next: asyncio.Task[tuple[str, Process]] | None = None

    async def start(self) -> None:
        """Both begin."""
        self._workers = [await self._ready() for _ in range(2)]
        for _, worker in self._workers:
            _go(worker)
        self._next = asyncio.create_task(self._ready())

    async def kill(self, number: int) -> tuple[Collection[str], float, bool]:
        """Kills one; gives the keys of the rows that it held, when, and whether something was on its way."""
        name, worker = self._workers[number]
        await ended([worker])
        at = monotonic()
        async with self._database.read() as session:
            rows = (
                await session.execute(
                    select(Delivery.key, Delivery.begun_at).where(
                        Delivery.leased_by == name, Delivery.status == "leased"
                    )
                )
            ).all()
        assert self._next is not None
        self._workers[number] = await self._next
        _go(self._workers[number][1])
        self._next = asyncio.create_task(self._ready())
        return [row.key for row in rows], at, any(row.begun_at for row in rows)

    async def end(self) -> None:
        """All of them."""
        assert self._next is not None
        await ended([worker for _, worker in (*self._workers, await self._next)])

    async def _ready(self) -> tuple[str, Process]:
        name: list[str] = []
        worker = await started(self._database, self._url, 0, waits=BATCH, name=name)
        return name[0], worker


def _go(worker: Process) -> None:
    assert worker.stdin is not None
    worker.stdin.write(b"go\n")


async def _ends(database: Database) -> tuple[set[str], set[str]]:
    """The keys that were once in doubt, and those that were sent."""
    async with database.read() as session:
        doubt = select(Delivery.key).join(Attempt, Attempt.delivery_id == Delivery.id)
        doubtful = await session.scalars(doubt.where(Attempt.outcome == "unknown"))
        sent = await session.scalars(select(Delivery.key).where(Delivery.status == "sent"))
        return set(doubtful), set(sent)
