"""Markdown: text with `#` headings and `|` tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, pairwise

from knowledge.documents.txt import decoded
from knowledge.lines import pieces_of_lines
from knowledge.pieces import Piece, Row, Table, Text
from knowledge.trace import Traced

_HEADING = re.compile(r"^(#{1,6})\s+")
_RULE = re.compile(r"^\|?\s*:?-{2,}")
_BAR = re.compile(r"(?<!\\)\|")


def pieces_of(data: bytes) -> list[Piece]:
    """The pieces of a Markdown file. Raises `Unreadable` when it is no text."""
    pieces = pieces_of_lines(decoded(data))
    return [made for is_row, group in groupby(pieces, key=_is_row) for made in _made(list(group), is_row=is_row)]


def _is_row(piece: Piece) -> bool:
    return isinstance(piece, Text) and piece.content.text.startswith("|")


def _made(pieces: list[Piece], *, is_row: bool) -> Iterator[Piece]:
    texts = [piece for piece in pieces if isinstance(piece, Text)]
    if is_row:
        yield Table(tuple(_row(text.content) for text in texts if not _RULE.match(text.content.text)))
        return
    yield from (_heading(piece) if isinstance(piece, Text) else piece for piece in pieces)


def _heading(piece: Text) -> Text:
    found = _HEADING.match(piece.content.text)
    return Text(piece.content.cut(found.end()).strip(), len(found[1])) if found else piece


def _row(line: Traced) -> Row:
    """The cells between the bars; an empty cell is kept, for it may be a merged one."""
    bars = [found.start() for found in _BAR.finditer(line.text)]
    edges = bars if line.text.endswith("|") else [*bars, len(line.text)]
    return Row(tuple(line.cut(a + 1, b).strip() for a, b in pairwise(edges)))
