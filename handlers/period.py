"""A period as people write it: '6月20日到6月28日', '2023-06-20 至 2023-06-28', '从明天起两周'."""

from __future__ import annotations

import re
from datetime import date, timedelta

from handlers.fields import Invalid, plain

_HINT = "请写起止日期，如“6月20日到6月28日”，或“从今天起两周”。"
_LONGEST = timedelta(days=366)
_DAY = (
    r"(?:(?:(?P<y{n}>20\d\d)\s*[年./-]\s*)?(?P<m{n}>\d{{1,2}})\s*[月./-]\s*(?P<d{n}>\d{{1,2}})\s*[日号]?"
    r"|(?P<b{n}>\d{{1,2}})\s*[日号]|(?P<w{n}>今天|明天|后天|即日|现在))"
)
_TO = r"\s*起?\s*(?:到|至|止|~|～|—+|–|-+)\s*"
_SPAN = re.compile(rf"(?:从|自)?\s*{_DAY.format(n=1)}{_TO}{_DAY.format(n=2)}\s*(?:止|为止|前|之前)?")
_LASTING = re.compile(
    rf"(?:从|自)?\s*(?:{_DAY.format(n=1)}\s*(?:起|开始)?[,， ]*)?"
    r"(?P<count>\d{1,3}|[一二两三四五六七八九十])\s*个?(?P<unit>天|日|周|星期|礼拜|月)(?:内|之内)?"
)
_WORDS = {"今天": 0, "即日": 0, "现在": 0, "明天": 1, "后天": 2}
_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_UNITS = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30}


def period(text: str, today: date) -> str:
    """'2023-06-20/2023-06-28'. A day without a year is the next one of its kind. Raises `Invalid`."""
    said = plain(text).replace("——", "-").strip("。., ")
    span, lasting = _SPAN.fullmatch(said), _LASTING.fullmatch(said)
    if span:
        first = _day(span, 1, today, None)
        last = _day(span, 2, today, first)
    elif lasting:
        first = _day(lasting, 1, today, None) if _named_day(lasting) else today
        last = first + timedelta(days=_count(lasting["count"]) * _UNITS[lasting["unit"]] - 1)
    else:
        raise Invalid(_HINT)
    return _checked(first, last, today)


def said_in(text: str) -> str | None:
    """The first period from a day to a day that stands in a text, as it was said."""
    found = _SPAN.search(plain(text))
    return found[0] if found else None


def spoken(value: str) -> str:
    """'2023 年 6 月 20 日至 2023 年 6 月 28 日'."""
    first, last = bounds(value)
    return f"{_spoken(first)}至 {_spoken(last)}"


def bounds(value: str) -> tuple[date, date]:
    """First and last day of a stored period."""
    first, _, last = value.partition("/")
    return date.fromisoformat(first), date.fromisoformat(last)


def _spoken(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def _named_day(match: re.Match[str]) -> bool:
    return any(match[key] for key in ("m1", "b1", "w1"))


def _day(match: re.Match[str], number: int, today: date, first: date | None) -> date:
    if word := match[f"w{number}"]:
        return today + timedelta(days=_WORDS[word])
    base = first or today
    try:
        if bare := match[f"b{number}"]:
            return base.replace(day=int(bare))
        year, month, day = match[f"y{number}"], int(match[f"m{number}"]), int(match[f"d{number}"])
        return date(int(year), month, day) if year else _next(month, day, base)
    except ValueError:
        raise Invalid("没有这一天，请核对日期。") from None


def _next(month: int, day: int, base: date) -> date:
    """The day of this year, or of the next one where it lies behind by more than half a year."""
    found = date(base.year, month, day)
    return found if found >= base - timedelta(days=183) else date(base.year + 1, month, day)


def _count(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text not in _NUMERALS:
        raise Invalid(_HINT)
    return _NUMERALS[text]


def _checked(first: date, last: date, today: date) -> str:
    if last < first:
        raise Invalid("结束日期在开始日期之前，请再看一下。")
    if last < today:
        raise Invalid("这段时间已经过去了，请写今后的日期。")
    if last - first > _LONGEST:
        raise Invalid("委托最长一年，请写短一些。")
    return f"{first.isoformat()}/{last.isoformat()}"
