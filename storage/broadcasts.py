"""Broadcasts and what may become of them.

draft → (waiting for a second person) → scheduled → sent → recalled; until it is sent it may be cancelled. Every step
is a compare-and-set: two presses of one button take one step. 'sent' with no `planned_at` is being sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Broadcast, ClassGroup, Delivery
from storage.people import Actor, scope_of
from storage.reach import Target

OPEN = ("draft", "waiting", "scheduled")
"""Not sent yet: it may still be cancelled."""


async def draft(
    session: AsyncSession,
    author: Actor,
    target: Target,
    text: str,
    now: datetime,
    *,
    awaits: str | None = None,
    corrects_id: UUID | None = None,
    files: Sequence[UUID] = (),
) -> UUID:
    """Keeps a text for this target; nothing is sent. `awaits`: what its author is asked for next."""
    broadcast = Broadcast(
        id=uuid4(),
        school_id=author.school_id,
        author_id=author.id,
        text=text,
        class_ids=[str(class_id) for class_id in target.class_ids],
        audience=dict(target.audience),
        label=target.label,
        files=[str(file) for file in files],
        created_at=now,
        awaits=awaits,
        awaits_at=now,
        corrects_id=corrects_id,
    )
    session.add(broadcast)
    await session.flush()
    return broadcast.id


def target_of(broadcast: Broadcast) -> Target:
    """Whom it is for."""
    return Target(tuple(UUID(one) for one in broadcast.class_ids), broadcast.audience, broadcast.label)


async def own(session: AsyncSession, author: Actor, broadcast_id: UUID) -> Broadcast | None:
    """A broadcast that this actor wrote; None: there is none of his."""
    found: Broadcast | None = await session.scalar(_fresh(_own(author).where(Broadcast.id == broadcast_id)))
    return found


async def awaiting(session: AsyncSession, author: Actor, since: datetime) -> Broadcast | None:
    """The author's latest draft that waits for a word of his asked for after `since`."""
    query = _own(author).where(Broadcast.status == "draft", Broadcast.awaits.is_not(None), Broadcast.awaits_at > since)
    found: Broadcast | None = await session.scalar(_fresh(query.order_by(Broadcast.awaits_at.desc()).limit(1)))
    return found


async def latest(session: AsyncSession, author: Actor, limit: int = 5) -> list[Broadcast]:
    """What this actor sent or is about to send, the latest first."""
    shown = Broadcast.status.in_(("waiting", "scheduled", "sent", "recalled"))
    query = _own(author).where(shown).order_by(Broadcast.created_at.desc()).limit(limit)
    return list(await session.scalars(_fresh(query)))


async def waiting_for(session: AsyncSession, actor: Actor) -> list[Broadcast]:
    """What waits for a second person and this one may approve: not his own, all its classes within his scope."""
    query = select(Broadcast).where(
        Broadcast.status == "waiting", Broadcast.school_id == actor.school_id, Broadcast.author_id != actor.id
    )
    found = await session.scalars(_fresh(query.order_by(Broadcast.created_at)))
    return [one for one in found if await covers(session, actor, one)]


async def covers(session: AsyncSession, actor: Actor, broadcast: Broadcast) -> bool:
    """Whether the actor may himself write to every class of a broadcast of his school."""
    if not actor.is_staff or actor.school_id != broadcast.school_id:
        return False
    class_ids = [UUID(one) for one in broadcast.class_ids]
    within = and_(ClassGroup.id.in_(class_ids), ClassGroup.id.in_(scope_of(actor)))
    return await session.scalar(select(func.count()).select_from(ClassGroup).where(within)) == len(set(class_ids))


async def edit(session: AsyncSession, author: Actor, broadcast_id: UUID, **values: Any) -> bool:
    """Changes a draft; False: no such draft of his."""
    return await _move(session, broadcast_id, ("draft",), Broadcast.author_id == author.id, **values)


async def confirm(
    session: AsyncSession,
    author: Actor,
    broadcast_id: UUID,
    *,
    not_before: datetime,
    urgent: bool,
    needs_second: bool,
    to_groups: bool,
) -> bool:
    """The draft's text and target stand from now on; False: no such draft of his."""
    status = "waiting" if needs_second else "scheduled"
    values = {"status": status, "not_before": not_before, "urgent": urgent, "to_groups": to_groups, "awaits": None}
    return await _move(session, broadcast_id, ("draft",), Broadcast.author_id == author.id, **values)


async def approve(session: AsyncSession, by: Actor, broadcast_id: UUID, not_before: datetime) -> bool:
    """A second person lets it go; False: it does not wait, or it is his own."""
    values = {"status": "scheduled", "approved_by": by.id, "not_before": not_before}
    return await _move(session, broadcast_id, ("waiting",), Broadcast.author_id != by.id, **values)


async def refuse(session: AsyncSession, by: Actor, broadcast_id: UUID) -> bool:
    """A second person says no; False: it does not wait, or it is his own."""
    return await _move(session, broadcast_id, ("waiting",), Broadcast.author_id != by.id, status="cancelled")


async def cancel(session: AsyncSession, author: Actor, broadcast_id: UUID) -> bool:
    """Nothing of it is sent; False: it is none of his, or it is being sent already."""
    return await _move(session, broadcast_id, OPEN, Broadcast.author_id == author.id, status="cancelled", awaits=None)


async def recall(session: AsyncSession, author: Actor, broadcast_id: UUID, now: datetime) -> bool:
    """What is not out yet stays in; False: it is none of his, or was never sent."""
    mine = Broadcast.author_id == author.id
    if not await _move(session, broadcast_id, ("sent",), mine, status="recalled", recalled_at=now):
        return False
    await hold_back(session, broadcast_id, "recalled", now)
    return True


async def hold_back(session: AsyncSession, broadcast_id: UUID, reason: str, now: datetime) -> int:
    """Settles what nobody has begun to send; gives how many."""
    unsent = or_(Delivery.status == "planned", and_(Delivery.status == "leased", Delivery.begun_at.is_(None)))
    held = await session.execute(
        update(Delivery)
        .where(Delivery.broadcast_id == broadcast_id, unsent)
        .values(status="cancelled", reason=reason, settled_at=now, leased_by=None, leased_until=None)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(held.all())


def _own(author: Actor) -> Select[Broadcast]:
    return select(Broadcast).where(Broadcast.author_id == author.id, Broadcast.school_id == author.school_id)


def _fresh(query: Any) -> Any:
    return query.execution_options(populate_existing=True)


async def _move(session: AsyncSession, broadcast_id: UUID, from_: Sequence[str], whose: Any, **values: Any) -> bool:
    moved = await session.execute(
        update(Broadcast)
        .where(Broadcast.id == broadcast_id, Broadcast.status.in_(from_), whose)
        .values(**values)
        .returning(Broadcast.id)
        .execution_options(synchronize_session=False)
    )
    return moved.first() is not None
