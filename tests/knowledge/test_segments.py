"""Which stretch of a sentence is one task, and what a table row says with hours of their own."""

from __future__ import annotations

from datetime import date, time

import pytest

from knowledge.blocks import ROW, Block
from knowledge.dates import Base
from knowledge.rows import role_of_row, times_of_row
from knowledge.segments import segments
from knowledge.when import When

BASE = Base(2031, date(2031, 5, 6))


def texts(sentence: str) -> list[str]:
    return [text for text, _ in segments(sentence, BASE)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("辅导员6月9日前整理，学院6月14日前检查。", ["辅导员6月9日前整理", "学院6月14日前检查。"]),
        ("学生登录系统确认，截止时间为6月8日。", ["学生登录系统确认，截止时间为6月8日。"]),
        ("6月1日起开放登记，8月31日截止。", ["6月1日起开放登记", "8月31日截止。"]),
        ("办法于4月28日印发。", []),
        ("6月30日前不要注销银行卡。", []),
        ("遇雨顺延至5月21日。", []),
        ("对离校前尚未转正的党员，支部要做好登记。", []),
        ("由教务处另行安排。", []),
        ("具体时间另行通知。", ["具体时间另行通知。"]),
    ],
)
def test_stretches(sentence: str, expected: list[str]) -> None:
    assert texts(sentence) == expected


def when(sentence: str) -> When:
    ((_, times),) = segments(sentence, BASE)
    return When.of(times)


def test_listed_days_are_one_period() -> None:
    assert (when("6月19日、20日退宿。").opens_on, when("6月19日、20日退宿。").due_on) == (
        date(2031, 6, 19),
        date(2031, 6, 20),
    )


def test_hours() -> None:
    found = when("6月9日下午2点半至4点半办理校友卡。")
    assert (found.start_time, found.due_time) == (time(14, 30), time(16, 30))
    found = when("6月8日下班前报送。")
    assert (found.opens_on, found.due_on, found.is_deadline) == (None, date(2031, 6, 8), True)


def row(**cells: str) -> Block:
    return Block(ROW, "；".join(f"{name}：{value}" for name, value in cells.items()), cells=cells)


def test_hours_in_a_column_of_their_own() -> None:
    made = row(日期="6月9日", 时间="上午8:30-11:30", 内容="学位服发放", 参加人员="各班班长")
    found = When.of(times_of_row(made, BASE))
    assert (found.due_on, found.start_time, found.due_time) == (date(2031, 6, 9), time(8, 30), time(11, 30))
    assert role_of_row(made.cells, []) == "class"


def test_a_limit_in_a_column_of_its_own() -> None:
    found = When.of(times_of_row(row(日期="6月20日", 时间="12:00前", 内容="退宿"), BASE))
    assert (found.opens_on, found.due_on, found.due_time, found.is_deadline) == (
        None,
        date(2031, 6, 20),
        time(12),
        True,
    )


def test_bare_days_of_a_time_column() -> None:
    found = When.of(times_of_row(row(事项="还书", 办理时间="6.12"), BASE))
    assert found.due_on == date(2031, 6, 12)
    assert not times_of_row(row(事项="还书", 版本="6.12"), BASE)
