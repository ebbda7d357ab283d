"""Who is on the roster: schools, classes, students and staff are added here, sealed and with their look-up hashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import Vault, place_of
from storage.database import vault_of
from storage.models import ClassGroup, ClassStaff, School, Staff, Student


async def add_school(session: AsyncSession, name: str, rules: Mapping[str, Any] | None = None) -> UUID:
    """Adds a school; the name must be new."""
    school = School(id=uuid4(), name=name, rules=dict(rules or {}))
    session.add(school)
    await session.flush()
    return school.id


async def add_class(
    session: AsyncSession,
    *,
    school_id: UUID,
    cohort: str,
    college: str,
    name: str,
    campus: str | None = None,
    expected: int | None = None,
    position: int = 0,
) -> UUID:
    """Adds a class; its name must be new within school, cohort and college."""
    group = ClassGroup(
        id=uuid4(),
        school_id=school_id,
        cohort=cohort,
        college=college,
        name=name,
        campus=campus,
        expected=expected,
        position=position,
    )
    session.add(group)
    await session.flush()
    return group.id


async def add_student(
    session: AsyncSession,
    *,
    school_id: UUID,
    class_id: UUID,
    number: str,
    name: str,
    phone: str | None = None,
    position: int = 0,
    attributes: Mapping[str, Any] | None = None,
) -> UUID:
    """Adds a student; his number must be new at the school."""
    vault, new = vault_of(session), uuid4()
    session.add(
        Student(
            id=new,
            school_id=school_id,
            class_id=class_id,
            position=position,
            number_hash=vault.lookup(number, "student_number"),
            number_sealed=vault.seal(number, place_of("student", "number_sealed", new)),
            name_sealed=vault.seal(name, place_of("student", "name_sealed", new)),
            phone_sealed=vault.seal(phone, place_of("student", "phone_sealed", new)) if phone else None,
            attributes=dict(attributes or {}),
        )
    )
    await session.flush()
    return new


async def add_staff(
    session: AsyncSession,
    *,
    school_id: UUID,
    name: str,
    number: str | None = None,
    phone: str | None = None,
    role: str = "counselor",
    class_ids: Iterable[UUID] = (),
) -> UUID:
    """Adds a member of staff with his classes; the number (or name and phone where there is none) must be new."""
    vault, new = vault_of(session), uuid4()
    session.add(
        Staff(
            id=new,
            school_id=school_id,
            role=role,
            number_hash=staff_hash(vault, number, name, phone),
            number_sealed=vault.seal(number, place_of("staff", "number_sealed", new)) if number else None,
            name_sealed=vault.seal(name, place_of("staff", "name_sealed", new)),
            phone_sealed=vault.seal(phone, place_of("staff", "phone_sealed", new)) if phone else None,
        )
    )
    await session.flush()
    session.add_all([ClassStaff(class_id=class_id, staff_id=new) for class_id in class_ids])
    await session.flush()
    return new


def staff_hash(vault: Vault, number: str | None, name: str, phone: str | None) -> bytes:
    """Under which hash a member of staff is found: of his number, or of name and phone where a roster has none."""
    return vault.lookup(number, "staff_number") if number else vault.lookup(f"{name}/{phone or ''}", "staff_person")


async def student_id_of(session: AsyncSession, school_id: UUID, number: str) -> UUID | None:
    """The student with this number at this school (for imports; a chat goes through codes)."""
    wanted = vault_of(session).lookup(number, "student_number")
    return await session.scalar(select(Student.id).where(Student.school_id == school_id, Student.number_hash == wanted))


async def staff_id_of(
    session: AsyncSession, school_id: UUID, number: str | None, name: str = "", phone: str | None = None
) -> UUID | None:
    """The member of staff with this number (or this name and phone) at this school."""
    wanted = staff_hash(vault_of(session), number, name, phone)
    return await session.scalar(select(Staff.id).where(Staff.school_id == school_id, Staff.number_hash == wanted))
