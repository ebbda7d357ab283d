"""One statement makes the delivery rows of many people: INSERT … SELECT … ON CONFLICT DO NOTHING.

Saying it again adds only who is missing: a restart, a second process or a later binding does no harm.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Date, String, Uuid, func, literal, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Broadcast, ClassGroup, Delivery, Item, Student
from storage.models.base import Instant
from storage.owing import bound, owes_any
from storage.people import Actor, scope_of
from storage.upsert import insert_into


async def plan_digests(
    session: AsyncSession,
    items: Sequence[Item],
    *,
    day: date,
    not_before: datetime,
    expires_at: datetime,
    now: datetime,
) -> int:
    """One digest of the day for every reachable student who owes one of these items; gives how many are new.

    Who has no address yet gets his as soon as he has one, as long as the day's digest is of use.
    """
    if not items:
        return 0
    return await _insert(
        session,
        f":{day.isoformat()}",
        [owes_any(items), bound()],
        kind=literal("digest"),
        for_day=literal(day, Date()),
        not_before=literal(not_before, Instant()),
        expires_at=literal(expires_at, Instant()),
        created_at=literal(now, Instant()),
    )


async def plan_nudges(
    session: AsyncSession,
    actor: Actor,
    items: Sequence[Item],
    *,
    day: date,
    expires_at: datetime,
    now: datetime,
) -> int:
    """One nudge of the day for every student in the actor's classes who owes one of these items."""
    if not items:
        return 0
    return await _insert(
        session,
        f":{day.isoformat()}",
        [Student.class_id.in_(scope_of(actor)), owes_any(items)],
        kind=literal("nudge"),
        for_day=literal(day, Date()),
        not_before=literal(now, Instant()),
        expires_at=literal(expires_at, Instant()),
        created_at=literal(now, Instant()),
    )


async def plan_broadcast(
    session: AsyncSession, broadcast: Broadcast, author: Actor, *, urgent: bool, expires_at: datetime, now: datetime
) -> int:
    """One row for every student of the broadcast's classes that its author may still write to."""
    return await _insert(
        session,
        "",
        [Student.class_id.in_(_ids(broadcast.class_ids)), Student.class_id.in_(scope_of(author))],
        prefix=f"broadcast:{broadcast.id.hex}",
        kind=literal("broadcast"),
        broadcast_id=literal(broadcast.id, Uuid()),
        urgent=literal(urgent),
        not_before=literal(broadcast.not_before or now, Instant()),
        expires_at=literal(expires_at, Instant()),
        created_at=literal(now, Instant()),
    )


async def plan_amendment(
    session: AsyncSession, notice_id: UUID, concerned: ColumnElement[bool], *, expires_at: datetime, now: datetime
) -> int:
    """One row for every student whom a published change concerns; what it says is rendered when it is sent."""
    return await _insert(
        session,
        "",
        [concerned],
        prefix=f"amend:{notice_id.hex}",
        kind=literal("amendment"),
        urgent=literal(True),
        not_before=literal(now, Instant()),
        expires_at=literal(expires_at, Instant()),
        created_at=literal(now, Instant()),
    )


async def _insert(
    session: AsyncSession,
    suffix: str,
    conditions: Collection[ColumnElement[bool]],
    *,
    kind: ColumnElement[str],
    prefix: str | None = None,
    **columns: ColumnElement[Any],
) -> int:
    """The rows are keyed '<prefix or kind>:<student><suffix>'; those that are there already are not even tried."""
    start = literal(f"{prefix}:") if prefix else kind + ":"
    key = start + func.replace(sql_cast(Student.id, String), "-", "") + suffix
    known = select(Delivery.id).where(Delivery.key == key).exists()
    people = (
        select(key, kind, Student.id, *columns.values())
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(*conditions, ~known)
    )
    names = ["key", "kind", "student_id", *columns]
    insert = insert_into(session, Delivery.__table__).from_select(names, people)
    result = await session.execute(
        insert.on_conflict_do_nothing(index_elements=["key"]), execution_options={"preserve_rowcount": True}
    )
    return cast("CursorResult[Any]", result).rowcount


def _ids(texts: Collection[str]) -> list[UUID]:
    return [UUID(text) for text in texts]
