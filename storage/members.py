"""Members of a platform that the school runs itself (企业微信): a user id that is a student number needs no code.

The school's directory says who a member is; an operator decides that his user ids are student numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import audit, bindings
from storage.bindings import Owner
from storage.database import vault_of
from storage.models import Binding, ClassGroup, ClassStaff, Student
from storage.people import Place

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Matched:
    """How many members were bound now, were bound before, and are no student of this school."""

    bound: int = 0
    known: int = 0
    unmatched: int = 0

    def __add__(self, other: Matched) -> Matched:
        return Matched(self.bound + other.bound, self.known + other.known, self.unmatched + other.unmatched)


async def bind_by_number(
    session: AsyncSession, channel: str, users: Sequence[str], *, school_id: UUID, now: datetime
) -> Matched:
    """Binds the members whose user id is a student number of the school; who has a live binding keeps it."""
    done = Matched()
    for start in range(0, len(users), _CHUNK):
        done += await _bind_some(session, channel, users[start : start + _CHUNK], school_id, now)
    action, target = "bind.directory", f"school:{school_id}"
    await audit.record(
        session, now=now, actor="system:directory", action=action, target=target, school_id=school_id, count=done.bound
    )
    return done


async def _bind_some(
    session: AsyncSession, channel: str, users: Sequence[str], school_id: UUID, now: datetime
) -> Matched:
    vault = vault_of(session)
    hashes = {vault.lookup(user, "student_number"): user for user in users}
    live = set(
        await session.scalars(
            select(Binding.user).where(
                Binding.channel == channel, Binding.user.in_(list(users)), Binding.ended_at.is_(None)
            )
        )
    )
    rows = await session.execute(
        select(Student.id, Student.number_hash).where(
            Student.school_id == school_id, Student.number_hash.in_(list(hashes))
        )
    )
    students = {hashes[number]: student for student, number in rows}
    for user in students.keys() - live:
        await bindings.bind(session, Place(channel, user, user), Owner(student_id=students[user]), now)
    return Matched(len(students.keys() - live), len(live), len(set(users) - live - students.keys()))


async def users_of_class(session: AsyncSession, channel: str, class_id: UUID) -> tuple[list[str], list[str]]:
    """The platform's ids of a class's staff and of its students, as far as they are bound there, each in order."""
    live = (Binding.channel == channel, Binding.ended_at.is_(None), Binding.approved_at.is_not(None))
    staff = await session.scalars(
        select(Binding.user)
        .join(ClassStaff, ClassStaff.staff_id == Binding.staff_id)
        .where(*live, ClassStaff.class_id == class_id)
        .order_by(Binding.bound_at, Binding.user)
    )
    students = await session.scalars(
        select(Binding.user)
        .join(Student, Student.id == Binding.student_id)
        .where(*live, Student.class_id == class_id)
        .order_by(Student.position, Binding.user)
    )
    return list(dict.fromkeys(staff)), list(dict.fromkeys(students))


async def class_named(session: AsyncSession, school_id: UUID, name: str) -> UUID | None:
    """The only class of the school with that name; None: there is none, or several."""
    found = await session.scalars(
        select(ClassGroup.id).where(ClassGroup.school_id == school_id, ClassGroup.name == name.strip())
    )
    ids = list(found)
    return ids[0] if len(ids) == 1 else None
