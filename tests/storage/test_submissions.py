"""Handed-in forms: sealed, never changed after handing in, each step once, inside the scope only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from storage import submissions
from storage.database import Database
from storage.enrolment import enrolment_of
from storage.submissions import Handed, NotFound
from tests.fakes import campus as campuses
from tests.fakes.campus import Campus

ANSWERS = {"phone": "13900000001", "street": "示范路 1 号"}


@pytest.fixture
async def campus(database: Database) -> Campus:
    made = await campuses.build(database)
    await made.student("王小川")
    await made.student("李小山", "护理2班")
    return made


async def hand_in(campus: Campus, session: AsyncSession, now: datetime, name: str = "王小川") -> Handed:
    return await submissions.hand_in(
        session, student_id=campus.students[name], form="address", answers=ANSWERS, now=now
    )


async def test_what_was_handed_in_comes_back_and_lies_sealed(campus: Campus, now: datetime) -> None:
    async with campus.database.begin() as session:
        handed = await hand_in(campus, session, now)
    async with campus.database.read() as session:
        assert await submissions.own(session, campus.students["王小川"], handed.id) == handed
        assert handed.answers == ANSWERS
        row = (await session.execute(text("select * from submission"))).one()
        assert not any(b"13900000001" in value for value in row if isinstance(value, bytes))


async def test_handing_in_again_replaces(campus: Campus, now: datetime) -> None:
    async with campus.database.begin() as session:
        first = await hand_in(campus, session, now)
        second = await hand_in(campus, session, now + timedelta(minutes=1))
        latest = await submissions.latest(session, campus.students["王小川"], "address")
        assert latest is not None
        assert (latest.id, latest.version) == (second.id, 2)
        assert (await submissions.own(session, campus.students["王小川"], first.id)).status == "replaced"
        with pytest.raises(NotFound):
            await submissions.approve(session, await campus.counselor(), first.id, now)


Act = Callable[[AsyncSession, Campus, Any, UUID, datetime], Awaitable[Handed]]
ACTS: dict[str, Act] = {
    "approved": lambda session, campus, actor, key, now: submissions.approve(session, actor, key, now),
    "returned": lambda session, campus, actor, key, now: submissions.give_back(session, actor, key, "不全", now),
    "withdrawn": lambda session, campus, actor, key, now: submissions.withdraw(
        session, campus.students["王小川"], key, now
    ),
    "revoked": lambda session, campus, actor, key, now: submissions.revoke(
        session, campus.students["王小川"], key, now
    ),
}
ALLOWED = {
    ("handed_in", "approved"),
    ("handed_in", "returned"),
    ("handed_in", "withdrawn"),
    ("returned", "withdrawn"),
    ("approved", "revoked"),
}


@pytest.mark.parametrize("before", ["handed_in", "approved", "returned", "withdrawn"])
@pytest.mark.parametrize("after", ACTS)
async def test_every_step_is_allowed_or_not_there(campus: Campus, now: datetime, before: str, after: str) -> None:
    actor = await campus.counselor()
    async with campus.database.begin() as session:
        handed = await hand_in(campus, session, now)
        if before != "handed_in":
            await ACTS[before](session, campus, actor, handed.id, now)
        if (before, after) in ALLOWED:
            assert (await ACTS[after](session, campus, actor, handed.id, now)).status == after
        else:
            with pytest.raises(NotFound):
                await ACTS[after](session, campus, actor, handed.id, now)


async def test_foreign_ids_are_not_there(campus: Campus, now: datetime) -> None:
    stranger, student = await campus.counselor("护理2班"), await campus.student_actor("李小山")
    async with campus.database.begin() as session:
        handed = await hand_in(campus, session, now)
        for key in (handed.id, uuid4()):
            for actor in (stranger, student):
                with pytest.raises(NotFound):
                    await submissions.seen_by(session, actor, key)
                with pytest.raises(NotFound):
                    await submissions.approve(session, actor, key, now)
                with pytest.raises(NotFound):
                    await submissions.give_back(session, actor, key, "x", now)
            for act in (submissions.withdraw, submissions.revoke):
                with pytest.raises(NotFound):
                    await act(session, student.id, key, now)
        for actor in (stranger, student):
            assert await submissions.waiting(session, actor) == []
            assert await submissions.waiting_count(session, actor) == 0
            assert await submissions.of_class(session, actor, campus.classes["会计1班"], "address") == {}


async def test_the_longest_waiting_comes_first(campus: Campus, now: datetime) -> None:
    async with campus.database.begin() as session:
        await hand_in(campus, session, now, "李小山")
        await hand_in(campus, session, now - timedelta(days=1))
        office = await campus.office_actor()
        assert [entry.student for entry in await submissions.waiting(session, office)] == ["王小川", "李小山"]
        assert [entry.student for entry in await submissions.waiting(session, office, offset=1)] == ["李小山"]
        assert await submissions.waiting_count(session, office) == 2


async def test_a_student_s_line_of_the_roster(campus: Campus) -> None:
    async with campus.database.read() as session:
        line = await enrolment_of(session, campus.students["王小川"])
        assert (line.name, line.class_name, line.college, line.rules) == ("王小川", "会计1班", "会计学院", {})
        with pytest.raises(LookupError):
            await enrolment_of(session, uuid4())
