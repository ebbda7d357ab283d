"""Who has not done what: counted and listed in SQL, always within the classes a member of staff may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from storage.audience import audience_clause
from storage.crypto import place_of
from storage.database import vault_of
from storage.models import Binding, ClassGroup, Item, ItemStatus, Mute, Student
from storage.people import Actor, scope_of

SETTLED = ("done", "waived", "handed_in")
"""The states in which a student has nothing left to do; what is handed in waits for a reviewer, not for him."""


@dataclass(frozen=True, slots=True)
class NotDone:
    """One student who has not done one item."""

    item_id: UUID
    title: str
    due_at: datetime | None
    student_id: UUID
    name: str
    number: str
    class_name: str
    status: str
    """open or returned."""
    reason: str | None
    bound: bool
    """Whether a message can reach him."""
    muted: bool = False
    """He stopped his reminders."""
    critical: bool = False
    """He is reminded of it all the same."""
    class_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the students in scope are with one item."""

    item_id: UUID
    title: str
    due_at: datetime | None
    tentative: bool
    overdue: bool
    concerned: int
    waiting: int
    """Handed in, to be reviewed."""
    settled: int
    """Done or waived."""

    @property
    def open(self) -> int:
        """How many still have something to do."""
        return self.concerned - self.waiting - self.settled


def owes(item: Item) -> ColumnElement[bool]:
    """The condition over `student` joined with `class_group`: the item concerns him and he has to do something."""
    settled = (
        select(ItemStatus.item_id)
        .where(ItemStatus.student_id == Student.id, ItemStatus.item_id == item.id, ItemStatus.status.in_(SETTLED))
        .exists()
    )
    return and_(audience_clause(item), ~settled)


def owes_any(items: Sequence[Item]) -> ColumnElement[bool]:
    """He owes at least one of these items (not empty)."""
    return or_(*(owes(item) for item in items))


def bound() -> ColumnElement[bool]:
    """The condition over `student`: a live, approved address speaks for him."""
    return (
        select(Binding.id)
        .where(Binding.student_id == Student.id, Binding.ended_at.is_(None), Binding.approved_at.is_not(None))
        .exists()
    )


async def items_for_staff(session: AsyncSession, actor: Actor) -> list[Item]:
    """The published student items of the actor's school, by due date."""
    rows = await session.scalars(
        select(Item)
        .where(Item.school_id == actor.school_id, Item.status == "published", Item.actor == "student")
        .order_by(Item.due_at.is_(None), Item.due_at, Item.key)
    )
    return list(rows)


async def overdue_items(session: AsyncSession, actor: Actor, now: datetime) -> list[Item]:
    """Those of `items_for_staff` whose time has run out."""
    return [item for item in await items_for_staff(session, actor) if item.due_at is not None and item.due_at <= now]


async def not_done(
    session: AsyncSession, actor: Actor, item_id: UUID | None, now: datetime, *, overdue_only: bool = False
) -> list[NotDone]:
    """Who in the actor's classes has still to do an item, or any item: by due date, class and position."""
    items = await (overdue_items(session, actor, now) if overdue_only else items_for_staff(session, actor))
    items = [item for item in items if item_id in (None, item.id)]
    if not items:
        return []
    order = {item.id: number for number, item in enumerate(items)}
    rows = await session.execute(union_all(*(_names(item, actor) for item in items)))
    ordered = sorted(rows, key=lambda row: (order[row.item_id], row.group_position, row.class_name, row.position))
    vault, known = vault_of(session), {item.id: item for item in items}
    return [
        NotDone(
            item_id=row.item_id,
            title=known[row.item_id].title,
            due_at=known[row.item_id].due_at,
            student_id=row.student_id,
            name=vault.open(row.name_sealed, place_of("student", "name_sealed", row.student_id)),
            number=vault.open(row.number_sealed, place_of("student", "number_sealed", row.student_id)),
            class_name=row.class_name,
            status=row.status,
            reason=row.reason,
            bound=bool(row.bound),
            muted=bool(row.muted),
            critical=known[row.item_id].critical,
            class_id=row.class_id,
        )
        for row in ordered
    ]


async def progress(session: AsyncSession, actor: Actor, now: datetime) -> list[Progress]:
    """How far the actor's students are with each item that concerns at least one of them, by due date."""
    items = await items_for_staff(session, actor)
    if not items:
        return []
    rows = await session.execute(union_all(*(_counts(item, actor) for item in items)))
    counts = {row.item_id: row for row in rows}
    return [
        Progress(
            item_id=item.id,
            title=item.title,
            due_at=item.due_at,
            tentative=item.tentative,
            overdue=item.due_at is not None and item.due_at <= now,
            concerned=counts[item.id].concerned,
            waiting=counts[item.id].waiting or 0,
            settled=counts[item.id].settled or 0,
        )
        for item in items
        if counts[item.id].concerned
    ]


def _names(item: Item, actor: Actor) -> Select[*tuple[object, ...]]:
    return (
        select(
            literal(item.id, Item.id.type).label("item_id"),
            Student.id.label("student_id"),
            Student.name_sealed,
            Student.number_sealed,
            Student.position,
            ClassGroup.name.label("class_name"),
            ClassGroup.position.label("group_position"),
            func.coalesce(ItemStatus.status, "open").label("status"),
            ItemStatus.reason,
            bound().label("bound"),
            select(Mute.student_id).where(Mute.student_id == Student.id).exists().label("muted"),
            Student.class_id,
        )
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .outerjoin(ItemStatus, _standing_with(item))
        .where(Student.class_id.in_(scope_of(actor)), audience_clause(item))
        .where(or_(ItemStatus.status.is_(None), ItemStatus.status.not_in(SETTLED)))
    )


def _counts(item: Item, actor: Actor) -> Select[*tuple[object, ...]]:
    return (
        select(
            literal(item.id, Item.id.type).label("item_id"),
            func.count().label("concerned"),
            func.count().filter(ItemStatus.status == "handed_in").label("waiting"),
            func.count().filter(ItemStatus.status.in_(("done", "waived"))).label("settled"),
        )
        .select_from(Student)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .outerjoin(ItemStatus, _standing_with(item))
        .where(Student.class_id.in_(scope_of(actor)), audience_clause(item))
    )


def _standing_with(item: Item) -> ColumnElement[bool]:
    return and_(ItemStatus.student_id == Student.id, ItemStatus.item_id == item.id)
