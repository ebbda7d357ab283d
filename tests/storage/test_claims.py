"""Claims: one person's order, the log of attempts, the heartbeat, and what is taken up again within a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from storage.claims import LEASE, PACED, STOPPED, UNKNOWN_WAIT, begin, claim, renew, settle, sweep
from storage.database import Database
from storage.deliveries import Claimed, Outcome, enqueue
from storage.models import Attempt, Delivery
from tests.fakes.campus import Campus, build

MINUTE = timedelta(minutes=1)


async def planned(campus: Campus, now: datetime, *keys: str, to: str = "林一", urgent: bool = False) -> None:
    async with campus.database.begin() as session:
        for key in keys:
            await enqueue(
                session, key=key, kind="notice", now=now, student_id=campus.students[to], text=key, urgent=urgent
            )


async def campus_of(database: Database) -> Campus:
    made = await build(database)
    await made.student("林一")
    await made.student("陈二")
    return made


async def taken(database: Database, now: datetime, worker: str = "w", limit: int = 10) -> list[Claimed]:
    async with database.begin() as session:
        return await claim(session, worker=worker, now=now, limit=limit)


async def ended(database: Database, now: datetime, *outcomes: Outcome, worker: str = "w") -> None:
    async with database.begin() as session:
        await begin(session, [outcome.id for outcome in outcomes], worker=worker, now=now)
        await settle(session, outcomes, worker=worker, now=now)


async def test_while_one_is_being_sent_the_next_to_the_same_person_waits(database: Database, now: datetime) -> None:
    campus = await campus_of(database)
    await planned(campus, now, "first", "second")
    await planned(campus, now, "other", to="陈二")
    assert [row.key for row in await taken(database, now, "a", limit=1)] == ["first"]
    assert [row.key for row in await taken(database, now, "b")] == ["other"]


async def test_one_to_be_tried_again_holds_back_the_later_ones(database: Database, now: datetime) -> None:
    campus = await campus_of(database)
    await planned(campus, now, "first")
    [row] = await taken(database, now)
    await ended(database, now, Outcome(row.id, "planned", "timeout", now + MINUTE))
    await planned(campus, now, "second")
    await planned(campus, now, "urgent", urgent=True)
    assert [row.key for row in await taken(database, now)] == ["urgent"]


async def test_an_unknown_one_holds_back_only_for_a_while(database: Database, now: datetime) -> None:
    campus = await campus_of(database)
    await planned(campus, now, "first", "second")
    [first, second] = await taken(database, now)
    await ended(database, now, Outcome(first.id, "unknown", "?"), Outcome(second.id, "planned", PACED, now))
    assert await taken(database, now) == []
    assert [row.key for row in await taken(database, now + 3 * MINUTE)] == ["second"]


async def test_of_two_workers_that_claimed_for_one_person_the_older_message_goes_first(
    database: Database, now: datetime
) -> None:
    campus = await campus_of(database)
    await planned(campus, now, "first", "second")
    rows = await taken(database, now, "a")
    async with database.begin() as session:
        second = await session.get_one(Delivery, rows[1].id)
        second.leased_by = "b"
    async with database.begin() as session:
        assert await begin(session, [rows[1].id], worker="b", now=now) == set()
        assert await begin(session, [rows[0].id], worker="a", now=now) == {rows[0].id}


async def test_a_heartbeat_keeps_the_lease_and_within_a_minute_a_dead_ones_rows_go_again(
    database: Database, now: datetime
) -> None:
    campus = await campus_of(database)
    await planned(campus, now, "first")
    [row] = await taken(database, now, "a")
    async with database.begin() as session:
        assert await begin(session, [row.id], worker="a", now=now) == {row.id}
        await renew(session, [row.id], worker="a", now=now + LEASE / 2)
        assert await sweep(session, now + LEASE) == 0
    died = now + LEASE / 2
    seconds = 0
    while not await taken(database, died + timedelta(seconds=seconds), "b"):
        seconds += 5
        async with database.begin() as session:
            await sweep(session, died + timedelta(seconds=seconds))
    assert seconds <= 55
    assert LEASE + UNKNOWN_WAIT <= MINUTE


async def test_where_a_person_decides_the_unknown_are_not_tried_again(database: Database, now: datetime) -> None:
    campus = await campus_of(database)
    await planned(campus, now, "first")
    [row] = await taken(database, now)
    await ended(database, now, Outcome(row.id, "unknown", "?"))
    async with database.begin() as session:
        assert await sweep(session, now + timedelta(hours=1), try_unknown=False) == 0


async def test_the_log_holds_every_attempt_that_did_not_simply_arrive(database: Database, now: datetime) -> None:
    campus = await campus_of(database)
    await planned(campus, now, "first")
    [row] = await taken(database, now)
    await ended(database, now, Outcome(row.id, "planned", PACED, now, untried=True))
    [row] = await taken(database, now)
    assert row.attempts == 0
    await ended(database, now, Outcome(row.id, "planned", "timeout", now, channel="telegram"))
    [row] = await taken(database, now)
    await ended(
        database, now, Outcome(row.id, "planned", "unreachable: blocked", now, channel="telegram", elsewhere=True)
    )
    [row] = await taken(database, now)
    async with database.begin() as session:
        await begin(session, [row.id], worker="w", now=now)
        await sweep(session, now + LEASE)
    async with database.begin() as session:
        await sweep(session, now + LEASE + UNKNOWN_WAIT)
    [row] = await taken(database, now + LEASE + UNKNOWN_WAIT)
    assert row.in_doubt
    await ended(database, now, Outcome(row.id, "sent", channel="web"))
    async with database.read() as session:
        log = [(a.channel, a.outcome, a.reason) for a in await session.scalars(select(Attempt).order_by(Attempt.id))]
        found = await session.get_one(Delivery, row.id)
        assert (found.status, found.channel, found.reason, found.attempts) == ("sent", "web", None, 4)
    assert log == [
        ("telegram", "retry", "timeout"),
        ("telegram", "elsewhere", "unreachable: blocked"),
        (None, "unknown", STOPPED),
    ]
