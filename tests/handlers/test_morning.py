"""The staff digest: one a day, in numbers, of his own classes only, and only if there is something."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event

from bot import clockwork
from bot.delivery import Sender
from handlers.morning import staff_digest
from handlers.outgoing import NOTHING_LEFT
from storage import submissions, unanswered
from storage.bindings import Owner, bind
from storage.database import Database
from storage.people import Place
from storage.summary import Summary, summaries
from tests.fakes.campus import Campus, at, build
from tests.fakes.line import PageLine

TODAY = date(2023, 6, 7)
DAY = timedelta(days=1)


@pytest.fixture
async def campus(database: Database) -> Campus:
    """Two counselors, both at the web; 林一 and 赵四 (not bound) are late, 何三 of the other class is not."""
    made = await build(database)
    for name, class_name, bound in [
        ("林一", "会计1班", "telegram"),
        ("赵四", "会计1班", None),
        ("何三", "护理2班", "telegram"),
    ]:
        await made.student(name, class_name, bind=bound)
    await made.item("address", TODAY - 2 * DAY, title="填报档案转寄地址", audience={"class": ["会计1班"]})
    await made.item("books", TODAY + 30 * DAY, title="还清图书")
    async with database.begin() as session:
        for name, staff_id in made.counselors.items():
            await bind(session, Place("web", name, name), Owner(staff_id=staff_id), at(8))
    return made


async def ask(campus: Campus, name: str, question: str) -> None:
    async with campus.database.begin() as session:
        student = campus.students[name]
        await unanswered.collect(
            session, school_id=campus.school_id, student_id=student, question=question, core=question, now=at(8)
        )


async def tick(campus: Campus, hour: int = 9, day: date = TODAY) -> list[tuple[str, str]]:
    line = PageLine()
    await clockwork.tick(campus.database, Sender(campus.database, {"web": line}, elapsed=lambda: 0.0), at(hour, 5, day))
    return [(chat, reply.text) for chat, reply in line.said]


async def test_numbers_of_ones_own_classes_once_a_day(campus: Campus) -> None:
    await ask(campus, "林一", "毕业照几点拍")
    await ask(campus, "赵四", "毕业照几点拍")
    async with campus.database.begin() as session:
        student = campus.students["林一"]
        await submissions.hand_in(session, student_id=student, form="address", answers={}, now=at(8))
    [(chat, text)] = await tick(campus)
    assert chat == "会计1班"
    assert text == (
        "周老师，早上好。今天的班级情况：\n"
        "⏰ 逾期 2 人：会计1班 2 人\n   填报档案转寄地址 2 人\n"
        "📨 待审材料 1 份\n"
        "❓ 待答的问题 1 个\n"
        "📞 该打电话的 1 人\n"
        "🔕 还有事没办、又收不到消息的 1 人"
    )
    assert await tick(campus, 12) == []
    assert len(await tick(campus, day=TODAY + DAY)) == 1


async def test_the_other_counselor_has_nothing_until_there_is_something(campus: Campus) -> None:
    await ask(campus, "何三", "毕业照几点拍")
    said = dict(await tick(campus))
    assert "待答的问题 1 个" in said["护理2班"]
    assert "逾期" not in said["护理2班"]


async def test_the_queries_do_not_grow_with_the_counselors(campus: Campus) -> None:
    async def queries(staff: list[UUID]) -> int:
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        engine = campus.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", counted)
        async with campus.database.read() as session:
            await summaries(session, staff, at(9))
        event.remove(engine, "before_cursor_execute", counted)
        return count

    both = list(campus.counselors.values())
    assert await queries(both[:1]) == await queries(both) > 5


def test_nothing_is_not_said() -> None:
    assert staff_digest(Summary("周老师", (), (), 0, 0, 5, 0)) is NOTHING_LEFT


def test_a_screen_at_most_and_the_way_to_the_console() -> None:
    many = tuple((f"会计{n}班", 30) for n in range(20))
    found = staff_digest(Summary("周老师", many, many, 3, 2, 5, 4), "https://lixiao.example/")
    assert not isinstance(found, type(NOTHING_LEFT))
    assert "等 20 个班" in found.text
    assert found.text.endswith("工作台：https://lixiao.example/work")
    assert len(found.text) < 400
    assert [button.action for button in found.buttons] == [
        *("nudge:ask", "nudge:who", "review:list:0", "call:list", "answer:list")
    ]
