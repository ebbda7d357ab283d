"""Rosters in the store: in sets, sealed, and the same twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from storage.crypto import place_of
from storage.database import Database
from storage.models import Audit, ClassGroup, ClassStaff, School, Staff, Student
from storage.rosters import Imported, import_roster


@dataclass(frozen=True)
class Person:
    name: str
    phone: str | None = None
    number: str | None = None


@dataclass(frozen=True)
class Group:
    name: str
    counselor: Person | None = Person("林小舟", "13900000001")
    college: str = "茶艺学院"
    expected: int | None = 40
    campus: str | None = None
    position: int = 1


@dataclass(frozen=True)
class Graduate:
    number: str
    class_name: str = "一班"
    name: str = "陈晨"
    phone: str | None = "13900000003"
    college: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=lambda: {"loan": True})
    position: int = 1
    line: int = 7


@dataclass(frozen=True)
class Lists:
    classes: tuple[Group, ...] = (Group("一班"), Group("二班"), Group("三班", Person("高远山")))
    students: tuple[Graduate, ...] = (Graduate("20280001"), Graduate("20280002"))


async def run(database: Database, lists: Lists, now: datetime) -> Imported:
    async with database.begin() as session:
        school = await session.scalar(select(School)) or School(name="江南示范学院", rules={})
        session.add(school)
        await session.flush()
        return await import_roster(session, school, lists, "2031届", now)


async def test_classes_counselors_and_students(database: Database, now: datetime) -> None:
    imported = await run(database, Lists(), now)
    assert imported == Imported(3, 3, 2, 2, 2, 2)
    async with database.read() as session:
        student = (await session.scalars(select(Student))).first()
        assert student is not None
        assert student.attributes == {"loan": True}
        place = place_of("student", "name_sealed", student.id)
        assert database.vault.open(student.name_sealed, place) == "陈晨"
        assert await session.scalar(select(func.count()).select_from(ClassStaff)) == 3
        assert (await session.scalars(select(Audit.action))).all() == ["roster.import"]


async def test_the_same_roster_twice(database: Database, now: datetime) -> None:
    await run(database, Lists(), now)
    again = await run(database, Lists(), now)
    assert (again.new_classes, again.new_counselors, again.new_students) == (0, 0, 0)
    async with database.read() as session:
        counts = [
            await session.scalar(select(func.count()).select_from(t)) for t in (ClassGroup, Staff, ClassStaff, Student)
        ]
    assert counts == [3, 2, 3, 2]


async def test_a_later_roster_moves_students_and_classes(database: Database, now: datetime) -> None:
    await run(database, Lists(), now)
    later = Lists(
        classes=(Group("一班", Person("周明", "13900000009"), expected=41), Group("二班")),
        students=(replace(Graduate("20280001"), class_name="二班", phone="13900000004"),),
    )
    imported = await run(database, later, now)
    assert (imported.new_classes, imported.new_counselors, imported.new_students) == (0, 1, 0)
    async with database.read() as session:
        moved = await session.scalar(
            select(Student).where(Student.number_hash == database.vault.lookup("20280001", "student_number"))
        )
        assert moved is not None
        group = await session.get(ClassGroup, moved.class_id)
        assert group is not None
        assert group.name == "二班"
        assert moved.phone_sealed is not None
        assert database.vault.open(moved.phone_sealed, place_of("student", "phone_sealed", moved.id)) == "13900000004"
        first = await session.scalar(select(ClassGroup).where(ClassGroup.name == "一班"))
        assert first is not None
        assert first.expected == 41
        owners = await session.scalar(
            select(func.count()).select_from(ClassStaff).where(ClassStaff.class_id == first.id)
        )
        assert owners == 1


async def test_students_without_a_class_are_reported(database: Database, now: datetime) -> None:
    lists = Lists(students=(Graduate("20280001", class_name="九班", line=12), Graduate("20280002")))
    imported = await run(database, lists, now)
    assert imported.homeless == (12,)
    assert imported.students == 1


async def test_many_students_and_progress(sqlite: Database, now: datetime) -> None:
    lists = Lists(students=tuple(Graduate(f"2028{i:05}", position=i) for i in range(2500)))
    seen: list[tuple[int, int]] = []
    async with sqlite.begin() as session:
        school = School(name="江南示范学院", rules={})
        session.add(school)
        await session.flush()
        await import_roster(session, school, lists, "2031届", now, progress=lambda *step: seen.append(step))
    assert seen == [(1000, 2500), (2000, 2500), (2500, 2500)]
