"""Messages through the dispatcher on SQLite, one after another, beside a bare committed row."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import redirect_stderr
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from rich.table import Table
from sqlalchemy import text

from bot import logs
from bot.app import App, build, open_database
from bot.settings import Settings
from handlers.messages import Address, Incoming
from storage.crypto import new_key
from storage.migrate import upgrade

ROUNDS = 400
ALICE = Address("web", "bench", "bench")


def run() -> Table:
    """Messages per second of one process on one core."""
    os.sched_setaffinity(0, {0})
    table = Table(title=f"dispatch, SQLite (WAL, synchronous=FULL), one core, {ROUNDS} messages each")
    for column in ("what", "per second", "median ms", "p99 ms"):
        table.add_column(column, justify="left" if column == "what" else "right")
    logs.configure("json")  # a line per message, as in production
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        measured = asyncio.run(_measure())
    for name, times in measured.items():
        times.sort()
        table.add_row(
            name,
            f"{len(times) / sum(times):,.0f}",
            f"{times[len(times) // 2] * 1000:.2f}",
            f"{times[int(len(times) * 0.99)] * 1000:.2f}",
        )
    return table


async def _measure() -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=Path(folder), keys=f"k1:{new_key()}", lookup_key=new_key(), log_level="ERROR", _env_file=None
        )
        async with open_database(settings, migrated=False) as database:
            await upgrade(database)
        async with build(settings) as app:
            return {
                "raw: one row, one commit": await _timed(lambda n: _bare_row(app, n)),
                "help (帮助)": await _timed(lambda n: _say(app, n, "帮助")),
                "question, not in the notices": await _timed(lambda n: _say(app, n, "食堂几点开门")),
                "the same message again": await _timed(lambda n: _say(app, 0, "帮助", "repeated")),
            }


async def _timed(act: Callable[[int], Awaitable[object]]) -> list[float]:
    for number in range(20):
        await act(-1 - number)
    times = []
    for number in range(ROUNDS):
        started = perf_counter()
        await act(number)
        times.append(perf_counter() - started)
    return times


async def _bare_row(app: App, number: int) -> None:
    async with app.database.begin() as session:
        await session.execute(
            text(
                "insert into seen (channel, account, sender, message_id, received_at)"
                " values ('bench', '', '', :id, '2023-06-07 00:00:00.000000')"
            ),
            {"id": str(number)},
        )


async def _say(app: App, number: int, words: str, prefix: str | None = None) -> None:
    message = Incoming(f"{prefix or words}-{number}", ALICE, words, datetime.now(UTC))
    await app.dispatcher.take(message)
