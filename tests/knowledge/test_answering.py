from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge import safety
from knowledge.answer import Answer
from knowledge.answering import KnowledgeBase, answer_from
from knowledge.shelf import Shelf
from storage.database import Database
from tests.fakes import bulletin

TODAY = date(2023, 5, 20)


class Desk:
    """Asks one school's knowledge base."""

    def __init__(self, database: Database, base: KnowledgeBase, school_id: UUID) -> None:
        self.database, self.base, self.school_id = database, base, school_id

    async def ask(self, question: str, *history: str, today: date = TODAY, school: bool = True) -> Answer:
        async with self.database.read() as session:
            return await self.base.ask(
                session, question, school_id=self.school_id if school else None, today=today, history=history
            )


@pytest.fixture
async def desk(sqlite: Database, tmp_path: Path, now: datetime) -> AsyncIterator[Desk]:
    async with sqlite.begin() as session:
        school_id = await bulletin.publish(session, tmp_path, now)
    return Desk(sqlite, await KnowledgeBase.load(sqlite), school_id)


async def test_the_sentence_then_what_limits_it_then_the_source(desk: Desk) -> None:
    answer = await desk.ask("档案转寄地址什么时候填完")
    lines = answer.text.splitlines()
    assert "6 月 8 日前" in lines[0]
    assert lines[1] == "逾期未填写的，档案转回生源地。"
    assert lines[-1] == "——《2023 届毕业生离校工作通知》 · 档案转寄 · 2023届 · 2023-05-10 发布"
    assert answer.sources[0].section[-1].endswith("档案转寄")


async def test_a_tentative_time_is_called_tentative(desk: Desk) -> None:
    answer = await desk.ask("毕业典礼是哪天")
    assert answer.tentative
    assert "时间为暂定，以后续通知为准。" in answer.text


async def test_a_past_cohort_is_called_past(desk: Desk) -> None:
    assert "这是 2023 届的安排" in (await desk.ask("毕业典礼是哪天", today=date(2024, 5, 1))).text
    assert "这是 2023 届的安排" not in (await desk.ask("毕业典礼是哪天")).text


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("挡案能自己带走吗", "不得自行携带"),
        ("shengyuandi daikuan 确认到几号", "6 月 10 日"),
        ("典礼几点开始", "9:30"),
        ("书丢了怎么办", "照价赔偿"),
        ("人不在学校能找人代办吗", "委托他人办理"),
        ("档案没收到打哪个电话", "023-60000000"),
    ],
)
async def test_other_words_and_spellings(desk: Desk, question: str, holds: str) -> None:
    answer = await desk.ask(question)
    assert holds in answer.text
    assert not answer.abstained


async def test_a_follow_up_uses_the_turn_before(desk: Desk) -> None:
    answer = await desk.ask("那截止呢", "生源地贷款在哪确认")
    assert "6 月 10 日" in answer.text


async def test_two_questions_get_two_answers(desk: Desk) -> None:
    answer = await desk.ask("毕业典礼几号，生源地贷款几号截止")
    assert "6 月 18 日" in answer.text
    assert "6 月 10 日" in answer.text


async def test_a_bare_question_gets_a_choice(desk: Desk) -> None:
    answer = await desk.ask("几号截止")
    assert answer.clarify
    assert "6 月 8 日" in answer.text
    assert "6 月 10 日" in answer.text


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("2024届毕业典礼是几号", "没有 2024 年的安排"),
        ("明年典礼几号", "没有 明年的安排"),
        ("武汉大学离校手续几号办", "我这里没有武汉大学的通知"),
        ("奖学金什么时候发", "通知里没有写到奖学金"),
        ("专升本录取结果什么时候出", "通知里没有写到专升本"),
        ("退学怎么办", "通知里没有写到退学"),
        ("保研名额什么时候公布", "通知里没有写到保研"),
        ("今天天气怎么样", "通知里没有写到这个"),
    ],
)
async def test_what_is_not_there_is_not_answered(desk: Desk, question: str, why: str) -> None:
    answer = await desk.ask(question)
    assert answer.abstained
    assert answer.sources == ()
    assert why in answer.text
    assert len(answer.nearest) <= 3


async def test_care_comes_before_the_notices(desk: Desk) -> None:
    answer = await desk.ask("我不想活了，毕业证也拿不到")
    assert answer.safety == "distress"
    assert answer.sources == ()
    assert "12356" in answer.text


async def test_the_school_may_be_named_in_the_question(desk: Desk, tmp_path: Path, now: datetime) -> None:
    other = bulletin.TEXT.replace("云山学院", "首都体育学院").replace("6 月 20 日", "6 月 25 日")
    async with desk.database.begin() as session:
        await bulletin.publish(session, tmp_path, now, text=other, school="首都体育学院", name="other.md")
    answer = await desk.ask("首体离校手续什么时候办", school=False)
    assert "6 月 25 日" in answer.text


async def test_what_is_published_later_is_answered_at_once(desk: Desk, tmp_path: Path, now: datetime) -> None:
    assert (await desk.ask("学士服在哪里领")).abstained
    more = "# 云山学院\n\n# 2023 届学士服发放通知\n\n## 一、领取\n\n学士服在体育馆一楼领取。\n\n2023 年 5 月 20 日\n"
    async with desk.database.begin() as session:
        await bulletin.publish(session, tmp_path, now, text=more, name="more.md")
    assert "体育馆一楼" in (await desk.ask("学士服在哪里领")).text


async def test_before_anything_is_published_nothing_is_answered(sqlite: Database) -> None:
    base = await KnowledgeBase.load(sqlite)
    async with sqlite.read() as session:
        answer = await base.ask(session, "档案什么时候寄", school_id=None, today=TODAY)
    assert answer.abstained


async def test_a_wrong_school_is_not_another_schools_answer(desk: Desk) -> None:
    async with desk.database.read() as session:
        answer = await desk.base.ask(session, "毕业典礼几号", school_id=UUID(int=1), today=TODAY)
    assert answer.abstained


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(question=st.text(max_size=60), history=st.lists(st.text(max_size=20), max_size=2))
async def test_odd_input_never_raises(question: str, history: list[str]) -> None:
    answer_from(Shelf([]), question, today=TODAY, history=tuple(history))


async def test_who_sighs_while_he_asks_is_answered_and_offered_help(desk: Desk) -> None:
    answer = await desk.ask("好累啊，毕业典礼是哪天")
    assert "暂定" in answer.text
    assert answer.text.endswith(safety.COMFORT)
    assert answer.safety is None
    sigh = await desk.ask("这个表填得我想死")
    assert sigh.safety == safety.STRAIN
    assert "12356" in sigh.text


async def test_distress_is_never_looked_up(desk: Desk) -> None:
    answer = await desk.ask("不想活了，毕业典礼是哪天")
    assert answer.safety == "distress"
    assert not answer.sources
