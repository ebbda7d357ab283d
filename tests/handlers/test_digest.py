"""The digest: the ladder as data, overdue first, one screen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from handlers.digest import LINES, digest, on_ladder
from handlers.messages import Button, Reply
from handlers.outgoing import NOTHING_LEFT
from storage.clock import due_instant
from storage.items import ItemView
from tests.fakes.campus import at

TODAY = date(2023, 6, 7)
DAY = timedelta(days=1)


def view(left: int | None = 0, **more: Any) -> ItemView:
    due_on = None if left is None else TODAY + left * DAY
    due_at = due_instant(due_on, None) if due_on else None
    blank = dict.fromkeys(
        ("department", "contact", "opens_on", "due_time", "due_text", "steps", "form", "notice", "quote", "reason")
    )
    plain = {"tentative": False, "how": "unknown", "evidence": "self", "critical": False, "status": "open"}
    values = blank | plain | {"title": f"事项 {left}", "key": "k"} | more
    overdue = due_at is not None and due_at <= at(9)
    return ItemView(id=uuid4(), due_on=due_on, due_at=due_at, today=TODAY, overdue=overdue, **values)


@pytest.mark.parametrize(
    ("left", "reminded"),
    [
        *((8, False), (7, True), (6, False), (3, True), (2, False), (1, True), (0, True)),
        *((-1, True), (-2, False), (-3, True), (-29, True), (-30, False), (-31, False)),
    ],
)
def test_the_ladder(left: int, reminded: bool) -> None:
    assert on_ladder(None, TODAY + left * DAY, TODAY) == reminded
    assert on_ladder(TODAY - 60 * DAY, TODAY + left * DAY, TODAY) == reminded


def test_what_opens_today_is_told_and_what_is_not_open_yet_is_not() -> None:
    assert on_ladder(TODAY, TODAY + 30 * DAY, TODAY)
    assert on_ladder(TODAY, None, TODAY)
    assert not on_ladder(TODAY + DAY, TODAY + 3 * DAY, TODAY)
    assert not on_ladder(None, None, TODAY)


@pytest.mark.parametrize("status", ["done", "waived", "handed_in"])
def test_nothing_left_is_nothing_to_say(status: str) -> None:
    assert digest([view(0, status=status), view(None), view(5)]) is NOTHING_LEFT


def test_the_picture_is_whole_and_the_rest_is_counted() -> None:
    found = digest(
        [view(-2), view(1, form="address", evidence="form", title="填报地址"), view(5), view(20), view(None)]
    )
    assert isinstance(found, Reply)
    assert found.text == (
        "早上好，有 3 件离校事项等你办，其中 1 件已过期：\n"
        "1. ⏰ 事项 -2\n   已过期 2 天 · 6 月 5 日（周一）\n"
        "2. 📌 填报地址\n   明天截止 · 6 月 8 日（周四）\n"
        "3. ▫️ 事项 5\n   还有 5 天 · 6 月 12 日（周一）\n"
        "另有 2 件不急，发「我的事项」看全部。"
    )
    assert found.buttons == (Button("现在填：填报地址", "form:start:address"), Button("我的事项", "item:page:1"))


def test_one_screen_however_much_there_is() -> None:
    found = digest([view(0, title="很长的事项名" * 3) for _ in range(40)])
    assert isinstance(found, Reply)
    assert f"…… 还有 {40 - LINES} 件" in found.text
    assert len(found.text) < 600
