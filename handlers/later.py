"""'过两天再提醒': which day is meant, and what is to be put off until then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.fields import plain

LONGEST = 30
"""So many days at most: a leaver forgets what nobody mentions for longer."""
_NUM = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3}|几)"
_WHEN = (
    rf"(?:过|等|推迟|延后|推后)?(?P<days>{_NUM})(?:天|日)(?:以后|之后|后)?"
    rf"|(?:过|等|推迟|延后)?(?P<weeks>{_NUM})(?:个)?(?:周|星期|礼拜)(?:以后|之后|后)?"
    r"|(?P<named>明天|明早|后天|大后天)"
    r"|(?P<next>下个?)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])|(?P<nextweek>下个?(?:周|星期|礼拜))"
    r"|(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})[日号]"
    r"|(?P<later>稍后|晚点|晚些|晚一点|晚些时候|回头|以后|改天|过几天)"
)
_SAID = re.compile(
    rf"(?P<what>.*?)(?:请|就|先)?(?:{_WHEN})(?:再提醒|提醒|再(?:来)?(?:通知|叫|催)|(?:通知|叫|催)(?=我))(?:我)?(?:一下|一声|吧|好了)?"
)
_NOTHING = re.compile(r"^(?:请|麻烦|那|你|先|先别提醒|别提醒|不急|今天没空|没空|知道了|好的?)*$")
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_NAMED = {"明天": 1, "明早": 1, "后天": 2, "大后天": 3}
_SEVERAL = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be told of later: everything where `what` is empty; no day where none was said."""

    what: str
    until: date | None


def wish_of(text: str, today: date) -> Wish | None:
    """The wish in a sentence like '3天后再提醒我', '还款计划周五再提醒'; None: it is none, or about the past."""
    said = re.sub(r"[\s,，。.!！~～]", "", plain(text))
    found = _SAID.fullmatch(said) if len(said) <= 40 else None
    if found is None:
        return None
    what = re.sub(r"(?:这件事|这个|的事|的)$", "", found["what"])
    what = "" if _NOTHING.fullmatch(what) else what
    if found["later"]:
        return Wish(what, None)
    until = _day(found, today)
    return Wish(what, until) if until is not None and until > today else None


def number(text: str) -> int:
    """'3', '三', '十二', '二十', '几' as a number."""
    if text.isdigit():
        return int(text)
    if text == "几":
        return _SEVERAL
    tens, ten, ones = text.rpartition("十")
    return (10 * _DIGITS.get(tens, 1) if ten else 0) + _DIGITS.get(ones, 0)


def _day(found: re.Match[str], today: date) -> date | None:
    if found["days"] or found["weeks"]:
        return today + timedelta(days=number(found["days"]) if found["days"] else 7 * number(found["weeks"]))
    if found["named"]:
        return today + timedelta(days=_NAMED[found["named"]])
    if found["weekday"] or found["nextweek"]:
        return _weekday(
            min("一二三四五六日天".index(found["weekday"] or "一"), 6), bool(found["next"] or found["nextweek"]), today
        )
    return _date(int(found["month"]) if found["month"] else None, int(found["day"]), today)


def _weekday(wanted: int, is_next: bool, today: date) -> date:
    """'周五' is the next one to come, '下周五' that of the next week."""
    monday = today - timedelta(days=today.weekday())
    if is_next:
        return monday + timedelta(days=7 + wanted)
    return monday + timedelta(days=wanted + (7 if wanted <= today.weekday() else 0))


def _date(month: int | None, day: int, today: date) -> date | None:
    """The next day of that name; '8号' without a month is of this month, or of the next where it is over."""
    months = [(today.year + (today.month + n - 1) // 12, (today.month + n - 1) % 12 + 1) for n in range(12)]
    for year, number_ in months:
        if month not in (None, number_):
            continue
        try:
            found = date(year, number_, day)
        except ValueError:
            continue
        if found > today:
            return found
    return None
