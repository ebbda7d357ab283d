"""`python -m tests.benchmarks._worker <database> <platform> <limit> <rows>`: delivers until it is killed."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channel import Channel
from bot.clockwork import Clockwork
from bot.delivery import Sender
from bot.pace import Limit, Pace
from bot.quiet import Quiet
from handlers.messages import Reply
from handlers.outgoing import Rendered
from storage.database import Database
from storage.deliveries import Claimed
from tests.benchmarks._platform import Posting
from tests.benchmarks._stores import VAULT

SLEEP = 0.1


async def render(session: AsyncSession, rows: Sequence[Claimed], now: datetime) -> Rendered:
    """A text that tells which row it is."""
    return {row.id: Reply(f"{row.key} " + "今天截止，请办理。" * 8) for row in rows}


def sender(database: Database, url: str, limit: int, line: Channel | None = None, *, batch: int = 500) -> Sender:
    """A sender as the program makes it, on the benchmark's platform."""
    limits = {"telegram": (Limit("channel", limit, timedelta(seconds=1), "the benchmark"),)} if limit else {}
    quiet = Quiet(time(0), time(0))
    return Sender(
        database,
        {"telegram": line or Posting(url)},
        pace=Pace(database, limits),
        quiet=quiet,
        renderers={"digest": render},
        batch=batch,
    )


async def work(database_url: str, url: str, limit: int, waits: int) -> None:
    """Delivers for ever: as fast as it can, or (`waits`: rows at a time) with the program's clockwork when told to."""
    database = Database(database_url, VAULT)
    one = sender(database, url, limit, batch=waits or 500)
    print("ready", one.worker, flush=True)
    if waits:
        logging.disable(logging.CRITICAL)
        await asyncio.to_thread(sys.stdin.readline)
        clockwork = Clockwork(database, one, lambda: datetime.now(UTC), every=timedelta(seconds=1), duties=("deliver",))
        clockwork.start()
        await asyncio.Event().wait()
    while True:
        await one.run_once(datetime.now(UTC))
        await asyncio.sleep(SLEEP)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
