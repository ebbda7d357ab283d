"""Reviewed answers that a later notice has made untrue."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.dates import Base, find_times
from knowledge.text import grams, plain
from storage.notices import PassageRow

_ABOUT_IT = 0.5
"""So much of an answer's characters a superseded passage holds if it is what the answer was made from."""
_ANY_YEAR = Base(2000)

Day = tuple[int, int]


def has_retired(ask: str, answer: str, line: int, retired: Sequence[PassageRow]) -> bool:
    """Whether an answer, made from this line, says a day, or else the words, of a superseded passage."""
    said = set(grams(plain(f"{ask}{answer}")))
    return any(_made_from(said, line, row) and _says_so(answer, line, row) for row in retired)


def _made_from(said: set[str], line: int, row: PassageRow) -> bool:
    """An answer is in other words than the notice: its characters are looked for, and those of its question."""
    there = set(grams(plain(f"{row.text} {' '.join(row.section)} {' '.join(row.cells.values())}")))
    return bool(said) and len(said & there) / len(said) >= (0.3 if _on_its_line(line, row) else _ABOUT_IT)


def _on_its_line(line: int, row: PassageRow) -> bool:
    return row.line <= line <= row.last_line


def _says_so(answer: str, line: int, row: PassageRow) -> bool:
    gone = _days(row.text) - _days(row.remaining or "")
    if gone:
        return bool(gone & _days(answer))
    return _on_its_line(line, row) and not _days(answer)


def _days(text: str) -> set[Day]:
    found = find_times(text, _ANY_YEAR)
    return {(day.month, day.day) for times in found for day in (times.start, times.end) if day is not None}
