"""Time expressions of Chinese notices: what is due when, how sure it is, and relative to what.

The year of a date without one comes from the same sentence, then from the notice (issue date, then cohort), never
from the clock. A relative expression ('毕业典礼当天') is resolved where the notice itself gives the day of its anchor
and stays symbolic otherwise.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta

from knowledge.blocks import Block, Document
from knowledge.described import counted_already, describes
from knowledge.expression import DEADLINE, FROM, POINT, UNTIL, WINDOW, TimeExpression
from knowledge.moments import Moment, clock_at, last_sign, level, moment_at, next_moment
from knowledge.relative import EVENT, Relative, relatives
from knowledge.workdays import Uncovered

_DASH = re.compile(r"\s*(?:(?:起|开始)\s*[，,]?\s*)?(?:至|到|直至|[-—–−‑~～〜]{1,3})\s*")
_BEFORE = re.compile(
    r"\s*[）)]?\s*(?:下班|上班|中午|当[天日]|放学|闭馆|关门|熄灯|午休)?(?:之前|以前|前(?![后期往述])|为止|截止|止)(?!工作)"
)
_SINCE = re.compile(r"\s*(?:起(?!始)|开始(?!日)|之后|以后|后(?![勤续期]))")
_STOP = re.compile(r"\s*(?:为?止(?!步)|截止|结束)")
_DAILY = re.compile(r"\s*(?:[，,（(]?\s*(?:期间)?(?:每天|每日))?\s*(?=[上下早中晚\d])")
_ABOUT = re.compile(r"\s*(?:左右|前后)")
_ANOTHER_DAY = re.compile(r"\s*[、和及与]\s*(?=\d{1,2}\s*(?:[日号]|(?:[、和及与]\s*\d{1,2}\s*)+[日号]))")
_TENTATIVE_AFTER = re.compile(
    r"\s*[（(]\s*(?:(?:暂定|待定|拟|预计|初定|时间暂定)[^）)]{0,6}"
    r"|等[^）)]{0,8}通知|以[^）)]{0,12}(?:通知|公告)为准)[）)]"
)
_TENTATIVE_BEFORE = re.compile(
    r"(?:目前定的?(?:是|在|为)?|暂定|初步(?:定|确定|安排)|初定|预计|计划|拟(?:定|于|在|从)?|暂(?:拟|安排)|大概|大约|估计|可能)(?:将|会)?(?:为|于|在|自|从|时间)?\s*[:：]?\s*$"
)
_DUE_BEFORE = re.compile(
    r"(?:(?:截止|截至)(?:时间|日期|日)?(?:为|是|到|至|于)?|(?:完成|办理|提交|报送|上报)(?:时限|期限)(?:为|是)?|不迟于|不晚于"
    r"|不得(?:迟|晚)于|最[迟晚](?:不?(?:超过|得超过|迟于|晚于)|于|在|须于?|应于?|到|至)?|务必于|限于?)\s*[:：]?\s*$"
)
_DUE_BRACKET = re.compile(r"(?:周|星期|礼拜)[一二三四五六日天]\s*(?:之前|以前|前)\s*[（(]\s*$")
"""'下周一前（5月11日）': the bracket says the same day in figures."""
_UNTIL_BEFORE = re.compile(
    r"(?:一直到|直到|(?:持续|延续|延长|保留|留存|保管|存放|有效期?|使用|结算|核算|供应|营业|运行|公示|住|用|留)(?:到|至)|(?<!顺)延至)\s*$"
)
_HINT = re.compile(r"[到至截限迟晚务期前]")
"""A sign without which nothing before a date says that it ends there: looked for first, for it is cheap."""
_OF_A_LIMIT = re.compile(r"(?:截止|截至|期限|时限|最迟|最晚)[^，。；]{0,24}$")
_DATA_BEFORE = re.compile(r"(?:统计|数据)[^，。；]{0,8}$")
_SINCE_BEFORE = re.compile(r"(?:自|从)\s*$")
_TODAY_SINCE = re.compile(
    r"(?:自|从)?(?:即日|(?:本)?(?:通知|公告)?(?:发布|印发|发文)之日)起(?:\s*(?:至|到|[-—–~～]))?\s*"
)
_SENTENCE_EDGE = re.compile(r"[。！？!?\n]")
_TITLE = re.compile(r"《[^《》]*》")
_LOOKALIKE_AFTER = re.compile(r"\s*(?:届|级|批次)")
_BATCH_AFTER = re.compile(r"\s*毕业生(?!的?毕业审核)")
_ANCHOR = re.compile(r"([\u4e00-\u9fff]{2,16}?)(?:工作)?时间(?:暂?定?(?:为|于)|是|[:：])\s*$")
_EVENT = re.compile(EVENT)
_EVENT_ON = re.compile(
    rf"([\u4e00-\u9fff]{{0,6}}(?:{EVENT})[\u4e00-\u9fff]{{0,4}}?)(?:暂定|拟定|定|将|拟)?(?:于|为|在|[:：])?\s*$"
)
_TIME_ALONE = re.compile(r"^(?:[\u4e00-\u9fff]{0,4}时间)\s*[:：]\s*$")
_WHOLE_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:\s*年\s*\d{1,2}\s*月|[-/.]\d{1,2}[-/.]\d{1,2})")
_PAST, _AHEAD = timedelta(days=90), timedelta(days=275)


@dataclass(frozen=True, slots=True)
class Base:
    """What dates are read against: the notice's year and issue date, and the days of its events."""

    year: int | None = None
    issued_on: date | None = None
    anchors: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    known: dict[str, _Read] | None = field(default=None, compare=False, repr=False)
    """What was read already: the parts of a notice are looked at several times."""

    @classmethod
    def of(cls, document: Document) -> Base:
        """The base of a notice: its year, and the events whose time it states itself."""
        base = document.worked_out.get("base")
        if not isinstance(base, cls):
            base = document.worked_out["base"] = cls._of(document)
        return base

    @classmethod
    def _of(cls, document: Document) -> Base:
        plain = cls(document.base_year or _year_said(document), document.issued_on, known={})
        anchors: dict[str, tuple[date, date]] = {}
        for block in document.blocks:
            for name, days in _anchors(block, plain):
                anchors.setdefault(name, days)
        return replace(plain, anchors=anchors)

    def year_for(self, moment: Moment, stated: date | None) -> int | None:
        """The year a moment without one lies in; `stated` is the last whole date of the same sentence."""
        if moment.year is not None:
            return moment.year
        if moment.years_on is not None:
            return self.year + moment.years_on if self.year else None
        if stated is not None:
            return _nearest(moment, stated)
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


def _nearest(moment: Moment, stated: date) -> int:
    """After '12 月 22 日至 1 月 4 日' a day in January is one of the new year."""
    this, following = moment.days(stated.year), moment.days(stated.year + 1)
    if this is None or following is None:
        return stated.year
    return stated.year + 1 if (stated - this[0]) > (following[0] - stated) else stated.year


def _year_said(document: Document) -> int | None:
    """The year most whole dates of a notice have that gives neither day of issue nor cohort."""
    years = Counter(year for block in document.blocks for year in _WHOLE_YEAR.findall(block.text))
    return int(years.most_common(1)[0][0]) if years else None


def find_times(text: str, base: Base) -> list[TimeExpression]:
    """Every time expression of a text, in order."""
    absolute, related = _read(text, base)
    return sorted([*absolute, *(_relative(text, one, base) for one in related)], key=lambda found: found.span)


_Read = tuple[tuple[TimeExpression, ...], tuple[Relative, ...]]
"""Dates, and what is relative to events: which day that is depends on the anchors."""


def _read(text: str, base: Base) -> _Read:
    if base.known is not None and text in base.known:
        return base.known[text]
    plain = level(text)
    absolute = tuple(_absolute(text, plain, base))
    covered = [expression.span for expression in absolute]
    found = absolute, tuple(one for one in relatives(plain) if not _overlaps(one, covered))
    if base.known is not None:
        base.known[text] = found
    return found


def _overlaps(relative: Relative, covered: list[tuple[int, int]]) -> bool:
    after = bisect_right(covered, (relative.start, relative.start))
    return any(a < relative.end and relative.start < b for a, b in covered[max(0, after - 1) : after + 1])


def _relative(text: str, relative: Relative, base: Base) -> TimeExpression:
    start, end = _days_of(relative, base) or (None, None)
    is_deadline = relative.kind == "deadline_rel"
    return TimeExpression(
        text=text[relative.start : relative.end],
        span=(relative.start, relative.end),
        kind=relative.kind,
        start=None if is_deadline else start,
        end=None if relative.since else end,
        is_deadline=is_deadline,
        tentative=relative.kind == "tbd",
        value=relative.value,
    )


def _days_of(relative: Relative, base: Base) -> tuple[date, date] | None:
    """The days of the event it is relative to, where the notice states them; a period needs a period."""
    if relative.calendar is not None:
        day = relative.calendar(base.issued_on) if base.issued_on else None
        return (day, day) if day else None
    if not relative.resolvable:
        return None
    named = [days for name, days in base.anchors.items() if relative.anchor in name]
    if relative.kind == "window_rel":
        named = [days for days in named if days[0] < days[1]]
    if not named:
        return None
    try:
        return _shifted(relative, *named[0])
    except Uncovered:
        return None


def _shifted(relative: Relative, first: date, last: date) -> tuple[date, date]:
    """Raises `Uncovered`."""
    if relative.before is not None:
        first = last = relative.before.before(first)
    if relative.after is not None:
        first = last = relative.after.after(last)
    return first, last


def uncovered(text: str, base: Base) -> Iterator[str]:
    """What could not be computed because the holidays of the year are not known, as sentences for the reviewer."""
    for relative in relatives(level(text)):
        named = [days for name, days in base.anchors.items() if relative.anchor and relative.anchor in name]
        if not (relative.resolvable and named):
            continue
        try:
            _shifted(relative, *named[0])
        except Uncovered as reason:
            yield f"“{relative.value}”没有算出日期：{reason}"


def _absolute(text: str, plain: str, base: Base) -> Iterator[TimeExpression]:
    last = last_sign(plain)
    if last < 0:
        return
    titles = [found.span() for found in _TITLE.finditer(plain)]
    edges = [0, *(found.end() for found in _SENTENCE_EDGE.finditer(plain))]
    at, stated = 0, None
    while at <= last and (moment := next_moment(plain, at)) is not None:
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
        if moment.year is not None and (day := expression.end or expression.start):
            stated = (moment.start, day)
        yield expression
        for further in _more_days(text, plain, base, expression):
            at = further.span[1]
            yield further


def _more_days(text: str, plain: str, base: Base, first: TimeExpression) -> Iterator[TimeExpression]:
    """'6月8日、9日': further days of the same month."""
    found: TimeExpression | None = first
    while found and found.kind == POINT and found.start and (gap := _ANOTHER_DAY.match(plain, found.span[1])):
        moment = moment_at(plain, gap.end())
        if moment is None or moment.month is not None:
            return
        moment = replace(moment, year=found.start.year, month=found.start.month)
        found = _expression(text, plain, moment, base, None)
        if found is not None:
            clocks = found.clocks if any(found.clocks) else first.clocks
            tentative = first.tentative or found.tentative
            found = found._replace(clocks=clocks, year_source=first.year_source, tentative=tentative)
            yield found


def _expression(text: str, plain: str, moment: Moment, base: Base, stated: date | None) -> TimeExpression | None:
    year = base.year_for(moment, stated)
    days = moment.days(year) if year is not None else None
    if days is None or _LOOKALIKE_AFTER.match(plain, moment.end) or _is_batch(plain, moment):
        return None
    source = "explicit" if moment.year is not None else "inherited"
    last, end_days = _second(plain, moment, days[0])
    start, end = days[0], (end_days or days)[1]
    begins, ends, finish = _hours(plain, moment, last)
    printed = [(days[0], moment.weekday), (end, last.weekday if end_days else None)]
    expression = TimeExpression(
        "",
        (moment.start, finish),
        WINDOW if end_days or (moment.vague and start != end) else POINT,
        start,
        end,
        begins or ends,
        approx=_approx(moment, last),
        year_source=source,
        clocks=(begins, ends),
        printed=tuple((day, weekday) for day, weekday in printed if weekday is not None),
    )
    return _in_context(text, plain, expression, base, is_range=end_days is not None)


def _is_batch(plain: str, moment: Moment) -> bool:
    """'2023年1月毕业生' is a batch, '6月20日毕业生返校' a day."""
    return moment.day is None and _BATCH_AFTER.match(plain, moment.end) is not None


def _second(plain: str, moment: Moment, start: date) -> tuple[Moment, tuple[date, date] | None]:
    """The other end of a range, if there is one; a smaller month or day lies in the next year or month."""
    dash = _DASH.match(plain, moment.end)
    other = moment_at(plain, dash.end()) if dash else None
    if other is None:
        return moment, None
    if other.month is None and (other.vague is None or "年" not in other.vague):
        other = replace(other, month=start.month)
    days = other.days(other.year or start.year)
    if days and days[1] < start and other.year is None:
        days = other.days(start.year + 1)
    return (other, days) if days and days[1] >= start else (moment, None)


def _hours(plain: str, first: Moment, last: Moment) -> tuple[time | None, time | None, int]:
    """Begin and end of the hours, and where they end: '9:00-11:00', '…至 20 日每天 8:00-17:00'."""
    begins, ends, finish = first.clock, None if last is first else last.clock, last.end
    if begins is None and ends is not None and (dash := _DASH.match(plain, finish)):
        until = clock_at(plain, dash.end(), ends)  # '6月20日—24日 8:00—18:00' says the hours of each day
        begins, ends, finish = (ends, until[0], until[1]) if until else (begins, ends, finish)
    if begins is None and ends is None and (daily := _DAILY.match(plain, finish)) and last is not first:
        clock = clock_at(plain, daily.end())
        begins, finish = clock or (None, finish)
    dash = _DASH.match(plain, finish) if begins is not None and ends is None else None
    until = clock_at(plain, dash.end(), begins) if dash else None
    return begins, until[0] if until else ends, until[1] if until else finish


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
    expression = expression._replace(
        span=(begin, finish), tentative=bool(tentative or _TENTATIVE_BEFORE.search(before))
    )
    today = _today_before(plain, begin)
    if today is not None:
        stop = _BEFORE.match(plain, finish)
        expression = expression._replace(
            span=(today, stop.end() if stop else finish), kind=WINDOW, start=base.issued_on
        )
    elif is_range:
        stop = _STOP.match(plain, finish)
        expression = expression._replace(span=(begin, stop.end() if stop else finish))
    else:
        expression = _with_use(plain, _one_sided(plain, expression, before))
    return expression._replace(text=text[slice(*expression.span)])


def _with_use(plain: str, expression: TimeExpression) -> TimeExpression:
    """What follows can make a date one that describes ('…印发') or forbids ('…前不要注销') instead of one to keep."""
    if not describes(plain, expression.span[1], expression.kind):
        return expression
    kind = UNTIL if expression.kind == DEADLINE else expression.kind
    return expression._replace(kind=kind, is_deadline=False, fact=True)


def _today_before(plain: str, begin: int) -> int | None:
    for found in _TODAY_SINCE.finditer(plain, max(0, begin - 16), begin):
        if found.end() == begin:
            return found.start()
    return None


def _one_sided(plain: str, expression: TimeExpression, before: str) -> TimeExpression:
    """'X前', 'X截止', '截止时间为X' end; 'X起' begins; '一直到X' goes on until."""
    begin, finish = expression.span
    ended = _BEFORE.match(plain, finish)
    hinted = _HINT.search(before) is not None
    if hinted and (longer := _UNTIL_BEFORE.search(before)):
        is_limit = bool(_OF_A_LIMIT.search(before[: longer.start()]))
        return expression._replace(kind=DEADLINE if is_limit else UNTIL, start=None, is_deadline=is_limit)
    if hinted and (due := _DUE_BEFORE.search(before) or _DUE_BRACKET.search(before)):
        # '统计数据截至 8 月 31 日' says how old the figures are, not by when something is due.
        is_due = not (_DATA_BEFORE.search(before[: due.start()]) or counted_already(plain, finish))
        span = (begin, ended.end() if ended else finish)
        return expression._replace(span=span, kind=DEADLINE if is_due else UNTIL, start=None, is_deadline=is_due)
    if ended:
        return expression._replace(span=(begin, ended.end()), kind=DEADLINE, start=None, is_deadline=True)
    if about := _ABOUT.match(plain, finish):
        return expression._replace(span=(begin, about.end()), approx="both", tentative=True)
    if begun := _SINCE.match(plain, finish):
        return expression._replace(span=(begin, begun.end()), kind=FROM, end=None)
    return expression


def _anchors(block: Block, base: Base) -> Iterator[tuple[str, tuple[date, date]]]:
    """Events whose time a block states: '毕业典礼时间为 6 月 26 日', '毕业典礼 6 月 26 日', a row of an event."""
    if not ("时间" in block.text or _EVENT.search(block.text)):
        return
    times = [found for found in find_times(block.text, base) if found.kind in (POINT, WINDOW) and not found.fact]
    for expression in times:
        days = (expression.start, expression.end)
        before = block.text[: expression.span[0]]
        named = _ANCHOR.search(before[-30:]) or _EVENT_ON.search(before[-24:])
        if named:
            name: str = named[1]
        elif block.section and _TIME_ALONE.match(before):
            name = block.section[-1]
        elif block.cells and len(times) == 1:
            name = next((cell for cell in block.cells.values() if len(cell) < 24 and _EVENT.search(cell)), "")
        else:
            name = ""
        if name and days[0] and days[1]:
            yield name, (days[0], days[1])
