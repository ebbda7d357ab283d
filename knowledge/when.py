"""From the time expressions of one task to when it opens and until when it is due."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import pairwise

from knowledge.expression import DEADLINE, FROM, POINT, UNTIL, WINDOW, TimeExpression, clocks_of

_ORDER = (DEADLINE, WINDOW, POINT, UNTIL, FROM, "deadline_rel", "point_rel", "window_rel", "duration", "tbd")
_APART = 3
"""'6月19日、20日': two days with so few characters between them are one period where one follows on the other."""
_EACH = re.compile(r"\s*[，,]?\s*(?:[上下]午|晚上?)?\s*(?:分别|各(?!二?级?[学院系班单部科处级])|逐一|依次)")

_THEIR_OWN = re.compile(r"自[定行]")
"""'时间由各实验室自定': fixed by others, not yet to be fixed by the school."""


@dataclass(frozen=True, slots=True)
class When:
    """When a task is to be done."""

    opens_on: date | None = None
    due_on: date | None = None
    start_time: time | None = None
    due_time: time | None = None
    due_text: str | None = None
    is_deadline: bool = False
    tentative: bool = False

    @classmethod
    def of(cls, times: Sequence[TimeExpression]) -> When:
        """What the expressions say together; the deadline first, then a period, then a day."""
        chosen = chief(times)
        if chosen is None:
            return cls()
        begins, ends = clocks_of(chosen)
        unsettled = (
            any(found.kind == "tbd" and not _THEIR_OWN.search(found.text) for found in times) and not chosen.is_deadline
        )
        is_limit = chosen.kind in (DEADLINE, UNTIL, "deadline_rel", "duration")
        return cls(
            opens_on=_begun(chosen, times) if chosen.kind == DEADLINE else None if is_limit else chosen.start,
            due_on=None if chosen.kind == FROM else chosen.end,
            start_time=begins,
            due_time=ends,
            due_text=chosen.text,
            is_deadline=chosen.is_deadline or chosen.kind == "duration",
            tentative=unsettled or (chosen.tentative and not _THEIR_OWN.search(chosen.text)),
        )


def _begun(limit: TimeExpression, times: Sequence[TimeExpression]) -> date | None:
    """'可于6月11日起提出，最晚不晚于6月20日' has a beginning too."""
    earlier = (one.start for one in times if one.kind == FROM and one.start and limit.end and one.start < limit.end)
    return limit.start or next(earlier, None)


def chief(times: Sequence[TimeExpression]) -> TimeExpression | None:
    """The expression that counts."""
    merged = list(_merged(times))
    for kind in _ORDER:
        if chosen := next((found for found in merged if found.kind == kind), None):
            return chosen
    return None


def apart(text: str, times: Sequence[TimeExpression]) -> list[Sequence[TimeExpression]]:
    """The times of each of the tasks that a list of distinct days means ('6月3日、5日、8日分别…'); mostly one task."""
    for begin, found in enumerate(times):
        end = begin + 1
        while end < len(times) and _listed(times[end - 1], times[end]):
            end += 1
        chosen = chief(times[begin:])
        if end - begin == 1 or chosen is None or chosen.span[0] != found.span[0]:
            continue
        in_turn = all(_follows(one, two) for one, two in pairwise(times[begin:end]))
        if not in_turn or _EACH.match(text, times[end - 1].span[1]):
            days = _same_hours(times[begin:end])
            return [[*times[:begin], day, *times[end:]] for day in days]
        break
    return [times]


def _same_hours(days: Sequence[TimeExpression]) -> Iterator[TimeExpression]:
    """'6月3日、5日上午9点': the hours behind the last day are those of each."""
    said = [day for day in days if any(day.clocks)]
    for day in days:
        yield day._replace(clocks=days[-1].clocks, time=days[-1].time) if said == [days[-1]] else day


def _merged(times: Sequence[TimeExpression]) -> Iterator[TimeExpression]:
    """Days that follow one another become one period."""
    waiting: TimeExpression | None = None
    for found in times:
        if waiting is not None and _goes_on(waiting, found):
            span = (waiting.span[0], found.span[1])
            waiting = waiting._replace(kind=WINDOW, end=found.end, clocks=found.clocks, span=span)
            continue
        if waiting is not None:
            yield waiting
        waiting = found
    if waiting is not None:
        yield waiting


def _goes_on(above: TimeExpression, found: TimeExpression) -> bool:
    return _listed(above, found) and _follows(above, found)


def _listed(above: TimeExpression, found: TimeExpression) -> bool:
    near = 0 <= found.span[0] - above.span[1] <= _APART
    ordered = bool(above.end and found.end and found.end > above.end)
    return near and ordered and found.kind == POINT and above.kind in (POINT, WINDOW)


def _follows(above: TimeExpression, found: TimeExpression) -> bool:
    """Whether a day is the one after."""
    return bool(above.end and found.start and found.start - above.end == timedelta(1))
