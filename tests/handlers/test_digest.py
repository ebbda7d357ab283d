"""The digest: the ladder as data, overdue first, one screen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from handlers.digest import LINES, digest
from handlers.messages import Button, Reply
from handlers.outgoing import NOTHING_LEFT
from storage.clock import due_instant
from storage.items import ItemView
from storage.reminders import Standing
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
    assert found.buttons == (
        Button("现在填：填报地址", "form:start:address"),
        Button("我的事项", "item:page:1"),
        Button("稍后提醒", "remind:later"),
    )


def test_one_screen_however_much_there_is() -> None:
    found = digest([view(0, title="很长的事项名" * 3) for _ in range(40)])
    assert isinstance(found, Reply)
    assert f"…… 还有 {40 - LINES} 件" in found.text
    assert len(found.text) < 600


# --- what he decided himself -----------------------------------------------------------------------------------------


def test_what_was_missed_yesterday_is_told_today_unless_a_digest_told_it() -> None:
    missed = [view(6)]
    assert isinstance(digest(missed), Reply)
    assert digest(missed, standing=Standing(told_on=TODAY - DAY)) is NOTHING_LEFT
    assert isinstance(digest(missed, standing=Standing(told_on=TODAY - 2 * DAY)), Reply)


def test_what_is_put_off_is_left_out_until_its_day() -> None:
    loan, books = view(3, title="还款计划"), view(0, title="还清图书")
    slept = Standing(snoozes={loan.id: TODAY + DAY})
    assert digest([loan], standing=slept) is NOTHING_LEFT
    found = digest([loan, books], standing=slept)
    assert isinstance(found, Reply)
    assert "还清图书" in found.text
    assert "还款计划" not in found.text
    woken = view(5, title="还款计划")
    found = digest([woken], standing=Standing(snoozes={woken.id: TODAY}, told_on=TODAY - DAY))
    assert isinstance(found, Reply)
    assert "还款计划" in found.text


def test_nothing_is_put_off_beyond_the_day_before() -> None:
    """Also where the date was moved nearer after he had put it off."""
    tomorrow = view(1)
    assert isinstance(digest([tomorrow], standing=Standing(snoozes={tomorrow.id: TODAY + 9 * DAY})), Reply)


def test_stopped_means_only_what_is_critical_and_says_so() -> None:
    plain, critical = view(0, title="还清图书"), view(-1, title="填报地址", critical=True)
    assert digest([plain], standing=Standing(muted=True)) is NOTHING_LEFT
    found = digest([plain, critical], standing=Standing(muted=True))
    assert isinstance(found, Reply)
    assert "填报地址" in found.text
    assert "还清图书" not in found.text
    assert "你停止了提醒" in found.text


def test_what_is_critical_and_overdue_is_on_the_screen_whatever_else_there_is() -> None:
    found = digest([*(view(-9 - n) for n in range(LINES)), view(-1, title="填报地址", critical=True)])
    assert isinstance(found, Reply)
    assert "1. ⏰ 填报地址" in found.text


def test_the_committee_hears_a_number_and_nothing_else() -> None:
    found = digest([view(20)], classmates=3)
    assert isinstance(found, Reply)
    assert found.text.startswith("你是班委：班里还有 3 位同学")
    assert "事项 20" not in found.text
    both = digest([view(0)], classmates=3)
    assert isinstance(both, Reply)
    assert both.text.startswith("早上好")
    assert "班里还有 3 位同学" in both.text
    assert digest([view(20)], standing=Standing(muted=True), classmates=3) is NOTHING_LEFT
