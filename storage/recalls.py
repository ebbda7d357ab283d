"""Taking back what was sent: one row per message of a platform, tried until the platform has said yes or no.

Taking back twice does no harm at any platform, so a row that a dead worker held is simply tried again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, func, literal, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Delivery, Recall
from storage.models.base import Instant
from storage.upsert import insert_into

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
CANNOT = "the platform takes nothing back"


@dataclass(frozen=True, slots=True)
class Taken:
    """A message to take back, held for `LEASE`."""

    id: int
    channel: str
    platform_id: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Result:
    """How taking back stands, in recipients: done, planned, and refused by (channel, reason)."""

    done: int
    planned: int
    refused: Mapping[tuple[str, str], int]
    read: int
    """So many had acknowledged it before, of all of these."""


async def plan(session: AsyncSession, broadcast_id: UUID, able: Collection[str], now: datetime) -> None:
    """A row for every message that may have arrived; on channels that are not `able` the answer is known at once."""
    sent = (
        select(
            literal(broadcast_id, Recall.broadcast_id.type),
            Delivery.channel,
            func.coalesce(Delivery.platform_id, ""),
            literal("planned"),
            literal(0),
            literal(now, Instant()),
        )
        .where(Delivery.broadcast_id == broadcast_id, Delivery.status == "sent", Delivery.channel.is_not(None))
        .distinct()
    )
    names = ["broadcast_id", "channel", "platform_id", "status", "attempts", "not_before"]
    insert = insert_into(session, Recall.__table__).from_select(names, sent)
    await session.execute(insert.on_conflict_do_nothing(index_elements=["broadcast_id", "channel", "platform_id"]))
    unable = and_(Recall.broadcast_id == broadcast_id, Recall.status == "planned")
    await session.execute(
        update(Recall)
        .where(unable, (Recall.channel.not_in(able)) | (Recall.platform_id == ""))
        .values(status="refused", reason=CANNOT, settled_at=now)
    )


async def is_due(session: AsyncSession, now: datetime) -> bool:
    """Whether there is anything to take back."""
    due = select(Recall.id).where(Recall.status == literal_column("'planned'"), Recall.not_before <= now)
    return await session.scalar(due.limit(1)) is not None


async def claim(session: AsyncSession, now: datetime, limit: int = 50) -> list[Taken]:
    """Takes up to `limit` due rows for a minute."""
    due = (
        select(Recall.id)
        .where(Recall.status == "planned", Recall.not_before <= now)
        .order_by(Recall.not_before, Recall.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    rows = await session.execute(
        update(Recall)
        .where(Recall.id.in_(select(due.c.id)))
        .values(not_before=now + LEASE, attempts=Recall.attempts + 1)
        .returning(Recall.id, Recall.channel, Recall.platform_id, Recall.attempts)
        .execution_options(synchronize_session=False)
    )
    return [Taken(*row) for row in rows]


async def settle(
    session: AsyncSession, taken: Taken, now: datetime, *, reason: str | None = None, again: datetime | None = None
) -> None:
    """Taken back; with a `reason`, refused; with `again`, to be tried once more then."""
    values: dict[str, object] = {"status": "refused" if reason else "done", "reason": reason, "settled_at": now}
    if again is not None and taken.attempts < MAX_ATTEMPTS:
        values = {"not_before": again, "reason": reason}
    await session.execute(update(Recall).where(Recall.id == taken.id, Recall.status == "planned").values(**values))


async def result(session: AsyncSession, broadcast_id: UUID) -> Result:
    """How taking a broadcast back stands."""
    mine = and_(
        Recall.broadcast_id == Delivery.broadcast_id,
        Recall.channel == Delivery.channel,
        Recall.platform_id == func.coalesce(Delivery.platform_id, ""),
    )
    rows = await session.execute(
        select(Recall.status, Recall.channel, Recall.reason, func.count(), func.count(Delivery.acknowledged_at))
        .select_from(Delivery)
        .join(Recall, mine)
        .where(Delivery.broadcast_id == broadcast_id, Delivery.status == "sent")
        .group_by(Recall.status, Recall.channel, Recall.reason)
    )
    done = planned = read = 0
    refused: dict[tuple[str, str], int] = {}
    for status, channel, reason, count, acknowledged in rows:
        read += acknowledged
        if status == "done":
            done += count
        elif status == "planned":
            planned += count
        else:
            refused[(channel, reason or "")] = count
    return Result(done, planned, refused, read)
