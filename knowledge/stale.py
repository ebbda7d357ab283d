"""What in the words of a notice is not true any more once one of its tasks has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.blocks import ROW, Block
from knowledge.dates import Base
from knowledge.expression import TimeExpression
from knowledge.extract import tasks_of
from knowledge.pairing import Likeness, Task
from knowledge.text import squeezed

_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class Stale:
    """A passage that says what does not hold; `remaining` are the tasks of it that do, None where there are none."""

    index: int
    remaining: str | None


def stale_of(passages: Sequence[Block], ended: Sequence[Task], base: Base) -> list[Stale]:
    """The passages that state one of the ended tasks as it was: its time, beside words that mean it."""
    likeness = Likeness(ended)
    found = []
    for index, passage in enumerate(passages):
        parts = list(tasks_of(passage, base)) or [(passage.text, [])]
        wrong = [_says(text, times, passage, ended, likeness) for text, times in parts]
        if any(wrong):
            left = [text for (text, times), bad in zip(parts, wrong, strict=True) if not bad and times]
            found.append(Stale(index, "；".join(left) or None))
    return found


def _says(
    text: str, times: Sequence[TimeExpression], passage: Block, ended: Sequence[Task], likeness: Likeness
) -> bool:
    # '毕业典礼当天' moves with the event: only a time that is written out can be out of date.
    written = [expression for expression in times if expression.value is None]
    days = {day for expression in written for day in (expression.start, expression.end) if day}
    about = f"{text} {' '.join(passage.cells.values())}" if passage.kind == ROW else text
    return any(_means(task, text, about, days, passage, likeness) for task in ended)


def _means(task: Task, text: str, about: str, days: set[date], passage: Block, likeness: Likeness) -> bool:
    was = {day for day in (task.opens_on, task.due_on) if day}
    if was:
        if not was & days:
            return bool(task.place and squeezed(task.place) in squeezed(text)) and _alike(task, about, likeness)
    elif days or not (task.due_text and squeezed(task.due_text) in squeezed(text)):
        return False
    return _quoted(task, text) or _alike(task, about, likeness) or _under(task, passage, likeness)


def _quoted(task: Task, text: str) -> bool:
    quote, there = squeezed(task.quote or ""), squeezed(text)
    return len(quote) >= 6 and (quote in there or there in quote)


def _alike(task: Task, about: str, likeness: Likeness) -> bool:
    """The task's own words are in the sentence."""
    return likeness.share_of(task, about) >= _ALIKE


def _under(task: Task, passage: Block, likeness: Likeness) -> bool:
    """'截止时间为 6 月 8 日' under a heading that names the task."""
    heading = passage.section[-1] if passage.section else ""
    return len(passage.text) <= 30 and bool(heading) and likeness.share_of(task, heading + passage.text) >= _ALIKE
