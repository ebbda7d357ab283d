"""`/scan/<token>`: from a bound chat to the 公众号 by its QR code, against the stand-in of the platform."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.console.link import code_of
from handlers.messages import Address, Incoming
from storage import bindings, people
from storage.bindings import Owner
from storage.database import Database
from tests.fakes import campus
from tests.fakes.hooked import Clock, program, wechat_settings
from tests.fakes.served import served
from tests.fakes.wechat import Wechat

WEB, NEW = Address("web", "w", "w"), "oNew"


@dataclass
class House:
    """The program with a bound web chat, and the platform beside it."""

    app: App
    platform: Wechat
    clock: Clock
    count: int = 0

    async def says(self, text: str) -> str:
        self.count += 1
        reply = await self.app.dispatcher.take(Incoming(str(self.count), WEB, text, self.clock()))
        assert reply is not None
        return reply.text

    async def token(self) -> str:
        found = re.search(r"/scan/([\w-]{43})\n", await self.says("绑定公众号"))
        assert found
        return found[1]

    async def who(self, user: str) -> str | None:
        async with self.app.database.read() as session:
            actor = await people.actor_of(session, Address("wechat", user, user))
        return actor.name if actor else None


@pytest.fixture
async def house(sqlite: Database, tmp_path: Path, now: datetime) -> AsyncIterator[House]:
    clock = Clock(now)
    platform = Wechat(clock.seconds)
    student = await (await campus.build(sqlite)).student("林小满", bind=None)
    async with sqlite.begin() as session:
        await bindings.bind(session, WEB, Owner(student_id=student), now)
    async with (
        served(platform.app) as api,
        program(sqlite, clock, tmp_path, **wechat_settings(api)) as (app, address),
    ):
        platform.hook = f"{address}/hook/wechat"
        yield House(app, platform, clock)


async def test_who_scans_the_code_is_bound_and_the_first_chat_is_told(house: House) -> None:
    token = await house.token()
    for _ in range(2):  # a preview looks too
        page = await code_of(house.app, token)
        body = bytes(page.body).decode()
        assert page.status_code == 200
        assert '<img alt="二维码" src="data:image/png;base64,' in body
        assert "林小满" not in body
    shown = list(house.platform.scenes)[-1]
    assert house.platform.scenes[shown] == token
    assert "绑定好了" in (await house.platform.scans(NEW, shown) or "")
    assert await house.who(NEW) == "林小满"
    assert (await code_of(house.app, token)).status_code == 410
    house.clock.move(timedelta(seconds=5))
    assert "用过或者过期" in (await house.platform.scans("oOther", shown) or "")
    assert await house.who("oOther") is None


async def test_a_code_that_is_late_or_no_code_leads_nowhere(house: House) -> None:
    token = await house.token()
    house.platform.faults.append(("qrcode/create", 45009))
    assert (await code_of(house.app, token)).status_code == 503
    for wrong in ("x", "a" * 43):
        assert (await code_of(house.app, wrong)).status_code == 410
    house.clock.move(timedelta(minutes=31))
    assert (await code_of(house.app, token)).status_code == 410
    assert house.platform.scenes == {}


async def test_who_begins_to_follow_is_told_what_this_is(house: House) -> None:
    assert "我是离校通" in (await house.platform.follows("oStranger") or "")
