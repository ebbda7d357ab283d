"""Proposals of items (办理事项) out of a notice: one for each task that has a time or a duty.

The machine proposes, a person reviews and publishes: every proposal carries the sentence it was read from and the
place of that sentence, and its key depends on nothing else, so that reading again proposes the same.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any

from knowledge.blocks import HEADING, ROW, Block, Document
from knowledge.changes import CANCELLED, Statement, kind_of, statements_of
from knowledge.dates import FROM, POINT, WINDOW, Base, TimeExpression, clocks_of, due_of, find_times
from knowledge.lines import depths
from knowledge.passages import passages_of
from knowledge.tasks import (
    actor_of,
    audience_of,
    contact_of,
    department_of,
    how_of,
    is_duty,
    named_in_row,
    place_in,
    title_of,
)

_CLAUSE = re.compile(r"[，,；;]")
_TIMED = frozenset((POINT, WINDOW, FROM, "deadline", "until", "deadline_rel", "tbd"))
_SIGNATURE = re.compile(r"^[\d年月日\s]+$|印发$")
_DATE_OF_PAPER = re.compile(r"(?:发证日期|签发日期|印发)")
_NEAR = 4
"""A contact within so many lines of the task and under the same heading belongs to it."""


@dataclass(frozen=True, slots=True)
class ProposedItem:
    """One task as a notice states it, in the fields of `storage.models.Item`."""

    key: str
    title: str
    actor: str
    quote: str
    locator: str
    """'file:line' of the sentence."""
    department: str | None = None
    contact: str | None = None
    opens_on: date | None = None
    due_on: date | None = None
    due_time: time | None = None
    due_text: str | None = None
    tentative: bool = False
    audience: Mapping[str, Any] = field(default_factory=dict)
    how: str = "unknown"
    steps: str | None = None
    evidence: str = "self"
    place: str | None = None
    start_time: time | None = None
    is_deadline: bool = False
    change: Statement | None = None
    """What the sentence says to be otherwise, in a notice that changes another one."""


def propose_items(document: Document) -> list[ProposedItem]:
    """The proposals of a notice in its order, each task once."""
    return [item for item in read_items(document) if item.change is None or item.change.kind != CANCELLED]


def read_items(document: Document) -> list[ProposedItem]:
    """`propose_items` with what the notice cancels: that is nothing to be done, but something to be compared."""
    passages = passages_of(document)
    base = Base.of(document)
    amends = kind_of(document) is not None
    found: dict[str, ProposedItem] = {}
    for index, passage in enumerate(passages):
        if _SIGNATURE.search(passage.text):
            continue
        changes = statements_of(passage, base) if amends else []
        if changes:
            for item in (_changed(document, passage, change) for change in changes):
                found.setdefault(item.key, item)
            continue
        if passage.kind == HEADING:
            continue
        near = _contact_near(passages, index)
        for item in _from_passage(document, passage, base, near):
            found.setdefault(item.key, item)
    return list(found.values())


def _changed(document: Document, passage: Block, change: Statement) -> ProposedItem:
    """The proposal of a sentence that says what is otherwise: only what it says."""
    times = [change.new] if change.new else []
    item = _proposal(document, passage, change.text, times, change.subject or passage.text[:20], change.contact)
    way = how_of(change.way) if change.way else "unknown"
    return replace(item, place=change.place, contact=change.contact, how=way, change=change)


def tasks_of(passage: Block, base: Base) -> Iterator[tuple[str, list[TimeExpression]]]:
    """The tasks of a passage: each stretch of its text with the times that are said of it."""
    return _row_task(passage, base) if passage.kind == ROW else _tasks(passage.text, base)


def _from_passage(document: Document, passage: Block, base: Base, contact: str | None) -> Iterator[ProposedItem]:
    for text, times in tasks_of(passage, base):
        title = named_in_row(passage.cells) if passage.kind == ROW else None
        title = title or title_of(text, [expression.text for expression in times], passage.section)
        if title:
            yield _proposal(document, passage, text, times, title, contact)


def _proposal(
    document: Document,
    passage: Block,
    text: str,
    times: Sequence[TimeExpression],
    title: str,
    contact: str | None,
) -> ProposedItem:
    due = due_of(times)
    actor = actor_of(text, [expression.text for expression in times], passage.cells)
    opens = next((e.start for e in times if e.kind in (WINDOW, FROM) and e.start), None)
    if due is not None and due.kind == POINT:
        opens = due.start
    start_time, end_time = clocks_of(due) if due else (None, None)
    return ProposedItem(
        key=_key(title, text),
        title=title,
        actor=actor,
        quote=text,
        locator=f"{document.file}:{passage.line}",
        department=department_of(text, passage.cells),
        contact=contact_of(text, passage.cells) or contact,
        opens_on=opens,
        due_on=due.end if due else None,
        due_time=end_time,
        due_text=due.text if due else None,
        tentative=any(expression.tentative for expression in times),
        audience=audience_of(text) if actor == "student" else {},
        how=how_of(text) if actor == "student" else "unknown",
        place=place_in(text),
        start_time=start_time,
        is_deadline=bool(due and due.is_deadline),
    )


def _row_task(passage: Block, base: Base) -> Iterator[tuple[str, list[TimeExpression]]]:
    """A table row is one task when it names one and has a time."""
    times = [expression for expression in find_times(passage.text, base) if expression.kind in _TIMED]
    if times and named_in_row(passage.cells):
        yield passage.text, times


def _tasks(sentence: str, base: Base) -> Iterator[tuple[str, list[TimeExpression]]]:
    """The tasks of a sentence: a clause with a time of its own begins a new one, unless it has no task of its own."""
    times = [e for e in find_times(sentence, base) if e.kind in _TIMED and not _says_age(sentence, e)]
    if _DATE_OF_PAPER.search(sentence) or (not times and not is_duty(sentence)):
        return
    if not times:
        yield sentence, []
        return
    starts = _starts(sentence, times)
    for begin, end in zip(starts, [*starts[1:], len(sentence)], strict=True):
        inside = [expression for expression in times if begin <= expression.span[0] < end]
        if inside:
            yield sentence[begin:end].strip(" ，,；;"), inside


def _says_age(sentence: str, expression: TimeExpression) -> bool:
    """'数据统计时间截至 8 月 31 日' is no task."""
    return expression.kind == "until" and bool(re.search(r"统计[^，。；]{0,8}$", sentence[: expression.span[0]]))


def _starts(sentence: str, times: Sequence[TimeExpression]) -> list[int]:
    """Where the tasks begin: at the clauses that hold a time, the first of them at the sentence's beginning."""
    open_at = depths(sentence)
    edges = [0, *(found.end() for found in _CLAUSE.finditer(sentence) if not open_at[found.start()])]
    with_time = []
    for begin, end in zip(edges, [*edges[1:], len(sentence)], strict=True):
        if any(begin <= expression.span[0] < end for expression in times) and _says_more(sentence[begin:end]):
            with_time.append(begin)
    return [0, *with_time[1:]] if with_time else [0]


def _says_more(clause: str) -> bool:
    """'截止时间为 6 月 8 日' belongs to the task before it."""
    return not re.match(r"\s*(?:(?:截止|办理|工作|具体|数据统计)?时[间段]|截至|具体)", clause)


def _contact_near(passages: Sequence[Block], index: int) -> str | None:
    here = passages[index]
    for other in passages[max(0, index - _NEAR) : index + _NEAR + 1]:
        if other.section == here.section and abs(other.line - here.line) <= _NEAR and (c := contact_of(other.text, {})):
            return c
    return None


def _key(title: str, text: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", f"{title}\0{text}").split())
    return f"n-{hashlib.sha256(plain.encode()).hexdigest()[:12]}"
