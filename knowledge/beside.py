"""What the words beside a time add to it: the hours of a later clause, an end named apart, a day without its month."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from knowledge.dates import Base, find_times
from knowledge.expression import DEADLINE, FROM, POINT, WINDOW, Clocks, TimeExpression
from knowledge.moments import clock_at, level
from knowledge.relative import shifted_after

_OF_DAY = r"[上下]午|中午|晚|早|凌晨|当[天日]|前|之前|以前|起|开始|截|以后|之后|\d{1,2}[:：点]|[（(](?:周|星期)"
_DAY_ALONE = re.compile(
    r"(?<![\d.:：第月/年\-—–~～至到、和及满过期])(?P<day>[12]?\d|3[01])\s*"
    rf"(?:日(?=\s*(?:{_OF_DAY}))|号(?=\s*(?:{_OF_DAY}|[，,。统集由将全]|$)))"
)
"""'19号晚10点': a day whose month was said before; '19号楼' is none."""
_SINCE_TODAY = re.compile(r"即日起|(?:通知|公告)?(?:发布|印发|发文)之日起")
_OPENS = re.compile(r"\s*(?:起|开始)?(?:正式|统一|对[^，。；]{2,8})?(?:开通|开放|启用|启动|上线|开启|运行)")
_CLOSES = re.compile(
    r"\s*(?:统一|正式)?(?:关闭|截止|停用|停止(?:开放|使用|受理|运行|办理)?|结束|下线)(?![\u4e00-\u9fff])"
)
_OPENS_LATER = re.compile(r"\s*[，,]?\s*[^，,；;。]{2,20}?(?:开通|开放|启用|上线|开启)$")
_TIME_OPENED = re.compile(r"(?:开通|开放|开始|启用|上线)时间(?:为|是|[:：])\s*$")
_TIME_CLOSED = re.compile(r"\s*[，,；;]\s*(?:关闭|截止|结束|停用)时间(?:为|是|[:：])\s*")
_CLOSED_AFTER = re.compile(r"\s*[，,；;]?\s*(?:并?(?:于|至|到|在)\s*)?$")
_ONE_THING = re.compile(r"[^，,；;。]{2,24}[，,]\s*(?:至|到|于)?\s*")
_SHUTS = re.compile(r"[^，,；;。]{0,6}(?:断[水电网]|停[水电止用]|封[楼闭]|关闭|锁|清场|不[再得]进入)")
_CLOCK = re.compile(
    r"(?:上午|下午|晚上|晚间?|早上|中午)?\s*(?:[012]?\d\s*[:：]\s*[0-5]\d|(?:\d{1,2}|[一二两三四五六七八九]|十[一二]?)[点时](?!间))"
)
_CLOCK_SIGN = re.compile(r"\d\s*[:：]|[\d一二两三四五六七八九十][点时]")
"""Without it there is no hour: looked for first, for it is cheap."""
_DASH = re.compile(r"\s*(?:至|到|[-—–−‑~～]{1,3})\s*")
_DAILY = re.compile(r"(?:每天|每日|当[天日]|期间|时间(?:为|是|[:：])?)\s*$")
_LIMIT = re.compile(r"\s*(?:之?前|以前|截止|闭馆|关门|停止|止|结束|关闭|锁门|收工)")
_BEGIN = re.compile(r"\s*(?:开始|准时|开门|集合|举行|入场|整)")


def day_alone(text: str) -> bool:
    """Whether a day stands there without its month."""
    return ("号" in text or "日" in text) and _DAY_ALONE.search(text) is not None


def times_in(text: str, base: Base, month: int | None = None) -> list[TimeExpression]:
    """The times of a text, each with what the words around it add; `month` is the one said last before it."""
    times = find_times(text, base)
    if day_alone(text):
        times = _with_month(text, times, base, month) or times
    if len(times) > 1:
        times = list(_from_event(text, times))
        times = list(_opened_and_closed(text, times))
    return [_shut(text, one) if one.kind == FROM else one for one in times]


def _shut(text: str, one: TimeExpression) -> TimeExpression:
    """'19日晚10点以后断电' happens on that day."""
    if one.clocks[0] and _SHUTS.match(text, one.span[1]):
        return one._replace(kind=POINT, end=one.start)
    return one


def since_today(text: str, times: Sequence[TimeExpression], base: Base) -> list[TimeExpression]:
    """'即日起可申请，6月30日截止' begins on the day of issue, though other words stand between."""
    found = _SINCE_TODAY.search(text) if "日起" in text else None
    if found is None or base.issued_on is None or any(one.span[0] <= found.start() < one.span[1] for one in times):
        return list(times)
    made = list(times)
    at = next((at for at, one in enumerate(made) if one.span[0] >= found.end()), None)
    if at is not None and made[at].kind == DEADLINE:
        made[at] = made[at]._replace(start=base.issued_on)
    return made


def with_hours(text: str, times: Sequence[TimeExpression]) -> list[TimeExpression]:
    """'两天退宿，晚上9点前必须搬完': the hours that a later clause says of the days before it."""
    if not times or any(any(one.clocks) for one in times) or not any(one.start or one.end for one in times):
        return list(times)
    last = times[-1]
    if not _CLOCK_SIGN.search(text) or last.kind not in (POINT, WINDOW, DEADLINE):
        return list(times)
    hours = hours_in(text, last.span[1], limit=last.kind == DEADLINE)
    return [one._replace(clocks=hours, time=hours[0] or hours[1]) if hours else one for one in times]


def hours_in(text: str, start: int, *, limit: bool = False) -> Clocks | None:
    """Begin and end of the first hours behind `start`; with `limit` only an end counts ('12:00前')."""
    plain = level(text)
    for found in _CLOCK.finditer(plain, start):
        first = clock_at(plain, found.start())
        if first is None:
            continue
        dash = _DASH.match(plain, first[1])
        last = clock_at(plain, dash.end(), first[0]) if dash else None
        if last is not None:
            # '工作日8:30-11:30，14:00-17:00' are the hours of an office.
            office = "工作日" in plain[start : found.start()] or _CLOCK.search(plain, last[1])
            return None if limit or office else (first[0], last[0])
        if _LIMIT.match(plain, first[1]):
            return (None, first[0])
        if not limit and (_BEGIN.match(plain, first[1]) or _DAILY.search(plain[: found.start()])):
            return (first[0], None)
    return None


def _with_month(text: str, times: Sequence[TimeExpression], base: Base, month: int | None) -> list[TimeExpression]:
    """The text read with the months written out, the places brought back."""
    said = [(one.span[1], day.month) for one in times if (day := one.end or one.start)]
    written, shifts, at = "", [], 0
    for found in _DAY_ALONE.finditer(text):
        before = [value for end, value in said if end <= found.start()]
        known = before[-1] if before else month
        inside = any(one.span[0] <= found.start() < one.span[1] for one in times)
        if known is None or inside:
            continue
        added = f"{known}月"
        shifts.append((found.start(), len(added)))
        written += text[at : found.start()] + added
        at = found.start()
    if not shifts:
        return []

    def back(place: int) -> int:
        moved = place
        for start, length in shifts:
            if moved > start:
                moved = max(start, moved - length)
        return moved

    made = []
    for one in find_times(written + text[at:], base):
        span = (back(one.span[0]), back(one.span[1]))
        made.append(one._replace(span=span, text=text[slice(*span)]))
    return made


def _from_event(text: str, times: Sequence[TimeExpression]) -> Iterator[TimeExpression]:
    """'6月19日公布，公布之日起两日内提出': counted from the day that the sentence itself gives."""
    for at, one in enumerate(times):
        day = _day_of_event(text, one, times[:at]) if one.kind == "duration" and one.end is None else None
        yield one._replace(kind="deadline_rel", end=day, is_deadline=True) if day else one


def _day_of_event(text: str, one: TimeExpression, earlier: Sequence[TimeExpression]) -> date | None:
    length, _, anchor = (one.value or "").partition(" after ")
    for before in reversed(earlier):
        said = text[before.span[1] : one.span[0]]
        if anchor and before.end and anchor[-2:] in said:
            return shifted_after(length, before.end)
    return None


def _opened_and_closed(text: str, times: Sequence[TimeExpression]) -> Iterator[TimeExpression]:
    """'5月28日9:00开通，6月26日16:00关闭' is one period."""
    done = False
    for one, two in pairwise([*times, None]):
        if done or one is None:
            done = False
            continue
        if two is not None and _is_span(text, one, two):
            clocks = (one.clocks[0], two.clocks[1] or two.clocks[0])
            end = _CLOSES.match(text, two.span[1]) if _OPENS.match(text, one.span[1]) else None
            span = (one.span[0], end.end()) if end else one.span
            yield one._replace(kind=WINDOW, end=two.end, clocks=clocks, span=span, text=text[slice(*span)])
            done = True
        else:
            yield one


def _is_span(text: str, one: TimeExpression, two: TimeExpression) -> bool:
    if one.kind not in (POINT, FROM) or not (one.start and two.end and one.start <= two.end):
        return False
    between = text[one.span[1] : two.span[0]]
    if _TIME_CLOSED.fullmatch(between) and _TIME_OPENED.search(text[: one.span[0]]):
        return True
    if two.kind != POINT or _CLOSES.match(text, two.span[1]) is None:
        return False
    opened = _OPENS.match(text, one.span[1])
    if opened is not None and _CLOSED_AFTER.fullmatch(text[opened.end() : two.span[0]]):
        return True
    if _OPENS_LATER.match(_CLOSED_AFTER.sub("", between)):
        return True
    # '自6月10日开始退还费用，6月30日结束'
    return one.kind == FROM and _ONE_THING.fullmatch(text[one.span[1] : two.span[0]]) is not None
