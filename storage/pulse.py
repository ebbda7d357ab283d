"""Signs of life for /health, /metrics and `lixiao doctor`: counts and times, no rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Audit, ChatLine, Delivery, Seen


async def answers(session: AsyncSession) -> bool:
    """True; raises where the database does not answer."""
    return await session.scalar(select(1)) == 1


async def deliveries_by_status(session: AsyncSession) -> dict[str, int]:
    """How many delivery rows are in which state."""
    rows = await session.execute(select(Delivery.status, func.count()).group_by(Delivery.status))
    return {row.status: row[1] for row in rows}


async def due_since(session: AsyncSession, now: datetime) -> datetime | None:
    """Since when the oldest message that is due waits; None: nothing is due."""
    due = select(func.min(Delivery.not_before)).where(Delivery.status == "planned", Delivery.not_before <= now)
    return await session.scalar(due)


async def newest(session: AsyncSession) -> datetime | None:
    """The latest time anything was written at; a clock that is before it stands wrong."""
    times = [await session.scalar(select(func.max(when))) for when in (Audit.at, ChatLine.at, Seen.received_at)]
    return max((time for time in times if time is not None), default=None)


async def undelivered(session: AsyncSession, limit: int = 20) -> list[tuple[str, str | None, int]]:
    """Why deliveries did not arrive: (status, reason, count), the most frequent first."""
    rows = await session.execute(
        select(Delivery.status, Delivery.reason, func.count())
        .where(Delivery.status.in_(("failed", "unknown", "expired")))
        .group_by(Delivery.status, Delivery.reason)
        .order_by(func.count().desc())
        .limit(limit)
    )
    return [(status, reason, count) for status, reason, count in rows]
