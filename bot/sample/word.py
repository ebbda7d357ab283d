"""A notice as DOCX: real headings, real tables, really merged cells."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH

from bot.sample.markup import MERGED, Part, spans_of


def write_docx(parts: Iterable[Part], path: Path) -> None:
    """Writes the notice to `path`."""
    document = docx.Document()
    for part in parts:
        if part.rows:
            _add_table(document, part.rows)
        elif part.level:
            heading = document.add_heading(part.text, level=part.level - 1)
            heading.alignment = WD_ALIGN_PARAGRAPH.CENTER if part.level == 1 else None
        else:
            document.add_paragraph(part.text)
    document.save(str(path))


def _add_table(document: Document, rows: tuple[tuple[str, ...], ...]) -> None:
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for column, first, last in spans_of(rows):
        table.cell(first, column).merge(table.cell(last, column))
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if text != MERGED:
                table.cell(r, c).text = text
