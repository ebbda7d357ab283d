"""Personal codes: strong, single use, ending, and silent about what was wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, select

from storage import codes, people
from storage.bindings import Owner
from storage.codes import ALPHABET, LENGTH, LIFETIME
from storage.database import Database
from storage.models import BindCode


@dataclass
class Cast:
    """One school with two students and a counselor."""

    school: UUID
    first: UUID
    second: UUID
    counselor: UUID


@pytest.fixture
async def cast(database: Database) -> Cast:
    async with database.begin() as session:
        school = await people.add_school(session, "江北学院")
        group = await people.add_class(session, school_id=school, cohort="2023届", college="会计学院", name="会计1班")
        students = [
            await people.add_student(session, school_id=school, class_id=group, number=number, name=name)
            for number, name in (("20200001", "学生甲"), ("20200002", "阿依古丽·买买提"))
        ]
        counselor = await people.add_staff(session, school_id=school, number="T001", name="辅导员", class_ids=[group])
    return Cast(school, students[0], students[1], counselor)


def test_a_code_holds_forty_bits() -> None:
    assert LENGTH >= 8
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert LENGTH * math.log2(len(ALPHABET)) >= 40
    assert not set("ILOU") & set(ALPHABET)
    drawn = {codes.new_code() for _ in range(2000)}
    assert len(drawn) == 2000
    assert {sign for code in drawn for sign in code} == set(ALPHABET) | {"-"}


async def test_works_once(database: Database, cast: Cast, now: datetime) -> None:
    async with database.begin() as session:
        code = await codes.issue(session, Owner(student_id=cast.first), now, cast.counselor)
        got = await codes.redeem(session, number="20200001", name="学生甲", code=code, now=now)
        assert got is not None
        assert (got.owner, got.school_id) == (Owner(student_id=cast.first), cast.school)
        assert await codes.redeem(session, number="20200001", name="学生甲", code=code, now=now) is None


async def test_staff_redeem_too(database: Database, cast: Cast, now: datetime) -> None:
    async with database.begin() as session:
        code = await codes.issue(session, Owner(staff_id=cast.counselor), now, None)
        got = await codes.redeem(session, number="T001", name="辅导员", code=code.replace("-", ""), now=now)
        assert got is not None
        assert got.owner == Owner(staff_id=cast.counselor)


async def test_staff_without_a_number_tell_their_phone(database: Database, cast: Cast, now: datetime) -> None:
    async with database.begin() as session:
        staff = await people.add_staff(session, school_id=cast.school, name="王老师", phone="13900000003")
        code = await codes.issue(session, Owner(staff_id=staff), now, None)
        assert await codes.redeem(session, number="13900000004", name="王老师", code=code, now=now) is None
        assert await codes.redeem(session, number="13900000003", name="李老师", code=code, now=now) is None
        got = await codes.redeem(session, number="13900000003", name="王老师", code=code, now=now)
        assert got is not None
        assert got.owner == Owner(staff_id=staff)


async def test_a_new_code_ends_the_former(database: Database, cast: Cast, now: datetime) -> None:
    async with database.begin() as session:
        old = await codes.issue(session, Owner(student_id=cast.first), now, None)
        other = await codes.issue(session, Owner(student_id=cast.second), now, None)
        new = await codes.issue(session, Owner(student_id=cast.first), now, None)
        later = now + timedelta(minutes=1)
        assert await codes.redeem(session, number="20200001", name="学生甲", code=old, now=later) is None
        assert await codes.redeem(session, number="20200001", name="学生甲", code=new, now=later)
        assert await codes.redeem(session, number="20200002", name="阿依古丽•买买提", code=other, now=later)


@pytest.mark.parametrize(("age", "works"), [(LIFETIME - timedelta(seconds=1), True), (LIFETIME, False)])
async def test_ends_with_its_time(database: Database, cast: Cast, now: datetime, age: timedelta, works: bool) -> None:
    async with database.begin() as session:
        code = await codes.issue(session, Owner(student_id=cast.first), now, None)
        got = await codes.redeem(session, number="20200001", name="学生甲", code=code, now=now + age)
        assert (got is not None) == works


async def test_another_lifetime(database: Database, cast: Cast, now: datetime) -> None:
    day = timedelta(days=1)
    async with database.begin() as session:
        code = await codes.issue(session, Owner(student_id=cast.first), now, None, day)
        assert await codes.redeem(session, number="20200001", name="学生甲", code=code, now=now + day) is None


async def test_of_two_schools_with_the_same_number_each_has_his_own(
    database: Database, cast: Cast, now: datetime
) -> None:
    async with database.begin() as session:
        school = await people.add_school(session, "江南学院")
        group = await people.add_class(session, school_id=school, cohort="2023届", college="医学院", name="护理1班")
        twin = await people.add_student(session, school_id=school, class_id=group, number="20200001", name="学生甲")
        code = await codes.issue(session, Owner(student_id=twin), now, None)
        got = await codes.redeem(session, number="20200001", name="学生甲", code=code, now=now)
        assert got is not None
        assert got.owner == Owner(student_id=twin)


async def test_only_a_hash_is_kept(database: Database, cast: Cast, now: datetime) -> None:
    async with database.begin() as session:
        code = await codes.issue(session, Owner(student_id=cast.first), now, cast.counselor)
        row = (await session.scalars(select(BindCode))).one()
        assert code.replace("-", "").encode() not in row.code_hash
        assert row.issued_by == cast.counselor


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The SQL statements run meanwhile."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_the_same_statements_whatever_is_wrong(database: Database, cast: Cast, now: datetime) -> None:
    async with database.begin() as session:
        code = await codes.issue(session, Owner(student_id=cast.first), now, None)
        staff = await codes.issue(session, Owner(staff_id=cast.counselor), now, None)
        runs: list[list[str]] = []
        for number, name, tried in (
            ("99999999", "学生甲", code),
            ("20200001", "学生乙", code),
            ("20200001", "学生甲", "0000-0000"),
            ("20200002", "学生甲", code),
            ("T001", "学生甲", staff),
            ("T001", "辅导员", code),
        ):
            with counted(database) as seen:
                assert await codes.redeem(session, number=number, name=name, code=tried, now=now) is None
            runs.append(seen)
        assert all(run == runs[0] for run in runs)
        assert len(runs[0]) == 2
