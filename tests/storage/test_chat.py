"""The chat log: in order, by chat, sealed."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select

from storage import chat
from storage.database import Database
from storage.models import ChatLine


async def test_reads_back_what_was_said(database: Database, now: datetime) -> None:
    file = uuid4()
    async with database.begin() as session:
        first = await chat.add(session, "web", "a", True, "你好", (), (), now)
        await chat.add(session, "web", "b", True, "别人的", (), (), now)
        second = await chat.add(session, "web", "a", False, "在呢", [("帮助", "help:show")], [file], now)
    async with database.read() as session:
        lines = await chat.since(session, "web", "a", 0)
        assert [(line.id, line.inward, line.text) for line in lines] == [(first, True, "你好"), (second, False, "在呢")]
        assert lines[1].buttons == (("帮助", "help:show"),)
        assert lines[1].files == (file,)
        assert lines[1].at == now
        assert await chat.since(session, "web", "a", first) == lines[1:]
        assert await chat.since(session, "terminal", "a", 0) == []


async def test_limits_from_either_end(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        for number in range(5):
            await chat.add(session, "web", "a", True, str(number), (), (), now)
        assert [line.text for line in await chat.since(session, "web", "a", 0, 2)] == ["0", "1"]
        assert [line.text for line in await chat.latest(session, "web", "a", 2)] == ["3", "4"]


async def test_is_sealed_and_can_be_forgotten(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        await chat.add(session, "web", "a", True, "我的电话 13900000001", (), (), now)
        await chat.add(session, "web", "b", True, "留下", (), (), now)
        stored = (await session.scalars(select(ChatLine.text_sealed))).all()
        assert all(b"13900000001" not in sealed for sealed in stored)
        await chat.forget(session, "web", "a")
        assert await chat.since(session, "web", "a", 0) == []
        assert len(await chat.since(session, "web", "b", 0)) == 1


async def test_an_erased_log_is_noticed_and_its_ids_never_come_again(database: Database, now: datetime) -> None:
    async with database.begin() as session:
        last = await chat.add(session, "web", "a", True, "撤回同意", (), (), now)
        assert await chat.gone(session, "web", "a", [last]) == set()
        assert await chat.gone(session, "web", "b", [last]) == {last}
        await chat.forget(session, "web", "a")
        assert await chat.gone(session, "web", "a", [last]) == {last}
        again = await chat.add(session, "web", "a", False, "已删除", (), (), now)
        assert again > last
        assert [line.id for line in await chat.since(session, "web", "a", last)] == [again]


async def test_a_file_that_is_kept_as_another_is_shown_as_that(database: Database, now: datetime) -> None:
    sent, other, kept = uuid4(), uuid4(), uuid4()
    async with database.begin() as session:
        await chat.add(session, "web", "b", True, "", (), [sent], now)
        await chat.add(session, "web", "a", True, "", (), [sent, other], now)
        await chat.add(session, "web", "a", True, "后来的", (), (), now)
        await chat.refile(session, "web", "a", sent, kept)
        await chat.refile(session, "web", "a", uuid4(), uuid4())
    async with database.read() as session:
        assert [line.files for line in await chat.latest(session, "web", "a")] == [(kept, other), ()]
        assert [line.files for line in await chat.latest(session, "web", "b")] == [(sent,)]
