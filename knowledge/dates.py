"""Time expressions of Chinese notices: what is due when, how sure it is, and relative to what.

The year of a date without one comes from the same sentence, then from the notice (issue date, then cohort), never
from the clock. A relative expression ('毕业典礼当天') is resolved where the notice itself gives the day of its anchor
and stays symbolic otherwise.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta

from knowledge.blocks import Document
from knowledge.moments import Moment, clock_at, level, moment_at, next_moment
from knowledge.relative import Relative, relatives

POINT, WINDOW, DEADLINE, UNTIL, FROM = "point", "window", "deadline", "until", "from"

_DASH = re.compile(r"\s*(?:起\s*)?(?:至|到|直至|[-—–−‑~～〜]{1,3})\s*")
_BEFORE = re.compile(r"\s*(?:之前|以前|前(?![后期往述])|为止|截止|止)(?!工作)")
_SINCE = re.compile(r"\s*(?:起(?!始)|开始(?!日)|之后|以后|后(?![勤续期]))")
_STOP = re.compile(r"\s*止(?!步)")
_ABOUT = re.compile(r"\s*(?:左右|前后)")
_ANOTHER_DAY = re.compile(r"\s*[、和及与]\s*(?=\d{1,2}\s*[日号])")
_TENTATIVE_AFTER = re.compile(r"\s*[（(]\s*(?:暂定|待定|拟|预计|初定|时间暂定)[^）)]{0,6}[）)]")
_TENTATIVE_BEFORE = re.compile(r"(?:暂定|初步定|初定|预计|拟定?|原则上)(?:为|于|在|时间)?\s*[:：]?\s*$")
_DUE_BEFORE = re.compile(
    r"(?:截止(?:时间|日期|日)?(?:为|是|到|至|于)?|截至|不迟于|不晚于|最迟(?:于|在|不超过|须)?|最晚(?:于|在)?|务必于)\s*[:：]?\s*$"
)
_UNTIL_BEFORE = re.compile(r"(?:一直到|直到|持续到|延续到|延至|延长至|有效期至)\s*$")
_DATA_BEFORE = re.compile(r"(?:统计|数据)[^，。；]{0,8}$")
_SINCE_BEFORE = re.compile(r"(?:自|从)\s*$")
_TODAY_SINCE = re.compile(r"(?:即日|自?通知发布之日|本通知发布之日)起(?:\s*(?:至|到|[-—–~～]))?\s*")
_SENTENCE_EDGE = re.compile(r"[。！？!?\n]")
_TITLE = re.compile(r"《[^《》]*》")
_LOOKALIKE_AFTER = re.compile(r"\s*(?:届|级|批次|毕业生(?!的?毕业审核))")
_ANCHOR = re.compile(r"([\u4e00-\u9fff]{2,12}?)(?:工作)?时间(?:暂?定?为|是|[:：])\s*$")
_PAST, _AHEAD = timedelta(days=90), timedelta(days=275)


@dataclass(frozen=True, slots=True)
class Base:
    """What dates are read against: the notice's year and issue date, and the days of its events."""

    year: int | None = None
    issued_on: date | None = None
    anchors: Mapping[str, tuple[date, date]] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Document) -> Base:
        """The base of a notice: its year, and the events whose time it states itself."""
        plain = cls(document.base_year, document.issued_on)
        anchors: dict[str, tuple[date, date]] = {}
        for block in document.blocks:
            for name, days in _anchors(block.text, plain):
                anchors.setdefault(name, days)
        return replace(plain, anchors=anchors)

    def year_for(self, moment: Moment, stated: date | None) -> int | None:
        """The year a moment without one lies in; `stated` is the last whole date of the same sentence."""
        if moment.year is not None:
            return moment.year
        if stated is not None:
            return stated.year
        if self.issued_on is None or moment.month is None:
            return self.year
        return self._around_issue(moment, self.issued_on)

    def _around_issue(self, moment: Moment, issued: date) -> int:
        """A letter of December that speaks of January means the next one."""
        for year in (issued.year, issued.year + 1, issued.year - 1):
            days = moment.days(year)
            if days and issued - _PAST <= days[0] <= issued + _AHEAD:
                return year
        return issued.year


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """One time expression: `span` in the text, `start`/`end` as days (None: open or not computable).

    `kind` is point, window, deadline, until, from, or relative: point_rel, window_rel, deadline_rel, duration, tbd;
    `value` then names what it is relative to. `approx` tells which end is not sharp. `year_source` is explicit (in
    the expression), inherited (from the notice), or none.
    """

    text: str
    span: tuple[int, int]
    kind: str
    start: date | None = None
    end: date | None = None
    time: time | None = None
    is_deadline: bool = False
    tentative: bool = False
    approx: str | None = None
    year_source: str = "explicit"
    value: str | None = None


def find_times(text: str, base: Base) -> list[TimeExpression]:
    """Every time expression of a text, in order."""
    plain = level(text)
    found = list(_absolute(text, plain, base))
    covered = [expression.span for expression in found]
    found += [_relative(text, relative, base) for relative in relatives(plain) if not _overlaps(relative, covered)]
    return sorted(found, key=lambda expression: expression.span)


def _overlaps(relative: Relative, covered: list[tuple[int, int]]) -> bool:
    after = bisect_right(covered, (relative.start, relative.start))
    return any(a < relative.end and relative.start < b for a, b in covered[max(0, after - 1) : after + 1])


def _relative(text: str, relative: Relative, base: Base) -> TimeExpression:
    start, end = _days_of(relative, base) or (None, None)
    return TimeExpression(
        text=text[relative.start : relative.end],
        span=(relative.start, relative.end),
        kind=relative.kind,
        start=start,
        end=end,
        is_deadline=relative.kind == "deadline_rel",
        tentative=relative.kind == "tbd",
        value=relative.value,
    )


def _days_of(relative: Relative, base: Base) -> tuple[date, date] | None:
    """The days of the event it is relative to, where the notice states them; a period needs a period."""
    if not relative.resolvable:
        return None
    named = [days for name, days in base.anchors.items() if relative.anchor in name]
    if relative.kind == "window_rel":
        named = [days for days in named if days[0] < days[1]]
    return named[0] if named else None


def _absolute(text: str, plain: str, base: Base) -> Iterator[TimeExpression]:
    titles = [found.span() for found in _TITLE.finditer(plain)]
    edges = [0, *(found.end() for found in _SENTENCE_EDGE.finditer(plain))]
    at, stated = 0, None
    while (moment := next_moment(plain, at)) is not None:
        at = moment.end
        before = bisect_right(titles, (moment.start, len(plain)))
        if before and moment.start < titles[before - 1][1]:
            continue
        begins = edges[bisect_right(edges, moment.start) - 1]
        in_sentence = stated[1] if stated and stated[0] >= begins else None
        expression = _expression(text, plain, moment, base, in_sentence)
        if expression is None:
            continue
        at = max(at, expression.span[1])
        if moment.year is not None and (day := expression.start or expression.end):
            stated = (moment.start, day)
        yield expression
        for further in _more_days(text, plain, expression):
            at = further.span[1]
            yield further


def _more_days(text: str, plain: str, expression: TimeExpression) -> Iterator[TimeExpression]:
    """'6月8日、9日': further days of the same month."""
    while expression.kind == POINT and expression.start and (gap := _ANOTHER_DAY.match(plain, expression.span[1])):
        moment = moment_at(plain, gap.end())
        days = replace(moment, month=expression.start.month).days(expression.start.year) if moment else None
        if moment is None or moment.month is not None or days is None:
            return
        span = (moment.start, moment.end)
        expression = replace(
            expression, text=text[slice(*span)], span=span, start=days[0], end=days[1], time=moment.clock
        )
        yield expression


def _expression(text: str, plain: str, moment: Moment, base: Base, stated: date | None) -> TimeExpression | None:
    year = base.year_for(moment, stated)
    days = moment.days(year) if year is not None else None
    if days is None or _LOOKALIKE_AFTER.match(plain, moment.end):
        return None
    source = "explicit" if moment.year is not None else "inherited"
    last, end_days = _second(plain, moment, days[0])
    start, end = days[0], (end_days or days)[1]
    expression = TimeExpression(
        "",
        (moment.start, last.end),
        WINDOW if end_days or (moment.vague and start != end) else POINT,
        start,
        end,
        moment.clock or last.clock,
        approx=_approx(moment, last),
        year_source=source,
    )
    return _in_context(text, plain, expression, base, is_range=end_days is not None)


def _second(plain: str, moment: Moment, start: date) -> tuple[Moment, tuple[date, date] | None]:
    """The other end of a range, if there is one; a smaller month or day lies in the next year or month."""
    dash = _DASH.match(plain, moment.end)
    if dash is None:
        return moment, None
    clock = clock_at(plain, dash.end())
    other = moment_at(plain, dash.end())
    if other is None:
        return (replace(moment, end=clock[1]), None) if clock and moment.clock else (moment, None)
    if other.month is None and other.vague is None:
        other = replace(other, month=start.month)
    days = other.days(other.year or start.year)
    if days and days[1] < start and other.year is None:
        days = other.days(start.year + 1)
    return (other, days) if days and days[1] >= start else (moment, None)


def _approx(first: Moment, last: Moment) -> str | None:
    if first is last or first.start == last.start:
        return first.approx
    if first.approx and last.approx:
        return "both"
    return "start" if first.approx else "end" if last.approx else None


def _in_context(text: str, plain: str, expression: TimeExpression, base: Base, *, is_range: bool) -> TimeExpression:
    """Open sides, deadlines and doubts that stand before and behind."""
    begin, finish = expression.span
    before = plain[max(0, begin - 24) : begin]
    tentative = _TENTATIVE_AFTER.match(plain, finish)
    finish = tentative.end() if tentative else finish
    expression = replace(
        expression, span=(begin, finish), tentative=bool(tentative or _TENTATIVE_BEFORE.search(before))
    )
    today = _today_before(plain, begin)
    if today is not None:
        expression = replace(expression, span=(today, finish), kind=WINDOW, start=base.issued_on)
    elif is_range:
        stop = _STOP.match(plain, finish)
        expression = replace(expression, span=(begin, stop.end() if stop else finish))
    else:
        expression = _one_sided(plain, expression, before)
    return replace(expression, text=text[slice(*expression.span)])


def _today_before(plain: str, begin: int) -> int | None:
    for found in _TODAY_SINCE.finditer(plain, max(0, begin - 16), begin):
        if found.end() == begin:
            return found.start()
    return None


def _one_sided(plain: str, expression: TimeExpression, before: str) -> TimeExpression:
    """'X前', 'X截止', '截止时间为X' end; 'X起' begins; '一直到X' goes on until."""
    begin, finish = expression.span
    ended = _BEFORE.match(plain, finish)
    if _UNTIL_BEFORE.search(before):
        return replace(expression, kind=UNTIL, start=None)
    if due := _DUE_BEFORE.search(before):
        # '统计数据截至 8 月 31 日' says how old the figures are, not by when something is due.
        is_due = not _DATA_BEFORE.search(before[: due.start()])
        span = (begin, ended.end() if ended else finish)
        return replace(expression, span=span, kind=DEADLINE if is_due else UNTIL, start=None, is_deadline=is_due)
    if ended:
        return replace(expression, span=(begin, ended.end()), kind=DEADLINE, start=None, is_deadline=True)
    if about := _ABOUT.match(plain, finish):
        return replace(expression, span=(begin, about.end()), approx="both")
    if begun := _SINCE.match(plain, finish):
        return replace(expression, span=(begin, begun.end()), kind=FROM, end=None)
    return expression


def _anchors(text: str, base: Base) -> Iterator[tuple[str, tuple[date, date]]]:
    """Events whose time a text states: '毕业典礼时间为 6 月 26 日', '办理离校手续时间为 …'."""
    for expression in find_times(text, base):
        named = _ANCHOR.search(text[: expression.span[0]])
        if named and expression.start and expression.end:
            yield named[1], (expression.start, expression.end)


def due_of(expressions: Iterable[TimeExpression]) -> TimeExpression | None:
    """The expression that says until when: a deadline, otherwise the end of a window, otherwise a point."""
    known = list(expressions)
    for kinds in ((DEADLINE,), (WINDOW,), (POINT,), (UNTIL,)):
        chosen = [e for e in known if e.kind in kinds and e.end]
        if chosen:
            return chosen[0]
    return next((e for e in known if e.is_deadline or e.kind == "tbd"), None)


def clocks_of(expression: TimeExpression) -> tuple[time | None, time | None]:
    """The time of day at which it begins and at which it ends; a point in time begins, a deadline ends."""
    if expression.kind != WINDOW:
        ends = expression.kind in (DEADLINE, UNTIL)
        return (None, expression.time) if ends else (expression.time, None)
    plain = level(expression.text)
    dash = _DASH.search(plain)
    first = next_moment(plain, 0)
    if dash is None or first is None or expression.time is None:
        return None, None
    last = next_moment(plain, dash.end())
    other = clock_at(plain, dash.end())
    return first.clock, last.clock if last else (other[0] if other else None)
