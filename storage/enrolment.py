"""What the roster says of one student, for himself and for the letters he signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import place_of
from storage.database import vault_of
from storage.models import ClassGroup, School, Student


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A student with his class, his school and the school's rules (data, not code)."""

    name: str
    number: str
    class_name: str
    college: str
    school: str
    rules: dict[str, Any]


async def enrolment_of(session: AsyncSession, student_id: UUID) -> Enrolment:
    """The roster's line of a student. Raises `LookupError`."""
    query = (
        select(Student, ClassGroup, School)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .join(School, School.id == Student.school_id)
        .where(Student.id == student_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise LookupError("no such student")
    student, group, school = found
    vault = vault_of(session)
    return Enrolment(
        name=vault.open(student.name_sealed, place_of("student", "name_sealed", student.id)),
        number=vault.open(student.number_sealed, place_of("student", "number_sealed", student.id)),
        class_name=group.name,
        college=group.college,
        school=school.name,
        rules=school.rules,
    )
