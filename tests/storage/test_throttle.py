"""Buckets of wrong tries, with a moved clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from storage import throttle
from storage.database import Database
from storage.models import Throttle

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("bucket", list(throttle.LIMITS))
async def test_locks_at_the_limit_and_opens_again(
    database: Database, now: datetime, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit, tried = replace(throttle.LIMITS[bucket], tries=min(throttle.LIMITS[bucket].tries, 10)), {bucket: "x"}
    monkeypatch.setattr(throttle, "LIMITS", {bucket: limit})
    async with database.begin() as session:
        for _ in range(limit.tries - 1):
            assert await throttle.note_wrong(session, tried, now) == ()
        assert not await throttle.is_locked(session, tried, now)
        assert await throttle.note_wrong(session, tried, now) == (bucket,)
        assert await throttle.is_locked(session, tried, now)
        assert not await throttle.is_locked(session, {bucket: "y"}, now)
        assert await throttle.is_locked(session, tried, now + limit.lock - timedelta(seconds=1))
        opened = now + limit.lock
        assert not await throttle.is_locked(session, tried, opened)
        assert await throttle.note_wrong(session, tried, opened) == ()


async def test_slow_tries_never_lock(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        for number in range(20):
            moment = now + number * timedelta(minutes=16)
            assert await throttle.note_wrong(session, {"chat": "x"}, moment) == ()


async def test_buckets_count_each_for_itself(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        for number in range(5):
            await throttle.note_wrong(session, {"chat": str(number), "number": "20200001"}, now)
        assert await throttle.is_locked(session, {"number": "20200001"}, now)
        assert await throttle.is_locked(session, {"chat": "new", "number": "20200001"}, now)
        assert not await throttle.is_locked(session, {"chat": "0", "number": "20200002"}, now)


async def test_keeps_no_number(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        await throttle.note_wrong(session, {"number": "20200001"}, now)
        assert b"20200001" not in (await session.scalars(select(Throttle.key))).one()


async def test_sweep_keeps_what_still_matters(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        await throttle.note_wrong(session, {"chat": "old"}, now - 3 * HOUR)
        await throttle.note_wrong(session, {"chat": "new"}, now)
        await throttle.sweep(session, now)
        assert await session.scalar(select(func.count()).select_from(Throttle)) == 1
