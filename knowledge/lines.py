"""Plain lines into pieces: what OCR and page breaks tore apart is joined, tables are found again.

Three kinds of table lines occur in real notices: rows with tabs between cells, rows cut by a blank line (a page
break), and tables flattened to one cell a line, each line beginning with a tab.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from knowledge.pieces import Piece, Row, Table, Text
from knowledge.trace import Traced

TAG = re.compile(r"<(?:/?[a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*)?/?>")
_EMPHASIS = re.compile(r"\*\*(?=\S)|(?<=\S)\*\*")
_BULLET = re.compile(r"^\s*[-•·●▪]\s+")
_OPENERS, _CLOSERS = "（([《“「【", "）)]》”」】"
_BRACKET = re.compile(f"[{re.escape(_OPENERS)}]")
_TERMINAL = "。！？!?；;：:…》"
STARTER = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十]{1,3}[)）]|\d{1,2}[、.．)）]|[（(]\d{1,2}[)）]"
    r"|#{1,6}\s|\||第[一二三四五六七八九十]{1,3}[章节条]|附件|注[:：]|[*＊]|[-•·●]\s|[^\W\d_]{1,3}\s?[^\W\d_]{0,7}[:：])"
)
_NUMBER = re.compile(r"^(?:[一二三四五六七八九十]{1,3}|\d{1,2})[、.．)）]|^[（(]")
_TOP_STARTER = re.compile(r"^(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[)）]|附件)")
_LONGEST = 2000
"""No paragraph is put together longer than this: a text without any stop would be joined for ever."""
_TITLE_END = re.compile(r"(?:通知|方案|公告|通告|办法|须知|指南|一览表|安排表|议程|说明)$")
_DATE_LINE = re.compile(r"^\s*[\d〇○一二三四五六七八九十]{4}\s*年\s*[\d一二三四五六七八九十]{1,3}\s*月")

_SIGNED = re.compile(
    r"\s*[\u4e00-\u9fff]{2,12}(?:大学|学院|学校)[\u4e00-\u9fff]{0,10}(?:处|部|办公室|中心|委员会|团委)\s*"
)
"""Who signs a letter begins a line of his own."""

PARAGRAPH_BREAK = "\n"
"""Stands inside a cell where the source had `</p> <p>`."""


@dataclass(frozen=True, slots=True)
class _Line:
    content: Traced
    after_blank: bool
    is_row: bool = False

    @property
    def raw(self) -> str:
        return self.content.text

    @property
    def kind(self) -> str:
        if self.is_row:
            return "table"
        if self.raw.startswith("\t") and "\t" not in self.raw[1:]:
            return "flat"
        return "table" if "\t" in self.raw.rstrip("\n") else "text"


def pieces_of_lines(text: str, *, wrap: int = 25, start_line: int = 1) -> list[Piece]:
    """The pieces of plain text. `wrap` is the length from which a line without an end can be a torn one."""
    pieces: list[Piece] = []
    for kind, group in groupby(_settled(_lines(text, start_line)), key=lambda line: line.kind):
        lines = list(group)
        if kind == "text":
            pieces += paragraphs(lines, wrap)
        elif kind == "table":
            pieces.append(Table(tuple(_row(line) for line in lines if line.raw.strip())))
        else:
            pieces.append(_unflattened(lines))
    return pieces


def _lines(text: str, first: int) -> Iterator[_Line]:
    offset, blank = 0, True
    for number, raw in enumerate(text.splitlines(keepends=True), first):
        body = raw.rstrip("\r\n\f\v\x1c\x1d\x1e\x85\u2028\u2029")
        if body.strip() or "\t" in body:
            yield _Line(Traced.of(body, number, offset), blank)
        blank = not body.strip(" \u3000\xa0")
        offset += len(raw)


def _settled(lines: Iterable[_Line]) -> Iterator[_Line]:
    """A few 'flat' lines are rows of the table above them, or indented text; several make a flattened table."""
    above = "text"
    for kind, group in groupby(lines, key=lambda line: line.kind):
        run = list(group)
        filled = [line for line in run if line.raw.strip()]
        if kind != "flat" or len(filled) >= 4:
            yield from run
        elif above == "table" and not run[0].after_blank:
            yield from (replace(line, is_row=True) for line in filled)
        else:
            yield from (replace(line, content=line.content.strip()) for line in filled)
        above = kind


def clean(content: Traced) -> Traced:
    """Without markup remains: tags, bold stars; ends of `<p>` become paragraph breaks."""

    def put(match: re.Match[str]) -> str:
        return PARAGRAPH_BREAK if match[0].lower().startswith(("</p", "<br")) else ""

    return content.sub(TAG, put).sub(_EMPHASIS, "").strip()


def _row(line: _Line) -> Row:
    cells: list[Traced] = []
    at = 0
    for part in line.raw.split("\t"):
        cells.append(clean(line.content.cut(at, at + len(part))))
        at += len(part) + 1
    return Row(tuple(cells), line.after_blank)


def _unflattened(lines: Sequence[_Line]) -> Table:
    """One cell a line: groups between blank lines are rows, the first one is the head."""
    groups: list[list[Traced]] = []
    for line in lines:
        if line.after_blank or not groups:
            groups.append([])
        groups[-1].append(line.content.strip())
    width = len(groups[0])
    chunks = [cells[start : start + width] for cells in groups for start in range(0, len(cells), width)]
    rows = [Row(tuple(_right(chunk, width))) for chunk in chunks]
    return Table(tuple(row for row in rows if any(row.texts)))


def _right(cells: list[Traced], width: int) -> list[Traced]:
    """What is missing is missing on the left: merged cells come first."""
    empty = Traced("", cells[0].marks[:1])
    return [empty] * (width - len(cells)) + cells


def paragraphs(lines: Sequence[_Line], wrap: int) -> list[Piece]:
    """Text lines as paragraphs, torn ones joined."""
    texts: list[Text] = []
    for line in lines:
        content = clean(line.content.sub(_BULLET, ""))
        if not content.text:
            continue
        if texts and _torn(texts[-1].content.text, content.text, wrap, apart=line.after_blank):
            texts[-1] = Text(texts[-1].content.join(content, _glue(texts[-1].content.text, content.text)))
        else:
            texts.append(Text(content, alone=line.after_blank))
    return list(texts)


def _glue(left: str, right: str) -> str:
    latin = left[-1:].isascii() and left[-1:].isalnum() and right[:1].isascii() and right[:1].isalpha()
    return " " if latin else ""


def _torn(left: str, right: str, wrap: int, *, apart: bool) -> bool:
    """Whether `right` goes on with the sentence of `left`."""
    if left.endswith(("时间为", "日期为", "定于", "时间是")) and len(left) <= _LONGEST:
        return True
    if _TOP_STARTER.match(right) or _DATE_LINE.match(right) or left.startswith("附件") or len(left) > _LONGEST:
        return False
    if is_open(left):
        return True
    if (
        STARTER.match(right)
        or _SIGNED.fullmatch(right)
        or left[-1] in _TERMINAL
        or _TITLE_END.search(left)
        or len(left) < wrap
    ):
        return False
    if _NUMBER.match(left) and not any(mark in left for mark in "，,。"):
        return False
    return not apart or (left[-1] not in _CLOSERS and any(mark in left for mark in "，,。；、"))


def is_open(text: str) -> bool:
    """Whether a bracket or quotation mark is still open at the end."""
    return bool(text) and depths(text)[-1] > 0


def depths(text: str) -> list[int]:
    """After each character: how many brackets and quotation marks are open."""
    if not _BRACKET.search(text):
        return [0] * len(text)
    depth = 0
    found: list[int] = []
    for char in text:
        if char in _OPENERS:
            depth += 1
        elif char in _CLOSERS and depth:
            depth -= 1
        found.append(depth)
    return found
