"""Two worker processes killed at random moments, over real HTTP; the long run is `python -m tests.benchmarks crash`."""

from __future__ import annotations

from random import Random

import pytest

from tests.benchmarks import crash
from tests.conftest import _postgres_reachable, need

ROWS = 2_000


@pytest.mark.parametrize("kind", ["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.postgres)])
async def test_killed_workers_lose_nothing_and_double_only_what_was_in_doubt(kind: str) -> None:
    need(kind == "SQLite" or _postgres_reachable(), "PostgreSQL on 127.0.0.1:5432")
    killed, _, arrived, lost, _, without_mark, *_ = await crash.measure(kind, ROWS, 3, Random(3))
    assert killed > 0
    assert (arrived, lost, without_mark) == (ROWS, 0, 0)
