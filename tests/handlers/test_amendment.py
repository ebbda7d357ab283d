"""What a student reads when a notice was changed."""

from __future__ import annotations

from datetime import date, time
from typing import Any
from uuid import uuid4

from handlers.amendment import LINES, line, message
from handlers.messages import Reply
from handlers.outgoing import NOTHING_LEFT
from storage.amendments import Concern, Ending
from storage.models import Item, Notice

NOTICE = Notice(title="关于调整离校安排的补充通知", issued_on=date(2023, 5, 30))


def item(title: str = "填写档案转寄地址", **columns: Any) -> Item:
    blank: dict[str, Any] = dict.fromkeys(
        ("opens_on", "due_on", "start_time", "due_time", "due_text", "place", "contact", "department")
    )
    return Item(id=uuid4(), title=title, tentative=False, how="unknown", **{**blank, **columns})


def moved(title: str = "填写档案转寄地址", *, was: bool = True, now: bool = True) -> Concern:
    old, new = item(title, due_on=date(2023, 6, 8)), item(title, due_on=date(2023, 6, 12))
    return Concern(Ending(old, new), was, now)


def test_one_change_is_one_line_with_both_dates_and_the_source() -> None:
    said = message(NOTICE, [moved()])
    assert isinstance(said, Reply)
    assert said.text == (
        "【变更】填写档案转寄地址：6 月 8 日 → 6 月 12 日\n——《关于调整离校安排的补充通知》（2023-05-30 发布）"
    )
    assert [button.action for button in said.buttons] == ["item:page:1"]


def test_many_changes_are_one_screen() -> None:
    said = message(NOTICE, [moved(f"事项{number}") for number in range(LINES + 3)])
    assert isinstance(said, Reply)
    lines = said.text.splitlines()
    assert lines[0] == f"【变更】你有 {LINES + 3} 件事的安排变了："
    assert lines[-2] == "…… 还有 3 件，发「我的事项」看全部。"
    assert len(lines) == LINES + 3


def test_time_and_place_together() -> None:
    old = item(
        "毕业典礼", opens_on=date(2023, 6, 18), due_on=date(2023, 6, 18), start_time=time(9, 30), place="青石礼堂"
    )
    new = item("毕业典礼", opens_on=date(2023, 6, 21), due_on=date(2023, 6, 21), start_time=time(10), place="体育馆")
    said = line(Concern(Ending(old, new), True, True))
    assert said == "毕业典礼：6 月 18 日 9:30 → 6 月 21 日 10:00；地点 青石礼堂 → 体育馆"


def test_cancelled_no_longer_his_and_now_his() -> None:
    gone = Concern(Ending(item(due_on=date(2023, 6, 8)), None), True, False)
    assert line(gone) == "填写档案转寄地址：6 月 8 日 → 取消，不用办了"
    assert line(moved(now=False)) == "填写档案转寄地址：不再要求你办理"
    assert line(moved(was=False)) == "填写档案转寄地址：6 月 12 日，现在也要你办理"


def test_tentative_becomes_fixed() -> None:
    old, new = (item(due_on=date(2023, 6, 8)) for _ in range(2))
    old.tentative = True
    assert line(Concern(Ending(old, new), True, True)).endswith("6 月 8 日（暂定） → 6 月 8 日")


def test_who_is_through_with_it_hears_nothing() -> None:
    assert message(NOTICE, []) is NOTHING_LEFT
    assert message(None, [moved()]) is NOTHING_LEFT
