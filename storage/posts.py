"""Posts that only one process holds at a time: the clock. By compare-and-set, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Post
from storage.upsert import insert_into

CLOCK = "clock"
TERM = timedelta(seconds=20)
"""Who does not renew for so long has died; another one takes over."""


async def hold(session: AsyncSession, name: str, holder: str, now: datetime) -> bool:
    """Takes or renews a post; False: another process holds it."""
    values = {"holder": holder, "held_until": now + TERM}
    insert = insert_into(session, Post).values(name=name, **values)
    taken = insert.on_conflict_do_update(
        index_elements=["name"], set_=values, where=or_(Post.holder == holder, Post.held_until <= now)
    )
    return (await session.execute(taken.returning(Post.name))).first() is not None


async def leave(session: AsyncSession, name: str, holder: str) -> None:
    """Gives a post up, so that the next one need not wait."""
    await session.execute(delete(Post).where(Post.name == name, Post.holder == holder))
