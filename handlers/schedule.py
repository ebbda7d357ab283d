"""When a broadcast is to go, as people say it: '下周一上午9点', '明天 14:30', '6月20日早上8点半', '两小时后'.

The dates are read by the same grammar as those of notices (`knowledge.moments`, `knowledge.relative`), against the day
it is said on.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from uuid import UUID

from handlers.fields import Invalid
from knowledge.moments import Moment, clock_at, level, moment_at, number
from knowledge.relative import relatives
from storage.clock import SCHOOL, school_day, start_of

HINT = "什么时候发？例如「下周一上午9点」「明天 14:30」「6月20日早上8点半」「两小时后」。"
MORNING = time(9)
"""A day without a time of day means its morning."""
LONGEST = timedelta(days=90)
BULK_FROM = 30
"""From so many recipients on it keeps away from the full and the half hour, when everybody sends."""
_BUSY = (0, 30)

_WORDS = {"今天": 0, "今日": 0, "今晚": 0, "明天": 1, "明日": 1, "明早": 1, "明晚": 1, "后天": 2, "大后天": 3}
_HALVES = {"今晚": "晚上", "明晚": "晚上", "明早": "早上"}
_WORD = re.compile("|".join(sorted(_WORDS, key=len, reverse=True)))
_IN = re.compile(
    r"(?:再?过)?(?P<count>\d{1,3}|[一二两三四五六七八九十]{1,3}|半)\s*个?(?P<half>半)?(?P<unit>小时|钟头|分钟)(?:后|之后|以后)?"
)
_WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
_CLOCK_STARTS = re.compile(r"(?:上午|下午|晚上|早上|中午|凌晨|晚|早)?\s*(?:[01]?\d|2[0-4])\s*[:：点时]")
_NUMERALS = re.compile(r"[一二两三四五六七八九十]{1,3}(?=\s*点)")
_AROUND = re.compile(
    r"^(?:定时|定在|改到|改成|改为|推迟到|等到|在|于|到)?[\s：:]*|(?:再)?(?:发送|发出|发)?[。.！!\s]*$"
)


def when(text: str, now: datetime) -> datetime:
    """The instant that is meant, in school time. Raises `Invalid` with what would fit.

    Nothing may be left over: half understood would be another time than the one that was said.
    """
    said = _AROUND.sub("", level(text.strip()))
    if found := _IN.fullmatch(said):
        return _checked(now + _span(found), now)
    said = _NUMERALS.sub(lambda numeral: str(number(numeral[0].replace("两", "二"))), said)
    day, rest = _day(said, school_day(now))
    at, rest = _clock(rest)
    if "前" in said or rest.strip(" 的,，。、()（）") or (day is None and at is None):
        raise Invalid(HINT)
    found_at = start_of(day or school_day(now), at or MORNING)
    if day is None and found_at <= now:
        found_at += timedelta(days=1)
    return _checked(found_at, now)


def off_the_hour(at: datetime, count: int, broadcast_id: UUID) -> datetime:
    """A few minutes later where many would get it at a full or half hour sharp; the same whenever it is asked."""
    local = at.astimezone(SCHOOL)
    if count < BULK_FROM or local.minute not in _BUSY:
        return at
    return local.replace(second=0, microsecond=0) + timedelta(minutes=2 + broadcast_id.int % 4)


def spoken(at: datetime, now: datetime) -> str:
    """'今天 14:30', '6月12日（周一）9:03'."""
    local, today = at.astimezone(SCHOOL), school_day(now)
    clock = f"{local.hour}:{local.minute:02}"
    near = {today: "今天", today + timedelta(days=1): "明天"}.get(local.date())
    return (
        f"{near} {clock}" if near else f"{local.month}月{local.day}日（周{'一二三四五六日'[local.weekday()]}）{clock}"
    )


def _span(found: re.Match[str]) -> timedelta:
    minutes = 1 if found["unit"] == "分钟" else 60
    count = 0.5 if found["count"] == "半" else number(found["count"].replace("两", "二"))
    return timedelta(minutes=minutes * (count + (0.5 if found["half"] else 0)))


def _day(said: str, today: date) -> tuple[date | None, str]:
    """The day, and what is left beside it."""
    if word := _WORD.search(said):
        half = _HALVES.get(word[0], "")
        return today + timedelta(days=_WORDS[word[0]]), said[: word.start()] + half + said[word.end() :]
    for one in relatives(said):
        if one.calendar is not None:
            return one.calendar(today), said[: one.start] + said[one.end :]
    if bare := _WEEKDAY.match(said):
        ahead = ("一二三四五六日".index(bare[1].replace("天", "日")) - today.weekday()) % 7
        return today + timedelta(days=ahead), said[bare.end() :]
    moment = moment_at(said, 0)
    if moment is None or moment.day is None or moment.vague:
        return None, said
    clock = f"{moment.clock:%H:%M}" if moment.clock else ""
    return _next(moment, today), clock + said[moment.end :]


def _next(moment: Moment, today: date) -> date:
    """The day of this month or year, or of the next one where it lies behind. Raises `Invalid`."""
    base = today.replace(day=1)
    for _ in range(24):
        fits = moment.month in (None, base.month) and moment.year in (None, base.year)
        if fits and moment.day and moment.day <= monthrange(base.year, base.month)[1]:
            found = base.replace(day=moment.day)
            if found >= today or moment.year is not None:
                return found
        base = (base + timedelta(days=31)).replace(day=1)
    raise Invalid("没有这一天，请核对日期。")


def _clock(text: str) -> tuple[time | None, str]:
    """The time of day somewhere in the text, and what is left beside it."""
    found = _CLOCK_STARTS.search(text)
    read = clock_at(text, found.start()) if found else None
    return (read[0], text[: found.start()] + text[read[1] :]) if found and read else (None, text)


def _checked(at: datetime, now: datetime) -> datetime:
    if at <= now:
        raise Invalid(f"{spoken(at, now)} 已经过去了，请写今后的时间。")
    if at - now > LONGEST:
        raise Invalid(f"最远只能定到 {LONGEST.days} 天以内，请写近一点的时间。")
    return at
