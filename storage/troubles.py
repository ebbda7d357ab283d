"""有困难: a student's own word that he cannot do what a broadcast asks, for his counselor to see to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import Vault, place_of
from storage.database import vault_of
from storage.models import Broadcast, ClassGroup, Delivery, Student
from storage.models.base import Instant
from storage.people import Actor, scope_of


@dataclass(frozen=True, slots=True)
class Trouble:
    """One student's trouble with one broadcast."""

    delivery_id: int
    student_id: UUID
    name: str
    class_name: str
    broadcast_id: UUID
    about: str
    """The broadcast's text."""
    note: str | None
    at: datetime


async def mark(session: AsyncSession, broadcast_id: UUID, student_id: UUID, now: datetime) -> int | None:
    """Notes 有困难; gives the delivery, None: the broadcast did not go to him.

    Whoever presses has the message: an unknown outcome becomes sent. Pressing again after somebody had seen to it is
    a new trouble.
    """
    instant = literal(now, Instant())
    again = Delivery.helped_at.is_not(None)
    marked = await session.execute(
        update(Delivery)
        .where(Delivery.broadcast_id == broadcast_id, Delivery.student_id == student_id)
        .values(
            stuck_at=case((again, instant), else_=func.coalesce(Delivery.stuck_at, instant)),
            helped_at=None,
            status=case((Delivery.status == "unknown", "sent"), else_=Delivery.status),
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return marked.scalar_one_or_none()


async def note(session: AsyncSession, delivery_id: int, student_id: UUID, text: str) -> bool:
    """Keeps what the student said about it, sealed; False: it is not his."""
    mine = and_(Delivery.id == delivery_id, Delivery.student_id == student_id)
    key = await session.scalar(select(Delivery.key).where(mine))
    if key is None:
        return False
    sealed = vault_of(session).seal(text, _place(key))
    await session.execute(update(Delivery).where(mine).values(note_sealed=sealed))
    return True


async def last_of(session: AsyncSession, student_id: UUID, since: datetime) -> int | None:
    """The latest broadcast's delivery that reached a student after `since`."""
    query = (
        select(Delivery.id)
        .where(Delivery.student_id == student_id, Delivery.broadcast_id.is_not(None), Delivery.status == "sent")
        .where(Delivery.settled_at > since)
        .order_by(Delivery.settled_at.desc(), Delivery.id.desc())
        .limit(1)
    )
    found: int | None = await session.scalar(query)
    return found


async def of_delivery(session: AsyncSession, delivery_id: int) -> UUID | None:
    """The broadcast a delivery belongs to."""
    found: UUID | None = await session.scalar(select(Delivery.broadcast_id).where(Delivery.id == delivery_id))
    return found


async def open_ones(session: AsyncSession, actor: Actor, limit: int = 50) -> list[Trouble]:
    """What nobody has seen to yet among the actor's students, the oldest first."""
    columns = (
        Delivery.id,
        Delivery.key,
        Delivery.note_sealed,
        Delivery.stuck_at,
        Delivery.broadcast_id,
        Student.id.label("student_id"),
        Student.name_sealed,
        ClassGroup.name.label("class_name"),
        Broadcast.text,
    )
    rows = await session.execute(_open(actor, *columns).order_by(Delivery.stuck_at, Delivery.id).limit(limit))
    vault = vault_of(session)
    return [_trouble(vault, row) for row in rows]


async def open_count(session: AsyncSession, actor: Actor) -> int:
    """How many of the actor's students wait for somebody to see to their trouble: for the digest and for badges."""
    return await session.scalar(_open(actor, func.count(Delivery.id))) or 0


async def open_by_class(session: AsyncSession, class_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many of each class wait for somebody to see to their trouble."""
    rows = await session.execute(
        select(Student.class_id, func.count())
        .join(Delivery, Delivery.student_id == Student.id)
        .where(Student.class_id.in_(class_ids), *_is_open())
        .group_by(Student.class_id)
    )
    return dict(rows.all())


async def settle(session: AsyncSession, delivery_id: int, now: datetime) -> None:
    """It is told under another delivery of the same matter: counted once."""
    await session.execute(update(Delivery).where(Delivery.id == delivery_id).values(helped_at=now))


async def see_to(session: AsyncSession, actor: Actor, delivery_id: int, now: datetime) -> bool:
    """Somebody had seen to it; False: there is no such trouble in the actor's classes, or it was seen to before."""
    mine = select(Student.id).where(Student.class_id.in_(scope_of(actor)))
    done = await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.student_id.in_(mine), *_is_open())
        .values(helped_at=now)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def _open(actor: Actor, *columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(Delivery)
        .join(Student, Student.id == Delivery.student_id)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .join(Broadcast, Broadcast.id == Delivery.broadcast_id)
        .where(Student.class_id.in_(scope_of(actor)), *_is_open())
    )


def _is_open() -> tuple[ColumnElement[bool], ...]:
    return Delivery.stuck_at.is_not(None), Delivery.helped_at.is_(None)


def _trouble(vault: Vault, found: Row[*tuple[Any, ...]]) -> Trouble:
    return Trouble(
        delivery_id=found.id,
        student_id=found.student_id,
        name=vault.open(found.name_sealed, place_of("student", "name_sealed", found.student_id)),
        class_name=found.class_name,
        broadcast_id=found.broadcast_id,
        about=found.text,
        note=vault.open(found.note_sealed, _place(found.key)) if found.note_sealed else None,
        at=found.stuck_at,
    )


def _place(key: str) -> str:
    return place_of("delivery", "note_sealed", key)
