"""From a broadcast whose time has come to its delivery rows: some classes a transaction, and again after a crash.

A row's key is made of broadcast and recipient, so doing a part twice makes no row twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, String, Uuid, and_, func, literal, or_, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.asyncio import AsyncSession

from storage import people
from storage.broadcasts import hold_back
from storage.fanout import plan_broadcast
from storage.models import Broadcast, Delivery, GroupChat
from storage.models.base import Instant
from storage.people import Actor
from storage.reach import condition, groups_of
from storage.upsert import insert_into

USEFUL = timedelta(days=3)
"""After this a broadcast that could not be sent is not sent any more."""
CLASSES_AT_ONCE = 20
"""About a thousand rows: nobody else waits long for the store."""


async def due(session: AsyncSession, now: datetime) -> list[UUID]:
    """The broadcasts whose time has come, and those a dead process left half planned; the earliest first."""
    begun = and_(Broadcast.status == "sent", Broadcast.planned_at.is_(None))
    rows = await session.scalars(
        select(Broadcast.id)
        .where(or_(and_(Broadcast.status == "scheduled", Broadcast.not_before <= now), begun))
        .order_by(Broadcast.created_at, Broadcast.id)
    )
    return list(rows)


async def begin(session: AsyncSession, broadcast_id: UUID, now: datetime) -> list[Sequence[str]] | None:
    """From here on it is being sent: the parts to plan. None: it was cancelled meanwhile, or is planned already.

    A correction waits until the version it corrects is planned, and stops what of that is not out yet.
    """
    broadcast = await _locked(session, broadcast_id)
    if broadcast is None or broadcast.status not in ("scheduled", "sent") or broadcast.planned_at is not None:
        return None
    if broadcast.corrects_id is not None:
        wrong = await _locked(session, broadcast.corrects_id)
        if wrong is None or (wrong.status == "sent" and wrong.planned_at is None):
            return None
        wrong.corrected_at = wrong.corrected_at or now
        await hold_back(session, wrong.id, "corrected", now)
    broadcast.status = "sent"
    await session.flush()
    ids = broadcast.class_ids
    return [ids[start : start + CLASSES_AT_ONCE] for start in range(0, len(ids), CLASSES_AT_ONCE)]


async def fan_out(session: AsyncSession, broadcast_id: UUID, classes: Sequence[str], now: datetime) -> int:
    """One row for everybody in these classes whom the broadcast means and its author may write to at this moment,
    and for their group chats; gives how many are new."""
    broadcast = await _locked(session, broadcast_id)
    author = await people.staff_actor(session, broadcast.author_id) if broadcast else None
    if broadcast is None or author is None or broadcast.status != "sent":
        return 0
    class_ids = [UUID(one) for one in classes]
    expires_at = (broadcast.not_before or now) + USEFUL
    concerned = await condition(session, author, class_ids, broadcast.audience)
    count = await plan_broadcast(session, broadcast, concerned, expires_at=expires_at, now=now)
    if broadcast.to_groups:
        count += await _plan_groups(session, broadcast, author, class_ids, expires_at, now)
    return count


async def close(session: AsyncSession, broadcast_id: UUID, now: datetime) -> None:
    """Its last row is made."""
    await session.execute(
        update(Broadcast).where(Broadcast.id == broadcast_id, Broadcast.planned_at.is_(None)).values(planned_at=now)
    )


async def _plan_groups(
    session: AsyncSession,
    broadcast: Broadcast,
    author: Actor,
    classes: list[UUID],
    expires_at: datetime,
    now: datetime,
) -> int:
    key = literal(f"broadcast:{broadcast.id.hex}:g") + func.replace(sql_cast(GroupChat.id, String), "-", "")
    columns = {
        "broadcast_id": literal(broadcast.id, Uuid()),
        "urgent": literal(broadcast.urgent),
        "not_before": literal(broadcast.not_before or now, Instant()),
        "expires_at": literal(expires_at, Instant()),
        "created_at": literal(now, Instant()),
    }
    chats = select(key, literal("broadcast"), GroupChat.id, *columns.values()).where(
        groups_of(author, classes, broadcast.audience), ~select(Delivery.id).where(Delivery.key == key).exists()
    )
    insert = insert_into(session, Delivery.__table__).from_select(["key", "kind", "group_id", *columns], chats)
    result = await session.execute(
        insert.on_conflict_do_nothing(index_elements=["key"]), execution_options={"preserve_rowcount": True}
    )
    return cast("CursorResult[Any]", result).rowcount


async def _locked(session: AsyncSession, broadcast_id: UUID) -> Broadcast | None:
    return await session.get(Broadcast, broadcast_id, populate_existing=True, with_for_update=True)
