"""The office's desk: only the office, only its school, every step audited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, time
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from handlers import notices
from handlers.handler import Context, Refusal
from storage import audit
from storage.database import Database
from storage.models import Audit
from storage.people import Actor
from tests.fakes.campus import Campus, build
from tests.fakes.letters import NOTICE, amending, letter
from tests.fakes.nobody import context


class Desk:
    """One member of staff at work."""

    def __init__(self, database: Database, actor: Actor, now: datetime) -> None:
        self.database, self.actor, self.now = database, actor, now

    @asynccontextmanager
    async def step(self) -> AsyncIterator[Context]:
        async with self.database.begin() as session:
            yield context(session, self.actor, self.now)

    async def take(self, folder: Path, text: str = NOTICE, name: str = "a.md") -> UUID:
        async with self.step() as context:
            return (await notices.take(context, letter(folder, text, name))).notice.id


@pytest.fixture
async def campus(sqlite: Database) -> Campus:
    made = await build(sqlite)
    await made.student("林一", loan=True)
    return made


@pytest.fixture
async def desk(campus: Campus, now: datetime) -> Desk:
    return Desk(campus.database, await campus.office_actor(), now)


async def test_from_the_file_to_the_student(desk: Desk, tmp_path: Path) -> None:
    first = await desk.take(tmp_path)
    async with desk.step() as context:
        (card,) = await notices.listed(context)
        assert (card.status, card.waiting, card.amends) == ("proposed", 8, None)
        shown = await notices.items_of(context, first)
        await notices.release(context, first, {})
        books = next(item for item in shown if "图书" in item.title)
        changed = await notices.edit(context, books.id, {"due_time": time(17), "place": "图书馆一楼"})
        assert changed == ("due_time", "place")
        for item in shown:
            await (notices.reject if "体检" in item.title else notices.confirm)(context, item.id)
    second = await desk.take(tmp_path, amending("图书归还截止时间由 6 月 10 日调整为 6 月 14 日。"), "b.md")
    async with desk.step() as context:
        found = await notices.changes(context, second)
        assert found is not None
        assert [(change.old, change.new) for change in found.diff.changed[0].changes] == [
            ("6 月 10 日 17:00", "6 月 14 日")
        ]
        assert found.concerned == 1
        done = await notices.release(context, second, {})
        assert (done.changed, done.told) == (1, 1)
        (moved,) = await notices.items_of(context, second)
        assert (moved.place, moved.due_on) == ("图书馆一楼", date(2023, 6, 14))
        assert await notices.changes(context, second) is None
        actions = (await context.session.scalars(select(Audit.action))).all()
        assert {"notice.imported", "notice.published", "item.edited", "item.rejected", "item.published"} <= set(actions)
        assert await audit.verify(context.session) is None


async def test_a_counselor_publishes_nothing(campus: Campus, desk: Desk, now: datetime, tmp_path: Path) -> None:
    notice_id = await desk.take(tmp_path)
    counselor = Desk(campus.database, await campus.counselor(), now)
    with pytest.raises(Refusal):
        await counselor.take(tmp_path)
    for act in (notices.items_of, notices.changes):
        with pytest.raises(Refusal):
            async with counselor.step() as context:
                await act(context, notice_id)
    assert not notices.is_office(counselor.actor)
    assert not notices.is_office(None)


async def test_another_schools_notice_is_not_there(campus: Campus, desk: Desk, now: datetime, tmp_path: Path) -> None:
    notice_id = await desk.take(tmp_path)
    async with desk.step() as context:
        item_id = (await notices.items_of(context, notice_id))[0].id
    other = Desk(campus.database, await (await build(campus.database)).office_actor(), now)
    async with other.step() as context:
        assert await notices.listed(context) == []
        for act in (notices.items_of, notices.changes):
            with pytest.raises(LookupError):
                await act(context, notice_id)
        for step in (notices.confirm, notices.reject):
            with pytest.raises(LookupError):
                await step(context, item_id)
        with pytest.raises(LookupError):
            await notices.release(context, notice_id, {})
        with pytest.raises(LookupError):
            await notices.edit(context, item_id, {"title": "x"})


async def test_what_cannot_be_meant_is_refused(desk: Desk, tmp_path: Path) -> None:
    notice_id = await desk.take(tmp_path)
    async with desk.step() as context:
        item = (await notices.items_of(context, notice_id))[0]
        with pytest.raises(Refusal, match="标题"):
            await notices.edit(context, item.id, {"title": " "})
        with pytest.raises(Refusal, match="之后"):
            await notices.edit(context, item.id, {"opens_on": date(2023, 7, 1), "due_on": date(2023, 6, 1)})


def test_how_a_moment_is_typed() -> None:
    assert notices.moment_of(" 2023-06-08 ") == (date(2023, 6, 8), None)
    assert notices.moment_of("2023-06-08 17:00") == (date(2023, 6, 8), time(17))
    assert notices.moment_of("") == (None, None)
    with pytest.raises(Refusal):
        notices.moment_of("6 月 8 日")
