"""Times relative to something else: '毕业典礼当天', '离校期间', '另行通知', '一年内', '下周五前'."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge.moments import number
from knowledge.workdays import Uncovered, workday_after, workday_before

EVENT = (
    r"毕业典礼|学位授予仪式|毕业答辩|论文答辩|答辩|(?<!结业)典礼|开学|放假|离校|返校|报到|退宿|寄出"
    r"|(?:招生|申请)?截止(?:日期|时间)"
)

_NUM = r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3}|半)"
_UNIT = {"年": "Y", "月": "M", "周": "W", "星期": "W", "天": "D", "日": "D", "工作日": "WD", "小时": "H", "学期": "S"}
_WEEKDAYS = "一二三四五六日"
_AHEAD = {"本": 0, "这": 0, "当": 0, "下": 1, "次": 1, "下下": 2, "": 0}


@dataclass(frozen=True, slots=True)
class Offset:
    """So far from the event; `weekday` is a day of the week that lies there ('前一周的周一')."""

    count: int
    unit: str
    weekday: int | None = None

    def before(self, day: date) -> date:
        """The day that lies so far before. Raises `Uncovered`."""
        if self.unit == "WD":
            return workday_before(day, self.count)
        return self._on_weekday(_moved(day, -self.count, self.unit))

    def after(self, day: date) -> date:
        """The day that lies so far behind. Raises `Uncovered`."""
        if self.unit == "WD":
            return workday_after(day, self.count)
        return self._on_weekday(_moved(day, self.count, self.unit))

    def _on_weekday(self, day: date) -> date:
        return day if self.weekday is None else day + timedelta(self.weekday - day.weekday())


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative expression: `anchor` is the event, `resolvable` whether it has days where the event has.

    `before` and `after` say how far from the event; `calendar` gives the days of one that is counted from the day of
    issue ('下周五').
    """

    start: int
    end: int
    kind: str
    value: str
    anchor: str = ""
    resolvable: bool = False
    before: Offset | None = None
    after: Offset | None = None
    since: bool = False
    """'…起': only the beginning is said."""
    calendar: Callable[[date], date] | None = None


def relatives(text: str) -> Iterator[Relative]:
    """The relative expressions of a text; where two overlap the longer rule (earlier in the list) wins."""
    taken: list[tuple[int, int]] = []
    hints = set(_HINT.findall(text))
    if not hints:
        return
    for needles, (pattern, make) in zip(_NEEDLES, _RULES, strict=True):
        if hints.isdisjoint(needles):
            continue
        for found in pattern.finditer(text):
            made = make(found)
            if not any(a < made.end and made.start < b for a, b in taken):
                taken.append((made.start, made.end))
                yield made


# --- rules ------------------------------------------------------------------------------------------------------------


def _offset(found: re.Match[str]) -> Relative:
    weekday = _WEEKDAYS.index(found["weekday"].replace("天", "日")) if found["weekday"] else None
    offset = _measured(found["count"], found["unit"], weekday)
    since = bool(found["since"])
    # '典礼前一天组织彩排' is that day; '典礼前三天领取' is a limit.
    is_day = offset is not None and (offset.count, offset.unit) == (1, "D")
    kind = "point_rel" if since or is_day else "deadline_rel"
    return Relative(
        *found.span(), kind, found[0], found["anchor"], resolvable=offset is not None, before=offset, since=since
    )


def _measured(count: str, unit: str, weekday: int | None = None) -> Offset | None:
    known = _UNIT[unit]
    if count == "半" or known in ("H", "S"):
        return None
    return Offset(number(count.replace("两", "二")), known, weekday)


def _same_day(found: re.Match[str]) -> Relative:
    return Relative(*found.span(), "point_rel", found[0], found["anchor"], resolvable=True)


def _next_day(found: re.Match[str]) -> Relative:
    return Relative(*found.span(), "point_rel", found[0], found["anchor"], resolvable=True, after=Offset(1, "D"))


def _during(found: re.Match[str]) -> Relative:
    value = f"{found['anchor']}{found['tail'].removesuffix('内')}"
    return Relative(*found.span(), "window_rel", value, found["anchor"], resolvable=True)


def _before(found: re.Match[str]) -> Relative:
    # Who leaves by the last day of the period has done it in time; before a ceremony means any time before it.
    anchor = found["anchor"].removeprefix("毕业") if found["anchor"].endswith("离校") else found["anchor"]
    return Relative(*found.span(), "deadline_rel", f"before {anchor}", anchor, resolvable=anchor == "离校")


def _after(found: re.Match[str]) -> Relative:
    return Relative(*found.span(), "point_rel", f"after {found['anchor']}", found["anchor"])


def _open(found: re.Match[str]) -> Relative:
    return Relative(*found.span(), "tbd", "TBD")


def _duration(found: re.Match[str]) -> Relative:
    count = "0.5" if found["count"] == "半" else str(number(found["count"].replace("两", "二")))
    unit = _UNIT[found["unit"]]
    value = f"PT{count}H" if unit == "H" else f"P{count}{unit}"
    start, end = found.span()
    told = _SINCE_WHEN.search(found.string, max(0, start - 20), start)
    if told is None:
        return Relative(start, end, "duration", value)
    return Relative(
        told.start(),
        end,
        "duration",
        f"{value} after {told['anchor']}",
        told["anchor"],
        resolvable="离校" not in told["anchor"],  # counted from each one's own day
        after=_measured(found["count"], found["unit"]),
    )


def _weekday(found: re.Match[str]) -> Relative:
    weekday = _WEEKDAYS.index(found["weekday"].replace("天", "日"))
    which = found["which"]
    begins = found.start("which") if which else found.start("day")
    kind = "deadline_rel" if found["before"] else "point_rel"

    def on(issued: date) -> date:
        monday = issued - timedelta(issued.weekday())
        day = monday + timedelta(7 * _AHEAD[which or ""] + weekday)
        return day if which or day >= issued else day + timedelta(7)

    return Relative(begins, found.end(), kind, found.string[begins : found.end()], calendar=on)


def _month(found: re.Match[str]) -> Relative:
    kind = "deadline_rel" if found["before"] else "point_rel"
    ahead, day = _AHEAD[found["which"]], found["day"]

    def on(issued: date) -> date:
        month = _moved(issued.replace(day=1), ahead, "M")
        last = calendar.monthrange(month.year, month.month)[1]
        return month.replace(day=min(int(day), last) if day else last)

    return Relative(*found.span(), kind, found[0], calendar=on)


def shifted_after(length: str, day: date) -> date | None:
    """The day so long ('P2D', 'P3WD') after `day`; None for hours and terms, and where holidays are not known."""
    found = re.fullmatch(r"P(\d+)(WD|[YMWD])", length)
    if found is None:
        return None
    try:
        return Offset(int(found[1]), found[2]).after(day)
    except Uncovered:
        return None


def _moved(day: date, count: int, unit: str) -> date:
    if unit in ("D", "W"):
        return day + timedelta(count * (7 if unit == "W" else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "Y" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


_SINCE_WHEN = re.compile(
    r"(?:自|从)?(?P<anchor>(?:(?![在于须应将自从])[\u4e00-\u9fff]){2,10}?)(?:之日|当天|当日)?(?:之后|以后|后|起)\s*的?$"
)
_COUNTED = rf"(?<![\d.])(?P<count>{_NUM})\s*个?(?P<unit>工作日|小时|学期|星期|年|月|周|天|日)"
_BEFORE_SIGN = r"(?P<before>\s*(?:之前|以前|前(?!往|期|后|述)|截止))"
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Relative]], ...] = (
    (
        re.compile(
            rf"(?:20\d\d\s*年)?[春秋夏冬]?季?(?P<anchor>{EVENT})(?:开始|举行)?(?:之?前)的?\s*(?P<count>{_NUM})\s*个?"
            r"(?P<unit>工作日|星期(?![一二三四五六日天])|周(?![一二三四五六日天])|天|日|月)"
            r"(?:的?(?:周|星期)(?P<weekday>[一二三四五六日天]))?(?:以内|之内|内)?(?P<since>\s*起(?!始))?"
        ),
        _offset,
    ),
    (re.compile(rf"(?P<anchor>{EVENT})(?:当天|当日|那天)"), _same_day),
    (re.compile(rf"(?P<anchor>{EVENT})的?(?:次日|翌日|第二天)"), _next_day),
    (
        re.compile(rf"(?P<anchor>{EVENT})(?P<tail>期间|之际|时间段内?|时段内?)"),
        _during,
    ),
    (
        re.compile(
            r"另行(?:通知|公布|安排|告知|确定)|(?:时间|地点|日期)(?:和|、|及)?(?:时间|地点|日期)?待定|待通知|等通知"
            r"|时间由[^，。；]{1,12}自[定行][^，。；]{0,4}|以[^，。；]{0,6}通知为准|(?<![\u4e00-\u9fff])待定(?![\u4e00-\u9fff])"
        ),
        _open,
    ),
    (re.compile(rf"(?:(?<=满)|(?<=逾期)|(?<=超过)|(?<=起)){_COUNTED}(?:后|以上)?(?![\u4e00-\u9fff]*内)"), _duration),
    (re.compile(rf"{_COUNTED}\s*(?:之内|以内|内(?!容))"), _duration),
    (
        re.compile(
            r"在?(?:本学期|学期|学校|学生|毕业生)?(?P<anchor>放假|开学|离校|毕业离校|返校|报到|毕业典礼|答辩)"
            r"(?:之前|以前|前(?!往|期|后|述|尚|准|的))"
        ),
        _before,
    ),
    (re.compile(r"(?:毕业)?(?P<anchor>离校|毕业典礼|典礼|返校|开学)(?:结束)?(?:之后|以后|后(?!续|勤|期|未))"), _after),
    (
        re.compile(
            r"(?<![每至到、，（(\d日号])(?:(?P<which>下下|下|本|这)个?)(?P<day>(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天]))"
            rf"{_BEFORE_SIGN}?"
        ),
        _weekday,
    ),
    (
        re.compile(
            r"(?<![每至到、（(\d日号下本这个的])(?P<which>)(?P<day>(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天]))"
            + _BEFORE_SIGN
        ),
        _weekday,
    ),
    (re.compile(rf"(?P<which>本|当|下|次)个?月(?:底|末|(?P<day>\d{{1,2}})\s*[日号]){_BEFORE_SIGN}?"), _month),
)
_NEEDLES = (
    ("前",),
    ("当天", "当日", "那天"),
    ("次日", "翌日", "第二天"),
    ("期间", "之际", "时段", "时间段"),
    ("另行", "待定", "通知", "自定", "自行"),
    ("满", "逾期", "超过", "起"),
    ("内",),
    ("放假", "开学", "离校", "返校", "报到", "典礼", "答辩"),
    ("离校", "典礼", "返校", "开学"),
    ("周", "星期", "礼拜"),
    ("周", "星期", "礼拜"),
    ("月",),
)
"""For each rule words without which it finds nothing: looking for them is far cheaper."""
_HINT = re.compile("|".join(sorted({needle for needles in _NEEDLES for needle in needles})))
