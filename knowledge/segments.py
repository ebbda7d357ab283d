"""The tasks of a sentence: which stretch of it says one thing to be done, with the times that are said of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from knowledge.beside import since_today, times_in, with_hours
from knowledge.dates import Base
from knowledge.expression import DEADLINE, FROM, POINT, UNTIL, WINDOW, TimeExpression
from knowledge.lines import depths

_CLAUSE = re.compile(r"[，,；;]")
_ABSOLUTE = frozenset((POINT, WINDOW, FROM, DEADLINE, UNTIL))
_RELATIVE = frozenset(("deadline_rel", "point_rel", "window_rel", "tbd"))
_AGE = re.compile(r"统计[^，。；]{0,8}$")
_IS_DESCRIPTION = re.compile(
    r"(?:尚未|仍未|未能|未)?[\u4e00-\u9fff]{1,10}的(?:全部|所有)?(?:毕业生|学生|同学|人员|党员|团员)"
)
"""'离校前尚未转正的毕业生党员' says who, not when."""
_ASKS = re.compile(r"^(?:[（(]?\d{1,2}[.、．)）]\s*)?是否|[？?]\s*$")
_OF_TIME = re.compile(r"时间|日期|何时|待定|举行")
"""'具体时间另行通知' is about when; '由某处另行安排' is not."""
_IN_CASE = re.compile(r"(?:如?遇|如因|若因)[^，。；]{1,8}[，,]?\s*(?:则|将)?(?:顺延|延期|推迟|改期)(?:至|到)?\s*$")
"""'遇雨顺延至 5 月 21 日' is no date to keep."""
_PAPER = re.compile(r"(?:发证日期|签发日期|落款)")
_BELONGS = re.compile(
    r"\s*(?:(?:报名|截止|办理|工作|具体|数据统计|领取|受理|开放)?[的]?时[间段限](?!内)|截至|截止|具体"
    r"|逾期|过期|最[迟晚])"
)
"""'截止时间为 6 月 8 日' belongs to the task before it."""
_REMARK = re.compile(r"[（(](?=[\u4e00-\u9fff]{2,10}时间(?:为|是|[:：]))")
"""'…报财务处(清查时间为 5 月 10 日-6 月 5 日)' speaks of a task of its own."""
_WORDS = re.compile(r"[\u4e00-\u9fff]{2}")
_EMPTY_WORDS = re.compile(
    r"^(?:时间|期间|工作日|上午|下午|全天|截止|截止时间|办理时间|领取时间|之间|开始|左右|以前|之前)$"
)


def segments(text: str, base: Base, month: int | None = None) -> Iterator[tuple[str, list[TimeExpression]]]:
    """Each stretch with its times. A clause with a time of its own begins one, unless it has nothing else to say."""
    times = [found for found in since_today(text, times_in(text, base, month), base) if _counts(text, found)]
    if not times or _PAPER.search(text) or _ASKS.search(text):
        return
    for begin, end in pairwise([*_starts(text, times), len(text)]):
        inside = [found for found in times if begin <= found.span[0] < end]
        if inside and (any(found.kind != "tbd" for found in inside) or _OF_TIME.search(text[begin:end])):
            mine = text[begin:end].strip(" ，,；;")
            yield mine, with_hours(mine, [_shifted(found, text, begin) for found in inside])


def _counts(text: str, found: TimeExpression) -> bool:
    """Whether a time is one at which something is to be done."""
    if found.fact:
        return False
    if found.kind == "duration":
        return found.text.endswith("内") and " after " in (found.value or "")
    if _IN_CASE.search(text[: found.span[0]]):
        return False
    if (
        found.kind in _RELATIVE
        and found.start is None
        and found.end is None
        and _IS_DESCRIPTION.match(text, found.span[1])
    ):
        return False
    if found.kind in _RELATIVE or found.kind in _ABSOLUTE:
        return not (found.kind == UNTIL and _AGE.search(text[: found.span[0]]))
    return False


def _shifted(found: TimeExpression, text: str, begin: int) -> TimeExpression:
    """The expression with its place in the stretch."""
    lead = len(text[begin:]) - len(text[begin:].lstrip(" ，,；;"))
    start, end = found.span
    return found._replace(span=(start - begin - lead, end - begin - lead))


def _starts(text: str, times: Sequence[TimeExpression]) -> list[int]:
    """Where the tasks begin: at the clauses that hold a time and say something, the first at the beginning."""
    open_at = depths(text)
    edges = [0, *(found.end() for found in _CLAUSE.finditer(text) if not open_at[found.start()])]
    edges = sorted({*edges, *(found.end() for found in _REMARK.finditer(text))})
    starts: list[int] = []
    for begin, end in pairwise([*edges, len(text)]):
        inside = [found for found in times if begin <= found.span[0] < end]
        if not inside:
            continue
        alone = not _says_more(text[begin:end], inside, begin)
        # A time alone belongs to what was said before it; before more words, or as the end of what only began, it
        # opens the next.
        if starts and alone and (_BELONGS.match(text[begin:end]) or not (_leads(text, end) or _ends(times, inside))):
            continue
        starts.append(begin)
    return [0, *starts[1:]] if starts else [0]


def _leads(text: str, end: int) -> bool:
    """Whether words without a time of their own follow the clause."""
    return bool(_WORDS.search(text[end : end + 30]))


def _ends(times: Sequence[TimeExpression], inside: Sequence[TimeExpression]) -> bool:
    """'6月1日起开放…，8月31日截止'."""
    before = [found for found in times if found.span[1] <= inside[0].span[0]]
    return bool(before) and before[-1].kind == FROM and inside[0].is_deadline


def _says_more(clause: str, times: Sequence[TimeExpression], begin: int) -> bool:
    if _BELONGS.match(clause):
        return False
    for found in reversed(times):
        start, end = found.span[0] - begin, found.span[1] - begin
        clause = f"{clause[:start]}\0{clause[end:]}"
    return any(not _EMPTY_WORDS.match(word) for word in re.findall(r"[\u4e00-\u9fff]{2,}", clause))
