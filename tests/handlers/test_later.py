"""'过两天再提醒': the day that is meant, whatever way it is said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.later import Wish, number, wish_of

WEDNESDAY = date(2023, 6, 7)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "what", "until"),
    [
        ("过两天再提醒", "", date(2023, 6, 9)),
        ("3天后再提醒我", "", date(2023, 6, 10)),
        ("三天后提醒我一下", "", date(2023, 6, 10)),
        ("过 3 天再提醒我吧。", "", date(2023, 6, 10)),
        ("推迟十二天提醒", "", date(2023, 6, 19)),
        ("明天再提醒我", "", date(2023, 6, 8)),
        ("先别提醒，大后天再提醒我", "", date(2023, 6, 10)),
        ("周五再提醒我", "", date(2023, 6, 9)),
        ("周三再提醒我", "", date(2023, 6, 14)),
        ("下周三再提醒我", "", date(2023, 6, 14)),
        ("下周再提醒", "", date(2023, 6, 12)),
        ("星期天提醒我", "", date(2023, 6, 11)),
        ("一周后再提醒我", "", date(2023, 6, 14)),
        ("10号再提醒我", "", date(2023, 6, 10)),
        ("5号再提醒我", "", date(2023, 7, 5)),
        ("6月20日再提醒我", "", date(2023, 6, 20)),
        ("还款计划周五再提醒我", "还款计划", date(2023, 6, 9)),
        ("还书的事过几天再提醒我", "还书", date(2023, 6, 10)),
        ("稍后提醒", "", None),
        ("晚点再提醒我", "", None),
    ],
)
def test_said(text: str, what: str, until: date | None) -> None:
    assert wish_of(text, WEDNESDAY) == Wish(what, until)


@pytest.mark.parametrize(
    "text",
    [
        "什么时候提醒我",
        "3天后提醒我吗？",
        "档案三天后寄到",
        "提醒",
        "2月30日再提醒我",
        "0天后提醒我",
        "",
        "你会提醒我吗",
        "学校会在毕业前一周通知",
        "后天叫车",
    ],
)
def test_not_said(text: str) -> None:
    assert wish_of(text, WEDNESDAY) is None


@given(st.integers(1, 99), st.dates(date(2023, 1, 1), date(2026, 12, 31)))
def test_any_number_of_days_is_that_many_days(days: int, today: date) -> None:
    tens, ones = divmod(days, 10)
    digits = "零一二三四五六七八九"
    chinese = (("" if tens == 1 else digits[tens]) + "十" if tens else "") + (digits[ones] if ones else "")
    assert number(chinese) == number(str(days)) == days
    for text in (f"{days}天后再提醒我", f"过{chinese}天再提醒"):
        assert wish_of(text, today) == Wish("", today + days * DAY)


@given(st.text(max_size=60), st.dates(date(2023, 1, 1), date(2026, 12, 31)))
def test_no_text_breaks_it_and_no_wish_is_about_the_past(text: str, today: date) -> None:
    for said in (text, f"{text}再提醒我", f"{text[:20]}后提醒"):
        found = wish_of(said, today)
        assert found is None or found.until is None or found.until > today


@given(st.integers(1, 12), st.integers(1, 31), st.dates(date(2023, 1, 1), date(2026, 12, 31)))
def test_a_date_is_the_next_one_of_that_name(month: int, day: int, today: date) -> None:
    found = wish_of(f"{month}月{day}日再提醒我", today)
    if found is not None:
        assert found.until is not None
        assert (found.until.month, found.until.day) == (month, day)
        assert today < found.until <= today + 366 * DAY
