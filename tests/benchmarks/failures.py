"""What breaks around us while messages go out: store away, broker away, platform in trouble, disk full.

Each time 600 deliveries are under way, the thing breaks for some seconds and comes back; nobody helps.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from structlog.testing import capture_logs

from bot import health
from bot.channel import SendError, Sent
from bot.clockwork import Clockwork
from bot.delivery import Sender
from bot.engine import Engine
from handlers.messages import Address, Reply
from storage.database import Database
from storage.models import Attempt, Delivery
from tests.benchmarks._gate import Gate, gate
from tests.benchmarks._platform import Platform, Posting, served
from tests.benchmarks._stores import VAULT, store, students
from tests.benchmarks._worker import sender
from tests.benchmarks.claims import plan
from tests.benchmarks.delivery import until_done

ROWS, BROKEN = 600, 5.0
FULL = 4096
"""No file may grow beyond so many bytes while the disk is full."""
NATS_PORT, PG_PORT = 4222, 5432
COLUMNS = ("rows", "lost", "twice without doubt", "once in doubt", "alarms", "health said so", "s until all was done")

Break = Callable[[], Awaitable[None]]


def run(rows: int = ROWS) -> Table:
    """Nothing may be lost; the alarms are lines of the log at error level."""
    logging.disable(logging.CRITICAL)
    progress = Console(stderr=True, width=200)
    table = Table(title=f"broken for {BROKEN:g} s during {rows} deliveries, nobody helps")
    for column in ("what", *COLUMNS):
        table.add_column(column, justify="left" if column == "what" else "right")
    for what, case in CASES.items():
        numbers = asyncio.run(case(rows))
        progress.print(what, dict(zip(COLUMNS, numbers, strict=True)))
        table.add_row(what, *map(str, numbers))
    return table


async def database_away(rows: int) -> tuple[Any, ...]:
    """PostgreSQL throws everybody out and is not there for a while, as in a restart."""
    async with store("PostgreSQL") as own, served(Platform(latency=0.1)) as url, gate(PG_PORT) as door:
        await prepared(own, rows)
        through = own.engine.url.set(port=door.port).render_as_string(hide_password=False)
        database = Database(through, VAULT)
        try:
            return await seen(own, database, url, rows, lambda: shut(door))
        finally:
            await database.close()


async def platform_in_trouble(rows: int) -> tuple[Any, ...]:
    """500, 429 and no answer at all, in turn."""
    platform = Troubled(latency=0.05)
    async with store("SQLite") as database, served(platform) as url:
        await prepared(database, rows)

        async def trouble() -> None:
            platform.broken = True
            await asyncio.sleep(BROKEN)
            platform.broken = False

        return await seen(database, database, url, rows, trouble, Impatient(url))


async def disk_full(rows: int) -> tuple[Any, ...]:
    """No file may grow any more: SQLite cannot commit."""
    async with store("SQLite") as database, served(Platform(latency=0.1)) as url:
        await prepared(database, rows)

        async def fill() -> None:
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (FULL, hard))
            await asyncio.sleep(BROKEN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

        return await seen(database, database, url, rows, fill)


async def broker_away(rows: int) -> tuple[Any, ...]:
    """NATS throws everybody out and is not there for a while."""
    async with store("PostgreSQL") as database, served(Platform(latency=0.1)) as url, gate(NATS_PORT) as door:
        await prepared(database, rows)
        name, broker = f"b{uuid4().hex}", f"nats://127.0.0.1:{door.port}"
        senders = [sender(database, url, 0) for _ in range(2)]
        ends = [Engine(broker, database, one, now, name=name) for one in senders]
        for end in ends:
            await end.open()
        tasks = [asyncio.create_task(ends[0].run_clock(yes)), asyncio.create_task(ends[1].run_worker())]
        try:
            return await seen(database, database, url, rows, lambda: shut(door), work=tasks, one=senders[0])
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *(end.close() for end in ends), return_exceptions=True)


CASES = {
    "PostgreSQL away": database_away,
    "NATS away": broker_away,
    "platform: 500, 429, silence": platform_in_trouble,
    "disk full (SQLite)": disk_full,
}


async def seen(
    own: Database,
    database: Database,
    url: str,
    rows: int,
    broken: Break,
    line: Any = None,
    work: list[asyncio.Task[None]] | None = None,
    one: Sender | None = None,
) -> tuple[Any, ...]:
    """Delivers with the program's own clockwork (or `work`), breaks it, and counts."""
    one = one or sender(database, url, 0, line)
    clockwork = Clockwork(database, one, now, every=timedelta(seconds=1), duties=() if work else ("deliver",))
    app: Any = SimpleNamespace(
        database=database, clockwork=clockwork, clock=now, settings=SimpleNamespace(tick_seconds=1)
    )
    with capture_logs() as logged:
        clockwork.start()
        unwell = asyncio.create_task(_watch(app))
        await asyncio.sleep(0.7)
        began = perf_counter()
        await broken()
        await until_done(own, 240, doubts=True)
        seconds = perf_counter() - began
        clockwork.stop()
        unwell.cancel()
        await asyncio.gather(unwell, return_exceptions=True)
    alarms = sum(entry["log_level"] in ("error", "critical") for entry in logged)
    return rows, *await _counted(own, url), alarms, "yes" if app.unwell else "no", f"{seconds:.0f}"


async def _watch(app: Any) -> None:
    app.unwell = False
    while True:
        found = await health.look(app)
        app.unwell = app.unwell or not found.database or bool(found.failing or found.alarms)
        await asyncio.sleep(0.5)


async def _counted(database: Database, url: str) -> tuple[int, int, int]:
    platform = Platform.of[url]
    async with database.read() as session:
        statuses = dict((await session.execute(select(Delivery.key, Delivery.status))).tuples().all())
        doubtful = set(
            await session.scalars(
                select(Delivery.key)
                .join(Attempt, Attempt.delivery_id == Delivery.id)
                .where(Attempt.outcome == "unknown")
            )
        )
    got: dict[str, int] = {}
    for text, times in platform.got.items():
        key = text.split(" ")[0]
        got[key] = got.get(key, 0) + times
    lost = sum(status != "sent" or key not in got for key, status in statuses.items())
    return lost, sum(times > 1 and key not in doubtful for key, times in got.items()), len(doubtful)


class Troubled(Platform):
    """Answers as it should until it is broken."""

    broken = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.broken and scope["type"] == "http":
            self.refused += 1
            if self.refused % 3 == 0:
                await asyncio.sleep(2)  # longer than anybody waits
            status = (500, 429, 500)[self.refused % 3]
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})
            return
        await super().__call__(scope, receive, send)


class Impatient(Posting):
    """Waits a second for an answer."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.client.timeout = 1  # type: ignore[assignment]

    async def send(self, to: Address, reply: Reply) -> Sent:
        try:
            return await super().send(to, reply)
        except KeyError:
            raise SendError("the platform answers 500") from None


async def prepared(database: Database, rows: int) -> None:
    """So many rows, due."""
    await students(database, rows, "telegram")
    await plan(database)


async def shut(door: Gate) -> None:
    """For a while."""
    await door.shut()
    await asyncio.sleep(BROKEN)
    await door.open()


async def yes() -> bool:
    """This is the clock."""
    return True


def now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)
