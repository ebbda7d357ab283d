"""Bindings: one live person per address, waiting ones silent, judged in scope only (SECURITY T1, T3)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import bindings, codes, people
from storage.bindings import Owner
from storage.database import Database
from storage.people import Place


@dataclass
class School:
    """Two classes of two students with a counselor each, and an office."""

    students: list[UUID]
    staff: dict[str, UUID]
    codes: list[str]


@pytest.fixture
async def school(database: Database, now: datetime) -> School:
    async with database.begin() as session:
        school_id = await people.add_school(session, "江北学院")
        made = School([], {}, [])
        for number in (1, 2):
            group = await people.add_class(
                session, school_id=school_id, cohort="2023届", college="会计学院", name=f"会计{number}班"
            )
            made.staff[f"counselor{number}"] = await people.add_staff(
                session, school_id=school_id, number=f"T{number}", name="某老师", class_ids=[group]
            )
            for place in (1, 2):
                student = await people.add_student(
                    session, school_id=school_id, class_id=group, number=f"2020{number}{place}", name="张三"
                )
                made.students.append(student)
        made.staff["office"] = await people.add_staff(
            session, school_id=school_id, number="B1", name="办公室", role="office"
        )
        made.codes = await codes.issue_all(session, [Owner(student_id=s) for s in made.students], now, None)
    return made


@pytest.mark.parametrize("ids", [(None, None), (UUID(int=1), UUID(int=2))])
def test_an_owner_is_one_person(ids: tuple[UUID | None, UUID | None]) -> None:
    with pytest.raises(ValueError, match="either"):
        Owner(*ids)


async def test_binding_again_ends_what_was(database: Database, school: School, now: datetime) -> None:
    here = Place("web", "c", "u")
    async with database.begin() as session:
        for student in school.students[:2]:
            await bindings.bind(session, here, Owner(student_id=student), now)
        actor = await people.actor_of(session, here)
        assert actor is not None
        assert actor.id == school.students[1]
        assert [await bindings.count(session, Owner(student_id=s)) for s in school.students[:2]] == [0, 1]


async def test_ending_every_address_of_a_person(database: Database, school: School, now: datetime) -> None:
    owner = Owner(student_id=school.students[0])
    async with database.begin() as session:
        for user in "ab":
            await bindings.bind(session, Place("web", user, user), owner, now)
        other = Owner(student_id=school.students[1])
        await bindings.bind(session, Place("web", "c", "c"), other, now)
        assert await bindings.count(session, owner) == 2
        assert await bindings.end_all(session, owner, now)
        assert not await bindings.end_all(session, owner, now)
        assert not await bindings.is_bound(session, owner)
        assert await bindings.is_bound(session, other)


async def test_a_code_redeemed_twice_at_once_binds_once(database: Database, school: School, now: datetime) -> None:
    async def redeem() -> bool:
        async with database.begin() as session:
            got = await codes.redeem(session, number="202011", name="张三", code=school.codes[0], now=now)
            return got is not None

    assert sorted(await asyncio.gather(*(redeem() for _ in range(4)))) == [False, False, False, True]


async def test_who_may_judge_whom(database: Database, school: School, now: datetime) -> None:
    """Every member of staff against every waiting binding: it is his to judge or it is not there."""
    mine = {
        "counselor1": set(school.students[:2]) | {school.staff["counselor1"]},
        "counselor2": set(school.students[2:]) | {school.staff["counselor2"]},
        "office": set(school.students) | set(school.staff.values()),
    }
    owners = [Owner(student_id=s) for s in school.students] + [Owner(staff_id=s) for s in school.staff.values()]
    for (name, staff), owner, judge in product(school.staff.items(), owners, (bindings.approve, bindings.refuse)):
        async with database.begin() as session:
            actor = await people.staff_actor(session, staff)
            assert actor is not None
            waiting = await bindings.bind(session, Place("web", "w", "w"), owner, now, approved=False)
            allowed = (owner.student_id or owner.staff_id) in mine[name]
            assert ([b.id for b in await bindings.waiting(session, actor)] == [waiting]) == allowed
            judged = await judge(session, actor, waiting, now)
            assert (judged is not None) == allowed
            assert await judge(session, actor, waiting, now) is None
            await bindings.end(session, Place("web", "w", "w"), now)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("bwae"), st.integers(0, 2), st.integers(0, 3)), max_size=12))
async def test_an_address_speaks_for_the_last_approved(
    sqlite: Database, now: datetime, steps: list[tuple[str, int, int]]
) -> None:
    """Random walks of binding, waiting, approving and ending against a model of three chats."""
    async with sqlite.begin() as session:
        school_id = await people.add_school(session, uuid4().hex)
        group = await people.add_class(session, school_id=school_id, cohort="c", college="c", name="c")
        office = await people.add_staff(session, school_id=school_id, number="B1", name="办公室", role="office")
        students = [
            await people.add_student(session, school_id=school_id, class_id=group, number=f"20{n}", name="张三")
            for n in range(4)
        ]
        actor = await people.staff_actor(session, office)
        assert actor is not None
        walk = uuid4().hex
        speaks: dict[int, int | None] = {}
        waits: dict[int, tuple[int, UUID] | None] = {}
        for verb, chat, student in steps:
            place = Place("web", f"{walk}{chat}", f"{walk}{chat}")
            pending = waits.get(chat)
            if verb in "bw":
                new = await bindings.bind(
                    session, place, Owner(student_id=students[student]), now, approved=verb == "b"
                )
                speaks[chat], waits[chat] = (student, None) if verb == "b" else (None, (student, new))
            elif verb == "a" and pending:
                assert await bindings.approve(session, actor, pending[1], now)
                speaks[chat], waits[chat] = pending[0], None
            elif verb == "e":
                ended = await bindings.end(session, place, now)
                assert ended == (speaks.get(chat) is not None or pending is not None)
                speaks[chat] = waits[chat] = None
            speaker = await people.actor_of(session, place)
            expected = speaks.get(chat)
            assert (speaker.id if speaker else None) == (None if expected is None else students[expected])
            assert await bindings.is_waiting(session, place) == (waits.get(chat) is not None)
