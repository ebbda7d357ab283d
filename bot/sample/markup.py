"""The sample notices are written once, in a small part of Markdown, and turned into the formats schools send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

MERGED = "^^"
"""A table cell that continues the one above."""


@dataclass(frozen=True, slots=True)
class Part:
    """A heading (level 1 is the title), a paragraph (level 0) or, with `rows`, a table."""

    text: str
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


def parts_of(text: str) -> list[Part]:
    """The parts of a notice in their order."""
    lines = [line.strip() for line in text.splitlines()]
    parts: list[Part] = []
    for is_table, group in groupby(filter(None, lines), key=lambda line: line.startswith("|")):
        block = list(group)
        parts.extend([_table(block)] if is_table else map(_line, block))
    return parts


def spans_of(rows: tuple[tuple[str, ...], ...]) -> Iterator[tuple[int, int, int]]:
    """(column, first row, last row) of every merged stretch of cells, counted from 0."""
    for column in range(len(rows[0])):
        first = 0
        for row in range(1, len(rows) + 1):
            if row < len(rows) and rows[row][column] == MERGED:
                continue
            if row - first > 1:
                yield column, first, row - 1
            first = row


def _line(line: str) -> Part:
    marks = len(line) - len(line.lstrip("#"))
    return Part(line[marks:].strip(), level=marks)


def _table(lines: list[str]) -> Part:
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return Part("", rows=tuple(row for row in rows if not set("".join(row)) <= {"-"}))
