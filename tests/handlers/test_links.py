"""One-time links: out of a chat abroad to the web page, and a deep link that binds one more chat."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from handlers.handler import Context
from handlers.links import EXPIRED, PATH
from handlers.messages import Address, Incoming
from handlers.registry import HANDLERS
from knowledge.silence import Silent
from storage import bindings, links, people
from storage.bindings import Owner
from storage.database import Database
from storage.files import FileStore
from storage.models import Delivery, Link
from tests.fakes import campus

T, W = Address("telegram", "2", "2"), Address("web", "w", "w")


class Chats:
    """One student's Telegram and web chat; `abroad`: Telegram has no legal route."""

    def __init__(self, database: Database, folder: Path, now: datetime) -> None:
        self.database, self.files, self.now = database, FileStore(folder), now
        self.student = self.teacher = Owner(staff_id=uuid4())
        self._count = 0

    async def say(self, where: Address, text: str = "", action: str | None = None) -> str:
        self._count += 1
        async with self.database.begin() as session:
            context = Context(
                now=self.now,
                session=session,
                actor=await people.actor_of(session, where),
                answerer=Silent(),
                files=self.files,
                sensitive_allowed=where.channel != "telegram",
                web_url="https://lixiao.example",
                bots={"telegram": "https://t.me/lixiao_test_bot?start="},
            )
            message = Incoming(str(self._count), where, text, self.now, action)
            for handler in HANDLERS:
                reply = await handler(message, context)
                if reply is not None:
                    return reply.text
        return ""

    async def bind(self, where: Address, owner: Owner) -> None:
        async with self.database.begin() as session:
            await bindings.bind(session, where, owner, self.now)

    async def speaks(self, where: Address) -> str | None:
        async with self.database.read() as session:
            actor = await people.actor_of(session, where)
        return actor.name if actor else None


@pytest.fixture
async def chats(database: Database, tmp_path: Path, now: datetime) -> Chats:
    school = await campus.build(database)
    made = Chats(database, tmp_path, now)
    made.student = Owner(student_id=await school.student("林小满", bind=None))
    made.teacher = Owner(staff_id=school.counselors["会计1班"])
    return made


def token_in(text: str) -> str:
    found = re.search(r"(?:/go/|start=)([\w-]+)", text)
    assert found, text
    return found[1]


@pytest.mark.parametrize(
    ("said", "action", "goes_on"),
    [
        ("档案邮寄地址", None, "form:start:address"),
        ("我的地址", None, "form:mine:address"),
        ("", "form:start:proxy", "form:start:proxy"),
        ("", "form:mend:" + "a" * 32, "form:mend:" + "a" * 32),
    ],
)
async def test_abroad_a_form_goes_on_on_the_web(chats: Chats, said: str, action: str | None, goes_on: str) -> None:
    await chats.bind(T, chats.student)
    answer = await chats.say(T, said, action)
    assert f"https://lixiao.example{PATH}" in answer
    async with chats.database.begin() as session:
        going = await links.redeem(session, token_in(answer), "web", chats.now)
    assert going is not None
    assert (going.owner, going.action) == (chats.student, goes_on)


async def test_what_was_pasted_abroad_is_not_kept(chats: Chats) -> None:
    await chats.bind(T, chats.student)
    answer = await chats.say(
        T, "收件单位：云溪市人才中心\n收件人：王老师\n电话：13900000001\n地址：四川省成都市武侯区 1 号"
    )
    assert PATH in answer
    assert "13900000001" not in answer


@pytest.mark.parametrize("said", ["待审", "导出地址", "导出地址 会计1班"])
async def test_staff_abroad_go_to_the_workbench(chats: Chats, said: str) -> None:
    await chats.bind(T, chats.teacher)
    assert "https://lixiao.example/work" in await chats.say(T, said)
    assert "https://lixiao.example/work" in await chats.say(T, action="review:list:0")


async def test_once_for_half_an_hour_and_the_latest(chats: Chats) -> None:
    async with chats.database.begin() as session:
        first = await links.issue(session, chats.student, "web", chats.now)
        token = await links.issue(session, chats.student, "web", chats.now)
        assert len(token) * 6 >= 256
        assert await links.redeem(session, first, "web", chats.now) is None
        assert await links.redeem(session, token, "bind", chats.now) is None
        assert await links.look(session, token, "web", chats.now) is not None
        assert await links.redeem(session, token, "web", chats.now + links.LIFETIME) is None
        assert await links.redeem(session, token, "web", chats.now) is not None
        assert await links.redeem(session, token, "web", chats.now) is None
        stored = await session.scalars(select(Link.token_hash))
        assert token.encode() not in stored.all()
        await links.forget(session, chats.now + timedelta(days=2))
        assert (await session.scalars(select(Link.id))).all() == []


async def test_a_deep_link_binds_and_the_first_chat_is_told(chats: Chats) -> None:
    await chats.bind(W, chats.student)
    answer = await chats.say(W, "绑定 Telegram")
    assert "https://t.me/lixiao_test_bot?start=" in answer
    token = token_in(answer)
    assert "绑定好了" in await chats.say(T, f"/start {token}")
    assert await chats.speaks(T) == await chats.speaks(W) == "林小满"
    async with chats.database.read() as session:
        kinds = (await session.scalars(select(Delivery.kind))).all()
    assert list(kinds) == ["security"]
    other = Address("telegram", "3", "3")
    assert await chats.say(other, f"/start {token}") == EXPIRED
    assert await chats.speaks(other) is None


@pytest.mark.parametrize("payload", ["x", "2020000001", "a" * 43, "林小满", "../" * 10])
async def test_no_payload_binds_by_guessing(chats: Chats, payload: str) -> None:
    assert await chats.say(T, f"/start {payload}") == EXPIRED
    assert await chats.speaks(T) is None


async def test_who_is_not_bound_gets_no_link(chats: Chats) -> None:
    assert "绑定身份" in await chats.say(W, "绑定 Telegram")
    assert PATH not in await chats.say(T, "档案邮寄地址")
