"""Random walks through every form: whatever is said in whatever order, nothing breaks and nothing typed is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from handlers.formbook import FORMS, form_named
from storage import conversations, submissions
from storage.database import Database
from storage.models import Conversation, Submission
from tests.fakes import campus as campuses
from tests.fakes.campus import Campus
from tests.fakes.formtalk import FormTalk, picture
from tests.fakes.numbers import identity

VALUES = [
    *("重庆市渝中区人才服务中心", "王老师", "13900000001", "13900000002", "重庆市渝中区", "示范路 1 号", "400000"),
    *(
        "重庆市渝中区示范路 1 号",
        "李小山",
        "1、2",
        "5",
        "6月20日到6月28日",
        "两周",
        identity(serial=1),
        identity(serial=2),
    ),
    "收件单位：重庆市渝中区人才服务中心 收件人：王老师 电话：010-88888888",
    "档案寄到 重庆市渝中区示范路1号 重庆市渝中区人才服务中心 王老师 收 010-88888888 400000",
]
NOISE = [
    "王",
    "我家",
    "鼓楼区",
    "139",
    "=1+1",
    "宿舍几点关门？",
    "退寝时间",
    "第9项",
    "改电话",
    "电话改成abc",
    "😀",
    "。",
]
WISHES = [
    "同意",
    "不同意",
    "跳过",
    "上一步",
    "帮助",
    "看看",
    "继续",
    "确认",
    "第2项",
    "改收件人",
    "档案地址",
    "委托书",
    "我的地址",
]
ENDS = ["取消", "重新填", "撤回地址", "撤销委托"]

words = st.sampled_from(VALUES + NOISE + WISHES) | st.text(max_size=12)
pressed = st.integers(0, 6).map(lambda number: ("button", number))
walks = st.lists(words.map(lambda text: ("say", text)) | pressed | st.just(("photo", 0)), max_size=14)


@dataclass
class Walk:
    """One person and what the row says about him."""

    campus: Campus
    talk: FormTalk

    async def step(self, kind: str, what: Any) -> None:
        if kind == "say":
            await self.talk.say(what)
        elif kind == "photo":
            await self.talk.send(picture(240, 240))
        elif self.talk.last and self.talk.last.buttons:
            buttons = self.talk.last.buttons
            await self.talk.act(buttons[what % len(buttons)].action)

    async def drafts(self) -> dict[str, dict[str, Any]]:
        async with self.campus.database.read() as session:
            state = await conversations.load(session, self.talk.address)
            return state.data["drafts"] if state else {}

    async def forget(self) -> None:
        async with self.campus.database.begin() as session:
            await session.execute(delete(Conversation))
            await session.execute(delete(Submission))
        self.talk.last = None


@pytest.fixture
async def walk(sqlite: Database, tmp_path: Path, now: datetime) -> Walk:
    campus = await campuses.build(sqlite)
    await campus.student("王小川")
    return Walk(campus, FormTalk(sqlite, tmp_path / "files", now, "web-王小川"))


def _answers(drafts: dict[str, dict[str, Any]]) -> dict[tuple[str, str], str]:
    return {(name, key): value for name, draft in drafts.items() for key, value in draft["answers"].items()}


relaxed = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@relaxed
@given(st.sampled_from(FORMS), walks)
async def test_no_walk_breaks_a_form(walk: Walk, form: Any, steps: list[tuple[str, Any]]) -> None:
    await walk.forget()
    await walk.talk.say(form.triggers[0])
    for kind, what in steps:
        await walk.step(kind, what)
        if walk.talk.last:
            assert len(walk.talk.last.text) < 1200, "one phone screen"
    async with walk.campus.database.read() as session:
        for handed in await submissions.of_student(session, walk.campus.students["王小川"]):
            _is_clean(handed)


def _is_clean(handed: submissions.Handed) -> None:
    """What was handed in is complete, and every value is what its field would make of it."""
    form = form_named(handed.form)
    assert form is not None
    assert form.next_step(handed.answers) is None
    for step in form.shown(handed.answers):
        value = handed.answers[step.key]
        if value and not step.file and step.key != "period":
            assert step.clean(value) == value


@relaxed
@given(st.sampled_from(FORMS), st.lists(st.sampled_from(VALUES + NOISE + WISHES), max_size=14))
async def test_nothing_typed_is_lost_by_words(walk: Walk, form: Any, said: list[str]) -> None:
    """Answers may change, but none disappears, until the form is handed in or given up."""
    await walk.forget()
    await walk.talk.say(form.triggers[0])
    for text in said:
        before = _answers(await walk.drafts())
        await walk.talk.say(text)
        after = _answers(await walk.drafts())
        if walk.talk.last and "已提交" in walk.talk.last.text:
            continue
        lost = {key for key in before if key not in after and key[1] != "photo"}
        assert not lost, f"{text!r} lost {lost}"


@pytest.mark.parametrize("word", ENDS)
async def test_words_that_end_are_the_only_ones_that_take_away(walk: Walk, word: str) -> None:
    await walk.talk.say("档案地址")
    await walk.talk.say("重庆市渝中区人才服务中心")
    await walk.talk.say(word)
    kept = ("address", "receiver") in _answers(await walk.drafts())
    assert kept is (word in ("撤回地址", "撤销委托"))
