"""Who speaks, and that nobody sees beyond his classes (SECURITY T3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from storage import bindings, people
from storage.bindings import Owner
from storage.database import Database
from storage.people import Actor, Place


class Town:
    """Two schools; the first has three classes and counselors with every subset of them."""

    def __init__(self) -> None:
        self.schools: list[UUID] = []
        self.classes: list[UUID] = []
        self.students: dict[UUID, list[UUID]] = {}
        self.scopes: dict[UUID, set[UUID]] = {}
        self.offices: list[UUID] = []

    async def build(self, session: AsyncSession) -> None:
        self.schools = [await people.add_school(session, name) for name in ("江北学院", "江南学院")]
        for school, number in product(self.schools, range(3)):
            await self._class(session, school, number)
        own = self.classes[:3]
        for mask in range(8):
            chosen = [c for bit, c in enumerate(own) if mask >> bit & 1]
            staff = await people.add_staff(
                session, school_id=self.schools[0], number=f"T{mask:03}", name=f"辅导员{mask}", class_ids=chosen
            )
            self.scopes[staff] = set(chosen)
        for index, role in enumerate(("office", "operator")):
            staff = await people.add_staff(
                session, school_id=self.schools[0], number=f"B{index:03}", name="办公室", role=role
            )
            self.offices.append(staff)
            self.scopes[staff] = set(own)

    async def _class(self, session: AsyncSession, school: UUID, number: int) -> None:
        group = await people.add_class(
            session, school_id=school, cohort="2023届", college="会计学院", name=f"会计{number}班", position=number
        )
        self.classes.append(group)
        self.students[group] = [
            await people.add_student(
                session,
                school_id=school,
                class_id=group,
                number=f"2020{number:02}{position:02}",
                name=f"学生{number}{position}",
                phone="13900000001",
                position=position,
            )
            for position in (2, 1)
        ]


@pytest.fixture
async def town(database: Database) -> Town:
    made = Town()
    async with database.begin() as session:
        await made.build(session)
    return made


async def _actor(session: AsyncSession, staff_id: UUID) -> Actor:
    actor = await people.staff_actor(session, staff_id)
    assert actor is not None
    return actor


async def test_staff_see_exactly_their_classes(database: Database, town: Town) -> None:
    async with database.read() as session:
        for staff, scope in town.scopes.items():
            actor = await _actor(session, staff)
            seen = await people.students_of(session, actor)
            assert {card.class_id for card in seen} == scope
            assert {card.id for card in seen} == {s for c in scope for s in town.students[c]}
            assert {card.id for card in await people.classes_of(session, actor)} == scope


async def test_a_card_opens_only_in_scope(database: Database, town: Town) -> None:
    async with database.read() as session:
        for staff, scope in town.scopes.items():
            actor = await _actor(session, staff)
            for group, students in town.students.items():
                for student in students:
                    card = await people.student_card(session, actor, student)
                    assert (card is not None) == (group in scope)
            assert await people.student_card(session, actor, uuid4()) is None


async def test_a_name_or_number_is_found_only_in_scope(database: Database, town: Town) -> None:
    async with database.read() as session:
        for staff, scope in town.scopes.items():
            actor = await _actor(session, staff)
            for text in ("20200101", "2020 0101", "２０２００１０１", "学生11"):
                found = await people.student_named(session, actor, text)
                assert [card.class_id for card in found] == ([town.classes[1]] if town.classes[1] in scope else [])
            for wanted in ("会计1班", "会计"):
                named = await people.classes_named(session, actor, wanted)
                assert {card.id for card in named} <= scope
            assert await people.classes_named(session, actor, " ") == []


async def test_a_class_is_no_way_around_the_scope(database: Database, town: Town) -> None:
    async with database.read() as session:
        for staff, scope in town.scopes.items():
            actor = await _actor(session, staff)
            for group in town.classes:
                assert bool(await people.students_of(session, actor, group)) == (group in scope)


async def test_a_student_sees_nobody(database: Database, town: Town) -> None:
    async with database.read() as session:
        student = town.students[town.classes[0]][0]
        actor = await people.student_actor(session, student)
        assert actor is not None
        assert (actor.role, actor.school, actor.cohort) == ("student", "江北学院", "2023届")
        assert actor.tag == f"student:{student}"
        assert await people.students_of(session, actor) == []
        assert await people.student_card(session, actor, student) is None


async def test_students_come_by_position(database: Database, town: Town) -> None:
    async with database.read() as session:
        actor = await _actor(session, town.offices[0])
        numbers = [card.number for card in await people.students_of(session, actor)]
        assert numbers == ["20200001", "20200002", "20200101", "20200102", "20200201", "20200202"]


async def test_counselors_of_a_student(database: Database, town: Town) -> None:
    async with database.read() as session:
        first = town.classes[0]
        cards = await people.counselors_of(session, town.students[first][0])
        assert {card.id for card in cards} == {s for s in town.scopes if first in town.scopes[s]} - set(town.offices)
        assert {card.phone for card in cards} == {None}


async def test_an_address_speaks_only_when_live_and_approved(database: Database, town: Town, now: datetime) -> None:
    student = town.students[town.classes[0]][0]
    here, there = Place("web", "c1", "u1"), Place("web", "c2", "u2")
    async with database.begin() as session:
        assert await people.actor_of(session, here) is None
        await bindings.bind(session, here, Owner(student_id=student), now)
        await bindings.bind(session, there, Owner(student_id=student), now + timedelta(hours=1), approved=False)
        actor = await people.actor_of(session, here)
        assert actor is not None
        assert (actor.id, actor.name, actor.is_student) == (student, "学生02", True)
        assert await people.actor_of(session, there) is None
        assert (await people.addresses_of(session, [student]))[student] == [here]
        assert await bindings.end(session, here, now)
        assert not await bindings.end(session, here, now)
        assert await people.actor_of(session, here) is None


async def test_staff_speak_too(database: Database, town: Town, now: datetime) -> None:
    office = town.offices[0]
    here = Place("web", "c1", "u1")
    async with database.begin() as session:
        await bindings.bind(session, here, Owner(staff_id=office), now)
        actor = await people.actor_of(session, here)
        assert actor == await people.staff_actor(session, office)
        assert actor is not None
        assert (actor.role, actor.is_staff, actor.tag) == ("office", True, f"staff:{office}")
        assert await people.addresses_of_staff(session, [office]) == {office: [here]}


async def test_nobody_under_an_unknown_id(database: Database) -> None:
    async with database.read() as session:
        assert await people.student_actor(session, uuid4()) is None
        assert await people.staff_actor(session, uuid4()) is None


async def test_found_by_number_for_imports(database: Database, town: Town) -> None:
    async with database.read() as session:
        school, other = town.schools
        assert await people.student_id_of(session, school, "20200002") == town.students[town.classes[0]][0]
        assert await people.student_id_of(session, other, "20209999") is None
        assert await people.staff_id_of(session, school, "T003") in town.scopes
        assert await people.staff_id_of(session, school, None, "无工号", "13900000002") is None
