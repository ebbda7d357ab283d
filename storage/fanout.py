"""One statement makes the delivery rows of many people: INSERT … SELECT … ON CONFLICT DO NOTHING.

Saying it again adds only who is missing: a restart, a second process or a later binding does no harm. Where there may
be very many, it is said for one span of students after another (`spans`), each in a transaction of its own: nobody who
waits to write waits long.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Date,
    Select,
    String,
    Uuid,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Binding, Broadcast, ClassGroup, ClassStaff, Delivery, Item, Staff, Student
from storage.models.base import Instant
from storage.owing import bound, owes_any
from storage.people import Actor, scope_of
from storage.reminders import muted, to_tell
from storage.upsert import insert_into

SPAN = 5_000
"""So many students in one span: their rows take SQLite, which lets one writer in at a time, about 40 ms."""


@dataclass(frozen=True, slots=True)
class Span:
    """The students whose ids are above `after` and not above `upto`; None: no bound."""

    after: UUID | None = None
    upto: UUID | None = None

    @property
    def clauses(self) -> list[ColumnElement[bool]]:
        """The same as conditions over `student`."""
        above = [] if self.after is None else [Student.id > self.after]
        return above if self.upto is None else [*above, Student.id <= self.upto]

    def holds(self, student_id: UUID) -> bool:
        """The same for one student."""
        return (self.after is None or student_id > self.after) and (self.upto is None or student_id <= self.upto)


EVERYBODY = Span()


async def spans(session: AsyncSession, size: int = SPAN) -> list[Span]:
    """All students there are or will be, in spans of about so many."""
    numbered = select(Student.id, func.row_number().over(order_by=Student.id).label("number")).subquery()
    ends = list(await session.scalars(select(numbered.c.id).where(numbered.c.number % size == 0).order_by("id")))
    return [Span(after, upto) for after, upto in pairwise([None, *ends, None])]


async def plan_digests(
    session: AsyncSession,
    items: Sequence[Item],
    *,
    day: date,
    not_before: datetime,
    expires_at: datetime,
    now: datetime,
    missed: Collection[tuple[Item, date]] = (),
    woken: Sequence[Item] = (),
    committee: Collection[UUID] = (),
    within: int = 1,
    among: Span = EVERYBODY,
) -> int:
    """One digest of the day for every reachable student who is to be told of something; gives how many are new.

    Told is who owes one of `items` (and did not stop or put off its reminder), one that was `missed` since his last
    digest (with the day of its step), one he put off until now (`woken`, at most `within` days ago); and the students
    of `committee`, who are to be told of their class. Who has no address yet gets his as soon as he has one, as long as
    the day's digest is of use.
    """
    steps = [*((item, day) for item in items), *missed]
    on_duty = [one for one in committee if among.holds(one)]
    reasons = [to_tell(steps, woken, day, within), Student.id.in_(on_duty) if on_duty else None]
    if not any(reason is not None for reason in reasons):
        return 0
    return await _insert(
        session,
        f":{day.isoformat()}",
        [or_(*(reason for reason in reasons if reason is not None)), bound(), *among.clauses],
        kind=literal("digest"),
        for_day=literal(day, Date()),
        not_before=literal(not_before, Instant()),
        expires_at=literal(expires_at, Instant()),
        created_at=literal(now, Instant()),
    )


async def plan_staff_digests(
    session: AsyncSession, *, day: date, not_before: datetime, expires_at: datetime, now: datetime
) -> int:
    """One digest of the day for every reachable counselor with a class; who has nothing in it gets none when it is
    rendered. Gives how many are new.
    """
    key = literal("staff_digest:") + func.replace(sql_cast(Staff.id, String), "-", "") + f":{day.isoformat()}"
    known = select(Delivery.id).where(Delivery.key == key).exists()
    reached = (
        select(Binding.id)
        .where(Binding.staff_id == Staff.id, Binding.ended_at.is_(None), Binding.approved_at.is_not(None))
        .exists()
    )
    has_class = select(ClassStaff.class_id).where(ClassStaff.staff_id == Staff.id).exists()
    columns = {
        "for_day": literal(day, Date()),
        "not_before": literal(not_before, Instant()),
        "expires_at": literal(expires_at, Instant()),
        "created_at": literal(now, Instant()),
    }
    people = select(key, literal("staff_digest"), Staff.id, *columns.values()).where(
        Staff.role == "counselor", has_class, reached, ~known
    )
    return await _insert_from(session, ["key", "kind", "staff_id", *columns], people)


async def plan_nudges(
    session: AsyncSession,
    actor: Actor,
    items: Sequence[Item],
    *,
    day: date,
    expires_at: datetime,
    now: datetime,
    class_id: UUID | None = None,
) -> int:
    """One nudge of the day for every student in the actor's classes (or one of them) who owes one of these items and
    has an address; who stopped his reminders is nudged only of what is critical.
    """
    if not items:
        return 0
    critical = [item for item in items if item.critical]
    loud = or_(~muted(), owes_any(critical)) if critical else ~muted()
    return await _insert(
        session,
        f":{day.isoformat()}",
        [
            Student.class_id.in_(scope_of(actor)),
            *([Student.class_id == class_id] if class_id is not None else []),
            owes_any(items),
            loud,
            bound(),
        ],
        kind=literal("nudge"),
        for_day=literal(day, Date()),
        not_before=literal(now, Instant()),
        expires_at=literal(expires_at, Instant()),
        created_at=literal(now, Instant()),
    )


async def plan_broadcast(
    session: AsyncSession,
    broadcast: Broadcast,
    concerned: ColumnElement[bool],
    *,
    expires_at: datetime,
    now: datetime,
) -> int:
    """One row for every student whom `concerned` fits."""
    return await _insert(
        session,
        "",
        [concerned],
        prefix=f"broadcast:{broadcast.id.hex}",
        kind=literal("broadcast"),
        broadcast_id=literal(broadcast.id, Uuid()),
        urgent=literal(broadcast.urgent),
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
    # Not 'not exists': PostgreSQL would read every key there ever was instead of looking each of these up.
    is_new = select(Delivery.id).where(Delivery.key == key).limit(1).scalar_subquery().is_(None)
    people = (
        select(key, kind, Student.id, *columns.values())
        .join(ClassGroup, ClassGroup.id == _class_of(session))
        .where(*conditions, is_new)
        .order_by(Student.id)  # in the order of the indexes that are written
    )
    return await _insert_from(session, ["key", "kind", "student_id", *columns], people)


def _class_of(session: AsyncSession) -> ColumnElement[UUID]:
    """A student's class. SQLite's '+' keeps it from going through the classes, and the students out of order."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return literal_column("+student.class_id", Uuid()) if is_sqlite else cast("ColumnElement[UUID]", Student.class_id)


async def _insert_from(session: AsyncSession, names: Sequence[str], people: Select[*tuple[Any, ...]]) -> int:
    insert = insert_into(session, Delivery.__table__).from_select(names, people)
    result = await session.execute(
        insert.on_conflict_do_nothing(index_elements=["key"]), execution_options={"preserve_rowcount": True}
    )
    return cast("CursorResult[Any]", result).rowcount
