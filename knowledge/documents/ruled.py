"""Ruled tables of a PDF page: the drawn lines make a grid, a cell without a line under it reaches further down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

_THIN = 3.0
_NEAR = 2.0
_SHORTEST = 4.0
_MOST = 20_000


class Line(NamedTuple):
    """A horizontal (`at` is its height) or vertical (`at` is its distance from the left) line."""

    at: float
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Ruling:
    """The grid of one table: edges from top to bottom and from left to right, and the lines that are really there."""

    tops: tuple[float, ...]
    lefts: tuple[float, ...]
    across: tuple[Line, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top."""
        return self.lefts[0], self.tops[-1], self.lefts[-1], self.tops[0]

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of a point; None outside."""
        row = next((i for i, (top, bottom) in enumerate(pairwise(self.tops)) if bottom <= y <= top), None)
        column = next((i for i, (left, right) in enumerate(pairwise(self.lefts)) if left <= x <= right), None)
        return (row, column) if row is not None and column is not None else None

    def open_below(self, row: int, column: int) -> bool:
        """Whether no line parts a cell from the one below it: they are one, merged over rows."""
        at, middle = self.tops[row + 1], (self.lefts[column] + self.lefts[column + 1]) / 2
        return not any(abs(line.at - at) <= _NEAR and line.begin <= middle <= line.end for line in self.across)


def rulings(page: pdfium.PdfPage) -> list[Ruling]:
    """The ruled tables of a page from top to bottom."""
    across, down = _lines(page)
    return sorted(filter(None, (_ruling(*part) for part in _parts(across, down))), key=lambda ruling: -ruling.tops[0])


def rules_across(page: pdfium.PdfPage) -> list[float]:
    """The heights of the lines that are drawn across a page."""
    return sorted({line.at for line in _lines(page)[0]})


def _lines(page: pdfium.PdfPage) -> tuple[list[Line], list[Line]]:
    across: list[Line] = []
    down: list[Line] = []
    for number, item in enumerate(page.get_objects(filter=(raw.FPDF_PAGEOBJ_PATH,), max_depth=4)):
        if number > _MOST:
            break
        left, bottom, right, top = item.get_bounds()
        if top - bottom <= _THIN and right - left >= _SHORTEST:
            across.append(Line((top + bottom) / 2, left, right))
        elif right - left <= _THIN and top - bottom >= _SHORTEST:
            down.append(Line((left + right) / 2, bottom, top))
        elif right - left >= _SHORTEST and top - bottom >= _SHORTEST:
            across += [Line(top, left, right), Line(bottom, left, right)]
            down += [Line(left, bottom, top), Line(right, bottom, top)]
    return across, down


def _parts(across: Sequence[Line], down: Sequence[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    """The lines of each table: those that touch one another by way of the vertical ones."""
    spans = _merged((line.begin, line.end) for line in down)
    for bottom, top in spans:
        inside = [line for line in across if bottom - _NEAR <= line.at <= top + _NEAR]
        uprights = [line for line in down if bottom - _NEAR <= line.begin and line.end <= top + _NEAR]
        yield inside, uprights


def _merged(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1] + _NEAR:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _ruling(across: list[Line], down: list[Line]) -> Ruling | None:
    tops = tuple(reversed(_edges(line.at for line in across)))
    lefts = tuple(_edges(line.at for line in down))
    if len(tops) < 3 or len(lefts) < 3:
        return None
    return Ruling(tops, lefts, tuple(across))


def _edges(places: Iterable[float]) -> list[float]:
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > _NEAR:
            edges.append(place)
    return edges
