"""Excel workbooks: every sheet; merged cells carry their value down, a line with one cell is a heading or a remark."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from knowledge.heads import names_columns
from knowledge.pieces import Piece, Row, Table, Text, Unreadable
from knowledge.trace import Traced

_DEEP = 4
_UNNAMED = re.compile(r"(?:Sheet|工作表|表)\s*\d*", re.IGNORECASE)
_STOREY = re.compile(r"[^，。；：:\d]{1,12}")
_Value = int | float | str | bool | time | date | datetime | timedelta


def pieces_of(data: bytes) -> list[Piece]:
    """The tables and lines of all sheets, in order. Raises `Unreadable`."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [(name, list(_sheet(workbook.get_sheet_by_name(name)))) for name in workbook.sheet_names]
    except CalamineError:
        raise Unreadable("这个 Excel 文件打不开，可能已损坏或有密码；请用 Excel 打开后另存为 .xlsx 再导入。") from None
    filled = [(name, pieces) for name, pieces in sheets if pieces]
    return [piece for name, pieces in filled for piece in (*_heading(name, len(filled)), *pieces)]


def _heading(name: str, sheets: int) -> list[Piece]:
    """One sheet of several has its name above it, where somebody gave it one."""
    return [Text(Traced.of(name, 1), 0)] if sheets > 1 and not _UNNAMED.fullmatch(name) else []


def _sheet(sheet: CalamineSheet) -> Iterator[Piece]:
    grid = [[written(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    _carry_down(grid, sheet.merged_cell_ranges or [])
    left = min((at for row in grid for at, text in enumerate(row) if text), default=0)
    grid = [row[left:] for row in grid]
    above: Row | None = None
    for is_table, lines in groupby(enumerate(grid, 1), key=lambda line: sum(map(bool, line[1])) > 1):
        filled = [(number, row) for number, row in lines if any(row)]
        if is_table:
            rows = [_row(number, row) for number, row in filled]
            at = next((at for at, row in enumerate(rows[:_DEEP]) if names_columns(row)), None)
            head = rows[at] if at is not None else None
            if head is not None and at and (upper := _two_storeys(rows[at - 1], head)):
                rows[at - 1 : at + 1] = [upper]
                at, head = at - 1, upper
            for lead in rows[: at or 0]:  # who made it and when
                yield Text(Traced.of("  ".join(text for text in lead.texts if text), lead.cells[0].line))
            rows = rows[at or 0 :]
            if head is None and above is not None and len(above.cells) == len(rows[0].cells):
                rows.insert(0, above)  # a heading between the rows of one table
            above = head or above
            yield Table(tuple(rows), merged=True)
        else:
            for number, row in filled:
                yield Text(Traced.of(next(filter(None, row)), number))


def _two_storeys(upper: Row, lower: Row) -> Row | None:
    """Names over several columns with those below them: '毕业典礼' over '日期' and '地点'; None where it is no head."""
    above, below = list(upper.texts), list(lower.texts)
    if len(above) != len(below) or not any(one and one == two for one, two in zip(above, below, strict=True)):
        return None
    if any(text and not _STOREY.fullmatch(text) for text in above):
        return None
    for at in range(1, len(above)):
        above[at] = above[at] or (above[at - 1] if below[at] and above[at - 1] != below[at - 1] else "")
    names = [two if one == two else f"{one}{two}" for one, two in zip(above, below, strict=True)]
    return Row(tuple(Traced.of(name, upper.cells[0].line) for name in names))


def _carry_down(grid: list[list[str]], merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """A cell merged over rows says the same in each of them; merged over columns it stays in the first."""
    for (top, left), (bottom, _) in merged:
        for row in range(top + 1, min(bottom + 1, len(grid))):
            if left < len(grid[row]) and left < len(grid[top]):
                grid[row][left] = grid[top][left]


def _row(number: int, row: Sequence[str]) -> Row:
    return Row(tuple(Traced.of(value, number) for value in row))


def written(value: _Value) -> str:
    """A cell as a person reads it: numbers without '.0', dates with 年月日."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() != time():
        return f"{value.year}年{value.month}月{value.day}日 {value:%H:%M}"
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return str(value).strip()
