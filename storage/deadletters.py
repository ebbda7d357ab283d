"""Dead letters: deliveries that did not arrive and that nobody will try again by himself; the office may."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.claims import UNKNOWN_WAIT
from storage.crypto import place_of
from storage.database import vault_of
from storage.models import Attempt, ClassGroup, Delivery, Student
from storage.people import Actor, scope_of


@dataclass(frozen=True, slots=True)
class Letter:
    """One message that did not arrive. `status`: failed, expired, or unknown and left at that."""

    id: int
    kind: str
    student_id: UUID
    name: str
    class_name: str
    status: str
    reason: str | None
    channel: str | None
    attempts: int
    at: datetime
    """When it was given up, or when its outcome became unknown."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt of a delivery."""

    at: datetime
    channel: str | None
    outcome: str
    """sent, failed, unknown, retry (later, same channel) or elsewhere (at once, on the next channel)"""
    reason: str | None


async def letters(session: AsyncSession, actor: Actor, now: datetime, *, limit: int = 100) -> list[Letter]:
    """What did not arrive at the students in the actor's scope, the latest first."""
    rows = await session.execute(
        select(Delivery, Student.id, Student.name_sealed, ClassGroup.name)
        .join(Student, Student.id == Delivery.student_id)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(_is_dead(now), Student.class_id.in_(scope_of(actor)))
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    vault = vault_of(session)
    return [
        Letter(
            id=row.id,
            kind=row.kind,
            student_id=student_id,
            name=vault.open(sealed, place_of("student", "name_sealed", student_id)),
            class_name=class_name,
            status=row.status,
            reason=row.reason,
            channel=row.channel,
            attempts=row.attempts,
            at=row.settled_at or row.trouble_at or row.created_at,
        )
        for row, student_id, sealed, class_name in rows
    ]


async def reasons(session: AsyncSession, actor: Actor, now: datetime) -> list[tuple[str, str, int]]:
    """How many did not arrive and why: (status, reason, count), the most frequent first."""
    rows = await session.execute(
        select(Delivery.status, func.coalesce(Delivery.reason, ""), func.count())
        .join(Student, Student.id == Delivery.student_id)
        .where(_is_dead(now), Student.class_id.in_(scope_of(actor)))
        .group_by(Delivery.status, Delivery.reason)
        .order_by(func.count().desc(), Delivery.status)
    )
    return [(status, reason, count) for status, reason, count in rows]


async def retry(session: AsyncSession, actor: Actor, ids: Collection[int], now: datetime, until: datetime) -> list[int]:
    """Plans dead letters of the actor's students again, useful until `until`; gives the ids it did that for."""
    result = await session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids), _is_dead(now), Delivery.student_id.in_(_in_scope(actor)))
        .values(
            status="planned",
            reason=None,
            not_before=now,
            expires_at=until,
            begun_at=None,
            settled_at=None,
            attempts=0,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(result.scalars())


async def tries(session: AsyncSession, actor: Actor, delivery_id: int) -> Sequence[Try]:
    """Every attempt of one delivery in the actor's scope, in order; empty: there is none."""
    row = await session.scalar(
        select(Delivery).where(Delivery.id == delivery_id, Delivery.student_id.in_(_in_scope(actor)))
    )
    if row is None:
        return []
    log = await session.scalars(select(Attempt).where(Attempt.delivery_id == row.id).order_by(Attempt.id))
    found = [Try(one.at, one.channel, one.outcome, one.reason) for one in log]
    arrived = [Try(row.settled_at, row.channel, "sent", None)] if row.status == "sent" and row.settled_at else []
    return [*found, *arrived]


def _is_dead(now: datetime) -> ColumnElement[bool]:
    left = and_(Delivery.status == "unknown", Delivery.trouble_at <= now - 4 * UNKNOWN_WAIT)
    expired = and_(Delivery.status == "expired", Delivery.reason != "nothing left")
    return or_(Delivery.status == "failed", left, expired)


def _in_scope(actor: Actor) -> Select[UUID]:
    return select(Student.id).where(Student.class_id.in_(scope_of(actor)))
