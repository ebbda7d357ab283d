"""Personal data stays in sealed columns (SECURITY T13, T17): walks the flows through the whole program, then looks
for what was typed in every file under the data directory, in the metrics and in what came out on a counselor's screen.

The log lines of this and every other test are looked through by `tests/conftest.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from bot.app import App, join, open_database
from bot.keyring import with_keys
from bot.settings import Settings
from handlers.messages import Address, Incoming, Reply
from storage import bindings, migrate
from storage.bindings import Owner
from tests.fakes import campus as campuses
from tests.fakes.campus import Campus
from tests.fakes.numbers import identity

NAME, AGENT = "金丝雀", "百灵鸟"
PHONE, AGENT_PHONE = "13900000071", "13900000072"
MINE, HIS = identity(serial=71), identity(serial=72)
STREET = "画眉路 7171 号"
SECRET_QUESTION = "金丝雀想知道夜莺几点唱歌"
CHATS = {NAME: "chat-1", "周老师": "chat-2"}
CANARIES = (NAME, AGENT, PHONE, AGENT_PHONE, MINE, HIS, STREET, "画眉路", "夜莺", "2020000000")


class Town:
    """The whole program on an empty data directory, a student and his counselor."""

    def __init__(self, app: App, campus: Campus) -> None:
        self.app, self.campus = app, campus
        self.now = datetime.fromisoformat("2023-06-07T09:05:00+08:00")
        self._ids = count()

    async def say(self, who: str, text: str = "", action: str | None = None) -> Reply:
        """What the program answers to one message."""
        self.now += timedelta(seconds=5)
        where = Address("web", CHATS[who], CHATS[who])
        reply = await self.app.dispatcher.take(Incoming(f"{next(self._ids)}", where, text, self.now, action))
        assert reply is not None
        return reply

    async def press(self, who: str, reply: Reply, label: str) -> Reply:
        """Presses the button whose label begins so."""
        action = next(button.action for button in reply.buttons if button.label.startswith(label))
        return await self.say(who, action=action)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    settings = with_keys(Settings(_env_file=None, data_dir=tmp_path), len)  # type: ignore[call-arg]
    async with open_database(settings, migrated=False) as database:
        await migrate.upgrade(database)
        campus = await campuses.build(database)
        student = Owner(student_id=await campus.student(NAME, bind=None))
        counselor = Owner(staff_id=campus.counselors["会计1班"])
        async with database.begin() as session:
            for who, owner in ((NAME, student), ("周老师", counselor)):
                chat = Address("web", CHATS[who], CHATS[who])
                await bindings.bind(session, chat, owner, campuses.at(8))
        app = await join(settings, database, lambda: place.now)
        place = Town(app, campus)
        yield place
        await app.clockwork.close()


async def test_what_people_type_stays_sealed(town: Town, tmp_path: Path) -> None:
    shown = await _live_a_day(town)
    for path in [path for path in tmp_path.rglob("*") if path.is_file()]:  # noqa: ASYNC240 # nobody waits
        content = path.read_bytes()
        for canary in CANARIES:
            for spelling in (canary.encode(), canary.encode("unicode_escape")):  # JSON columns escape
                assert spelling not in content, f"{canary} stands in {path.name}"
    assert "受托人身份证号" in shown  # the walk got to its end
    metrics = generate_latest(town.app.metrics.registry).decode()
    assert not [canary for canary in CANARIES if canary in metrics]
    assert not [number for number in (PHONE, AGENT_PHONE, MINE, HIS) if number in shown]


async def _live_a_day(town: Town) -> str:
    """Address, proxy, a question without an answer, a broadcast, the clockwork; gives all that was shown."""
    shown = []

    async def talk(who: str, *texts: str) -> Reply:
        for text in texts:
            reply = await town.say(who, text)
            shown.append(reply.text)
        return reply

    await talk(NAME, "档案邮寄地址", "云溪市公共就业和人才服务中心", "同意", AGENT, PHONE)
    summary = await talk(NAME, f"四川省成都市武侯区{STREET}", "610041")
    assert "确认" in summary.text + "".join(button.label for button in summary.buttons)
    shown.append((await town.press(NAME, summary, "确认")).text)
    await talk(NAME, "我要办委托书", "1", "同意", AGENT, AGENT_PHONE, PHONE, "6月20日到6月28日", "同意", MINE, HIS)
    await talk(NAME, SECRET_QUESTION, "我的数据", "我的地址")
    await talk("周老师", "待审", "谁没交")
    await town.app.clockwork.plan()
    await town.app.clockwork.deliver()
    return "\n".join(shown)
