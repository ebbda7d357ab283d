"""Tables of a PDF page without upright lines: the columns are what no character of any line reaches into."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from knowledge.lines import STARTER
from knowledge.pieces import Row, Table
from knowledge.tables import is_head
from knowledge.trace import Traced


class Glyph(NamedTuple):
    """One character; `apart` where a blank stands before it in the text layer."""

    left: float
    right: float
    char: str
    apart: bool


class Printed(NamedTuple):
    """One line of a page: its middle above the foot of the page, and its characters from left to right."""

    middle: float
    glyphs: tuple[Glyph, ...]

    @property
    def text(self) -> str:
        return "".join(glyph.char for glyph in self.glyphs)


Gaps = tuple[tuple[float, float], ...]
"""The empty strips between the columns, from left to right."""


@dataclass(frozen=True, slots=True)
class Found:
    """A table from line `begin` up to `end`, and the strips between its columns."""

    begin: int
    end: int
    table: Table
    gaps: Gaps


_WIDE = 1.2
"""So many characters wide is what parts the names of a head at least."""
_NARROW = 0.35
"""So wide a strip stays at least where cells are full."""
_SENTENCE = re.compile(r"[。；：:，,]")
_SKIPPED = 2
"""So many lines above may be the running head of a page on which a table goes on."""


def tables_in(lines: Sequence[Printed], height: float, rules: Sequence[float], above: Gaps | None) -> list[Found]:
    """The tables of a page's lines. `rules` are the heights of lines drawn across, `above` the strips of a table that
    reached the end of the page before."""
    found: list[Found] = []
    at = 0
    if above is not None:
        for begin in range(min(_SKIPPED + 1, len(lines))):
            if len(_cut(lines[begin], above)) > 1 and (one := _from(lines, begin, above, height, rules, goes_on=True)):
                found.append(one)
                at = one.end
                break
    while at < len(lines):
        gaps = _head_gaps(lines[at], height)
        one = _from(lines, at, gaps, height, rules) if gaps else None
        if one is not None and len(one.table.rows) > 1:
            found.append(one)
            at = one.end
        else:
            at += 1
    return found


def _head_gaps(line: Printed, height: float) -> Gaps | None:
    """The strips between the names of a head; None where the line is none."""
    gaps = tuple((a.right, b.left) for a, b in pairwise(line.glyphs) if b.left - a.right > _WIDE * height)
    if not gaps or _SENTENCE.search(line.text):
        return None
    row = Row(tuple(Traced.of(text, 1) for text in _texts(line, gaps)))
    return gaps if is_head(row) else None


def _from(
    lines: Sequence[Printed],
    begin: int,
    gaps: Gaps,
    height: float,
    rules: Sequence[float],
    *,
    goes_on: bool = False,
) -> Found | None:
    """The table that begins in this line: as many lines as leave a strip between each two columns empty."""
    end, free = begin, [[gap] for gap in gaps]
    while end < len(lines):
        narrowed = [_without(strips, _covered(lines[end], height), height) for strips in free]
        far = end > begin and lines[end - 1].middle - lines[end].middle > 2.4 * height
        if not all(narrowed) or (far and len(_cut(lines[end], _widest(narrowed))) == 1):
            break
        free = narrowed
        end += 1
    if end == begin:
        return None
    gaps = _widest(free)
    rows = [_row(group, gaps) for group in _rows(lines[begin:end], gaps, height, rules)]
    if goes_on:
        rows[0] = Row(rows[0].cells, after_break=True)
    return Found(begin, end, Table(tuple(rows)), gaps)


def _widest(free: Sequence[Sequence[tuple[float, float]]]) -> Gaps:
    return tuple(max(strips, key=lambda strip: strip[1] - strip[0]) for strips in free)


def _covered(line: Printed, height: float) -> list[tuple[float, float]]:
    """The stretches of a line that are written on; the little room between two characters counts as such."""
    stretches: list[tuple[float, float]] = []
    for glyph in line.glyphs:
        if stretches and glyph.left - stretches[-1][1] < _NARROW * height:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], glyph.right))
        else:
            stretches.append((glyph.left, glyph.right))
    return stretches


def _without(
    strips: Sequence[tuple[float, float]], covered: Sequence[tuple[float, float]], height: float
) -> list[tuple[float, float]]:
    """What is left of empty strips where these stretches are written on; what is too narrow is none."""
    left = list(strips)
    for begin, end in covered:
        left = [part for low, high in left for part in ((low, min(high, begin)), (max(low, end), high))]
    return [(low, high) for low, high in left if high - low >= _NARROW * height]


def _cut(line: Printed, gaps: Gaps) -> dict[int, list[Glyph]]:
    """The characters of a line by column."""
    columns: dict[int, list[Glyph]] = {}
    for glyph in line.glyphs:
        column = sum(glyph.left >= (left + right) / 2 for left, right in gaps)
        columns.setdefault(column, []).append(glyph)
    return columns


def _texts(line: Printed, gaps: Gaps) -> list[str]:
    columns = _cut(line, gaps)
    return [_written(columns.get(at, ())) for at in range(len(gaps) + 1)]


def _written(glyphs: Sequence[Glyph]) -> str:
    text = ""
    for at, glyph in enumerate(glyphs):
        apart = at and glyph.apart and glyph.left - glyphs[at - 1].right > 0.1 * (glyph.right - glyph.left)
        text += f" {glyph.char}" if apart else glyph.char
    return text


def _rows(lines: Sequence[Printed], gaps: Gaps, height: float, rules: Sequence[float]) -> Iterator[list[Printed]]:
    """The lines of each row: parted by drawn lines where there are some, else by what is wider than inside a cell."""
    inside = [at for at in rules if lines[-1].middle < at < lines[0].middle]
    cells = _cells(lines, gaps, height)
    group = [lines[0]]
    for above, line in pairwise(lines):
        if len(inside) > 1:
            parted = any(line.middle < at < above.middle for at in inside)
        elif cells:
            parted = not any(low <= line.middle and above.middle <= high for low, high in cells)
            parted = parted and above.middle - line.middle > 1.1 * height
        else:
            parted = 0 in _cut(line, gaps)
        if parted:
            yield group
            group = []
        group.append(line)
    yield group


def _cells(lines: Sequence[Printed], gaps: Gaps, height: float) -> list[tuple[float, float]]:
    """The height from last to first line of each cell: its lines are nearer to one another than to the next cell's.

    Empty where all lines of a column are as far apart: then nothing tells.
    """
    columns: dict[int, list[float]] = {}
    for line in lines:
        for column in _cut(line, gaps):
            columns.setdefault(column, []).append(line.middle)
    steps = [one - two for places in columns.values() for one, two in pairwise(places)]
    usual = min(steps, default=0.0)
    if max(steps, default=0.0) <= 1.2 * usual:
        return []
    cells: list[tuple[float, float]] = []
    for places in columns.values():
        begin = places[0]
        for one, two in pairwise([*places, float("-inf")]):
            if one - two > 1.12 * usual:
                cells.append((one, begin))
                begin = two
    return cells


def _row(lines: Sequence[Printed], gaps: Gaps) -> Row:
    cells = [""] * (len(gaps) + 1)
    for line in lines:
        for at, text in enumerate(_texts(line, gaps)):
            cells[at] = joined(cells[at], text)
    return Row(tuple(Traced.of(text, 1) for text in cells))


def joined(text: str, line: str) -> str:
    """A cell's text with its next line: Latin words are parted by a blank, numbered items by a line end."""
    if not text or not line:
        return text + line
    latin = text[-1].isascii() and text[-1].isalpha() and line[0].isascii() and line[0].isalpha()
    return text + ("\n" if STARTER.match(line) and text[-1] in "。；;" else " " if latin else "") + line
