"""The desk: one form on top, others aside, and two processes that do not overwrite each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from handlers import desk
from handlers.desk import Desk
from handlers.handler import Context, Refusal
from handlers.messages import Address
from knowledge.silence import Silent
from storage import conversations
from storage.database import Database
from storage.files import FileStore

ME = Address("web", "c", "u")
FORMS = ("address", "proxy")


@asynccontextmanager
async def context(database: Database, folder: Path, now: datetime) -> AsyncIterator[Context]:
    async with database.begin() as session:
        yield Context(now, session, None, Silent(), FileStore(folder))


async def test_forms_are_put_aside_and_found_again(database: Database, tmp_path: Path, now: datetime) -> None:
    table = Desk()
    table.open("address").set("phone", "13900000001")
    table.open("proxy")
    async with context(database, tmp_path, now) as here:
        await desk.save(here, ME, table)
    async with context(database, tmp_path, now) as here:
        table = await desk.load(here, ME, FORMS)
    assert table.draft is not None
    assert (table.draft.form, list(table.parked)) == ("proxy", ["address"])
    assert table.open("address").answers == {"phone": "13900000001"}


async def test_a_cleared_desk_leaves_nothing(database: Database, tmp_path: Path, now: datetime) -> None:
    async with context(database, tmp_path, now) as here:
        table = Desk()
        table.open("address")
        await desk.save(here, ME, table)
        table = await desk.load(here, ME, FORMS)
        table.close()
        await desk.save(here, ME, table)
        assert await conversations.load(here.session, ME) is None


async def test_two_that_read_the_same_cannot_both_write(database: Database, tmp_path: Path, now: datetime) -> None:
    async with context(database, tmp_path, now) as here:
        first, second = await desk.load(here, ME, FORMS), await desk.load(here, ME, FORMS)
        first.open("address")
        await desk.save(here, ME, first)
    async with context(database, tmp_path, now) as here:
        second.open("address")
        with pytest.raises(Refusal, match="再发一次"):
            await desk.save(here, ME, second)
    async with context(database, tmp_path, now) as here:
        third = await desk.load(here, ME, FORMS)
        fourth = await desk.load(here, ME, FORMS)
        third.open("address").set("phone", "13900000001")
        fourth.close()
        await desk.save(here, ME, third)
        with pytest.raises(Refusal, match="再发一次"):
            await desk.save(here, ME, fourth)


async def test_a_form_that_is_no_more_is_forgotten(database: Database, tmp_path: Path, now: datetime) -> None:
    async with context(database, tmp_path, now) as here:
        table = Desk()
        table.open("address")
        table.open("proxy")
        await desk.save(here, ME, table)
        assert (await desk.load(here, ME, ("address",))).foreign
        assert list((await desk.load(here, ME, ("proxy",))).parked) == []
