"""PDF files: lines broken by the margin, tables by their gaps, scans and passwords."""

from __future__ import annotations

import pypdfium2 as pdfium
import pytest
import typst

from knowledge.documents.pdf import pieces_of
from knowledge.pieces import Table, Text, Unreadable
from knowledge.reading import read_bytes

SENTENCE = "各学院要认真统计毕业生的去向，持续推荐就业岗位，及时上报就业方案和有关数据，做好回访和帮扶工作。" * 3
PAGE = '#set page(width: 14cm, height: 20cm)\n#set text(font: "Noto Sans CJK SC", size: 10pt)\n'


def printed(source: str) -> bytes:
    return bytes(typst.compile(source.encode()))


def test_a_paragraph_over_several_lines_is_one() -> None:
    pieces = pieces_of(
        printed(f"{PAGE}#set par(first-line-indent: (amount: 2em, all: true))\n{SENTENCE}\n\n第二段从这里开始。")
    )
    texts = [piece.content.text for piece in pieces if isinstance(piece, Text)]
    assert ["".join(text.split()) for text in texts] == [SENTENCE, "第二段从这里开始。"]


def test_a_table_has_its_cells() -> None:
    cells = ("事项", "部门", "电话", "还书", "图书馆", "0888-0000401", "退宿", "后勤处", "0888-0000302")
    body = ", ".join(f"[{cell}]" for cell in cells)
    (table,) = pieces_of(printed(f"{PAGE}#table(columns: (4cm, 4cm, 4cm), {body})"))
    assert isinstance(table, Table)
    assert [row.texts for row in table.rows] == [cells[:3], cells[3:6], cells[6:]]


def test_page_numbers_are_no_text() -> None:
    pieces = pieces_of(
        printed(f'{PAGE}#set page(numbering: "- 1 -")\n第一页的文字在这里。\n#pagebreak()\n第二页的文字。')
    )
    assert [piece.content.text for piece in pieces if isinstance(piece, Text)] == [
        "第一页的文字在这里。",
        "第二页的文字。",
    ]


def test_a_scan_has_no_text_layer() -> None:
    with pytest.raises(Unreadable, match="扫描件"):
        read_bytes(printed(f"{PAGE}#rect(width: 5cm, height: 3cm)"), "a.pdf")


def test_a_damaged_file() -> None:
    with pytest.raises(Unreadable, match="损坏"):
        read_bytes(b"%PDF-1.7\nnothing of a PDF", "a.pdf")


def test_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(_data: bytes) -> None:
        raise pdfium.PdfiumError("Failed to load document (PDFium: Incorrect password error).")

    monkeypatch.setattr(pdfium, "PdfDocument", locked)
    with pytest.raises(Unreadable, match="密码"):
        pieces_of(b"%PDF")
