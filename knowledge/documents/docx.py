"""Word files: paragraphs with their automatic numbers, heading styles, tables with merged cells filled in."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any
from zipfile import BadZipFile

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph

from knowledge.pieces import Piece, Row, Table, Text, Unreadable
from knowledge.trace import Traced

_CHINESE = "〇一二三四五六七八九"
_CHINESE_FORMATS = frozenset(
    ("chineseCounting", "chineseCountingThousand", "ideographTraditional", "japaneseCounting", "taiwaneseCounting")
)
_BULLET = "bullet"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SILENT = frozenset(
    [
        *(
            qn(name)
            for name in ("w:pPr", "w:rPr", "w:del", "w:moveFrom", "w:instrText", "w:txbxContent", "w:p", "w:tbl")
        ),
        _FALLBACK,
    ]
)
"""Parts of a paragraph that are not its text."""


def pieces_of(data: bytes) -> list[Piece]:
    """The pieces of a Word file in order. Raises `Unreadable`."""
    try:
        document = docx.Document(io.BytesIO(data))
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError):
        raise Unreadable("这个 Word 文件打不开，可能已损坏；请用 Word 打开后另存为 .docx 再导入。") from None
    numbering = _Numbering(document)
    lines = count(1)
    body = [piece for item in _content(document, document.element.body) for piece in _pieces(item, numbering, lines)]
    return [*body, *(Text(Traced.of(f"注：{note}", next(lines))) for note in _footnotes(document))]


def _content(document: Any, parent: Any) -> Iterator[Paragraph | WordTable]:
    """Paragraphs and tables in order, those inside content controls too."""
    for child in parent:
        if child.tag == qn("w:p"):
            yield Paragraph(child, document)
        elif child.tag == qn("w:tbl"):
            yield WordTable(child, document)
        elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml")):
            yield from _content(document, child)


def _pieces(item: Paragraph | WordTable, numbering: _Numbering, lines: count[int]) -> Iterator[Piece]:
    if isinstance(item, WordTable):
        rows = [_row(row, next(lines)) for row in item.rows]
        yield Table(tuple(row for row in rows if any(row.texts)), merged=True)
        return
    line = next(lines)
    text = _text(item._p).strip()
    number = numbering.number_of(item)
    if text:
        depth = numbering.depth_of(item) if number else 0
        yield Text(Traced.of(number + text, line), _level(numbering.style_of(item)), depth=depth)
    for box in _boxes(item._p):
        yield Text(Traced.of(box, line))


def _text(paragraph: Any) -> str:
    """What a paragraph says: insertions are there, deletions and text boxes are not."""
    return "".join(_printed(paragraph))


def _printed(element: Any) -> Iterator[str]:
    for child in element:
        if child.tag == qn("w:t"):
            yield child.text or ""
        elif child.tag in (qn("w:tab"), qn("w:br"), qn("w:cr")):
            yield "\n" if child.tag != qn("w:tab") else "\t"
        elif child.tag == qn("w:noBreakHyphen"):
            yield "-"
        elif child.tag not in _SILENT:
            yield from _printed(child)


def _boxes(paragraph: Any) -> Iterator[str]:
    """The paragraphs of text boxes; a box is stored twice, the second time for old programs."""
    for box in paragraph.iter(qn("w:txbxContent")):
        if any(parent.tag == _FALLBACK for parent in box.iterancestors()):
            continue
        for inner in box.iter(qn("w:p")):
            if text := _text(inner).strip():
                yield text


def _footnotes(document: Any) -> Iterator[str]:
    """What stands under the pages; the rules between text and notes are no notes."""
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/footnotes") and not relation.is_external:
            root = parse_xml(relation.target_part.blob)
            for note in root.findall(qn("w:footnote")):
                text = " ".join(part for p in note.iter(qn("w:p")) if (part := _text(p).strip()))
                if note.get(qn("w:type")) is None and text:
                    yield text


def _level(style: str) -> int | None:
    """The level of a heading style ('Heading 2', '标题 2'); a title is no heading."""
    for prefix in ("Heading ", "标题 "):
        if style.startswith(prefix) and style[len(prefix) :].isdigit():
            return int(style[len(prefix) :])
    return None


def _row(row: Any, line: int) -> Row:
    """The cells of a row; one merged over columns stands in the first of them."""
    cells: list[Traced] = [Traced.of("", line)] * row.grid_cols_before
    seen: set[int] = set()
    for cell in row.cells:
        text = "" if id(cell._tc) in seen else _cell_text(cell._tc)
        seen.add(id(cell._tc))
        cells.append(Traced.of(text, line))
    return Row(tuple(cells))


def _cell_text(cell: Any) -> str:
    """The paragraphs of a cell, also of a table inside it."""
    return "\n".join(text for paragraph in cell.iter(qn("w:p")) if (text := _text(paragraph).strip()))


_DEEPER = re.compile(r"^(?:List|列表).*\s([2-9])$")


class _Numbering:
    """The numbers Word counts by itself: they are not in the text, but the notice refers to them."""

    def __init__(self, document: Any) -> None:
        self._levels = dict(_levels(document))
        # python-docx searches the styles anew for every paragraph, which takes milliseconds each time.
        self._styles = {style.style_id: style for style in document.styles}
        self._counts: Counter[tuple[str, int]] = Counter()

    def number_of(self, paragraph: Paragraph) -> str:
        """The number in front of a paragraph as it is printed; empty where there is none."""
        found = self._list_place(paragraph)
        if found is None or found not in self._levels:
            return ""
        list_id, level = found
        self._counts[found] += 1
        for deeper in range(level + 1, 9):
            self._counts.pop((list_id, deeper), None)
        return self._printed(list_id, level)

    def depth_of(self, paragraph: Paragraph) -> int:
        """How deep in a list of lists it stands: by its level, or by its style ('List Number 2')."""
        found = self._list_place(paragraph)
        styled = _DEEPER.search(self.style_of(paragraph))
        return max(found[1] if found else 0, int(styled[1]) - 1 if styled else 0)

    def style_of(self, paragraph: Paragraph) -> str:
        """The name of its style; empty for the default."""
        style = self._styles.get(paragraph._p.style)
        return (style.name or "") if style is not None else ""

    def _list_place(self, paragraph: Paragraph) -> tuple[str, int] | None:
        """The list and level of a paragraph, its own or its style's."""
        style = self._styles.get(paragraph._p.style)
        for element in (paragraph._p, style.element if style is not None else None):
            properties = element.find(qn("w:pPr")) if element is not None else None
            number = properties.find(qn("w:numPr")) if properties is not None else None
            list_id = number.find(qn("w:numId")) if number is not None else None
            if number is None or list_id is None:
                continue
            level = number.find(qn("w:ilvl"))
            return list_id.get(qn("w:val")), int(level.get(qn("w:val"))) if level is not None else 0
        return None

    def _printed(self, list_id: str, level: int) -> str:
        text = self._levels[list_id, level][1]
        if self._levels[list_id, level][0] == _BULLET:
            return ""
        for above in range(level + 1):
            kind = self._levels.get((list_id, above), ("decimal", ""))[0]
            text = text.replace(f"%{above + 1}", _counted(self._counts[list_id, above] or 1, kind))
        return text if text.endswith(("、", "）", ")")) else f"{text} "


def _levels(document: Any) -> Iterator[tuple[tuple[str, int], tuple[str, str]]]:
    """Format and text of each list level ('decimal', '%1.')."""
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return
    kinds = {abstract.get(qn("w:abstractNumId")): abstract for abstract in root.findall(qn("w:abstractNum"))}
    for number in root.findall(qn("w:num")):
        target = number.find(qn("w:abstractNumId"))
        abstract = kinds.get(target.get(qn("w:val"))) if target is not None else None
        for level in abstract.findall(qn("w:lvl")) if abstract is not None else ():
            kind, text = level.find(qn("w:numFmt")), level.find(qn("w:lvlText"))
            if kind is not None and text is not None:
                place = number.get(qn("w:numId")), int(level.get(qn("w:ilvl")))
                yield place, (kind.get(qn("w:val")), text.get(qn("w:val")) or "")


def _counted(number: int, kind: str) -> str:
    if kind not in _CHINESE_FORMATS or number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    if not tens:
        return _CHINESE[ones]
    return (_CHINESE[tens] if tens > 1 else "") + "十" + (_CHINESE[ones] if ones else "")
