"""Weekdays that don't fit and working days nobody can count yet are said to the person who reviews."""

from __future__ import annotations

from datetime import date

from knowledge.dates import Base, find_times
from knowledge.lines import pieces_of_lines
from knowledge.reading import document_of

HEAD = "江南示范学院\n\n关于{year}届毕业生离校的通知\n\n"


def problems(year: int, text: str) -> tuple[str, ...]:
    source = f"{HEAD.format(year=year)}{text}\n\n江南示范学院\n\n{year}年5月6日\n"
    return document_of(pieces_of_lines(source), "通知.txt").problems


def test_a_printed_weekday_that_does_not_fit() -> None:
    (problem,) = problems(2026, "请于6月8日（周二）前填写，6月9日（周二）前审核。")
    assert "6月8日（周二）前" in problem
    assert "2026 年 6 月 8 日是周一" in problem


def test_both_ends_of_a_period_are_checked() -> None:
    (problem,) = problems(2026, "办理时间为6月8日（周一）至6月12日（星期六）。")
    assert "6 月 12 日是周五" in problem


def test_working_days_of_a_year_that_is_not_known() -> None:
    (problem,) = problems(2031, "毕业典礼时间为6月26日。请在毕业典礼前三个工作日领取学位服。")
    assert "2031 年的放假安排还不知道" in problem


def test_working_days_leave_out_the_dragon_boat_holiday() -> None:
    base = Base(2026, date(2026, 5, 6), {"毕业典礼": (date(2026, 6, 24), date(2026, 6, 24))})
    (found,) = find_times("毕业典礼前三个工作日", base)
    assert (found.kind, found.end, found.is_deadline) == ("deadline_rel", date(2026, 6, 18), True)
