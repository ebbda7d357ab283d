"""Web pages: the bytes are decoded first, then headings, paragraphs, lists and tables with their spans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from selectolax.lexbor import LexborHTMLParser, LexborNode

from knowledge.documents.txt import decoded
from knowledge.pieces import Piece, Row, Table, Text, Unreadable
from knowledge.trace import Traced

_DROPPED = ("script", "style", "noscript", "nav", "footer", "aside", "template", "iframe", "svg", "form", "select")
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
_BOXES = "div, ul, ol, td, section, aside, header, p, dl, table"
_FURNITURE = re.compile(
    r"^(?:当前位置|您?现?在的?位置|您的位置|首页\s*[>＞|»]|上一[条篇]|下一[条篇]|版权所有|Copyright|©|技术支持|今天是|设为首页|打印本页|分享到|相关(?:阅读|链接|新闻))",
    re.IGNORECASE,
)
_FURNITURE_WITHIN = re.compile(r"版权所有|Copyright\s*[©(]|ICP备|设为首页|加入收藏|今天是[12]\d{3}\s*年", re.IGNORECASE)
_FILE = re.compile(r"\.(?:docx?|xlsx?|pdf|wps|et|zip|rar|pptx?)(?:$|[?#])", re.IGNORECASE)
_SHORT_BOX = 200
"""Furniture is short: a box with more text than this is never taken for it by a word alone."""


def pieces_of(data: bytes) -> list[Piece]:
    """The pieces of a page in order. Raises `Unreadable`."""
    tree = LexborHTMLParser(_text(data))
    if tree.body is None:
        raise Unreadable("这个网页里没有内容。")
    for node in tree.css(",".join(_DROPPED)):
        node.decompose()
    attached = _attached(tree.body)
    for node in _furniture(tree.body):
        node.decompose()
    lines = count(1)
    return [*_pieces(tree.body, lines), *(Text(Traced.of(f"附件：{name}", next(lines))) for name in attached)]


# --- what belongs to the site and not to the notice -----------------------------------------------------------------


def _attached(body: LexborNode) -> list[str]:
    """The names of the files that the page links to, and the links taken out: they are no sentences."""
    names: list[str] = []
    for link in body.css("a"):
        name = " ".join(link.text(deep=True).split())
        if _FILE.search(link.attributes.get("href") or "") and name:
            names.append(name)
    return list(dict.fromkeys(names))


def _furniture(body: LexborNode) -> list[LexborNode]:
    """The boxes that hold mostly links, or say what only a site's frame says; outermost ones, body never whole."""
    whole = len(_text_of(body))
    found: list[LexborNode] = []
    for box in body.css(_BOXES):
        text = _text_of(box)
        if len(text) * 2 > whole or not text or any(_inside(box, other) for other in found[-1:]):
            continue
        if _is_links(box, text) or _is_frame(box, text):
            found.append(box)
    return found


def _inside(box: LexborNode, other: LexborNode) -> bool:
    parent = box.parent
    while parent is not None:
        if parent.mem_id == other.mem_id:
            return True
        parent = parent.parent
    return False


def _text_of(node: LexborNode) -> str:
    return "".join(node.text(deep=True).split())


def _is_links(box: LexborNode, text: str) -> bool:
    """Menus and lists of other news; a list of the notice's own files is not one."""
    links = [link for link in box.css("a") if not _FILE.search(link.attributes.get("href") or "")]
    linked = sum(len(_text_of(link)) for link in links)
    # Lists of other news carry a date each.
    return len(links) >= 2 and linked * 2 > len(re.sub(r"[\d\-/.:：年月日（）()]", "", text))


def _is_frame(box: LexborNode, text: str) -> bool:
    if len(text) > _SHORT_BOX:
        return False
    attachments_only = bool(box.css_first("a")) and re.fullmatch(
        r"(?:附件\d*[【:：]?.{0,80}?[】]?(?:已?下载\d*次?)?)+", text
    )
    return bool(_FURNITURE.match(text) or _FURNITURE_WITHIN.search(text) or (attachments_only and _all_files(box)))


def _all_files(box: LexborNode) -> bool:
    return all(_FILE.search(link.attributes.get("href") or "") for link in box.css("a"))


# --- the notice -----------------------------------------------------------------------------------------------------


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
