"""Whom a visitor of the sample school can be: found in the store, with a fresh code where nobody is them yet."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bot.sample.days import Days
from bot.sample.people import COUNSELORS, OFFICE, SCHOOL, Counselor, Graduate, classes, graduates
from bot.sample.school import Persona, SampleSchool
from storage import bindings, codes, roll
from storage.bindings import Owner

CAST = (0, 1, 2)
"""The places on the roster of the three students one can be, all in the first counselor's first class."""


async def personas(session: AsyncSession, school_id: UUID, days: Days, now: datetime, *, created: bool) -> SampleSchool:
    """The sample school's card. Raises `LookupError` where its people are not in the store (any more)."""
    everybody = graduates(classes(days.year), days.year)
    students = [await _student(session, school_id, everybody[place], now) for place in CAST]
    return SampleSchool(
        id=school_id,
        name=SCHOOL,
        cohort=days.cohort,
        made_on=days.today,
        students=tuple(students),
        counselor=await _member(session, school_id, COUNSELORS[0], "counselor", now),
        office=await _member(session, school_id, OFFICE, "office", now),
        created=created,
    )


async def _student(session: AsyncSession, school_id: UUID, student: Graduate, now: datetime) -> Persona:
    found = _there(await roll.student_id_of(session, school_id, student.number))
    code = await _fresh_code(session, Owner(student_id=found), now)
    return Persona(found, "student", student.name, student.number, student.class_name, code)


async def _member(session: AsyncSession, school_id: UUID, member: Counselor, role: str, now: datetime) -> Persona:
    found = _there(await roll.staff_id_of(session, school_id, member.number))
    return Persona(found, role, member.name, member.number, code=await _fresh_code(session, Owner(staff_id=found), now))


async def _fresh_code(session: AsyncSession, owner: Owner, now: datetime) -> str | None:
    return None if await bindings.is_bound(session, owner) else await codes.issue(session, owner, now, None)


def _there(found: UUID | None) -> UUID:
    if found is None:
        raise LookupError("the sample school is there but its people are not; remove the data directory and start anew")
    return found
