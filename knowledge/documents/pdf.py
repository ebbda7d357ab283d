"""PDF files with a text layer: lines by their place on the page, ruled tables by their lines, others by their gaps."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from knowledge.documents.ruled import Ruling, rules_across, rulings
from knowledge.documents.unruled import Gaps, Glyph, Printed, joined, tables_in
from knowledge.lines import STARTER, pieces_of_lines
from knowledge.pieces import Piece, Row, Table, Unreadable
from knowledge.trace import Traced

_PAGE_NUMBER = re.compile(r"^\s*[-—–]?\s*(?:第\s*)?\d{1,3}\s*(?:页)?\s*(?:[/，,]?\s*共?\s*\d{1,3}\s*页?)?\s*[-—–]?\s*$")
_DIGITS = re.compile(r"\d+")
_MAX_PAGES = 400
_GAP = 1.6
"""A gap this many times as wide as a character parts two cells."""
_FOOT = 2
"""So many lines under a table may be the foot of the page."""
_RUNNING = 3
"""On so many pages, or on more than half of them, the same first or last line is a running head."""


class _Run(NamedTuple):
    """A stretch of text on one line."""

    left: float
    bottom: float
    right: float
    top: float
    text: str
    glyphs: tuple[Glyph, ...] = ()

    @property
    def middle(self) -> float:
        return (self.bottom + self.top) / 2


class _Page(NamedTuple):
    """The lines of a page and its ruled tables, each with the number of lines that stand above it."""

    lines: list[str]
    tables: list[tuple[int, Table]]
    open: Gaps | None = None
    """The strips of a table without upright lines that reaches the end of the page."""


def pieces_of(data: bytes) -> list[Piece]:
    """The pieces of a PDF. Raises `Unreadable`: encrypted, damaged, too long, or a scan without text."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Unreadable("这个 PDF 有密码，请先解除密码再导入。") from None
        raise Unreadable("这个 PDF 打不开，可能已损坏。") from None
    with document:
        if len(document) > _MAX_PAGES:
            raise Unreadable(f"这个 PDF 有 {len(document)} 页，最多读 {_MAX_PAGES} 页。")
        pages: list[_Page] = []
        for index in range(len(document)):
            pages.append(_page(document[index], pages[-1].open if pages else None))
    if sum(_letters(page) for page in pages) < 10:
        raise Unreadable("这个 PDF 是扫描件，没有文字层；请先做文字识别（OCR），或者导入原来的 Word 文件。")
    return list(_pieces(_without_running(pages)))


def _letters(page: _Page) -> int:
    cells = sum(len(cell) for _, table in page.tables for row in table.rows for cell in row.texts)
    return cells + sum(len(line.strip()) for line in page.lines)


def _pieces(pages: Sequence[_Page]) -> Iterator[Piece]:
    """Text until the next ruled table, the table, text again; a paragraph may go on over a page's end."""
    waiting: list[str] = []
    line = 1
    for page in pages:
        done = 0
        for above, table in page.tables:
            waiting += page.lines[done:above]
            done = above
            yield from pieces_of_lines("\n".join(waiting), start_line=line)
            line += len(waiting) + len(table.rows)
            waiting = []
            yield Table(tuple(_numbered(row, line) for row in table.rows), table.merged)
        waiting += ["", *page.lines[done:]]
    yield from pieces_of_lines("\n".join(waiting), start_line=line)


def _numbered(row: Row, line: int) -> Row:
    return Row(tuple(Traced.of(text, line) for text in row.texts), row.after_break)


def _without_running(pages: Sequence[_Page]) -> list[_Page]:
    """Without page numbers and the heads and feet that run through the pages."""
    bare = [_without(page, lambda line: bool(_PAGE_NUMBER.match(line))) for page in pages]
    edges = Counter(edge for page in bare for edge in {_same(line) for line in _edges(page)})
    often = {edge for edge, count in edges.items() if len(pages) > 1 and count >= min(_RUNNING, len(pages))}
    return [_without(page, _running(page, often)) for page in bare]


def _running(page: _Page, often: set[str]) -> Callable[[str], bool]:
    ends = _edges(page)
    return lambda line: line in ends and _same(line) in often


def _edges(page: _Page) -> list[str]:
    filled = [line for line in page.lines if line.strip()]
    return [*filled[:1], *filled[-1:]]


def _same(line: str) -> str:
    return _DIGITS.sub("#", "".join(line.split()))


def _without(page: _Page, drops: Callable[[str], bool]) -> _Page:
    keep = [not drops(line) if line.strip() else True for line in page.lines]
    tables = [(sum(keep[:above]), table) for above, table in page.tables]
    return _Page([line for line, kept in zip(page.lines, keep, strict=True) if kept], tables)


# --- one page ---------------------------------------------------------------------------------------------------------


def _page(page: pdfium.PdfPage, above: Gaps | None) -> _Page:
    runs = list(_runs(page.get_textpage()))
    if not runs:
        return _Page([], [])
    height = median(run.top - run.bottom for run in runs)
    ruled = rulings(page)
    inside: list[list[_Run]] = [[] for _ in ruled]
    outside: list[_Run] = []
    for run in runs:
        home = next((i for i, one in enumerate(ruled) if one.cell_at((run.left + run.right) / 2, run.middle)), None)
        (outside if home is None else inside[home]).append(run)
    tables: list[tuple[float, Table]] = []
    for ruling, mine in zip(ruled, inside, strict=True):
        if table := _table(ruling, mine, height):
            tables.append((ruling.tops[0], table))
        else:
            outside += mine
    outside, unruled, open_gaps = _unruled(outside, height, rules_across(page), above)
    lines = _lines(outside, height)
    tables = sorted([*tables, *unruled], key=lambda one: -one[0])
    placed = [(sum(1 for at, _ in lines if at > top), table) for top, table in tables]
    return _Page([text for _, text in lines], placed, open_gaps)


def _unruled(
    runs: Sequence[_Run], height: float, rules: Sequence[float], above: Gaps | None
) -> tuple[list[_Run], list[tuple[float, Table]], Gaps | None]:
    """What is left outside of tables without upright lines, these with their height, and the last one's strips where
    it may go on over the page's end."""
    by_line = list(_by_line(runs, height))
    printed = [Printed(line[0].middle, tuple(g for run in line for g in run.glyphs)) for line in by_line]
    found = tables_in(printed, height, rules, above)
    taken = {at for one in found for at in range(one.begin, one.end)}
    left = [run for at, line in enumerate(by_line) if at not in taken for run in line]
    ends = bool(found) and len(by_line) - found[-1].end <= _FOOT
    tables = [(printed[one.begin].middle, one.table) for one in found]
    return left, tables, found[-1].gaps if ends else None


def _runs(page: pdfium.PdfTextPage) -> Iterator[_Run]:
    """Stretches of characters that follow one another on a line, each character by its own place."""
    waiting: _Run | None = None
    blank = False
    for index in range(page.count_chars()):
        char = chr(raw.FPDFText_GetUnicode(page, index))
        if char.isspace() or char in "\0\ufffe":
            blank = True
            continue
        left, bottom, right, top = page.get_charbox(index, loose=True)
        size = top - bottom
        glyph = Glyph(left, right, char, blank)
        if waiting is not None and _follows(waiting, left, (bottom + top) / 2, size):
            space = " " if blank and left - waiting.right > 0.1 * size else ""
            text, glyphs = waiting.text + space + char, (*waiting.glyphs, glyph)
            waiting = waiting._replace(right=max(right, waiting.right), text=text, glyphs=glyphs)
        else:
            if waiting is not None:
                yield waiting
            waiting = _Run(left, bottom, right, top, char, (glyph,))
        blank = False
    if waiting is not None:
        yield waiting


def _follows(run: _Run, left: float, middle: float, size: float) -> bool:
    return abs(run.middle - middle) < size / 3 and -size / 2 < left - run.right < 0.9 * size


def _table(ruling: Ruling, runs: Sequence[_Run], height: float) -> Table | None:
    """The cells of a ruled table; one that is merged over rows says the same in each. None where it is a mere frame."""
    rows, columns = len(ruling.tops) - 1, len(ruling.lefts) - 1
    cells: dict[tuple[int, int], list[_Run]] = {}
    for run in runs:
        place = ruling.cell_at((run.left + run.right) / 2, run.middle)
        if place is not None:
            cells.setdefault(_first(ruling, place), []).append(run)
    if len(cells) < 4:
        return None
    texts = {place: _cell_text(mine, height) for place, mine in cells.items()}
    made = [[texts.get(_first(ruling, (row, column)), "") for column in range(columns)] for row in range(rows)]
    return Table(tuple(Row(tuple(Traced.of(text, 1) for text in row)) for row in made if any(row)), merged=True)


def _first(ruling: Ruling, place: tuple[int, int]) -> tuple[int, int]:
    """The topmost cell of those that no line parts."""
    row, column = place
    while row > 0 and ruling.open_below(row - 1, column):
        row -= 1
    return row, column


def _cell_text(runs: Sequence[_Run], height: float) -> str:
    text = ""
    for line in _by_line(runs, height):
        text = joined(text, _joined(line, height).replace("\t", " "))
    return text


def _lines(runs: Sequence[_Run], height: float) -> list[tuple[float, str]]:
    """The lines from top to bottom with their height: what the margin broke is whole, a wide distance a blank line."""
    if not runs:
        return []
    lines = list(_by_line(runs, height))
    margins = min(line[0].left for line in lines), max(line[-1].right for line in lines)
    texts = [(lines[0][0].middle, _joined(lines[0], height))]
    for above, line in pairwise(lines):
        text, last = _joined(line, height), texts[-1][1]
        middle = line[0].middle
        if _goes_on(above, line, margins, height) and "\t" not in last + text:
            texts[-1] = (texts[-1][0], f"{last}{_glue(last, text)}{text}")
        else:
            far = above[0].middle - middle > 2.6 * height
            texts += [(middle, ""), (middle, text)] if far else [(middle, text)]
    return texts


def _glue(left: str, right: str) -> str:
    """Latin words are parted by a blank, Chinese ones are not."""
    latin = left[-1:].isascii() and left[-1:].isalpha() and right[:1].isascii() and right[:1].isalpha()
    return " " if latin else ""


def _goes_on(above: list[_Run], line: list[_Run], margins: tuple[float, float], height: float) -> bool:
    """The line above reaches the right margin and this one begins at the left one, where no paragraph is indented."""
    left, right = margins
    full = above[-1].right > right - 2.6 * height and line[0].left < left + 0.8 * height
    near = above[0].middle - line[0].middle < 2.6 * height
    return full and near and not (above[-1].text[-1] in "。；：" and STARTER.match(line[0].text))


def _by_line(runs: Sequence[_Run], height: float) -> Iterator[list[_Run]]:
    ordered = sorted(runs, key=lambda run: -run.middle)
    number, last = 0, None
    numbered: list[tuple[int, _Run]] = []
    for run in ordered:
        if last is not None and last - run.middle > height / 2:
            number += 1
        last = run.middle
        numbered.append((number, run))
    for _, line in groupby(numbered, key=lambda pair: pair[0]):
        yield sorted((run for _, run in line), key=lambda run: run.left)


def _joined(line: list[_Run], height: float) -> str:
    text = line[0].text
    for before, run in pairwise(line):
        gap = run.left - before.right
        text += ("\t" if gap > _GAP * height else " " if gap > height / 3 else "") + run.text
    return text
