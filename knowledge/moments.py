"""Single dates and clock times as notices write them: '6 月 9 日（星期五）上午 9:00', '7月底', '二〇二三年六月九日'."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, time

_FULL_WIDTH = str.maketrans("０１２３４５６７８９：．／－　", "0123456789:./- ")
_OTHER_WIDTH = re.compile("[０-９．／－\u3000]")
_DIGITS = {char: value for value, chars in enumerate(("〇○零", *"一二三四五六七八九")) for char in chars}
_NUMBER = r"(?:\d{1,2}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_YEAR = r"(?:(?:19|20)\d\d|[一二][〇○零一二三四五六七八九]{3})"
_VAGUE = r"中下旬|上中旬|上旬|中旬|下旬|月底|月末|月初|底|末|初"
_WEEKDAY = r"(?:\s*[（(]?\s*(?:星期|周|礼拜)(?P<weekday>[一二三四五六日天])\s*[）)]?)?"
_CLOCK = (
    r"(?:\s*(?P<half>上午|下午|晚上|晚间|早上|中午|凌晨|晚|早)(?:的)?)?"
    r"(?:\s*(?P<hour>[01]?\d|2[0-4]|十[一二]?(?=[点时])|[一二两三四五六七八九](?=[点时]))\s*(?:[:：]\s*(?P<minute>[0-5]\d)"
    r"|[点时](?!间)\s*(?:(?P<minute2>[0-5]?\d)\s*分|(?P<half_hour>半))?整?))?"
)
_TO = r"[-—–~～至到]+"
_LISTED = r"(?=(?:\s*[、和及与]\s*\d{1,2})+\s*[日号])"
"""'6月3、5、8日': the word for the day stands behind the last one only."""
_SPOKEN_YEAR = r"今年|本年|当年|明年|次年|翌年|去年|上年"
_DAY = (
    rf"(?P<month>{_NUMBER})\s*月\s*(?:份\s*)?"
    rf"(?:(?P<day>{_NUMBER})\s*(?:[日号]|(?=\s*{_TO}\s*\d{{1,2}}\s*[日号])|{_LISTED})|(?P<vague>{_VAGUE}))"
)
_MONTH = (
    rf"(?P<bare>{_NUMBER})\s*月(?:份)?"
    rf"(?=\s*(?:之?前|以前|起|开始|以后|之后|{_TO}\s*\d{{1,2}}\s*月))"
)
_YEAR_PART = r"(?P<years_end>年?底|年?末|年?初)"
_NUMERIC = r"(?P<nmonth>0?[1-9]|1[0-2])\s*(?P<sep>[-./])\s*(?P<nday>[0-3]?\d)(?![\d.])"
_SHORT_DAY = r"(?:0?[1-9]|1[0-2])\s*[./]\s*(?:[12]\d|3[01]|0?[1-9])(?![\d.])"
_SHORT_SIGN = (
    rf"(?=\s*(?:之?前|以前|起|截?止|以后|之后|[（(]\s*(?:周|星期)|统一|集中|[上下]午|中午|早上|晚上|当天|全天|[两三]天|收齐|收|送|交(?!费)|报(?!销)"
    rf"|(?:、|{_TO})\s*{_SHORT_DAY}(?!\s*[倍元米分%级寸万克])))"
)
"""'6.12前', '6.10-6.25': month and day without a word for either, where what follows says that it is a date."""
_SHORT = rf"(?<!\d\.)(?P<smonth>0?[1-9]|1[0-2])\s*[./]\s*(?P<sday>[12]\d|3[01]|0?[1-9])(?![\d.]){_SHORT_SIGN}"
_MOMENT = re.compile(
    rf"(?<![\d〇零])(?:(?:(?:(?P<year>{_YEAR})\s*年|(?P<spoken>{_SPOKEN_YEAR}))\s*)?(?:{_DAY}|{_MONTH})"
    rf"|(?:(?P<year2>{_YEAR})\s*年|(?P<spoken2>{_SPOKEN_YEAR}))\s*{_YEAR_PART}"
    rf"|(?<![年\d])(?P<only_end>年底|年末)(?=\s*(?:之?前|以前|为止|止))"
    rf"|(?P<year3>(?:19|20)\d\d)\s*[-./]\s*{_NUMERIC}|{_SHORT}){_WEEKDAY}{_CLOCK}"
)
_NUMERIC_SIGN = re.compile(r"\d\s*[-./]\s*\d")
_TAIL_DAY = re.compile(rf"(?P<day>{_NUMBER})\s*(?:[日号]|{_LISTED}){_WEEKDAY}{_CLOCK}")
_TAIL_MONTH = re.compile(rf"(?:(?P<year>{_YEAR})\s*年\s*)?(?P<bare>{_NUMBER})\s*月(?:份)?(?!\s*\d)")
_TAIL_VAGUE = re.compile(rf"(?:本?月(?P<end>[底末])|(?P<vague>{_VAGUE})(?!线))")
_TAIL_SHORT = re.compile(r"(?P<smonth>0?[1-9]|1[0-2])\s*[./]\s*(?P<sday>[12]\d|3[01]|0?[1-9])(?![\d.])")
_TAIL_CLOCK = re.compile(_CLOCK)
_AFTERNOON = ("下午", "晚上", "晚间", "晚")
_SPOKEN = {"明年": 1, "次年": 1, "翌年": 1, "去年": -1, "上年": -1}
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Moment:
    """One written moment; what is not written is None."""

    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None = None
    vague: str | None = None
    clock: time | None = None
    weekday: int | None = None
    """The printed day of the week, 0 is Monday."""
    years_on: int | None = None
    """'明年' is the notice's year and 1."""

    def days(self, year: int) -> tuple[date, date] | None:
        """First and last day it means in `year`; None when there is no such day."""
        if self.month is None:
            return _of_year(year, self.vague or "")
        if not 1 <= self.month <= 12:
            return None
        if self.day is not None:
            return _single(year, self.month, self.day)
        first, last = _of_month(self.vague or "", calendar.monthrange(year, self.month)[1])
        return date(year, self.month, first), date(year, self.month, last)

    @property
    def approx(self) -> str | None:
        """Which end is not sharp: '月底' begins somewhere, '月初' ends somewhere."""
        if not self.vague:
            return None
        return "start" if self.vague[-1] in "底末" else "end" if self.vague[-1] == "初" else None


def level(text: str) -> str:
    """Full-width digits and signs as ASCII, character for character."""
    return text.translate(_FULL_WIDTH) if _OTHER_WIDTH.search(text) else text.replace("：", ":")


def last_sign(text: str) -> int:
    """Where the last sign stands without which there is no moment ('月', '年', '6.12'); -1: nowhere."""
    numeric = max((found.start() for found in _NUMERIC_SIGN.finditer(text)), default=-1)
    return max(text.rfind("月"), text.rfind("年"), numeric)


def next_moment(text: str, start: int) -> Moment | None:
    """The first moment at or after `start` (text made by `level`)."""
    found = _MOMENT.search(text, start)
    return _moment(found) if found else None


def moment_at(text: str, start: int) -> Moment | None:
    """The moment at exactly `start`; a day or month alone counts, as in '5日-19日'."""
    patterns = (_MOMENT, _TAIL_DAY, _TAIL_MONTH, _TAIL_VAGUE, _TAIL_SHORT)
    found = next((found for pattern in patterns if (found := pattern.match(text, start))), None)
    return _moment(found) if found else None


def clock_at(text: str, start: int, after: time | None = None) -> tuple[time, int] | None:
    """A clock time at `start` and where it ends; '下午2点至4点' says the half of the day once."""
    found = _TAIL_CLOCK.match(text, start)
    clock = _clock(found) if found else None
    if found is None or clock is None:
        return None
    if after is not None and clock <= after and clock.hour < 12 and not found["half"]:
        clock = clock.replace(hour=clock.hour + 12)
    return clock, found.end()


def number(text: str) -> int:
    """'12', '十二' and '二〇二三' as numbers."""
    if text.isdigit():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    return int("".join(str(_DIGITS[char]) for char in text))


def _moment(found: re.Match[str]) -> Moment:
    parts = found.groupdict()

    def first(*names: str) -> int | None:
        return next((number(parts[name]) for name in names if parts.get(name)), None)

    spoken = parts.get("spoken") or parts.get("spoken2")
    weekday = parts.get("weekday")
    return Moment(
        start=found.start(),
        end=_trimmed(found),
        year=first("year", "year2", "year3"),
        month=first("month", "bare", "nmonth", "smonth"),
        day=first("day", "nday", "sday"),
        vague=parts.get("vague") or parts.get("years_end") or parts.get("only_end") or parts.get("end"),
        clock=_clock(found),
        weekday=_WEEKDAYS.index(weekday.replace("天", "日")) if weekday else None,
        years_on=_SPOKEN.get(spoken, 0) if spoken else None,
    )


def _trimmed(found: re.Match[str]) -> int:
    return found.start() + len(found[0].rstrip())


def _clock(found: re.Match[str]) -> time | None:
    parts = found.groupdict()
    if not parts.get("hour"):
        return None
    hour = number(parts["hour"].replace("两", "二"))
    minute = int(parts.get("minute") or parts.get("minute2") or (30 if parts.get("half_hour") else 0))
    if parts.get("half") in _AFTERNOON and hour < 12:
        hour += 12
    # 24:00 is the end of the day, which is what a day without a clock means too.
    return time(hour, minute) if hour < 24 else None


def _single(year: int, month: int, day: int) -> tuple[date, date] | None:
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return date(year, month, day), date(year, month, day)


def _of_month(vague: str, last: int) -> tuple[int, int]:
    spans = {
        "上中旬": (1, 20),
        "中下旬": (11, last),
        "上旬": (1, 10),
        "中旬": (11, 20),
        "下旬": (21, last),
        "初": (1, 5),
        "底": (last, last),
        "末": (last, last),
    }
    return spans.get(vague) or spans.get(vague[-1:]) or (1, last)


def _of_year(year: int, vague: str) -> tuple[date, date]:
    return (date(year, 1, 1), date(year, 1, 31)) if vague[-1:] == "初" else (date(year, 12, 31), date(year, 12, 31))
