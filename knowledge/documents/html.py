"""Web pages: the bytes are decoded first, then headings, paragraphs, lists and tables with their spans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from selectolax.lexbor import LexborHTMLParser, LexborNode

from knowledge.documents.txt import decoded
from knowledge.pieces import Piece, Row, Table, Text, Unreadable
from knowledge.trace import Traced

_DROPPED = ("script", "style", "noscript", "nav", "footer", "template", "iframe", "svg", "form")
_BLOCKS = frozenset(
    [
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl"),
        *("dt", "fieldset", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p"),
        *("pre", "section", "table", "tbody", "td", "th", "thead", "tr", "ul"),
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)
_MAX_SPAN = 200


def pieces_of(data: bytes) -> list[Piece]:
    """The pieces of a page in order. Raises `Unreadable`."""
    tree = LexborHTMLParser(_text(data))
    if tree.body is None:
        raise Unreadable("这个网页里没有内容。")
    for node in tree.css(",".join(_DROPPED)):
        node.decompose()
    return list(_pieces(tree.body, count(1)))


def _text(data: bytes) -> str:
    """Decoded by what the page says of itself, where that is true; otherwise as any text."""
    declared = _CHARSET.search(data[:4096])
    name = declared[1].decode().lower() if declared else ""
    if name in ("gb2312", "gbk", "gb18030"):
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError:
            pass
    return decoded(data)


def _pieces(node: LexborNode, lines: count[int]) -> Iterator[Piece]:
    inline: list[str] = []
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag not in _BLOCKS and tag != "br" and child.css_first("table, p, div") is None:
            inline.append(child.text(deep=True) if tag != "-text" else child.text_content or "")
            continue
        yield from _paragraph("".join(inline), lines)
        inline = []
        if tag == "table":
            yield Table(tuple(_rows(child, lines)), merged=True)
        elif tag in _HEADINGS:
            yield from _paragraph(child.text(deep=True), lines, _HEADINGS[tag])
        else:
            yield from _pieces(child, lines)
    yield from _paragraph("".join(inline), lines)


def _paragraph(text: str, lines: count[int], level: int | None = None) -> Iterator[Text]:
    content = " ".join(text.split())
    if content:
        yield Text(Traced.of(content, next(lines)), level)


def _rows(table: LexborNode, lines: count[int]) -> Iterator[Row]:
    """Rows as a grid: a cell that spans rows says the same in each, one that spans columns stands in the first."""
    below: dict[int, tuple[int, str]] = {}
    for found in table.css("tr"):
        number = next(lines)
        cells: list[str] = []
        waiting = list(found.css("td, th"))
        while waiting or len(cells) in below:
            column = len(cells)
            if column in below:
                left, text = below.pop(column)
                if left > 1:
                    below[column] = (left - 1, text)
                cells.append(text)
                continue
            cell = waiting.pop(0)
            text = " ".join(cell.text(deep=True, separator=" ").split())
            if (rows := _span(cell, "rowspan")) > 1:
                below[column] = (rows - 1, text)
            cells += [text, *[""] * (_span(cell, "colspan") - 1)]
        if any(cells):
            yield Row(tuple(Traced.of(text, number) for text in cells))


def _span(cell: LexborNode, name: str) -> int:
    value = cell.attributes.get(name) or "1"
    return min(max(int(value), 1), _MAX_SPAN) if value.isdigit() else 1
