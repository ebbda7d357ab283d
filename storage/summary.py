"""A counselor's day in numbers: for many counselors at once, with a fixed number of queries, his own classes only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from storage import troubles
from storage.calling import reachable, to_call
from storage.crypto import place_of
from storage.database import vault_of
from storage.models import ClassGroup, ClassStaff, Item, Staff, Student, Submission, Unanswered
from storage.owing import owes, owes_any


@dataclass(frozen=True, slots=True)
class Summary:
    """What waits for one counselor."""

    name: str
    late: tuple[tuple[str, int], ...]
    """Class and how many of its students are late with something; only classes where somebody is."""
    items: tuple[tuple[str, int], ...]
    """Title of what is overdue and how many have not done it, the most first."""
    waiting: int
    """Submissions to be reviewed."""
    questions: int
    """Questions without an answer."""
    unreachable: int
    """Students who have something to do and whom no message reaches."""
    calls: int
    """Students on the phone list."""
    stuck: int = 0
    """Students who said that they have trouble with a broadcast."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do about it today."""
        return not (self.late or self.waiting or self.questions or self.calls or self.stuck)


async def summaries(session: AsyncSession, staff_ids: Collection[UUID], now: datetime) -> dict[UUID, Summary]:
    """The summaries of these counselors; who is none, or has no class, is left out."""
    classes = await _classes(session, staff_ids)
    everywhere = {class_id for mine in classes.values() for class_id in mine}
    if not everywhere:
        return {}
    items = await _items(session, everywhere)
    overdue = [item for item in items if item.due_at is not None and item.due_at <= now]
    within = Student.class_id.in_(everywhere)
    late = await _count(session, within, owes_any(overdue)) if overdue else {}
    by_item = await _by_item(session, within, overdue)
    waiting = await _waiting(session, everywhere)
    questions = await _questions(session, everywhere)
    lost = await _count(session, within, owes_any(items), ~reachable()) if items else {}
    stuck = await troubles.open_by_class(session, everywhere)
    calls = await _count(session, within, await to_call(session, overdue, now))
    titles = {item.id: item.title for item in overdue}
    return {
        staff_id: Summary(
            name=name,
            late=tuple((mine[one], late[one]) for one in mine if late.get(one)),
            items=tuple(
                (titles[item], count)
                for item, count in sum((by_item[one] for one in mine), Counter[UUID]()).most_common()
            ),
            waiting=sum(waiting.get(one, 0) for one in mine),
            questions=len(set[bytes]().union(*(questions[one] for one in mine))),
            unreachable=sum(lost.get(one, 0) for one in mine),
            calls=sum(calls.get(one, 0) for one in mine),
            stuck=sum(stuck.get(one, 0) for one in mine),
        )
        for staff_id, name in (await _names(session, classes)).items()
        if (mine := classes[staff_id])
    }


async def _classes(session: AsyncSession, staff_ids: Collection[UUID]) -> dict[UUID, dict[UUID, str]]:
    """Each counselor's classes with their names, in the order of the roster."""
    rows = await session.execute(
        select(ClassStaff.staff_id, ClassGroup.id, ClassGroup.name)
        .join(ClassGroup, ClassGroup.id == ClassStaff.class_id)
        .join(Staff, Staff.id == ClassStaff.staff_id)
        .where(ClassStaff.staff_id.in_(staff_ids), Staff.role == "counselor")
        .order_by(ClassGroup.cohort.desc(), ClassGroup.position, ClassGroup.name)
    )
    found: defaultdict[UUID, dict[UUID, str]] = defaultdict(dict)
    for staff_id, class_id, name in rows:
        found[staff_id][class_id] = name
    return dict(found)


async def _names(session: AsyncSession, staff_ids: Collection[UUID]) -> dict[UUID, str]:
    vault = vault_of(session)
    rows = await session.execute(select(Staff.id, Staff.name_sealed).where(Staff.id.in_(staff_ids)))
    return {row.id: vault.open(row.name_sealed, place_of("staff", "name_sealed", row.id)) for row in rows}


async def _items(session: AsyncSession, class_ids: Collection[UUID]) -> list[Item]:
    schools = select(ClassGroup.school_id).where(ClassGroup.id.in_(class_ids))
    rows = await session.scalars(
        select(Item)
        .where(Item.status == "published", Item.actor == "student", Item.school_id.in_(schools))
        .order_by(Item.due_at, Item.key)
    )
    return list(rows)


async def _count(session: AsyncSession, *conditions: ColumnElement[bool]) -> Mapping[UUID, int]:
    """How many students fit, by class."""
    rows = await session.execute(
        select(Student.class_id, func.count())
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(*conditions)
        .group_by(Student.class_id)
    )
    return {class_id: count for class_id, count in rows}  # noqa: C416 - rows are no pairs to the type checker


async def _by_item(
    session: AsyncSession, within: ColumnElement[bool], items: Sequence[Item]
) -> defaultdict[UUID, Counter[UUID]]:
    """How many of a class have not done each item."""
    found: defaultdict[UUID, Counter[UUID]] = defaultdict(Counter)
    if not items:
        return found
    rows = await session.execute(
        union_all(
            *(
                select(Student.class_id, literal(item.id, Item.id.type).label("item_id"), func.count().label("count"))
                .join(ClassGroup, ClassGroup.id == Student.class_id)
                .where(within, owes(item))
                .group_by(Student.class_id)
                for item in items
            )
        )
    )
    for class_id, item_id, count in rows:
        found[class_id][item_id] += count
    return found


async def _waiting(session: AsyncSession, class_ids: Collection[UUID]) -> Mapping[UUID, int]:
    rows = await session.execute(
        select(Student.class_id, func.count())
        .join(Submission, Submission.student_id == Student.id)
        .where(Student.class_id.in_(class_ids), Submission.status == "handed_in")
        .group_by(Student.class_id)
    )
    return {class_id: count for class_id, count in rows}  # noqa: C416 - as above


async def _questions(session: AsyncSession, class_ids: Collection[UUID]) -> defaultdict[UUID, set[bytes]]:
    """The open questions of a class by what makes them the same: two classes may ask one question."""
    rows = await session.execute(
        select(Student.class_id, Unanswered.same)
        .join(Unanswered, Unanswered.student_id == Student.id)
        .where(Student.class_id.in_(class_ids), Unanswered.answered_at.is_(None))
        .distinct()
    )
    found: defaultdict[UUID, set[bytes]] = defaultdict(set)
    for class_id, same in rows:
        found[class_id].add(same)
    return found
