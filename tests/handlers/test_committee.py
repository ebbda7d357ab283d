"""班委: named by the counselor in his classes only; told how many are behind, never who or with what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot import clockwork
from bot.delivery import Sender
from handlers.committee import class_committee
from handlers.messages import Reply
from storage.database import Database
from storage.items import mark
from storage.models import Audit
from storage.people import Actor
from storage.reminders import mute
from tests.fakes.campus import Campus, at, build
from tests.fakes.line import PageLine
from tests.fakes.nobody import say

TODAY = date(2023, 6, 7)
DAY = timedelta(days=1)


@pytest.fixture
async def campus(database: Database) -> Campus:
    """林一 has done what 陈二 and 赵四 are five days late with; 何三 is of another class."""
    made = await build(database)
    for name, class_name, bind in [
        ("林一", "会计1班", "web"),
        ("陈二", "会计1班", "web"),
        ("赵四", "会计1班", None),
        ("何三", "护理2班", "web"),
    ]:
        await made.student(name, class_name, bind=bind)
    item = await made.item("address", TODAY - 5 * DAY, title="填报档案转寄地址", audience={"class": ["会计1班"]})
    async with database.begin() as session:
        await mark(session, student_id=made.students["林一"], item_id=item, status="done", now=at(8))
    return made


@pytest.fixture
async def teacher(campus: Campus) -> Actor:
    return await campus.counselor()


async def chat(campus: Campus, actor: Actor, text: str = "", action: str | None = None) -> Reply:
    found = await say(class_committee, campus.database, actor, at(8), text, action)
    assert found is not None
    return found


async def morning(campus: Campus, day: date = TODAY) -> dict[str, str]:
    line = PageLine()
    await clockwork.tick(campus.database, Sender(campus.database, {"web": line}, elapsed=lambda: 0.0), at(9, 5, day))
    return {chat: reply.text for chat, reply in line.said}


async def test_named_listed_and_released(campus: Campus, teacher: Actor) -> None:
    assert "会计1班：还没有" in (await chat(campus, teacher, "班委")).text
    assert (await chat(campus, teacher, "班委 林一、陈二")).text.startswith(
        "好，林一（会计1班）、陈二（会计1班）是班委了。"
    )
    assert "会计1班：林一、陈二" in (await chat(campus, teacher, "班委名单")).text
    assert "本来就是班委" in (await chat(campus, teacher, "班委 林一")).text
    assert "陈二（会计1班）不再是班委" in (await chat(campus, teacher, "撤销班委 陈二")).text
    async with campus.database.read() as session:
        acts = (await session.scalars(select(Audit.action).order_by(Audit.id))).all()
    assert acts == ["committee.named", "committee.named", "committee.named", "committee.released"]


async def test_only_of_ones_own_classes_and_all_or_nobody(campus: Campus, teacher: Actor) -> None:
    assert "没有「何三」，一个也没改" in (await chat(campus, teacher, "班委 林一 何三")).text
    assert "会计1班：还没有" in (await chat(campus, teacher, "班委")).text
    assert "没有这位同学" in (await chat(campus, teacher, action=f"committee:add:{campus.students['何三'].hex}")).text
    await campus.student("林一", bind=None)
    found = await chat(campus, teacher, "班委 林一")
    assert found.text.startswith("有 2 位「林一」")
    assert "是班委了" in (await chat(campus, teacher, action=found.buttons[0].action)).text


@pytest.mark.parametrize("text", ["班委怎么选", "谁是班委？", "班委要做什么"])
async def test_questions_are_left_to_others(campus: Campus, teacher: Actor, text: str) -> None:
    assert await say(class_committee, campus.database, teacher, at(8), text) is None
    student = await campus.student_actor("林一")
    assert await say(class_committee, campus.database, student, at(8), "班委 林一") is None


async def test_the_committee_hears_a_number_once_a_week(campus: Campus, teacher: Actor) -> None:
    await chat(campus, teacher, "班委 林一")
    said = await morning(campus)
    assert said["web-林一"].startswith("你是班委：班里还有 2 位同学的离校事项已经过期多天")
    for private in ("陈二", "赵四", "填报", "地址"):
        assert private not in said["web-林一"]
    assert "班委" not in said["web-陈二"]
    later = [await morning(campus, TODAY + n * DAY) for n in range(1, 8)]
    assert ["web-林一" in said for said in later] == [False] * 6 + [True]


async def test_own_items_and_the_class_are_one_message(campus: Campus, teacher: Actor) -> None:
    await chat(campus, teacher, "班委 陈二")
    said = await morning(campus)
    assert said["web-陈二"].startswith("早上好，有 1 件")
    assert "班里还有 1 位同学" in said["web-陈二"], "himself not counted"


async def test_nobody_behind_but_himself_or_stopped(campus: Campus, teacher: Actor) -> None:
    await chat(campus, teacher, "班委 林一 陈二")
    async with campus.database.begin() as session:
        await mark(
            session, student_id=campus.students["赵四"], item_id=campus.items["address"], status="done", now=at(8)
        )
        await mute(session, campus.students["林一"], at(8))
    said = await morning(campus)
    assert "web-林一" not in said
    assert "班里" not in said["web-陈二"]
    assert "林一（停止了提醒，收不到）、陈二" in (await chat(campus, teacher, "班委")).text
