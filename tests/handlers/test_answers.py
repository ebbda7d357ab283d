from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from handlers.answers import EMPTY, GONE, answer, answers, look, publish
from handlers.ask import NOTED, ask
from handlers.handler import Context, Handler, Refusal
from handlers.messages import Address, Incoming, Reply
from knowledge.answering import KnowledgeBase
from storage import entries, people
from storage.claims import claim
from storage.database import Database
from storage.deliveries import content_of
from storage.models import Audit
from storage.people import Actor
from tests.fakes.campus import Campus, build
from tests.fakes.nobody import Nobody

QUESTION = "学士服在哪里领"
ANSWER = "学士服 6 月 12 日起在体育馆一楼领取。"


class School:
    """A small school with one knowledge base; anybody of it may speak."""

    def __init__(self, campus: Campus, base: KnowledgeBase, now: datetime) -> None:
        self.campus, self.base, self.now = campus, base, now

    async def say(self, who: Actor, text: str = "", action: str | None = None) -> Reply:
        handler: Handler = answers if who.is_staff else ask
        message = Incoming(uuid4().hex, Address("web", who.name, who.name), text, self.now, action)
        async with self.campus.database.begin() as session:
            reply = await handler(message, Context(self.now, session, who, self.base, Nobody()))
        assert reply is not None
        return reply

    async def student(self, name: str, class_name: str = "会计1班") -> Actor:
        student_id = await self.campus.student(name, class_name)
        async with self.campus.database.read() as session:
            actor = await people.student_actor(session, student_id)
        assert actor is not None
        return actor

    async def staff(self, staff_id: UUID) -> Actor:
        async with self.campus.database.read() as session:
            actor = await people.staff_actor(session, staff_id)
        assert actor is not None
        return actor


@pytest.fixture
async def school(sqlite: Database, now: datetime, tmp_path: Path) -> School:
    campus = await build(sqlite)
    return School(campus, await KnowledgeBase.load(sqlite), now)


async def test_one_message_answers_all_who_asked_and_whoever_asks_next(school: School) -> None:
    one, two, next_one = [await school.student(name) for name in ("林一", "陈二", "赵三")]
    counselor = await school.staff(school.campus.counselors["会计1班"])
    assert NOTED in (await school.say(one, QUESTION)).text
    await school.say(two, f"{QUESTION}呢")
    listed = await school.say(counselor, "未答")
    assert "学士服" in listed.text
    assert "2 次" in listed.text
    assert "直接回复答案" in (await school.say(counselor, action=listed.buttons[0].action)).text
    done = await school.say(counselor, ANSWER)
    assert "已发给问过的 2 人" in done.text
    async with school.campus.database.begin() as session:
        rows = await claim(session, worker="w", now=school.now, limit=10)
        assert {row.student_id for row in rows} == {one.id, two.id}
        assert {row.kind for row in rows} == {"answer"}
        contents = [content_of(session, row) for row in rows]
        assert all(content and ANSWER in content.text for content in contents)
        assert [row.action for row in await session.scalars(select(Audit))] == ["entry.publish"]
    answered = await school.say(next_one, "学士服哪里领呀")
    assert ANSWER in answered.text
    assert "——辅导员答复" in answered.text
    assert (await school.say(counselor, "未答")).text == EMPTY


async def test_a_retired_answer_answers_no_more(school: School) -> None:
    student = await school.student("林一")
    counselor = await school.staff(school.campus.counselors["会计1班"])
    await school.say(student, QUESTION)
    listed = await school.say(counselor, "未答")
    await school.say(counselor, action=listed.buttons[0].action)
    await school.say(counselor, ANSWER)
    assert ANSWER in (await school.say(student, QUESTION)).text
    given = await school.say(counselor, "我的答复")
    assert "撤下" in given.buttons[0].label
    await school.say(counselor, action=given.buttons[0].action)
    assert NOTED in (await school.say(student, QUESTION)).text
    with pytest.raises(Refusal):
        await school.say(counselor, action=given.buttons[0].action)


async def test_another_counselor_sees_and_answers_none_of_it(school: School) -> None:
    student = await school.student("林一")
    classes = list(school.campus.counselors)
    mine, other = [await school.staff(school.campus.counselors[name]) for name in classes[:2]]
    stranger = await school.student("陈二", classes[1])
    await school.say(student, QUESTION)
    listed = await school.say(mine, "未答")
    assert (await school.say(other, "未答")).text == EMPTY
    with pytest.raises(Refusal, match=GONE[:6]):
        await school.say(other, action=listed.buttons[0].action)
    await school.say(mine, action=listed.buttons[0].action)
    await school.say(mine, ANSWER)
    assert NOTED in (await school.say(stranger, QUESTION)).text
    given = await school.say(mine, "我的答复")
    with pytest.raises(Refusal):
        await school.say(other, action=given.buttons[0].action)


async def test_the_writing_may_be_left(school: School) -> None:
    student = await school.student("林一")
    counselor = await school.staff(school.campus.counselors["会计1班"])
    await school.say(student, QUESTION)
    listed = await school.say(counselor, "未答")
    await school.say(counselor, action=listed.buttons[0].action)
    assert "2 到 400" in (await school.say(counselor, "嗯")).text
    assert "先不答" in (await school.say(counselor, "取消")).text
    assert "学士服" in (await school.say(counselor, "未答")).text


async def test_students_and_odd_buttons_get_nothing(school: School, now: datetime) -> None:
    student = await school.student("林一")
    office = await school.staff(school.campus.office)
    message = Incoming("1", Address("web", "a", "a"), "未答", now)
    async with school.campus.database.begin() as session:
        assert await answers(message, Context(now, session, student, school.base, Nobody())) is None
    for action in ("answer:write:xyz", f"answer:write:{uuid4().hex}", f"answer:retire:{uuid4().hex}"):
        with pytest.raises(Refusal):
            await school.say(office, action=action)


async def test_dismissed_is_off_the_list_until_it_is_asked_again(school: School) -> None:
    student = await school.student("林一")
    counselor = await school.staff(school.campus.counselors["会计1班"])
    await school.say(student, QUESTION)
    listed = await school.say(counselor, "未答")
    written = await school.say(counselor, action=listed.buttons[0].action)
    dismissing = next(button.action for button in written.buttons if button.label == "不用答")
    await school.say(counselor, action=dismissing)
    assert (await school.say(counselor, "未答")).text == EMPTY
    async with school.campus.database.begin() as session:
        assert await claim(session, worker="w", now=school.now, limit=10) == []
        noted = (await session.scalars(select(Audit).where(Audit.action == "question.dismiss"))).one()
        assert noted.detail == {"students": 1}
    with pytest.raises(Refusal):
        await school.say(counselor, action=dismissing)
    await school.say(student, QUESTION)
    assert "学士服" in (await school.say(counselor, "未答")).text


async def test_of_two_who_answer_one_tells_everybody(school: School) -> None:
    student = await school.student("林一")
    counselor, office = (
        await school.staff(school.campus.counselors["会计1班"]),
        await school.staff(school.campus.office),
    )
    await school.say(student, QUESTION)
    async with school.campus.database.begin() as session:
        context = Context(school.now, session, counselor, school.base, Nobody())
        (question,) = await look(context)
        done = await answer(context, question.id, ANSWER, wording="学士服领取")
        assert "1 人" in done.text
        other = Context(school.now, session, office, school.base, Nobody())
        with pytest.raises(Refusal):
            await publish(other, office, question, "别处领")
        (kept,) = await entries.of_staff(session, counselor)
        assert kept.asks == ("学士服领取", QUESTION)
        rows = await claim(session, worker="w", now=school.now, limit=10)
        assert [row.student_id for row in rows] == [student.id]
        noted = [row.action for row in await session.scalars(select(Audit).order_by(Audit.id))]
        assert noted == ["question.look", "entry.publish"]
        with pytest.raises(Refusal, match="2 到"):
            await answer(context, question.id, "好")
