"""Every channel at one bench: a person who says, presses, sends and sees, whatever the platform behind it.

The platforms' stand-ins speak real HTTP with the program; on our own pages a person is at the dispatcher himself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from bot import web
from bot.app import App
from bot.channels.telegram import TelegramChannel
from bot.kinds import NotTaken, kind_of
from handlers.handler import Context, Refusal
from handlers.messages import Address, Button, Incoming, Reply
from storage import chat
from storage.database import Database
from tests.fakes import wechat, wecom
from tests.fakes.hooked import Clock, program, wechat_settings, wecom_settings
from tests.fakes.served import served
from tests.fakes.telegram import TOKEN, Telegram

MARKUP = "1 < 2 & <b>不是粗体</b> *星号* _线_ [文](http://x.example) &amp;"


class Bench(Protocol):
    """One person on one channel."""

    app: App
    address: Address

    async def says(self, text: str, number: int = 0) -> None:
        """Says it; the same `number` is the same message of the platform."""
        ...

    async def presses(self, label: str) -> None:
        """Presses the newest button with this label."""
        ...

    async def sends(self, data: bytes) -> None:
        """Sends a picture."""
        ...

    async def sees(self, enough: Callable[[list[str]], bool]) -> list[str]:
        """The texts he sees, as soon as they are enough."""
        ...

    async def sees_a_file(self) -> None:
        """He sees a picture or file, now or soon."""
        ...

    async def forged(self) -> int:
        """The status of a call that is not the platform's."""
        ...

    async def strange(self) -> int:
        """The status of a genuine call of a kind that nobody knows."""
        ...


@dataclass
class Parrot:
    """Answers with what it was told, in the ways a reply can have, and remembers it."""

    heard: list[str] = field(default_factory=list)
    long: str = ""

    async def __call__(self, message: Incoming, context: Context) -> Reply | None:
        if message.event is not None:
            return Reply("")
        self.heard.append(message.action or message.text)
        if message.action is not None:
            return Reply(f"按了 {message.action}")
        if message.attachments:
            return Reply("一张照片", files=message.attachments)
        match message.text:
            case "选择":
                return Reply("要不要？", (Button("要", "say:yes:" + "x" * 56), Button("不要", "say:no")))
            case "长":
                return Reply(self.long)
            case "符号":
                return Reply(MARKUP)
            case "拒绝":
                raise Refusal("不行")
            case "静":
                return Reply("")
        return Reply(f"听到 {message.text}")


@dataclass
class PageBench:
    """Web or terminal: the person's words go to the dispatcher, what he sees stands in the log."""

    app: App
    address: Address
    clock: Clock
    _number: int = 0

    async def says(self, text: str, number: int = 0) -> None:
        await self._take(Incoming(self._id(number), self.address, text, self.clock()))

    async def presses(self, label: str) -> None:
        buttons = [button for line in await self._lines() for button in line.buttons]
        action = next(action for shown, action in reversed(buttons) if shown == label)
        await self._take(Incoming(self._id(0), self.address, "", self.clock(), action))

    async def sends(self, data: bytes) -> None:
        try:
            media_type, name = kind_of(data)
        except NotTaken:
            return
        async with self.app.database.begin() as session:
            kept = await self.app.files.save(session, data, name=name, media_type=media_type, now=self.clock())
        await self._take(Incoming(self._id(0), self.address, "", self.clock(), attachments=(kept,)))

    async def sees(self, enough: Callable[[list[str]], bool]) -> list[str]:
        texts = [line.text for line in await self._lines() if not line.inward]
        assert enough(texts), texts
        return texts

    async def sees_a_file(self) -> None:
        assert any(line.files for line in await self._lines() if not line.inward)

    async def forged(self) -> int:
        async with served(_web(self.app)) as url, _client() as client:
            return (await client.post(f"{url}/hook/{self.address.channel}", content=b"{}")).status_code

    async def strange(self) -> int:
        return 200

    def _id(self, number: int) -> str:
        self._number += 1
        return f"given-{number}" if number else f"{self._number}"

    async def _take(self, incoming: Incoming) -> None:
        await self.app.dispatcher.take(incoming)

    async def _lines(self) -> list[chat.Line]:
        async with self.app.database.read() as session:
            return await chat.since(session, self.address.channel, self.address.chat, 0, 1000)


@dataclass
class TelegramBench:
    """Telegram calls our webhook; answers come back as method calls."""

    app: App
    address: Address
    clock: Clock
    telegram: Telegram
    url: str
    _updates: dict[int, Any] = field(default_factory=dict)

    async def says(self, text: str, number: int = 0) -> None:
        update = self._updates.get(number) or self.telegram.person(int(self.address.user)).says(text)
        if number in self._updates:
            self.telegram.happens_again(update)
        self._updates[number or -1] = update
        await self._push()

    async def presses(self, label: str) -> None:
        sent = next(one for one in reversed(self.telegram.sent) if label in dict(one.buttons))
        self.telegram.person(int(self.address.user)).presses(sent, label)
        await self._push()

    async def sends(self, data: bytes) -> None:
        self.telegram.person(int(self.address.user)).sends_photo(data)
        await self._push()

    async def sees(self, enough: Callable[[list[str]], bool]) -> list[str]:
        await self.telegram.until(lambda: enough(self._texts()))
        return self._texts()

    async def sees_a_file(self) -> None:
        await self.telegram.until(lambda: any(one.document for one in self.telegram.sent))

    async def forged(self) -> int:
        body = {"update_id": 1, "message": {"text": "假的"}}
        async with _client() as client:
            headers = {"X-Telegram-Bot-Api-Secret-Token": "wrong"}
            return (await client.post(self.url, json=body, headers=headers)).status_code

    async def strange(self) -> int:
        self.telegram.happens(something_new={"id": 1})
        return (await self._push())[-1]

    async def _push(self) -> list[int]:
        self.clock.now += _A_MOMENT
        async with _client() as client:
            return await self.telegram.push(client)

    def _texts(self) -> list[str]:
        return [one.text for one in self.telegram.sent if one.text]


@dataclass
class WechatBench:
    """企业微信 or the Official Account: encrypted calls, answers in the acknowledgement or by the API."""

    app: App
    address: Address
    platform: wecom.Wecom | wechat.Wechat
    clock: Clock

    async def says(self, text: str, number: int = 0) -> None:
        self.clock.now += _A_MOMENT
        await self.platform.says(self.address.user, text, number or None)

    async def presses(self, label: str) -> None:
        await self.platform.presses(self.address.user, label)

    async def sends(self, data: bytes) -> None:
        await self.platform.sends(self.address.user, data)

    async def sees(self, enough: Callable[[list[str]], bool]) -> list[str]:
        await self.platform.until(lambda: enough(self._texts()))
        return self._texts()

    async def sees_a_file(self) -> None:
        await self.platform.until(lambda: any(text in _FILES for text in self._all()))

    async def forged(self) -> int:
        query, body = self.platform.call_of(self.address.user, MsgType="text", Content="假的", MsgId=1)
        async with _client() as client:
            answer = await client.post(self.platform.hook, params=query | {"msg_signature": "0" * 40}, content=body)
        return answer.status_code

    async def strange(self) -> int:
        await self.platform.calls_hook(self.address.user, MsgType="event", Event="something_new", EventKey="x")
        return self.platform.tried[-1]

    def _texts(self) -> list[str]:
        return [text for text in self._all() if text not in _FILES]

    def _all(self) -> list[str]:
        if isinstance(self.platform, wecom.Wecom):
            return self.platform.texts(self.address.user)
        return self.platform.shown[self.address.user]


_FILES = ("[image]", "[file]")
_A_MOMENT = timedelta(seconds=3)


def _web(app: App) -> FastAPI:
    return web.create(app)


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, verify=False, timeout=30)


async def _at_once(seconds: float) -> None:
    """Time passes at the stand-in without anybody waiting for it."""


@asynccontextmanager
async def _page(name: str, database: Database, clock: Clock, root: Path, parrot: Parrot) -> AsyncIterator[Bench]:
    async with program(database, clock, root, [parrot]) as (app, _):
        yield PageBench(app, Address(name, "lin", "lin"), clock)


@asynccontextmanager
async def _telegram(database: Database, clock: Clock, root: Path, parrot: Parrot) -> AsyncIterator[Bench]:
    telegram = Telegram(clock.seconds)
    telegram.flood = False
    async with served(telegram.app) as api:
        told = {"telegram_token": SecretStr(TOKEN), "telegram_api": api, "telegram_mode": "webhook"}
        async with program(database, clock, root, [parrot], **told) as (app, url):
            channel = app.channels["telegram"]
            assert isinstance(channel, TelegramChannel)
            channel._pause = _at_once
            await channel.open(url)
            yield TelegramBench(app, Address("telegram", "100001", "100001"), clock, telegram, f"{url}/hook/telegram")
        telegram.end()


@asynccontextmanager
async def _wecom(database: Database, clock: Clock, root: Path, parrot: Parrot) -> AsyncIterator[Bench]:
    platform = wecom.Wecom(clock.seconds, members={"20201234"})
    async with (
        served(platform.app) as api,
        program(database, clock, root, [parrot], **wecom_settings(api)) as (app, url),
    ):
        platform.hook = f"{url}/hook/wecom"
        yield WechatBench(app, Address("wecom", "20201234", "20201234"), platform, clock)


@asynccontextmanager
async def _wechat(database: Database, clock: Clock, root: Path, parrot: Parrot) -> AsyncIterator[Bench]:
    platform = wechat.Wechat(clock.seconds, followers={"o-lin"})
    async with (
        served(platform.app) as api,
        program(database, clock, root, [parrot], **wechat_settings(api)) as (app, url),
    ):
        platform.hook = f"{url}/hook/wechat"
        yield WechatBench(app, Address("wechat", "o-lin", "o-lin"), platform, clock)


Make = Callable[[Database, Clock, Path, Parrot], AbstractAsyncContextManager[Bench]]

BENCHES: Mapping[str, Make] = {
    "web": partial(_page, "web"),
    "terminal": partial(_page, "terminal"),
    "telegram": _telegram,
    "wecom": _wecom,
    "wechat": _wechat,
}
"""One for every line of the registry."""
