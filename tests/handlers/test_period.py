"""Periods as people write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.fields import Invalid
from handlers.period import bounds, period, spoken

TODAY = date(2023, 6, 7)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("6月20日到6月28日", "2023-06-20/2023-06-28"),
        ("6.20-6.28", "2023-06-20/2023-06-28"),
        ("6/20～6/28", "2023-06-20/2023-06-28"),
        ("2023-06-20 至 2023-06-28", "2023-06-20/2023-06-28"),
        ("２０２３年６月２０日——７月１日", "2023-06-20/2023-07-01"),
        ("6月20日起到28日止", "2023-06-20/2023-06-28"),
        ("从明天起两周", "2023-06-08/2023-06-21"),
        ("今天到6月30号", "2023-06-07/2023-06-30"),
        ("一个月", "2023-06-07/2023-07-06"),
        ("10天", "2023-06-07/2023-06-16"),
        ("从6月20日起7天", "2023-06-20/2023-06-26"),
        ("12月20日到1月5日", "2023-12-20/2024-01-05"),
    ],
)
def test_people_write_periods_like_this(said: str, kept: str) -> None:
    assert period(said, TODAY) == kept


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("6月28日到6月20日", "之前"),
        ("2022.1.1-2022.1.2", "过去"),
        ("6月31日到7月1日", "没有这一天"),
        ("2023-06-20 到 2025-06-20", "一年"),
        ("明天", "起止日期"),
        ("尽快", "起止日期"),
        ("", "起止日期"),
    ],
)
def test_what_is_no_period_is_told_why(said: str, hint: str) -> None:
    with pytest.raises(Invalid, match=hint):
        period(said, TODAY)


@given(st.dates(TODAY, date(2030, 1, 1)), st.integers(0, 300))
def test_a_written_period_comes_back(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    kept = period(f"{first:%Y年%m月%d日}到{last:%Y年%m月%d日}", TODAY)
    assert bounds(kept) == (first, last)
    assert str(last.day) in spoken(kept)


@given(st.text(max_size=30))
def test_no_text_breaks_it(said: str) -> None:
    try:
        first, last = bounds(period(said, TODAY))
    except Invalid:
        return
    assert last >= TODAY
    assert first <= last
