"""Deliveries: a key is one row, a row has one holder, and whatever happens to the holder is written down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from storage.claims import LEASE, UNKNOWN_WAIT, begin, claim, settle, sweep
from storage.database import Database
from storage.deliveries import (
    Content,
    Outcome,
    acknowledge,
    content_of,
    enqueue,
    expire,
)
from storage.models import ClassGroup, Delivery, School, Student


@pytest.fixture
async def student(database: Database) -> UUID:
    return await add_student(database)


async def add_student(database: Database) -> UUID:
    async with database.begin() as session:
        school = School(id=uuid4(), name=f"学校 {uuid4().hex}")
        group = ClassGroup(id=uuid4(), school_id=school.id, cohort="2023届", college="甲学院", name="甲班")
        student_id = uuid4()
        session.add(school)
        await session.flush()
        session.add(group)
        await session.flush()
        session.add(
            Student(
                id=student_id,
                school_id=school.id,
                class_id=group.id,
                number_hash=uuid4().bytes,
                number_sealed=b"-",
                name_sealed=b"-",
            )
        )
    return student_id


async def plan(database: Database, student: UUID, now: datetime, key: str = "k", **more: Any) -> bool:
    async with database.begin() as session:
        return await enqueue(session, key=key, kind=more.pop("kind", "notice"), now=now, student_id=student, **more)


async def take(database: Database, now: datetime, worker: str = "w", **more: Any) -> list[Any]:
    async with database.begin() as session:
        return await claim(session, worker=worker, now=now, limit=more.pop("limit", 10), **more)


async def texts(database: Database, now: datetime) -> list[Content | None]:
    async with database.begin() as session:
        return [content_of(session, row) for row in await claim(session, worker="w", now=now, limit=10)]


async def row(database: Database, key: str = "k") -> Delivery:
    async with database.begin() as session:
        return (await session.scalars(select(Delivery).where(Delivery.key == key))).one()


async def test_same_key_twice_is_one_row(database: Database, student: UUID, now: datetime) -> None:
    assert await plan(database, student, now, text="一")
    assert not await plan(database, student, now, text="二")
    assert (await texts(database, now)) == [Content("一")]


async def test_text_and_buttons_are_sealed(database: Database, student: UUID, now: datetime) -> None:
    await plan(database, student, now, text="你的地址已退回", buttons=[("修改", "form:start:address")])
    sealed = (await row(database)).text_sealed
    assert sealed is not None
    assert "退回".encode() not in sealed
    assert (await texts(database, now)) == [Content("你的地址已退回", (("修改", "form:start:address"),))]


async def test_a_row_has_one_holder(database: Database, student: UUID, now: datetime) -> None:
    await plan(database, student, now)
    assert len(await take(database, now, worker="a")) == 1
    assert await take(database, now, worker="b") == []


async def test_not_before_its_time(database: Database, student: UUID, now: datetime) -> None:
    await plan(database, student, now, not_before=now + timedelta(hours=1))
    assert await take(database, now) == []
    assert len(await take(database, now + timedelta(hours=1))) == 1


async def test_urgent_first_then_the_oldest(database: Database, student: UUID, now: datetime) -> None:
    await plan(database, student, now, "late", not_before=now)
    await plan(database, student, now, "early", not_before=now - timedelta(minutes=1))
    await plan(database, student, now, "urgent", urgent=True)
    assert [c.key for c in await take(database, now, limit=2)] == ["urgent", "early"]


async def test_quiet_hours_leave_what_can_wait(database: Database, student: UUID, now: datetime) -> None:
    await plan(database, student, now, "digest", kind="digest")
    await plan(database, student, now, "security", kind="security")
    await plan(database, student, now, "urgent", urgent=True)
    assert {c.key for c in await take(database, now, quiet=True)} == {"security", "urgent"}


async def test_a_worker_that_dies_before_sending_leaves_no_doubt(
    database: Database, student: UUID, now: datetime
) -> None:
    await plan(database, student, now)
    await take(database, now)
    async with database.begin() as session:
        assert await sweep(session, now + LEASE) == 1
    found = await row(database)
    assert (found.status, found.attempts) == ("planned", 0)


async def test_a_worker_that_dies_while_sending_leaves_it_unknown_then_tried_again(
    database: Database, student: UUID, now: datetime
) -> None:
    await plan(database, student, now)
    [claimed] = await take(database, now)
    async with database.begin() as session:
        assert await begin(session, [claimed.id], worker="w", now=now) == {claimed.id}
    async with database.begin() as session:
        await sweep(session, now + LEASE)
    assert (await row(database)).status == "unknown"
    async with database.begin() as session:
        await sweep(session, now + LEASE + UNKNOWN_WAIT)
    found = await row(database)
    assert (found.status, found.attempts) == ("planned", 1)


async def test_a_worker_that_lost_its_lease_neither_sends_nor_settles(
    database: Database, student: UUID, now: datetime
) -> None:
    await plan(database, student, now)
    [claimed] = await take(database, now, worker="slow")
    later = now + LEASE
    async with database.begin() as session:
        await sweep(session, later)
    await take(database, later, worker="fast")
    async with database.begin() as session:
        assert await begin(session, [claimed.id], worker="slow", now=later) == set()
        await settle(session, [Outcome(claimed.id, "sent")], worker="slow", now=later)
    assert (await row(database)).status == "leased"


async def test_settling_writes_down_how_it_ended(database: Database, student: UUID, now: datetime) -> None:
    for key in "abc":
        await plan(database, student, now, key)
    ids = {c.key: c.id for c in await take(database, now)}
    again = now + timedelta(minutes=1)
    async with database.begin() as session:
        outcomes = [
            Outcome(ids["a"], "sent", channel="web", platform_id="7"),
            Outcome(ids["b"], "failed", reason="blocked by the person"),
            Outcome(ids["c"], "planned", reason="timeout", not_before=again),
        ]
        await settle(session, outcomes, worker="w", now=now)
    a, b, c = [await row(database, key) for key in "abc"]
    assert (a.status, a.channel, a.platform_id, a.settled_at) == ("sent", "web", "7", now)
    assert (b.status, b.reason) == ("failed", "blocked by the person")
    assert (c.status, c.not_before, c.trouble_at, c.leased_by) == ("planned", again, now, None)


async def test_too_late_is_not_sent(database: Database, student: UUID, now: datetime) -> None:
    await plan(database, student, now, expires_at=now + timedelta(hours=1))
    async with database.begin() as session:
        assert await expire(session, now) == 0
        assert await expire(session, now + timedelta(hours=1)) == 1
    found = await row(database)
    assert (found.status, found.reason) == ("expired", "too late")


async def test_only_his_own_press_acknowledges(database: Database, student: UUID, now: datetime) -> None:
    stranger = await add_student(database)
    await plan(database, student, now)
    number = (await row(database)).id
    async with database.begin() as session:
        assert not await acknowledge(session, number, stranger, now)
        assert await acknowledge(session, number, student, now)
        assert await acknowledge(session, number, student, now + timedelta(hours=1))
    assert (await row(database)).acknowledged_at == now
