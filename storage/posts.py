"""Posts that only one process holds at a time: the clock. By compare-and-set, on SQLite and PostgreSQL alike.

Each serving process also holds a post of its own (`serve:<role>:<process>`): that is how the others know it lives.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Post
from storage.upsert import insert_into

CLOCK = "clock"
SERVE = "serve"
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


async def appear(session: AsyncSession, role: str, process: str, now: datetime) -> None:
    """A serving process says that it lives; what those that died a day ago said is forgotten."""
    await hold(session, f"{SERVE}:{role}:{process}", process, now)
    long_dead = Post.name.startswith(f"{SERVE}:") & (Post.held_until < now - timedelta(days=1))
    await session.execute(delete(Post).where(long_dead))


async def disappear(session: AsyncSession, role: str, process: str) -> None:
    """A serving process ends."""
    await leave(session, f"{SERVE}:{role}:{process}", process)


async def present(session: AsyncSession, now: datetime) -> dict[str, int]:
    """How many processes of each role serve now."""
    names = await session.scalars(select(Post.name).where(Post.name.startswith(f"{SERVE}:"), Post.held_until > now))
    return dict(sorted(Counter(name.split(":")[1] for name in names).items()))
