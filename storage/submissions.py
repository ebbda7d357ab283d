"""Handed-in forms: who handed in what, where it stands, and who may see it.

A form is never changed after it was handed in: mending it makes a new row and the old one is 'replaced', so that
nobody can approve what he has not read. Every step is a compare-and-set on the status.

    handed_in → approved | returned | withdrawn | replaced      returned → replaced | withdrawn
    approved → revoked | replaced
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import people
from storage.crypto import place_of
from storage.database import vault_of
from storage.models import ClassGroup, Student, Submission
from storage.people import Actor
from storage.seen import one_at_a_time

LIVE = ("handed_in", "returned", "approved")
"""What counts as the student's present submission of a form."""


class NotFound(LookupError):
    """No such submission for this person: foreign, not there, or no longer in a state for this step. One answer for
    all of them, so that nobody learns which ids exist (T3)."""


@dataclass(frozen=True, slots=True)
class Handed:
    """One handed-in form with its answers opened."""

    id: UUID
    student_id: UUID
    form: str
    answers: dict[str, str]
    status: str
    reason: str | None
    handed_in_at: datetime
    changed_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of the list of what a counselor has to look at."""

    id: UUID
    student_id: UUID
    student: str
    class_name: str
    form: str
    handed_in_at: datetime


async def hand_in(
    session: AsyncSession,
    *,
    student_id: UUID,
    form: str,
    answers: Mapping[str, str],
    now: datetime,
    person: str | None = None,
) -> Handed:
    """Keeps the answers sealed; whatever was live of the same form is replaced.

    `person`: the identity number of somebody else whom the form names; only its keyed hash is kept (`naming`).
    """
    replaced = await _replace(session, student_id, form, now)
    row_id = uuid4()
    sealed = vault_of(session).seal_json(dict(answers), place_of("submission", "answers_sealed", row_id))
    row = Submission(
        id=row_id,
        student_id=student_id,
        form=form,
        answers_sealed=sealed,
        status="handed_in",
        handed_in_at=now,
        changed_at=now,
        version=replaced + 1,
        person_hash=_person(session, person) if person else None,
    )
    session.add(row)
    await session.flush()
    return _opened(session, row)


async def naming(session: AsyncSession, *, form: str, person: str, school_id: UUID, but: UUID) -> int:
    """How many students of a school, one excepted, have this person in a form that waits or is approved.

    One at a time per person until the transaction ends, so that two who hand in at once are both counted.
    """
    hashed = _person(session, person)
    await one_at_a_time(session, f"{form}/{hashed.hex()}")
    query = (
        select(func.count(Submission.student_id.distinct()))
        .join(Student, Student.id == Submission.student_id)
        .where(
            Submission.person_hash == hashed,
            Submission.form == form,
            Submission.status.in_(("handed_in", "approved")),
            Student.school_id == school_id,
            Student.id != but,
        )
    )
    return await session.scalar(query) or 0


def _person(session: AsyncSession, number: str) -> bytes:
    return vault_of(session).lookup(number, "submission/person")


async def latest(session: AsyncSession, student_id: UUID, form: str) -> Handed | None:
    """The student's live submission of a form, or None."""
    rows = await of_student(session, student_id, form, LIVE)
    return rows[0] if rows else None


async def of_student(
    session: AsyncSession, student_id: UUID, form: str | None = None, statuses: Iterable[str] | None = None
) -> list[Handed]:
    """What a student handed in, the newest first."""
    query = select(Submission).where(Submission.student_id == student_id)
    if form is not None:
        query = query.where(Submission.form == form)
    if statuses is not None:
        query = query.where(Submission.status.in_(tuple(statuses)))
    query = query.order_by(Submission.handed_in_at.desc(), Submission.version.desc())
    rows = await session.scalars(query.execution_options(populate_existing=True))
    return [_opened(session, row) for row in rows]


async def own(session: AsyncSession, student_id: UUID, submission_id: UUID) -> Handed:
    """One of the student's own. Raises `NotFound`."""
    query = select(Submission).where(Submission.id == submission_id, Submission.student_id == student_id)
    row = await session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return _opened(session, row)


async def seen_by(session: AsyncSession, actor: Actor, submission_id: UUID) -> Handed:
    """One submission inside the actor's scope. Raises `NotFound`."""
    row = await session.scalar(_in_scope(actor).where(Submission.id == submission_id))
    if row is None:
        raise NotFound
    return _opened(session, row)


async def waiting(session: AsyncSession, actor: Actor, *, limit: int = 20, offset: int = 0) -> list[Waiting]:
    """What waits for a look inside the actor's scope, the longest waiting first."""
    query = (
        select(Submission, Student, ClassGroup.name)
        .join(Student, Student.id == Submission.student_id)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(Student.class_id.in_(people.scope_of(actor)), Submission.status == "handed_in")
        .order_by(Submission.handed_in_at, Submission.id)
        .limit(limit)
        .offset(offset)
    )
    return [
        Waiting(row.id, student.id, _name(session, student), class_name, row.form, row.handed_in_at)
        for row, student, class_name in await session.execute(query)
    ]


async def waiting_count(session: AsyncSession, actor: Actor) -> int:
    """How many wait inside the actor's scope."""
    found = _in_scope(actor).where(Submission.status == "handed_in").subquery()
    return await session.scalar(select(func.count()).select_from(found)) or 0


async def of_class(
    session: AsyncSession, actor: Actor, class_id: UUID, form: str, statuses: Iterable[str] = LIVE
) -> dict[UUID, Handed]:
    """The newest live submission of each student of a class, by student; empty for a class outside the scope."""
    query = (
        _in_scope(actor)
        .where(Student.class_id == class_id, Submission.form == form, Submission.status.in_(tuple(statuses)))
        .order_by(Submission.handed_in_at)
    )
    return {row.student_id: _opened(session, row) for row in await session.scalars(query)}


async def approve(session: AsyncSession, actor: Actor, submission_id: UUID, now: datetime) -> Handed:
    """A handed-in form is in order. Raises `NotFound`."""
    return await _review(session, actor, submission_id, "approved", None, now)


async def give_back(session: AsyncSession, actor: Actor, submission_id: UUID, reason: str, now: datetime) -> Handed:
    """A handed-in form goes back with a reason. Raises `NotFound`."""
    return await _review(session, actor, submission_id, "returned", reason, now)


async def withdraw(session: AsyncSession, student_id: UUID, submission_id: UUID, now: datetime) -> Handed:
    """The student takes back what is not approved yet. Raises `NotFound`."""
    return await _end(session, student_id, submission_id, ("handed_in", "returned"), "withdrawn", now)


async def revoke(session: AsyncSession, student_id: UUID, submission_id: UUID, now: datetime) -> Handed:
    """The student ends what was approved. Raises `NotFound`."""
    return await _end(session, student_id, submission_id, ("approved",), "revoked", now)


async def _review(
    session: AsyncSession, actor: Actor, submission_id: UUID, status: str, reason: str | None, now: datetime
) -> Handed:
    if not actor.is_staff:
        raise NotFound
    held = await seen_by(session, actor, submission_id)
    await _move(session, held.id, ("handed_in",), status, now, reason=reason, reviewed_by=actor.id)
    return await seen_by(session, actor, submission_id)


async def _end(
    session: AsyncSession, student_id: UUID, submission_id: UUID, before: tuple[str, ...], status: str, now: datetime
) -> Handed:
    held = await own(session, student_id, submission_id)
    await _move(session, held.id, before, status, now)
    return await own(session, student_id, submission_id)


async def _move(
    session: AsyncSession, row_id: UUID, before: tuple[str, ...], status: str, now: datetime, **values: object
) -> None:
    done = await session.execute(
        update(Submission)
        .where(Submission.id == row_id, Submission.status.in_(before))
        .values(status=status, changed_at=now, **values)
        .returning(Submission.id)
        .execution_options(synchronize_session=False)
    )
    if done.scalar_one_or_none() is None:
        raise NotFound


async def _replace(session: AsyncSession, student_id: UUID, form: str, now: datetime) -> int:
    """The version of the newest one that was replaced, 0 where there was none."""
    query = (
        update(Submission)
        .where(Submission.student_id == student_id, Submission.form == form, Submission.status.in_(LIVE))
        .values(status="replaced", changed_at=now)
        .returning(Submission.version)
        .execution_options(synchronize_session=False)
    )
    return max((await session.scalars(query)).all(), default=0)


def _in_scope(actor: Actor) -> Select[Submission]:
    return (
        select(Submission)
        .join(Student, Student.id == Submission.student_id)
        .where(Student.class_id.in_(people.scope_of(actor)))
        .execution_options(populate_existing=True)
    )


def _opened(session: AsyncSession, row: Submission) -> Handed:
    answers = vault_of(session).open_json(row.answers_sealed, place_of("submission", "answers_sealed", row.id))
    return Handed(
        row.id,
        row.student_id,
        row.form,
        answers,
        row.status,
        row.reason,
        row.handed_in_at,
        row.changed_at,
        row.version,
    )


def _name(session: AsyncSession, student: Student) -> str:
    return vault_of(session).open(student.name_sealed, place_of("student", "name_sealed", student.id))
