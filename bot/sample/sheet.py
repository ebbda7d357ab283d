"""Tables as XLSX: a notice that is one table, the list of classes with its merged counselors, the list of students."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from bot.sample.markup import MERGED, Part, spans_of


def write_xlsx(parts: Iterable[Part], path: Path) -> None:
    """Writes lines and tables below each other on one sheet."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    top = 1
    for part in parts:
        rows = part.rows or ((part.text,),)
        _append(sheet, rows, top)
        top += len(rows)
    book.save(path)


def _append(sheet: Worksheet, rows: tuple[tuple[str, ...], ...], top: int) -> None:
    for row in rows:
        sheet.append(_plain(row))
    for column, first, last in spans_of(rows):
        sheet.merge_cells(start_row=top + first, end_row=top + last, start_column=column + 1, end_column=column + 1)


def _plain(row: Sequence[str]) -> list[str | int | None]:
    """Short numbers are numbers, as in a roster someone typed; student numbers and phones stay text."""
    return [None if cell == MERGED else int(cell) if re.fullmatch(r"\d{1,4}", cell) else cell for cell in row]
