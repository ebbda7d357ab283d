"""PDF files with a text layer: lines by their place on the page, cells parted where the gap is wide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple

import pypdfium2 as pdfium

from knowledge.lines import STARTER, pieces_of_lines
from knowledge.pieces import Piece, Unreadable

_PAGE_NUMBER = re.compile(r"^\s*[-—–]?\s*(?:第\s*)?\d{1,3}\s*(?:页)?\s*(?:/\s*\d{1,3})?\s*[-—–]?\s*$")
_MAX_PAGES = 400
_GAP = 1.6
"""A gap this many times as wide as a character parts two cells."""


class _Run(NamedTuple):
    """A stretch of text on one line."""

    left: float
    bottom: float
    right: float
    top: float
    text: str

    @property
    def middle(self) -> float:
        return (self.bottom + self.top) / 2


def pieces_of(data: bytes) -> list[Piece]:
    """The pieces of a PDF. Raises `Unreadable`: encrypted, damaged, too long, or a scan without text."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable("这个 PDF 有密码，请先解除密码再导入。") from None
        raise Unreadable("这个 PDF 打不开，可能已损坏。") from None
    with document:
        if len(document) > _MAX_PAGES:
            raise Unreadable(f"这个 PDF 有 {len(document)} 页，最多读 {_MAX_PAGES} 页。")
        pages = [_lines(document[index].get_textpage()) for index in range(len(document))]
    if sum(len(line.strip()) for page in pages for line in page) < 10:
        raise Unreadable("这个 PDF 是扫描件，没有文字层；请先做文字识别（OCR），或者导入原来的 Word 文件。")
    text = "\n\n".join("\n".join(line for line in page if not _PAGE_NUMBER.match(line)) for page in pages)
    return pieces_of_lines(text)


def _lines(page: pdfium.PdfTextPage) -> list[str]:
    """The lines of a page from top to bottom: one that the margin broke is whole, a wide distance is a blank line."""
    runs = [run for index in range(page.count_rects()) if (run := _run(page, index)).text.strip()]
    if not runs:
        return []
    height = median(run.top - run.bottom for run in runs)
    lines = list(_by_line(runs, height))
    margins = min(line[0].left for line in lines), max(line[-1].right for line in lines)
    texts = [_joined(lines[0], height)]
    for above, line in pairwise(lines):
        text = _joined(line, height)
        if _goes_on(above, line, margins, height) and "\t" not in texts[-1] + text:
            texts[-1] += text
        else:
            texts += ["", text] if above[0].middle - line[0].middle > 2.6 * height else [text]
    return texts


def _goes_on(above: list[_Run], line: list[_Run], margins: tuple[float, float], height: float) -> bool:
    """The line above reaches the right margin and this one begins at the left one, where no paragraph is indented."""
    left, right = margins
    full = above[-1].right > right - 1.6 * height and line[0].left < left + 0.8 * height
    return full and not (above[-1].text[-1] in "。；：" and STARTER.match(line[0].text))


def _run(page: pdfium.PdfTextPage, index: int) -> _Run:
    left, bottom, right, top = page.get_rect(index)
    text = page.get_text_bounded(left, bottom, right, top)
    return _Run(left, bottom, right, top, " ".join(text.split()))


def _by_line(runs: list[_Run], height: float) -> Iterator[list[_Run]]:
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
