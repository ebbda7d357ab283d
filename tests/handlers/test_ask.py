from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from handlers.alarm import care
from handlers.ask import CHANGED, HELLO, NOTED, THANKS, answer_question, ask
from handlers.handler import Context
from handlers.messages import Address, Incoming, Reply
from knowledge.answering import KnowledgeBase
from storage import groups, roll, unanswered
from storage.database import Database
from storage.models import School
from storage.people import Actor
from tests.fakes import bulletin
from tests.fakes.campus import COHORT, build
from tests.fakes.nobody import Nobody

HERE = Address("web", "c", "c")


class Chat:
    """One student's chat with the last handler only."""

    def __init__(self, database: Database, base: KnowledgeBase, actor: Actor, now: datetime) -> None:
        self.database, self.base, self.actor, self.now = database, base, actor, now

    async def say(self, text: str = "", action: str | None = None, handler: object = ask) -> Reply | None:
        message = Incoming(uuid4().hex, HERE, text, self.now, action)
        async with self.database.begin() as session:
            context = Context(self.now, session, self.actor, self.base, Nobody())
            if handler is answer_question:
                return await answer_question(text, message, context)
            return await (care if handler is care else ask)(message, context)

    async def tell(self, text: str = "", action: str | None = None) -> Reply:
        reply = await self.say(text, action)
        assert reply is not None
        return reply


@pytest.fixture
async def chat(sqlite: Database, tmp_path: Path, now: datetime) -> Chat:
    async with sqlite.begin() as session:
        school_id = await bulletin.publish(session, tmp_path, now)
    actor = Actor(uuid4(), school_id, "office", "某老师", bulletin.SCHOOL)
    return Chat(sqlite, await KnowledgeBase.load(sqlite), actor, now)


async def test_a_question_is_answered_with_its_source(chat: Chat) -> None:
    reply = await chat.tell("档案转寄地址什么时候填完")
    assert "6 月 8 日前" in reply.text
    assert "——《2023 届毕业生离校工作通知》" in reply.text


async def test_more_unfolds_what_stands_beside(chat: Chat) -> None:
    reply = await chat.tell("档案能自己带走吗")
    assert [button.label for button in reply.buttons] == ["更多"]
    more = await chat.tell(action=reply.buttons[0].action)
    assert "6 月 8 日前" in more.text
    assert "——《" in more.text
    assert (await chat.tell(action="more:nothing")).text == CHANGED


async def test_a_vague_question_gets_choices_to_press(chat: Chat) -> None:
    reply = await chat.tell("档案咋弄")
    assert reply.text.startswith("你问的可能是")
    assert len(reply.buttons) > 1
    for button in reply.buttons:
        assert "——《" in (await chat.tell(action=button.action)).text


async def test_the_turn_before_is_remembered(chat: Chat) -> None:
    await chat.tell("生源地贷款在哪确认")
    assert "6 月 10 日" in (await chat.tell("那截止呢")).text


async def test_what_is_not_there_is_kept_for_the_teachers(chat: Chat) -> None:
    reply = await chat.tell("学士服在哪里领")
    assert NOTED in reply.text
    async with chat.database.read() as session:
        waiting = await unanswered.waiting(session, chat.actor)
    assert [group.text for group in waiting] == ["学士服在哪里领"]


async def test_the_nearest_questions_are_buttons_that_survive_a_restart(chat: Chat) -> None:
    reply = await chat.tell("档案要寄到国外的话能办吗多少钱")
    assert reply.buttons
    assert all(len(button.action.encode()) <= 64 for button in reply.buttons)
    chat.base = await KnowledgeBase.load(chat.database)
    pressed = await chat.tell(action=reply.buttons[0].action)
    assert "——《" in pressed.text


async def test_other_buttons_are_not_mine(chat: Chat) -> None:
    assert await chat.say(action="form:confirm") is None
    assert await chat.say("   ") is None


@pytest.mark.parametrize(
    ("text", "said"), [("你好", HELLO), ("在吗？", HELLO), ("谢谢老师", THANKS), ("谢谢！", THANKS)]
)
async def test_small_talk(chat: Chat, text: str, said: str) -> None:
    assert (await chat.tell(text)).text == said


async def test_distress_comes_first_and_is_not_kept(chat: Chat) -> None:
    first = await chat.say("我不想活了", handler=care)
    assert first is not None
    assert "12356" in first.text
    assert (await chat.tell("我不想活了")).text == first.text
    async with chat.database.read() as session:
        assert await unanswered.waiting(session, chat.actor) == []
    assert await chat.say("档案什么时候寄", handler=care) is None


async def test_in_the_middle_of_a_form_only_questions_that_have_an_answer(chat: Chat) -> None:
    answered = await chat.say("档案能自己带走吗？", handler=answer_question)
    assert answered is not None
    assert "不得自行携带" in answered.text
    assert await chat.say("重庆市渝中区某某路 1 号", handler=answer_question) is None
    assert await chat.say("学士服在哪里领？", handler=answer_question) is None


async def test_a_stranger_may_ask_too(chat: Chat, sqlite: Database, now: datetime) -> None:
    message = Incoming("1", HERE, "典礼在哪里开", now)
    async with sqlite.begin() as session:
        reply = await ask(message, Context(now, session, None, chat.base, Nobody()))
    assert reply is not None
    assert "青石礼堂" in reply.text


async def test_a_question_in_a_group_is_answered_for_its_class(sqlite: Database, tmp_path: Path, now: datetime) -> None:
    """Whoever asks there: what holds is what holds for the class whose group it is; elsewhere no school is meant."""
    campus = await build(sqlite)
    other = bulletin.TEXT.replace("云山学院", "海岸学院").replace("6 月 8 日", "5 月 28 日")
    async with sqlite.begin() as session:
        name = await session.scalar(select(School.name).where(School.id == campus.school_id))
        assert name is not None
        await bulletin.publish(
            session, tmp_path, now, text=bulletin.TEXT.replace("云山学院", name), school=name, name="ours.md"
        )
        strangers = await bulletin.publish(session, tmp_path, now, text=other, school="海岸学院", name="theirs.md")
        theirs = await roll.add_class(session, school_id=strangers, cohort=COHORT, college="商学院", name="电商1班")
        await groups.bind(session, "telegram", "-1", class_id=campus.classes["会计1班"], by=None, now=now)
        await groups.bind(session, "telegram", "-2", class_id=theirs, by=None, now=now)
    base = await KnowledgeBase.load(sqlite)

    async def said(group: str) -> str:
        message = Incoming(uuid4().hex, Address("telegram", group, "42"), "档案转寄地址什么时候填完", now)
        async with sqlite.begin() as session:
            reply = await ask(message, Context(now, session, None, base, Nobody(), is_group=True))
        assert reply is not None
        return reply.text

    assert "6 月 8 日前" in await said("-1")
    assert "5 月 28 日前" in await said("-2")
    assert "5 月 28 日" not in await said("-1")
