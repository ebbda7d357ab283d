from __future__ import annotations

from datetime import date, datetime

import pytest

from handlers.personal import UNBOUND, is_personal, personal
from knowledge.text import plain
from storage import people
from storage.database import Database
from storage.items import mark
from storage.people import Actor
from tests.fakes.campus import Campus, build
from tests.fakes.nobody import say


@pytest.mark.parametrize(
    "text",
    [
        "我还差什么",
        "我还有什么没办",
        "还差哪些材料没交",
        "我都办完了吗",
        "我能离校了吗",
        "我的档案寄了吗",
        "我的地址通过了吗",
        "我的委托书审核了没",
        "我图书还清了吗",
        "我的证明到哪一步了",
    ],
)
def test_about_oneself(text: str) -> None:
    assert is_personal(plain(text).strip("?"))


@pytest.mark.parametrize(
    "text",
    [
        "档案什么时候寄",
        "我的档案什么时候寄",
        "我爸妈能来看典礼吗",
        "毕业证能代领吗",
        "还差什么手续才能毕业证",
        "忘了吗",
    ],
)
def test_about_everybody(text: str) -> None:
    assert not is_personal(plain(text))


@pytest.fixture
async def campus(sqlite: Database) -> Campus:
    campus = await build(sqlite)
    await campus.student("林一")
    await campus.item("book", date(2023, 6, 20), title="归还图书")
    await campus.item("loan", date(2023, 6, 10), title="确认助学贷款信息")
    return campus


async def actor_of(campus: Campus) -> Actor:
    async with campus.database.read() as session:
        actor = await people.student_actor(session, campus.students["林一"])
    assert actor is not None
    return actor


async def test_what_is_left(campus: Campus, now: datetime) -> None:
    reply = await say(personal, campus.database, await actor_of(campus), now, "我还差什么？")
    assert reply is not None
    assert "归还图书" in reply.text
    assert "确认助学贷款信息" in reply.text


async def test_one_item_by_its_topic(campus: Campus, now: datetime) -> None:
    async with campus.database.begin() as session:
        await mark(session, student_id=campus.students["林一"], item_id=campus.items["book"], status="done", now=now)
    reply = await say(personal, campus.database, await actor_of(campus), now, "我的书还了吗")
    assert reply is None or "归还图书" in reply.text
    reply = await say(personal, campus.database, await actor_of(campus), now, "我的图书还了吗")
    assert reply is not None
    assert "已办好" in reply.text
    reply = await say(personal, campus.database, await actor_of(campus), now, "我的生源地贷款确认了吗")
    assert reply is not None
    assert "未办" in reply.text


async def test_a_form_by_its_name(campus: Campus, now: datetime) -> None:
    reply = await say(personal, campus.database, await actor_of(campus), now, "我的档案地址通过了吗")
    assert reply is not None
    assert "还没有提交" in reply.text


async def test_what_is_nobodys_state_is_left_to_the_notices(campus: Campus, now: datetime) -> None:
    assert await say(personal, campus.database, await actor_of(campus), now, "我的校车开走了吗") is None


async def test_a_stranger_is_told_to_bind_first(campus: Campus, now: datetime) -> None:
    reply = await say(personal, campus.database, None, now, "我的档案寄了吗")
    assert reply is not None
    assert reply.text == UNBOUND
    assert reply.buttons[0].action == "bind:start"
