"""Lines that speak of the notice itself: signature, '发布时间：…', '制表：… 2024年5月8日'. Their dates are no tasks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from knowledge.moments import level, next_moment

_OFFICE_END = r"(?:部|处|院|办|室|心|委|会|馆|科|组|大学|学校|集团|公司)"
_PUBLISHED = re.compile(r"(?:发布|发表|发文|编辑|签发)(?:时间|日期|于)?\s*[:：]?\s*(?=[12])")
_DATED = re.compile(r"^(?:时间|日期)\s*[:：]\s*(?=[12]\d{3}\s*[-./年])")
_BARRED = re.compile(r"[|｜丨]\s*(?:(?:时间|日期)\s*[:：]\s*)?(?=[12]\d{3}\s*[-./年])")
_FRONT = re.compile(r"(?:date|created|publish(?:ed)?|updated)\s*[:：]\s*[\"']?(?=[12]\d{3}-)", re.IGNORECASE)
_OPENED = re.compile(r"登[录陆]|注册|首页|今天是|今日")
_TODAY = re.compile(r"[^，。；]{0,30}(?:登[录陆]|注册|首页|今天是|今日)[^，。；\d]{0,8}(?=[12]\d{3}\s*[-./年])")
"""The top of a web page says which day it was opened."""
_UPDATED = re.compile(r"(?:更新|修改|修订)(?:时间|日期|于)?\s*[:：]?\s*(?=[12])")
_VIEWS = re.compile(r"(?:浏览|点击|阅读|访问)(?:次数|量|数)?\s*[:：]?\s*(?:\[?\d*\]?\s*次?)")
_SOURCE = re.compile(r"(?:来源|发布单位|发文单位|发布部门|信息来源)\s*[:：]\s*(?P<who>[\u4e00-\u9fff]{2,30})")
_MADE = re.compile(r"^[>＞\s]*[^。；]{0,24}(?:制表|整理|填报|拟稿|编制|汇编|供稿|制作|发布单位|印制|印发)")
_FIGURES = re.compile(r"[12１２]\s*[\d〇○零]|[一二][〇○零一二三四五六七八九]{3}")
"""The beginning of a year: a line without one is of no day."""
_LONGEST = 120
_LONGEST_SIGNATURE = 45


@dataclass(frozen=True, slots=True)
class Imprint:
    """What such a line says."""

    issued_on: date | None = None
    updated_on: date | None = None
    source: str | None = None
    """The office before the date, or behind '来源'."""


def imprint_of(text: str) -> Imprint | None:
    """What a line says of the notice itself; None for any other line."""
    if len(text) > 2 * _LONGEST or not _FIGURES.search(text):
        return None
    plain = level(text).strip()
    if len(plain) > _LONGEST:
        return None
    if (
        _OPENED.search(plain)
        and (opened := _TODAY.match(plain))
        and (begins := _whole_day(plain))
        and begins[0] == opened.end()
    ):
        return Imprint()
    if found := _FRONT.match(plain):
        return Imprint(_day_at(plain, found.end()))
    return _published(plain) or (_signed(plain) if len(plain) <= _LONGEST_SIGNATURE else None)


def _published(plain: str) -> Imprint | None:
    """The line under the title of a web page."""
    issued, updated = _day_after(_PUBLISHED, plain), _day_after(_UPDATED, plain)
    source = _SOURCE.search(plain)
    if issued is None and (source or _VIEWS.search(plain)):
        issued = _day_after(_DATED, plain) or _day_after(_BARRED, plain)
    said = sum((bool(issued), bool(updated), bool(source), bool(_VIEWS.search(plain))))
    if not (issued or updated) or (said == 1 and len(plain) > 40) or "。" in plain:
        return None
    return Imprint(issued, updated, source["who"] if source else None)


def _day_after(sign: re.Pattern[str], plain: str) -> date | None:
    found = sign.search(plain)
    return _day_at(plain, found.end()) if found else None


def _signed(plain: str) -> Imprint | None:
    """'某处 2024年5月8日', '制表：某处 2024年5月8日', or the date alone."""
    body = plain.rstrip("）) ")
    begins = _whole_day(body)
    if begins is None:
        return None
    start, day = begins
    before = body[:start].strip(" ,，(（:：>")
    made = bool(_MADE.match(plain)) or plain.rstrip().endswith("印发")
    if before and not made and not re.fullmatch(rf"[\u4e00-\u9fff（）()、\s]{{1,36}}{_OFFICE_END}", before):
        return None
    if _SOURCE.search(body) or not made:
        named = _SOURCE.search(body)
        return Imprint(day, None, named["who"] if named else "".join(before.split()) or None)
    named = re.search(rf"[\u4e00-\u9fff]{{2,20}}?{_OFFICE_END}(?![\u4e00-\u9fff]*{_OFFICE_END})", before)
    return Imprint(day, None, re.sub(r"^(?:制表|整理|填报|编制)[:：]?", "", named[0]) if named else None)


def _whole_day(body: str) -> tuple[int, date] | None:
    """A date with its year that ends the line, and where it begins."""
    for found in re.finditer(
        r"[12][\d〇○零一二三四五六七八九]{3}\s*[年./-]|[二][〇○零一二三四五六七八九]{3}\s*年", body
    ):
        moment = next_moment(body, found.start())
        if moment and moment.start == found.start() and moment.year and moment.day and moment.clock is None:
            if moment.end == len(body) or body[moment.end :].strip() in ("印发", "发布", "制"):
                days = moment.days(moment.year)
                return (moment.start, days[0]) if days else None
            return None
    return None


def _day_at(text: str, at: int) -> date | None:
    moment = next_moment(text, at)
    if moment is None or moment.start != at or not moment.year or not moment.day:
        return None
    days = moment.days(moment.year)
    return days[0] if days else None
