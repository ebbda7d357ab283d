"""The Telegram channel and its stand-in, joined by a real connection."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from bot.channel import Hook, SendError
from bot.channels.telegram import HEADER, TelegramChannel
from handlers.messages import Address, Attachment, Incoming, Reply
from storage.database import Database
from storage.files import FileStore
from tests.fakes.served import served
from tests.fakes.telegram import TOKEN, Telegram
from tests.fakes.telegram_people import Json, Person

SECRET = "s" * 32
ALICE = 100001


@dataclass
class Clock:
    """Time that only passes when somebody waits."""

    at: float = 0.0
    waited: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.at

    async def pause(self, seconds: float) -> None:
        self.at += seconds
        self.waited.append(seconds)


@dataclass
class Joined:
    """Channel and stand-in, joined by a real connection."""

    telegram: Telegram
    channel: TelegramChannel
    clock: Clock
    files: FileStore
    database: Database
    now: datetime

    @property
    def alice(self) -> Person:
        return self.telegram.person(ALICE)

    def hook(self, update: Json) -> Hook:
        return Hook({}, {HEADER: SECRET}, json.dumps(update).encode(), self.now)

    def parse(self, update: Json) -> Incoming | None:
        return next(iter(self.channel.parse(self.hook(update))), None)

    async def keep(self, data: bytes, name: str, media_type: str = "application/pdf") -> Attachment:
        async with self.database.begin() as session:
            return await self.files.save(session, data, name=name, media_type=media_type, now=self.now)


@asynccontextmanager
async def joined(database: Database, folder: Path, now: datetime) -> AsyncIterator[Joined]:
    """Both, for as long as the block lasts."""
    clock = Clock()
    telegram = Telegram(clock)
    telegram.started.add(ALICE)
    files = FileStore(folder / "files")
    async with served(telegram.app) as url:
        channel = TelegramChannel(TOKEN, database, files, api=url, mode="webhook", secret=SECRET, pause=clock.pause)
        yield Joined(telegram, channel, clock, files, database, now)
        telegram.end()
        await channel.close()


def to(chat: int = ALICE) -> Address:
    """Alice in a chat, her own or a group."""
    return Address("telegram", str(chat), str(ALICE))


async def trouble(line: Joined, where: Address | None = None) -> SendError:
    """The error of a message that does not go out."""
    with pytest.raises(SendError) as raised:
        await line.channel.send(where or to(), Reply("你好"))
    return raised.value
