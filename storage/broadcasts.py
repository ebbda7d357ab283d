"""Broadcasts: a draft of one counselor's, the people it would reach, and how each delivery ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Row, Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import Vault, place_of
from storage.database import vault_of
from storage.fanout import plan_broadcast
from storage.models import Broadcast, ClassGroup, Delivery, Staff, Student
from storage.owing import bound
from storage.people import Actor, scope_of

USEFUL = timedelta(days=3)
"""After this a broadcast that could not be sent is not sent any more."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a broadcast would go to."""

    count: int
    unreachable: tuple[str, ...]
    """Names of those without a bound address."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """How one student's delivery stands."""

    student_id: UUID
    name: str
    class_name: str
    status: str
    """queued, sent, acknowledged, failed, unknown, expired or cancelled."""
    reason: str | None


@dataclass(frozen=True, slots=True)
class Saying:
    """What a delivery of a broadcast says."""

    text: str
    author: str
    acknowledge: bool


async def draft(session: AsyncSession, author: Actor, class_ids: Collection[UUID], text: str, now: datetime) -> UUID:
    """Keeps a text for these classes; nothing is sent. An empty text is filled by `write`."""
    broadcast = Broadcast(
        id=uuid4(),
        school_id=author.school_id,
        author_id=author.id,
        text=text,
        class_ids=[str(class_id) for class_id in class_ids],
        created_at=now,
    )
    session.add(broadcast)
    await session.flush()
    return broadcast.id


async def own(session: AsyncSession, author: Actor, broadcast_id: UUID) -> Broadcast | None:
    """A broadcast that this actor wrote; None: there is none of his."""
    found: Broadcast | None = await session.scalar(_own(author).where(Broadcast.id == broadcast_id))
    return found


async def awaiting_text(session: AsyncSession, author: Actor, since: datetime) -> Broadcast | None:
    """The author's latest draft that has no text yet, if it was begun after `since`."""
    query = _own(author).where(Broadcast.status == "draft", Broadcast.text == "", Broadcast.created_at > since)
    found: Broadcast | None = await session.scalar(query.order_by(Broadcast.created_at.desc()).limit(1))
    return found


async def latest(session: AsyncSession, author: Actor, limit: int = 5) -> list[Broadcast]:
    """What this actor sent last."""
    query = _own(author).where(Broadcast.status == "sent").order_by(Broadcast.created_at.desc()).limit(limit)
    return list(await session.scalars(query))


async def write(session: AsyncSession, author: Actor, broadcast_id: UUID, text: str) -> bool:
    """Fills a draft's text; False: no such draft of his."""
    return await _step(session, author, broadcast_id, text=text)


async def cancel(session: AsyncSession, author: Actor, broadcast_id: UUID) -> bool:
    """Throws a draft away; False: no such draft of his, or it is sent already."""
    return await _step(session, author, broadcast_id, status="cancelled")


async def start(session: AsyncSession, author: Actor, broadcast_id: UUID, now: datetime, *, urgent: bool) -> int | None:
    """Makes the draft's delivery rows, for the classes its author has now; None: no such draft, or sent already."""
    if not await _step(session, author, broadcast_id, status="sent"):
        return None
    broadcast = await own(session, author, broadcast_id)
    assert broadcast is not None
    return await plan_broadcast(session, broadcast, author, urgent=urgent, expires_at=now + USEFUL, now=now)


async def reach(session: AsyncSession, actor: Actor, class_ids: Collection[UUID]) -> Reach:
    """Whom these classes hold, as far as the actor may write to them."""
    rows = await session.execute(
        select(Student.id, Student.name_sealed, bound().label("bound"))
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(Student.class_id.in_(class_ids), Student.class_id.in_(scope_of(actor)))
        .order_by(ClassGroup.position, Student.position)
    )
    people, vault = rows.all(), vault_of(session)
    return Reach(len(people), tuple(_name(vault, row.id, row.name_sealed) for row in people if not row.bound))


async def recipients(session: AsyncSession, actor: Actor, broadcast_id: UUID) -> list[Recipient]:
    """How each delivery of a broadcast stands, for the students in the actor's scope."""
    rows = await session.execute(
        select(
            Student.id,
            Student.name_sealed,
            ClassGroup.name.label("class_name"),
            Delivery.status,
            Delivery.reason,
            Delivery.acknowledged_at,
        )
        .join(Student, Student.id == Delivery.student_id)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(Delivery.broadcast_id == broadcast_id, Student.class_id.in_(scope_of(actor)))
        .order_by(ClassGroup.position, ClassGroup.name, Student.position, Student.id)
    )
    vault = vault_of(session)
    return [
        Recipient(row.id, _name(vault, row.id, row.name_sealed), row.class_name, _standing(row), row.reason)
        for row in rows
    ]


async def sayings(session: AsyncSession, broadcast_ids: Collection[UUID]) -> dict[UUID, Saying]:
    """What these broadcasts say and whose they are."""
    rows = await session.execute(
        select(Broadcast, Staff).join(Staff, Staff.id == Broadcast.author_id).where(Broadcast.id.in_(broadcast_ids))
    )
    vault = vault_of(session)
    return {
        broadcast.id: Saying(
            broadcast.text,
            vault.open(staff.name_sealed, place_of("staff", "name_sealed", staff.id)),
            broadcast.acknowledge,
        )
        for broadcast, staff in rows
    }


async def authors(session: AsyncSession, broadcast_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Who wrote these broadcasts, of those that are not cancelled: staff id by broadcast id."""
    rows = await session.execute(
        select(Broadcast.id, Broadcast.author_id).where(Broadcast.id.in_(broadcast_ids), Broadcast.status == "sent")
    )
    return {row.id: row.author_id for row in rows}


async def within_scope(session: AsyncSession, actor: Actor, student_ids: Collection[UUID]) -> set[UUID]:
    """Those of the students the actor may write to at this moment."""
    rows = await session.scalars(
        select(Student.id).where(Student.id.in_(student_ids), Student.class_id.in_(scope_of(actor)))
    )
    return set(rows)


def _own(author: Actor) -> Select[Broadcast]:
    return select(Broadcast).where(Broadcast.author_id == author.id, Broadcast.school_id == author.school_id)


async def _step(session: AsyncSession, author: Actor, broadcast_id: UUID, **values: str) -> bool:
    """Compare-and-set: two presses of the same button take one step."""
    result = await session.execute(
        update(Broadcast)
        .where(Broadcast.id == broadcast_id, Broadcast.author_id == author.id, Broadcast.status == "draft")
        .values(**values)
        .returning(Broadcast.id)
    )
    return result.first() is not None


def _name(vault: Vault, student_id: UUID, sealed: bytes) -> str:
    return vault.open(sealed, place_of("student", "name_sealed", student_id))


def _standing(row: Row[*tuple[object, ...]]) -> str:
    if row.acknowledged_at is not None:
        return "acknowledged"
    return "queued" if row.status in ("planned", "leased") else str(row.status)
