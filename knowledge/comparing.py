"""One task before and after: what is different, and how that is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from knowledge.changes import Statement
from knowledge.expression import FROM, POINT, UNTIL, WINDOW, clocks_of
from knowledge.extract import ProposedItem
from knowledge.pairing import Task
from knowledge.text import plain

TIME = "time"
"""The field that stands for all columns that say when."""
TIME_COLUMNS = ("opens_on", "due_on", "start_time", "due_time", "tentative")
_OTHERS = ("place", "contact", "how", "department")
_NAMES = {TIME: "时间", "place": "地点", "contact": "联系方式", "how": "办理方式", "department": "部门"}
_WAYS = {"remote": "线上办理", "proxy": "可委托他人", "in_person": "到校办理", "unknown": "未写明"}
NOT_SAID = "未写明"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different: `field` is 'time', 'place', 'contact', 'how' or 'department'; values as words."""

    field: str
    old: str
    new: str

    @property
    def name(self) -> str:
        """The field in Chinese."""
        return _NAMES[self.field]

    @classmethod
    def between(cls, old: Task, values: Mapping[str, Any]) -> tuple[Change, ...]:
        """What is different once the columns of `values` are as they say."""
        found = []
        now = {name: values.get(name, getattr(old, name)) for name in (*TIME_COLUMNS, "due_text")}
        if any(now[name] != getattr(old, name) for name in TIME_COLUMNS) or _other_words(old, now):
            found.append(cls(TIME, when(old), when_of(now)))
        found += [
            cls(name, _said(name, getattr(old, name)), _said(name, values[name]))
            for name in _OTHERS
            if name in values and not _alike(values[name], getattr(old, name))
        ]
        return tuple(found)


def columns_of(task: Task) -> dict[str, Any]:
    """Everything of a task that can change."""
    return {name: getattr(task, name) for name in (*TIME_COLUMNS, "due_text", *_OTHERS)}


def when(task: Task) -> str:
    """'6 月 8 日', '6 月 1 日—6 月 20 日', '6 月 18 日 9:30（暂定）', '另行通知'."""
    return when_of({name: getattr(task, name) for name in (*TIME_COLUMNS, "due_text")})


def when_of(values: Mapping[str, Any]) -> str:
    """The same from columns."""
    start, end = values.get("opens_on"), values.get("due_on")
    begins, ends = _day(start, values.get("start_time")), _day(end, values.get("due_time"))
    if start is None and end is None:
        return str(values.get("due_text") or NOT_SAID)
    if end is None:
        words = f"{begins}起"
    elif start is None or start == end:
        words = ends if start is None or values.get("start_time") is None else _one_day(values)
    else:
        words = f"{begins}—{ends}"
    return f"{words}（暂定）" if values.get("tentative") else words


def _one_day(values: Mapping[str, Any]) -> str:
    ends = values.get("due_time")
    return _day(values["opens_on"], values["start_time"]) + (f"—{ends:%H:%M}" if ends else "")


def _day(day: date | None, clock: time | None) -> str:
    if day is None:
        return ""
    return f"{day.month} 月 {day.day} 日" + (f" {clock.hour}:{clock.minute:02}" if clock else "")


def now_values(proposal: ProposedItem, shown: Task, old: Task) -> dict[str, Any]:
    """The columns that a supplement speaks of, as they are from now on; what a person corrected in `shown` counts."""
    change = proposal.change
    values: dict[str, Any] = {}
    if change is None:
        values |= _whole_time(shown, old) if shown.due_on or shown.opens_on or shown.due_text else {}
    elif _corrected(proposal, shown):
        values |= {name: getattr(shown, name) for name in (*TIME_COLUMNS, "due_text", "is_deadline")}
    elif change.shift is not None:
        values |= _shifted(old, change.shift)
    elif change.new is not None:
        values |= _moved(change, shown, old)
    for name in ("place", "contact"):
        if getattr(shown, name) and (change is not None or name == "place"):
            values[name] = getattr(shown, name)
    if change is not None and change.way:
        values["how"] = shown.how
    return values


def fresh_values(shown: Task, old: Task, before: Task | None) -> dict[str, Any]:
    """The columns of a task said anew. What the machine reads as it did before has not changed, whatever a person has
    made of it since."""
    values: dict[str, Any] = {}
    reference = before or old
    times = (*TIME_COLUMNS, "due_text", "is_deadline")
    if any(getattr(shown, name) != getattr(reference, name) for name in TIME_COLUMNS) and (
        shown.due_on or shown.opens_on or shown.due_text
    ):
        values |= {name: getattr(shown, name) for name in times}
    for name in _OTHERS:
        said = getattr(shown, name)
        if said and said != "unknown" and not _alike(said, getattr(reference, name)):
            values[name] = said
    return values


def _corrected(proposal: ProposedItem, shown: Task) -> bool:
    return any(getattr(proposal, name) != getattr(shown, name) for name in TIME_COLUMNS)


def _whole_time(shown: Task, old: Task) -> dict[str, Any]:
    """A full sentence gives the end; the beginning stays where it says none."""
    values = {name: getattr(shown, name) for name in ("due_on", "due_time", "tentative", "due_text", "is_deadline")}
    if shown.opens_on is not None or shown.due_on is None:
        values |= {"opens_on": shown.opens_on, "start_time": shown.start_time}
    elif old.opens_on is not None and old.opens_on == old.due_on:
        values |= {"opens_on": None, "start_time": None}
    return values


def _shifted(old: Task, days: int) -> dict[str, Any]:
    """The known time moved; 'extended' moves the end only, an event of one day moves as a whole."""
    if old.due_on is None:
        return {}
    moved: dict[str, Any] = {"due_on": old.due_on + timedelta(days=days)}
    if old.opens_on is not None and old.opens_on == old.due_on:
        moved["opens_on"] = moved["due_on"]
    moved["due_text"] = when_of({**{n: getattr(old, n) for n in TIME_COLUMNS}, **moved})
    return moved


def _moved(change: Statement, shown: Task, old: Task) -> dict[str, Any]:
    new = change.new
    assert new is not None
    common: dict[str, Any] = {"tentative": new.tentative, "due_text": new.text}
    if new.end is None and new.start is None:
        return common | {"opens_on": None, "due_on": None, "start_time": None, "due_time": None, "tentative": True}
    start_time, due_time = clocks_of(new)
    if new.kind == WINDOW:
        return common | {
            "opens_on": new.start,
            "due_on": new.end,
            "start_time": start_time,
            "due_time": due_time,
            "is_deadline": False,
        }
    day = new.end or new.start
    if _is_beginning(change, old):
        return common | {"opens_on": day, "start_time": new.time}
    if new.kind == FROM:
        return common | {"opens_on": new.start, "start_time": new.time}
    if old.opens_on is not None and old.opens_on == old.due_on and not old.is_deadline and new.kind in (POINT, UNTIL):
        return common | {"opens_on": day, "due_on": day, "start_time": new.time, "due_time": None}
    if old.due_on is None and old.opens_on is None and new.kind == POINT:
        return common | {"opens_on": shown.opens_on, "due_on": day, "start_time": start_time, "due_time": due_time}
    opens = {"opens_on": None, "start_time": None} if old.opens_on == old.due_on or _after(old.opens_on, day) else {}
    return common | opens | {"due_on": day, "due_time": new.time, "is_deadline": old.is_deadline or new.is_deadline}


def _after(one: date | None, two: date | None) -> bool:
    return one is not None and two is not None and one > two


def _is_beginning(change: Statement, old: Task) -> bool:
    """Whether the day meant is when it opens: said so, or the old day named is the one on which it opened."""
    if old.opens_on is None or old.opens_on == old.due_on:
        return False
    named = change.old.start if change.old else None
    return change.opening or (named is not None and named == old.opens_on and named != old.due_on)


def _other_words(old: Task, now: Mapping[str, Any]) -> bool:
    """Where no date can be computed the words tell."""
    undated = old.due_on is None and old.opens_on is None and now["due_on"] is None and now["opens_on"] is None
    return undated and bool(now["due_text"]) and plain(str(now["due_text"])) != plain(old.due_text or "")


def _alike(one: object, two: object) -> bool:
    return re.sub(r"\W", "", plain(str(one or ""))) == re.sub(r"\W", "", plain(str(two or "")))


def _said(name: str, value: object) -> str:
    return _WAYS.get(str(value), str(value)) if name == "how" else str(value or NOT_SAID)
