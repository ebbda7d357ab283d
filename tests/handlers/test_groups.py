"""Class groups: only a counselor of the class binds one, nothing personal is said there, and moves are followed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from handlers.groups import EDITED, JOINED, ONLY_IN_GROUP, ONLY_STAFF, PRIVATELY, UNREADABLE, WHICH
from handlers.handler import Context
from handlers.identity import WELCOME
from handlers.messages import Address, Incoming, Reply
from handlers.registry import HANDLERS
from knowledge.silence import Silent
from storage import bindings, conversations, groups, people
from storage.bindings import Owner
from storage.database import Database
from storage.files import FileStore
from tests.fakes import campus
from tests.fakes.campus import Campus

GROUP = "-4001"


class Room:
    """A group chat with a counselor, a student and a stranger in it, and their private chats."""

    def __init__(self, school: Campus, folder: Path, now: datetime) -> None:
        self.school, self.files, self.now = school, FileStore(folder), now
        self._count = 0

    async def say(
        self, user: str, text: str = "", *, private: bool = False, event: str | None = None, action: str | None = None
    ) -> Reply | None:
        self._count += 1
        sender = Address("telegram", user if private else GROUP, user)
        message = Incoming(str(self._count), sender, text, self.now, action, event=event)
        async with self.school.database.begin() as session:
            context = Context(
                now=self.now,
                session=session,
                actor=await people.actor_of(session, sender) if private else None,
                answerer=Silent(),
                files=self.files,
                is_group=not private,
            )
            for handler in HANDLERS:
                reply = await handler(message, context)
                if reply is not None:
                    return reply
        return None

    async def text(self, user: str, text: str = "", **more: object) -> str:
        reply = await self.say(user, text, **more)  # type: ignore[arg-type]
        return reply.text if reply else ""

    async def bound(self, chat: str = GROUP) -> str | None:
        async with self.school.database.read() as session:
            found = await groups.of_chat(session, "telegram", chat)
        return found.class_name if found else None


@pytest.fixture
async def room(database: Database, tmp_path: Path, now: datetime) -> Room:
    school = await campus.build(database)
    student = await school.student("林小满", bind=None)
    teacher = school.counselors["会计1班"]
    async with database.begin() as session:
        await bindings.bind(session, Address("telegram", "1", "1"), Owner(staff_id=teacher), now)
        await bindings.bind(session, Address("telegram", "2", "2"), Owner(student_id=student), now)
    return Room(school, tmp_path, now)


async def test_a_counselor_binds_and_ends(room: Room) -> None:
    assert "会计1班" in await room.text("1", "绑定班级 会计1班")
    assert await room.bound() == "会计1班"
    assert await room.text("1", "绑定班级 会计1班") != WHICH  # again does no harm
    async with room.school.database.read() as session:
        places = await groups.of_classes(session, [room.school.classes["会计1班"]])
    assert [place.chat for place in places[room.school.classes["会计1班"]]] == [GROUP]
    assert "已解绑" in await room.text("1", "解绑班级")
    assert await room.bound() is None


@pytest.mark.parametrize(
    ("user", "text", "answer"),
    [
        ("1", "绑定班级 护理2班", WHICH),
        ("1", "绑定班级", WHICH),
        ("2", "绑定班级 会计1班", ONLY_STAFF),
        ("3", "绑定班级 会计1班", ONLY_STAFF),
        ("2", "解绑班级", ONLY_STAFF),
    ],
)
async def test_who_may_not(room: Room, user: str, text: str, answer: str) -> None:
    assert await room.text(user, text) == answer
    assert await room.bound() is None


async def test_in_private_it_is_said_where(room: Room) -> None:
    assert await room.text("1", "绑定班级 会计1班", private=True) == ONLY_IN_GROUP


@pytest.mark.parametrize(
    "text", ["我的事项", "我是谁", "我的数据", "导出", "绑定", "待审", "谁没交", "档案邮寄地址", "我的地址", "催办"]
)
@pytest.mark.parametrize("user", ["1", "2"])
async def test_nothing_personal_in_a_group(room: Room, user: str, text: str) -> None:
    said = await room.text(user, text)
    assert "私聊" in said
    assert "林小满" not in said
    assert "周老师" not in said


@pytest.mark.parametrize("action", ["form:start:address", "item:page:1", "nudge:all", "review:list:0", "data:export"])
async def test_no_personal_button_in_a_group(room: Room, action: str) -> None:
    assert await room.text("1", action=action) == PRIVATELY


async def test_events(room: Room) -> None:
    assert await room.text("1", event="joined") == JOINED
    assert await room.text("2", private=True, event="unreadable") == UNREADABLE
    await room.text("1", "绑定班级 会计1班")
    for event in ("moved:-1009", "moved:-1009", "blocked", "something new"):
        reply = await room.say("0", event=event)
        assert reply is not None
        assert reply.is_silence
    assert (await room.bound(), await room.bound("-1009")) == (None, "会计1班")


async def test_who_begins_to_follow_is_greeted(room: Room) -> None:
    assert await room.text("3", private=True, event="subscribed") == WELCOME
    assert "林小满" in await room.text("2", private=True, event="subscribed")


async def test_thrown_out_the_group_is_nobodys(room: Room) -> None:
    await room.text("1", "绑定班级 会计1班")
    await room.say("1", event="left")
    assert await room.bound() is None


async def test_an_edited_message_is_no_value(room: Room) -> None:
    address = Address("telegram", "2", "2")
    async with room.school.database.begin() as session:
        await conversations.save(session, address, form="address", data={"drafts": {}}, now=room.now)
    assert await room.text("2", "新的单位", private=True, event="edited") == EDITED
    async with room.school.database.begin() as session:
        await conversations.clear(session, address, room.now)
    assert await room.text("2", "我是谁", private=True, event="edited") != EDITED
