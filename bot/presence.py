"""A serving process says in the store that it lives: `db copy` waits for it to end, `doctor` and /metrics count it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from uuid import uuid4

import structlog

from storage import posts
from storage.database import Database

_EVERY = posts.TERM / 2

log = structlog.get_logger()


@asynccontextmanager
async def present(database: Database, role: str, clock: Callable[[], datetime]) -> AsyncIterator[None]:
    """Says so meanwhile; a store that does not answer is no reason to end."""
    process = uuid4().hex
    task = asyncio.create_task(_keep_saying(database, role, process, clock))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with suppress(Exception):
            async with database.begin() as session:
                await posts.disappear(session, role, process)


async def _keep_saying(database: Database, role: str, process: str, clock: Callable[[], datetime]) -> None:
    while True:
        try:
            async with database.begin() as session:
                await posts.appear(session, role, process, clock())
        except Exception as problem:
            log.warning("presence not noted", error=type(problem).__name__)
        await asyncio.sleep(_EVERY.total_seconds())
