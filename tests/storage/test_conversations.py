"""A conversation is a row: kept over restarts, sealed, never overwritten silently."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from handlers.messages import Address
from storage import conversations
from storage.conversations import Changed
from storage.database import Database

ME = Address("web", "c1", "u1")
OTHER = Address("web", "c1", "u2")


async def test_what_was_saved_is_there_after_a_restart(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        assert await conversations.load(session, ME) is None
        await conversations.save(session, ME, form="address", data={"answers": {"a": "𠮷"}}, now=now)
    async with database.begin() as session:
        state = await conversations.load(session, ME)
        assert state is not None
        assert (state.form, state.data, state.updated_at) == ("address", {"answers": {"a": "𠮷"}}, now)
        assert await conversations.load(session, OTHER) is None


async def test_an_older_reading_does_not_overwrite(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        first = await conversations.save(session, ME, form="address", data={"n": 1}, now=now)
    async with database.begin() as session:
        await conversations.save(session, ME, form="address", data={"n": 2}, now=now, version=first.version)
    with pytest.raises(Changed):
        async with database.begin() as session:
            await conversations.save(session, ME, form="address", data={"n": 3}, now=now, version=first.version)
    with pytest.raises(Changed):
        async with database.begin() as session:
            await conversations.clear(session, ME, now, version=first.version)
    async with database.begin() as session:
        state = await conversations.load(session, ME)
        assert state is not None
        assert state.data == {"n": 2}


async def test_cleared_is_nothing_open_and_can_begin_anew(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        await conversations.save(session, ME, form="address", data={}, now=now)
        await conversations.clear(session, ME, now)
        assert await conversations.load(session, ME) is None
        version = await conversations.version_of(session, ME)
        state = await conversations.save(session, ME, form="proxy", data={}, now=now, version=version)
        assert state.form == "proxy"


async def test_a_row_that_should_be_there_and_is_not_is_a_change(sqlite: Database, now: datetime) -> None:
    async with sqlite.begin() as session:
        with pytest.raises(Changed):
            await conversations.save(session, ME, form="x", data={}, now=now, version=3)


async def test_last_questions_are_kept_and_grow_stale(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        for number in range(7):
            await conversations.remember_turn(session, ME, f"q{number}", now + timedelta(minutes=number))
        assert await conversations.turns(session, ME) == ("q2", "q3", "q4", "q5", "q6")
        assert await conversations.turns(session, ME, now + timedelta(minutes=36)) == ("q6",)
        assert await conversations.turns(session, OTHER) == ()


async def test_a_question_does_not_disturb_the_form(sqlite: Database, now: datetime) -> None:
    async with sqlite.begin() as session:
        state = await conversations.save(session, ME, form="address", data={"n": 1}, now=now)
        await conversations.remember_turn(session, ME, "几点关门？", now)
        assert (await conversations.load(session, ME)) == state
        await conversations.save(session, ME, form="address", data={"n": 2}, now=now, version=state.version)
        assert await conversations.turns(session, ME) == ("几点关门？",)


async def test_nothing_typed_is_readable_in_the_table(sqlite: Database, now: datetime) -> None:
    async with sqlite.begin() as session:
        await conversations.save(session, ME, form="address", data={"phone": "13900000001"}, now=now)
        await conversations.remember_turn(session, ME, "canary", now)
        row = (await session.execute(text("select * from conversation"))).one()
        assert not any(b"13900000001" in v or b"canary" in v for v in row if isinstance(v, bytes))
