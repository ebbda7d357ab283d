"""The same call a hundred times at two real web processes, one of them killed in between: one effect (SECURITY T7)."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import func, select

from storage.models import Arrival, HeldReply, Seen
from tests.benchmarks._calls import calls, lines
from tests.benchmarks._platform import answering
from tests.benchmarks._stores import store
from tests.benchmarks.callback import serving
from tests.conftest import _postgres_reachable, need

TIMES = 100


@pytest.mark.parametrize("kind", ["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.postgres)])
async def test_a_hundred_times_is_once(kind: str) -> None:
    need(kind == "SQLite" or _postgres_reachable(), "PostgreSQL on 127.0.0.1:5432")
    [request] = calls(1, "帮助")
    async with store(kind) as database, answering() as platform:
        async with serving("ours", database, platform) as living:
            async with serving("ours", database, platform) as dying:
                doomed = asyncio.gather(*(_again(dying, request) for _ in range(TIMES // 4)), return_exceptions=True)
                statuses = await asyncio.gather(*(_again(living, request) for _ in range(TIMES // 4)))
            await doomed  # its process was killed in the middle of it
            statuses += await asyncio.gather(*(_again(living, request) for _ in range(TIMES // 2)))
            assert set(statuses) == {200}
            async with asyncio.timeout(90):  # what the killed one had taken is taken up
                while (await _count(database))[2]:  # noqa: ASYNC110 - it is in another process
                    await asyncio.sleep(0.2)
        assert await _count(database) == (1, 1, 0)


async def _again(port: int, request: bytes) -> int:
    with suppress(OSError, asyncio.IncompleteReadError):
        [line] = await lines(port, 1)
        try:
            return (await line.call(request))[0]
        finally:
            line.close()
    return 0


async def _count(database: object) -> tuple[int, ...]:
    async with database.read() as session:  # type: ignore[attr-defined]
        counts = [await session.scalar(select(func.count()).select_from(model)) for model in (Seen, HeldReply, Arrival)]
    return tuple(count or 0 for count in counts)
