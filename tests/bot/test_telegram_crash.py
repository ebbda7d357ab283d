"""A real process killed with -9 between the answer's commit and Telegram's word that it has it: the answer comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.app import open_database
from bot.keyring import with_keys
from bot.settings import Settings
from storage import migrate
from storage.database import Database
from storage.models import HeldReply, Polling
from tests.fakes.process import Running, lixiao
from tests.fakes.served import served
from tests.fakes.telegram import TOKEN, Telegram

ALICE = 100001


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    """A data directory with keys and tables."""
    settings = with_keys(Settings(_env_file=None, data_dir=tmp_path), len)  # type: ignore[call-arg]
    async with open_database(settings, migrated=False) as database:
        await migrate.upgrade(database)
        yield database


async def a_minute_passes(store: Database) -> None:
    """What the dead process held runs out."""
    async with store.begin() as session:
        past = HeldReply.created_at
        await session.execute(update(HeldReply).values(leased_until=past))
        await session.execute(update(Polling).values(held_by=None))


@asynccontextmanager
async def serve(folder: Path, url: str) -> AsyncIterator[Running]:
    """A real process that polls the stand-in."""
    settings = {"LIXIAO_TELEGRAM_TOKEN": TOKEN, "LIXIAO_TELEGRAM_API": url, "LIXIAO_LOG_FORMAT": "json"}
    async with lixiao(folder, "serve", "--port", "0", **settings) as server:
        await server.until("line open")
        yield server


async def test_killed_while_sending(store: Database, tmp_path: Path) -> None:
    telegram = Telegram()
    alice = telegram.person(ALICE)
    async with served(telegram.app) as url:
        telegram.hangs.add("sendMessage")
        async with serve(tmp_path, url) as first:
            alice.says("/start")
            await telegram.until(lambda: telegram.calls["sendMessage"] == 1)
            await first.kill()
        telegram.hangs.clear()
        assert telegram.sent == []

        await a_minute_passes(store)
        async with serve(tmp_path, url) as second:
            await telegram.until(lambda: len(telegram.sent) == 1)
            assert "离校通" in telegram.sent[0].text
            alice.says("/help")
            await telegram.until(lambda: len(telegram.sent) == 2)
            await second.interrupt()
        telegram.end()
    assert TOKEN.partition(":")[2] not in first.shown + second.shown


async def test_killed_again_and_again_nothing_is_lost(store: Database, tmp_path: Path) -> None:
    telegram = Telegram()
    telegram.flood = False
    people = [telegram.person(ALICE + number) for number in range(6)]
    async with served(telegram.app) as url:
        for round_ in range(2):
            async with serve(tmp_path, url) as server:
                for person in people:
                    person.says("/start")
                wanted = len(telegram.sent) + 2 + round_
                await telegram.until(lambda wanted=wanted: len(telegram.sent) >= wanted)  # type: ignore[misc]
                await server.kill()
            await a_minute_passes(store)
        async with serve(tmp_path, url) as last:
            await telegram.until(lambda: all(len(telegram.to(person.id)) >= 2 for person in people))
            await last.interrupt()
        telegram.end()
    doubled = sum(len(telegram.to(person.id)) - 2 for person in people)
    async with store.read() as session:
        unknown = await session.scalar(select(func.count()).where(HeldReply.attempts > 1)) or 0
    assert doubled <= unknown
