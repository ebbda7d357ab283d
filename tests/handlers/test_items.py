"""我的事项: what a student sees, and what he may tick off himself."""

from __future__ import annotations

from datetime import date, time
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.due import due_words, left_words, short_due_words
from handlers.items import PAGE, items
from handlers.messages import Reply
from storage.clock import due_instant, school_day
from storage.database import Database
from storage.items import ItemView, items_of, mark
from tests.fakes.campus import Campus, at, build
from tests.fakes.nobody import say

TODAY = date(2023, 6, 7)


@pytest.fixture
async def campus(sqlite: Database) -> Campus:
    made = await build(sqlite)
    await made.student("林一", loan=False)
    await made.student("陈二")
    return made


async def reply(campus: Campus, text: str = "我的事项", action: str | None = None, who: str = "林一") -> Reply:
    actor = await campus.student_actor(who)
    found = await say(items, campus.database, actor, at(9, 5), "" if action else text, action)
    assert found is not None
    return found


async def state(campus: Campus, key: str, who: str = "林一") -> str:
    async with campus.database.read() as session:
        views = await items_of(session, campus.students[who], at(9, 5))
    return next(view.status for view in views if view.key == key)


def actions(found: Reply) -> list[str]:
    return [button.action for button in found.buttons]


async def test_the_list_says_what_when_and_how(campus: Campus) -> None:
    await campus.item(
        "archive", date(2023, 6, 5), title="填报档案转寄地址", how="remote", evidence="form", form="address"
    )
    await campus.item("dorm", date(2023, 6, 10), title="退宿", how="in_person", tentative=True)
    found = await reply(campus)
    assert found.text == (
        "还有 2 件事要办，1 件已过期：\n"
        "1. ⏰ 填报档案转寄地址\n   已过期 2 天 · 6 月 5 日（周一） · 在线就能办\n"
        "2. ▫️ 退宿\n   还有 3 天 · 6 月 10 日（周六）（暂定） · 要本人到校"
    )


async def test_one_screen_a_page(campus: Campus) -> None:
    for number in range(7):
        await campus.item(f"i{number}", date(2023, 6, 10 + number))
    first, second = await reply(campus), await reply(campus, action="item:page:2")
    assert "（第 1/2 页）" in first.text
    assert actions(first)[-1] == "item:page:2"
    assert len(first.buttons) == PAGE + 1
    assert second.text.count("▫️") == 2
    assert actions(second)[-1] == "item:page:1"


@pytest.mark.parametrize(
    "action", ["item:page:99", "item:page:0", "item:page:", "item:page:x", "item:page:²", "item:page:1:1"]
)
async def test_an_odd_page_is_the_nearest_one(campus: Campus, action: str) -> None:
    await campus.item("a", TODAY)
    assert "还有 1 件事要办" in (await reply(campus, action=action)).text


async def test_an_item_tells_everything_and_one_next_step(campus: Campus) -> None:
    item = await campus.item(
        "archive", TODAY, due_time=time(18), title="填报档案转寄地址", how="remote", evidence="form", form="address",
        steps="在对话里填写收件单位。", department="学工处", contact="行政楼 201",
    )  # fmt: skip
    found = await reply(campus, action=f"item:show:{item.hex}")
    assert found.text.splitlines() == [
        "📌 填报档案转寄地址",
        "截止：6 月 7 日（周三）18:00，今天 18:00 前",
        "状态：未办",
        "怎么办：在对话里填写收件单位。",
        "方式：在线就能办",
        "找谁：学工处 行政楼 201",
        "在这里填好交给老师就行。",
    ]
    assert actions(found) == ["form:start:address", "item:page:1"]


async def test_a_returned_form_shows_the_reason_and_can_be_mended(campus: Campus) -> None:
    item = await campus.item("archive", TODAY, evidence="form", form="address")
    async with campus.database.begin() as session:
        await mark(
            session, student_id=campus.students["林一"], item_id=item, status="returned", reason="电话少一位", now=at(9)
        )
    found = await reply(campus, action=f"item:show:{item.hex}")
    assert "被退回，要修改：电话少一位" in found.text
    assert found.buttons[0].label == "修改"


async def test_self_report_and_back(campus: Campus) -> None:
    item = await campus.item("library", TODAY, title="还清图书")
    assert "item:done:" + item.hex in actions(await reply(campus, action=f"item:show:{item.hex}"))
    done = await reply(campus, action=f"item:done:{item.hex}")
    assert "不再提醒" in done.text
    assert await state(campus, "library") == "done"
    assert await state(campus, "library", "陈二") == "open"
    assert (await reply(campus)).text.startswith("全部 1 件都办好了 🎓")
    assert "撤销" in (await reply(campus, action=f"item:show:{item.hex}")).buttons[0].label
    await reply(campus, action=f"item:undo:{item.hex}")
    assert await state(campus, "library") == "open"


@pytest.mark.parametrize("evidence", [{"evidence": "form", "form": "address"}, {"evidence": "staff"}])
async def test_what_needs_other_evidence_cannot_be_ticked_off(campus: Campus, evidence: dict[str, str]) -> None:
    item = await campus.item("archive", TODAY, **evidence)
    assert "不能自己勾选" in (await reply(campus, action=f"item:done:{item.hex}")).text
    assert await state(campus, "archive") == "open"


async def test_an_item_of_others_does_not_exist(campus: Campus) -> None:
    item = await campus.item("loan", TODAY, audience={"loan": [True]})
    for action in (
        f"item:show:{item.hex}",
        f"item:done:{item.hex}",
        f"item:show:{uuid4().hex}",
        "item:show:x",
        "item:",
    ):
        assert (await reply(campus, action=action)).text == "没有找到这件事项。"


async def test_who_asks(campus: Campus) -> None:
    store, student, now = campus.database, await campus.student_actor("林一"), at(9, 5)
    nobody = await say(items, store, None, now, "我的事项")
    staff = await say(items, store, await campus.counselor(), now, "我的事项")
    assert nobody is not None
    assert "绑定" in nobody.text
    assert staff is not None
    assert actions(staff) == ["nudge:who"]
    assert await say(items, store, student, now, "档案寄到哪里") is None
    assert await say(items, store, student, now, action="form:start:address") is None
    assert (await reply(campus)).text == "现在没有要你办的事项。有新的我会告诉你。"


def view(due_on: date | None, due_time: time | None = None, **more: Any) -> ItemView:
    now = at(9, 5)
    due_at = due_instant(due_on, due_time) if due_on else None
    blank = dict.fromkeys(
        ("department", "contact", "opens_on", "due_text", "steps", "form", "notice", "quote", "reason")
    )
    values = (
        {"tentative": False, "how": "unknown", "evidence": "self", "critical": False, "status": "open"} | blank | more
    )
    overdue = due_at is not None and due_at <= now
    return ItemView(
        id=uuid4(), key="k", title="t", due_on=due_on, due_time=due_time, due_at=due_at, today=school_day(now),
        overdue=overdue, **values,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (view(TODAY), "今天截止"),
        (view(TODAY, time(18)), "今天 18:00 前"),
        (view(TODAY, time(9)), "今天 09:00 已截止"),
        (view(date(2023, 6, 8)), "明天截止"),
        (view(date(2023, 6, 10)), "还有 3 天"),
        (view(date(2023, 6, 5)), "已过期 2 天"),
        (view(None), "时间另行通知"),
        (view(None, due_text="领证当天"), "领证当天"),
    ],
)
def test_what_is_left_in_words(seen: ItemView, words: str) -> None:
    assert left_words(seen) == words


@given(st.dates(date(2023, 1, 1), date(2024, 12, 31)), st.none() | st.times(), st.booleans())
def test_words_agree_with_the_clock(day: date, clock: time | None, tentative: bool) -> None:
    seen = view(day, clock, tentative=tentative)
    words = due_words(seen)
    assert words.endswith("（暂定）") == tentative == short_due_words(seen).endswith("（暂定）")
    assert ("过期" in words or "已截止" in words) == seen.overdue
    assert f"{day.month} 月 {day.day} 日" in words
