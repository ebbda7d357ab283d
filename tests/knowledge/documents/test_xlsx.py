"""Workbooks: merged cells carried down, values as people read them, every sheet."""

from __future__ import annotations

import io
from datetime import date, datetime, time

import openpyxl
import pytest

from knowledge.documents.xlsx import pieces_of, written
from knowledge.pieces import Table, Text, Unreadable
from knowledge.reading import read_bytes
from knowledge.roster import Counselor, read_roster


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def roster_book() -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["江南示范学院2031届毕业生班级一览表"])
    sheet.append(["序号", "二级学院", "班级全称", "班级人数", "辅导员", "联系方式", "备注"])
    sheet.append([1, "茶艺学院", "2028级茶艺1班", 40, "林小舟", 13900000001, None])
    sheet.append([2, None, "2028级茶艺2班", 38.0, None, None, None])
    sheet.append([3, None, "2028级茶艺3班", 30, None, None, "高远山"])
    sheet.append(["合计", None, None, 108])
    sheet.merge_cells("A1:G1")
    sheet.merge_cells("B3:B5")
    sheet.merge_cells("E3:E4")
    sheet.merge_cells("F3:F4")
    return book


def test_merged_cells_of_a_roster() -> None:
    roster = read_roster(read_bytes(saved(roster_book()), "名单.xlsx"))
    assert [group.college for group in roster.classes] == ["茶艺学院"] * 3
    assert [group.counselor for group in roster.classes] == [
        Counselor("林小舟", "13900000001"),
        Counselor("林小舟", "13900000001"),
        Counselor("高远山"),
    ]
    assert (roster.expected, roster.declared_total) == (108, 108)
    assert roster.classes[0].line == 3


def test_a_line_with_one_cell_is_text() -> None:
    first, table = pieces_of(saved(roster_book()))
    assert isinstance(first, Text)
    assert first.content.text == "江南示范学院2031届毕业生班级一览表"
    assert isinstance(table, Table)


def test_every_sheet_is_read() -> None:
    book = roster_book()
    book.create_sheet("说明").append(["请核对。"])
    pieces = pieces_of(saved(book))
    assert len(pieces) == 4
    assert [piece.level for piece in pieces if isinstance(piece, Text)] == [None, 0, None]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (20280001.0, "20280001"),
        (0.5, "0.5"),
        (True, "是"),
        (date(2031, 6, 8), "2031年6月8日"),
        (datetime(2031, 6, 8, 17), "2031年6月8日 17:00"),  # noqa: DTZ001 - a sheet has no zone
        (datetime(2031, 6, 8), "2031年6月8日"),  # noqa: DTZ001
        (time(8, 30), "08:30"),
        (" 甲 ", "甲"),
    ],
)
def test_values_as_people_read_them(value: object, text: str) -> None:
    assert written(value) == text  # type: ignore[arg-type]


def test_what_is_no_workbook() -> None:
    with pytest.raises(Unreadable, match="Excel"):
        pieces_of(b"PK\x03\x04 nothing")
