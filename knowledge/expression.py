"""One time expression of a notice: what it says of when, and how sure it is."""

from __future__ import annotations

from datetime import date, time
from typing import NamedTuple

Clocks = tuple[time | None, time | None]
"""The times of day at which something begins and ends."""
POINT, WINDOW, DEADLINE, UNTIL, FROM = "point", "window", "deadline", "until", "from"


class TimeExpression(NamedTuple):
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
    clocks: Clocks = (None, None)
    """The times of day at which it begins and ends."""
    fact: bool = False
    """It says what is or was ('4 月 28 日印发', '6 月前办理的旧卡'), not what is to be done."""
    printed: tuple[tuple[date, int], ...] = ()
    """Days with the weekday (0 is Monday) that is printed beside them."""


def clocks_of(expression: TimeExpression) -> tuple[time | None, time | None]:
    """The time of day at which it begins and at which it ends; a point in time begins, a deadline ends."""
    begins, ends = expression.clocks
    return (None, ends or begins) if expression.kind in (DEADLINE, UNTIL) else (begins, ends)
