"""Times relative to something else: '毕业典礼当天', '离校期间', '另行通知', '一年内', '截止日期前一周的周一'."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from knowledge.moments import number

_EVENT = r"毕业典礼|学位授予仪式|毕业答辩|答辩|开学|放假|离校|返校|报到|(?:招生|申请)?截止(?:日期|时间)"
_NUM = r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3}|半)"
_UNIT = {"年": "Y", "月": "M", "周": "W", "天": "D", "日": "D", "工作日": "WD", "小时": "H", "学期": "S"}


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative expression: `anchor` is the event, `resolvable` whether the event's days are its own days."""

    start: int
    end: int
    kind: str
    value: str
    anchor: str = ""
    resolvable: bool = False


def relatives(text: str) -> Iterator[Relative]:
    """The relative expressions of a text; where two overlap the longer rule (earlier in the list) wins."""
    taken: list[tuple[int, int]] = []
    for pattern, make in _RULES:
        for found in pattern.finditer(text):
            if not any(a < found.end() and found.start() < b for a, b in taken):
                taken.append(found.span())
                yield make(found)


def _offset(found: re.Match[str]) -> Relative:
    return Relative(*found.span(), "deadline_rel", f"{found[0]}", found["anchor"])


def _same_day(found: re.Match[str]) -> Relative:
    return Relative(*found.span(), "point_rel", found[0], found["anchor"], resolvable=True)


def _during(found: re.Match[str]) -> Relative:
    return Relative(
        *found.span(),
        "window_rel",
        f"{found['anchor']}{found['tail'].removesuffix('内')}",
        found["anchor"],
        resolvable=True,
    )


def _before(found: re.Match[str]) -> Relative:
    return Relative(*found.span(), "deadline_rel", f"before {found['anchor']}", found["anchor"])


def _after(found: re.Match[str]) -> Relative:
    return Relative(*found.span(), "point_rel", f"after {found['anchor']}", found["anchor"])


def _open(found: re.Match[str]) -> Relative:
    return Relative(*found.span(), "tbd", "TBD")


def _duration(found: re.Match[str]) -> Relative:
    count = "0.5" if found["count"] == "半" else str(number(found["count"].replace("两", "二")))
    unit = _UNIT[found["unit"]]
    return Relative(*found.span(), "duration", f"PT{count}H" if unit == "H" else f"P{count}{unit}")


_COUNTED = rf"(?P<count>{_NUM})\s*个?(?P<unit>工作日|小时|学期|年|月|周|天|日)"
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Relative]], ...] = (
    (
        re.compile(
            rf"(?:20\d\d\s*年)?[春秋夏冬]?季?(?P<anchor>{_EVENT})(?:之?前)\s*{_NUM}\s*个?(?:工作日|周|天|日|月)"
            r"(?:的?(?:周|星期)[一二三四五六日天])?"
        ),
        _offset,
    ),
    (re.compile(rf"(?P<anchor>{_EVENT})(?:当天|当日|那天)"), _same_day),
    (
        re.compile(rf"(?P<anchor>{_EVENT})(?P<tail>期间|之际|时间段内?|时段内?)"),
        _during,
    ),
    (re.compile(r"另行(?:通知|公布|安排|告知)|(?:时间|地点|日期)待定|待通知"), _open),
    (
        re.compile(
            r"在?(?:本学期|学期|学校|学生|毕业生)?(?P<anchor>放假|开学|离校|毕业离校|返校|报到|毕业典礼|答辩)"
            r"(?:之前|以前|前(?!往|期|后|述|尚|准|的))"
        ),
        _before,
    ),
    (re.compile(r"(?:毕业)?(?P<anchor>离校|毕业典礼|返校|开学)(?:之后|以后|后(?!续|勤|期|未))"), _after),
    (re.compile(rf"{_COUNTED}\s*(?:之内|以内|内(?!容))"), _duration),
    (re.compile(rf"(?<=逾期)\s*{_COUNTED}"), _duration),
    (re.compile(rf"(?<=超过)\s*{_COUNTED}"), _duration),
)
