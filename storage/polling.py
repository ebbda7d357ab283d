"""How far an account's messages were fetched, kept over restarts; one process at a time fetches them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Polling
from storage.upsert import insert_into

LEASE = timedelta(seconds=45)
"""Longer than one long poll, shorter than the minute after which another process has to be at work."""


async def hold(session: AsyncSession, account: str, *, worker: str, now: datetime) -> int | None:
    """Takes or keeps the turn of fetching and gives the position to go on from; None: another process has the turn."""
    await session.execute(
        insert_into(session, Polling)
        .values(account=account, position=0)
        .on_conflict_do_nothing(index_elements=["account"])
    )
    free = or_(Polling.held_by.is_(None), Polling.held_by == worker, Polling.held_until <= now)
    return await session.scalar(
        update(Polling)
        .where(Polling.account == account, free)
        .values(held_by=worker, held_until=now + LEASE)
        .returning(Polling.position)
    )


async def advance(session: AsyncSession, account: str, position: int, *, worker: str) -> bool:
    """Everything before `position` is in the store; False: the turn was lost meanwhile. It never goes back."""
    moved = await session.scalar(
        update(Polling)
        .where(Polling.account == account, Polling.held_by == worker, Polling.position < position)
        .values(position=position)
        .returning(Polling.account)
    )
    return moved is not None


async def release(session: AsyncSession, account: str, *, worker: str) -> None:
    """Ends the turn, so that the next process need not wait for the lease."""
    await session.execute(
        update(Polling).where(Polling.account == account, Polling.held_by == worker).values(held_by=None)
    )


async def position_of(session: AsyncSession, account: str) -> int:
    """The position to go on from."""
    return await session.scalar(select(Polling.position).where(Polling.account == account)) or 0
