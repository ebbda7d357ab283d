"""没送到: who, why, once more; each within his scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from handlers.deadletters import dead_letters, retry
from handlers.handler import Context, Refusal
from handlers.messages import Address, Incoming, Reply
from storage import deadletters
from storage.claims import begin, claim, settle
from storage.database import Database
from storage.deliveries import Outcome, enqueue
from storage.people import Actor
from tests.fakes.campus import Campus, build

OFFICE = Address("web", "office", "office")


@dataclass
class House:
    """Two students of two classes; a message to each did not arrive."""

    campus: Campus
    now: datetime

    async def say(self, actor: Actor, text: str = "", action: str | None = None) -> Reply | None:
        async with self.campus.database.begin() as session:
            message = Incoming("1", OFFICE, text, self.now, action=action)
            return await dead_letters(message, self.context(session, actor))

    def context(self, session: Any, actor: Actor) -> Context:
        return Context(now=self.now, session=session, actor=actor, answerer=None, files=None)  # type: ignore[arg-type]


@pytest.fixture
async def house(database: Database, now: datetime) -> House:
    campus = await build(database)
    await campus.student("林一")
    await campus.student("陈二", "护理2班")
    async with database.begin() as session:
        for name, student in campus.students.items():
            await enqueue(session, key=name, kind="notice", now=now, student_id=student, text="…")
        rows = await claim(session, worker="w", now=now, limit=9)
        await begin(session, [row.id for row in rows], worker="w", now=now)
        ended = [Outcome(row.id, "failed", "unreachable: blocked", channel="telegram") for row in rows]
        await settle(session, ended, worker="w", now=now)
    return House(campus, now)


async def test_the_office_sees_the_school_and_a_counselor_his_class(house: House) -> None:
    everything = await house.say(await house.campus.office_actor(), "没送到")
    his = await house.say(await house.campus.counselor(), "没送到")
    assert everything is not None
    assert his is not None
    assert everything.text.startswith("有 2 条没有送到：")
    assert "林一（会计1班）失败：对方屏蔽了机器人" in his.text
    assert "陈二" not in his.text


async def test_once_more_only_what_is_his(house: House) -> None:
    counselor, office = await house.campus.counselor(), await house.campus.office_actor()
    reply = await house.say(counselor, action="dead:retry")
    assert reply is not None
    assert reply.text == "已重新排队 1 条，一天内有效。"
    left = await house.say(office, "没送到")
    assert left is not None
    assert "林一" not in left.text


async def test_every_attempt_can_be_looked_at(house: House) -> None:
    office = await house.campus.office_actor()
    async with house.campus.database.read() as session:
        found = await deadletters.letters(session, office, house.now)
        tried = await deadletters.tries(session, office, found[0].id)
        counted = await deadletters.reasons(session, office, house.now)
    assert [(one.channel, one.outcome, one.reason) for one in tried] == [("telegram", "failed", "unreachable: blocked")]
    assert counted == [("failed", "unreachable: blocked", 2)]


async def test_a_student_has_no_part_in_it(house: House) -> None:
    student = await house.campus.student_actor("林一")
    assert await house.say(student, "没送到") is None
    async with house.campus.database.begin() as session:
        with pytest.raises(Refusal):
            await retry(house.context(session, student))
