"""The phone list (电话名单): whom a counselor is to call, because messages did not help or do not arrive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from storage.clock import school_day
from storage.crypto import place_of
from storage.database import vault_of
from storage.ladder import Ladder, ladders
from storage.models import Binding, Called, ClassGroup, Delivery, Item, Student
from storage.models.base import Instant
from storage.owing import overdue_items, owes, owes_any
from storage.people import Actor, scope_of
from storage.reminders import muted
from storage.upsert import insert_into

LISTED = 200
AGAIN = timedelta(days=3)
"""Who was called is off the list for so long."""
STUCK = timedelta(days=14)
"""有困难 counts for so long."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Callee:
    """One student to be called."""

    student_id: UUID
    name: str
    class_name: str
    phone: str | None = field(repr=False)
    items: tuple[str, ...]
    """Titles of what he is late with, the oldest first."""
    days: int
    """School days since the oldest was due; 0: nothing is overdue."""
    reached: bool
    """Whether messages arrive."""
    muted: bool
    stuck: bool
    """He pressed 有困难."""


async def to_call(session: AsyncSession, items: Sequence[Item], now: datetime) -> ColumnElement[bool]:
    """The condition over `student` joined with `class_group`: late for so long that the school's ladder ends at the
    phone, or late and out of reach, or he asked for help; and nobody called him in the last days. `items` are overdue.
    """
    steps = await ladders(session)
    for_long = [i for i in items if _is_for_long(i, steps, now)]
    late = owes_any(items) if items else false()
    recently = exists().where(Called.student_id == Student.id, Called.at > literal(now - AGAIN, Instant()))
    needed = or_(owes_any(for_long) if for_long else false(), and_(late, ~reachable()))
    return or_(and_(needed, ~recently), stuck(now))


def _is_for_long(item: Item, steps: Mapping[UUID, Ladder], now: datetime) -> bool:
    days = steps.get(item.school_id, Ladder()).phone
    return item.due_on is not None and item.due_on <= school_day(now) - days * _DAY


def reachable() -> ColumnElement[bool]:
    """The condition over `student`: he has an address that works, as far as is known."""
    return exists().where(
        Binding.student_id == Student.id,
        Binding.ended_at.is_(None),
        Binding.approved_at.is_not(None),
        Binding.blocked_at.is_(None),
    )


def stuck(now: datetime) -> ColumnElement[bool]:
    """He pressed 有困难 lately, and nobody called him since."""
    since = exists().where(Called.student_id == Student.id, Called.at >= Delivery.stuck_at)
    asked = and_(Delivery.stuck_at > literal(now - STUCK, Instant()), Delivery.helped_at.is_(None))
    return exists().where(Delivery.student_id == Student.id, asked, ~since)


async def phone_list(session: AsyncSession, actor: Actor, now: datetime) -> list[Callee]:
    """Whom the actor is to call, those who are late for longest first; at most `LISTED`."""
    items = await overdue_items(session, actor, now)
    rows = await session.execute(
        select(
            Student.id,
            Student.name_sealed,
            Student.phone_sealed,
            ClassGroup.name.label("class_name"),
            reachable().label("reached"),
            muted().label("muted"),
            stuck(now).label("stuck"),
        )
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(Student.class_id.in_(scope_of(actor)), await to_call(session, items, now))
        .order_by(ClassGroup.position, ClassGroup.name, Student.position, Student.id)
        .limit(LISTED)
    )
    found = list(rows)
    late, vault = await _late(session, [row.id for row in found], items), vault_of(session)
    today = school_day(now)
    listed = [
        Callee(
            student_id=row.id,
            name=vault.open(row.name_sealed, place_of("student", "name_sealed", row.id)),
            class_name=row.class_name,
            phone=vault.open(row.phone_sealed, place_of("student", "phone_sealed", row.id))
            if row.phone_sealed
            else None,
            items=tuple(item.title for item in late[row.id]),
            days=max(((today - item.due_on).days for item in late[row.id] if item.due_on), default=0),
            reached=bool(row.reached),
            muted=bool(row.muted),
            stuck=bool(row.stuck),
        )
        for row in found
    ]
    return sorted(listed, key=lambda one: (not one.stuck, -one.days))


async def _late(
    session: AsyncSession, student_ids: Collection[UUID], items: Sequence[Item]
) -> defaultdict[UUID, list[Item]]:
    """What each of these students owes of these items, in their order."""
    found: defaultdict[UUID, list[Item]] = defaultdict(list)
    if not (student_ids and items):
        return found
    owed = union_all(
        *(
            select(Student.id.label("student_id"), literal(place).label("place"))
            .join(ClassGroup, ClassGroup.id == Student.class_id)
            .where(Student.id.in_(student_ids), owes(item))
            for place, item in enumerate(items)
        )
    )
    for row in sorted(await session.execute(owed), key=lambda row: row.place):
        found[row.student_id].append(items[row.place])
    return found


async def mark_called(session: AsyncSession, actor: Actor, student_id: UUID, now: datetime) -> bool:
    """The actor called him; False: no student of his."""
    mine = await session.scalar(
        select(Student.id).where(Student.id == student_id, Student.class_id.in_(scope_of(actor)))
    )
    if mine is None:
        return False
    values = {"at": now, "by": actor.id}
    insert = insert_into(session, Called).values(student_id=student_id, **values)
    await session.execute(insert.on_conflict_do_update(index_elements=["student_id"], set_=values))
    return True


async def phone_of(session: AsyncSession, actor: Actor, student_id: UUID) -> tuple[str, str | None] | None:
    """Name and phone of a student of the actor's; None: there is none."""
    row = (
        await session.execute(
            select(Student.name_sealed, Student.phone_sealed).where(
                Student.id == student_id, Student.class_id.in_(scope_of(actor))
            )
        )
    ).one_or_none()
    if row is None:
        return None
    vault = vault_of(session)
    phone = vault.open(row.phone_sealed, place_of("student", "phone_sealed", student_id)) if row.phone_sealed else None
    return vault.open(row.name_sealed, place_of("student", "name_sealed", student_id)), phone
