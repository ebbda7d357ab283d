"""The class committee (班委): who of a class is asked to remind the others, and how many there are to be reminded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.ladder import Ladder
from storage.models import ClassGroup, Committee, Item, Student
from storage.owing import owes_any
from storage.people import Actor, scope_of
from storage.reminders import muted
from storage.upsert import insert_into


async def name_members(
    session: AsyncSession, student_ids: Collection[UUID], now: datetime, by: UUID | None = None
) -> int:
    """These are of their class's committee from now on; gives how many were not."""
    if not student_ids:
        return 0
    rows = [{"student_id": one, "since": now, "named_by": by} for one in student_ids]
    insert = insert_into(session, Committee).values(rows).on_conflict_do_nothing()
    return len((await session.execute(insert.returning(Committee.student_id))).all())


async def release_members(session: AsyncSession, student_ids: Collection[UUID]) -> int:
    """These are not any more; gives how many were."""
    gone = delete(Committee).where(Committee.student_id.in_(student_ids)).returning(Committee.student_id)
    return len((await session.execute(gone)).all())


async def members(session: AsyncSession, actor: Actor) -> set[UUID]:
    """The committee members in the actor's classes."""
    rows = await session.scalars(
        select(Committee.student_id)
        .join(Student, Student.id == Committee.student_id)
        .where(Student.class_id.in_(scope_of(actor)))
    )
    return set(rows)


async def on_duty(session: AsyncSession, items: Sequence[Item]) -> list[UUID]:
    """Who is of the committee of a class in which somebody owes one of these items, and did not stop his reminders."""
    if not items:
        return []
    named = select(Student.class_id).join(Committee, Committee.student_id == Student.id)
    late = (
        select(Student.class_id)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(Student.class_id.in_(named.correlate(None)), owes_any(items))
        .distinct()
    )
    rows = await session.scalars(
        select(Student.id)
        .join(Committee, Committee.student_id == Student.id)
        .where(Student.class_id.in_(late.correlate(None)), ~muted())
        .order_by(Student.id)
    )
    return list(rows)


def told_of(items: Sequence[Item], ladders: Mapping[UUID, Ladder], today: date) -> list[Item]:
    """Those of these items of which the committees hear on this day."""
    return [i for i in items if ladders.get(i.school_id, Ladder()).tells_committee(i.due_on, today)]


async def behind(session: AsyncSession, student_ids: Collection[UUID], items: Sequence[Item]) -> dict[UUID, int]:
    """How many classmates, himself not counted, owe one of these items: for those of these students who are of a
    committee and have such classmates.
    """
    if not items:
        return {}
    rows = await session.execute(
        select(Student.id, Student.class_id)
        .join(Committee, Committee.student_id == Student.id)
        .where(Student.id.in_(student_ids))
    )
    classes = {row.id: row.class_id for row in rows}
    if not classes:
        return {}
    late = await session.execute(
        select(Student.class_id, Student.id)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(Student.class_id.in_(set(classes.values())), owes_any(items))
    )
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for class_id, student_id in late:
        found[class_id].add(student_id)
    counts = {one: len(found[class_id] - {one}) for one, class_id in classes.items()}
    return {one: count for one, count in counts.items() if count}
