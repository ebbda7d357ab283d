"""Heads of merged tables: titles above them, names over several columns, two storeys; what rows of them mean."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import openpyxl
import pytest

from knowledge.extract import ProposedItem, propose_items
from knowledge.reading import read_bytes

Rows = Mapping[str, Sequence[object]]


def book(rows: Rows, merged: Sequence[str] = (), more: Rows | None = None) -> bytes:
    """A workbook with these cells from these places on; `more` on a second sheet 辅导员日程."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for cells, page in ((rows, sheet), (more or {}, made.create_sheet("辅导员日程") if more else sheet)):
        for place, values in cells.items():
            first = page[place]
            for at, value in enumerate(values):
                if value != "":
                    page.cell(first.row, first.column + at, value)
    for area in merged:
        sheet.merge_cells(area)
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def items(data: bytes) -> list[ProposedItem]:
    return propose_items(read_bytes(data, "a.xlsx"))


def told(item: ProposedItem) -> tuple[str, str, str]:
    return item.title, str(item.opens_on or "")[5:], str(item.due_on or "")[5:]


TITLE = "晴川学院2031届毕业生离校日程表"


def test_a_head_in_two_storeys() -> None:
    rows = {
        "A1": [TITLE],
        "A2": ["阶段", "事项", "时间", "", "责任部门"],
        "C3": ["开始", "结束"],
        "A4": ["准备", "填报去向", "6月1日", "6月5日", "就业办"],
        "B5": ["归还图书", "6月3日", "6月10日", "图书馆"],
        "A6": ["办理", "退宿", "6月20日", "6月22日", "后勤处"],
    }
    found = items(book(rows, ("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3", "A4:A5")))
    assert [told(item) for item in found] == [
        ("填报去向", "06-01", "06-05"),
        ("归还图书", "06-03", "06-10"),
        ("退宿", "06-20", "06-22"),
    ]
    assert [item.department for item in found] == ["就业办", "图书馆", "后勤处"]


def test_a_name_over_two_columns_away_from_the_corner() -> None:
    rows = {
        "B2": [TITLE],
        "B4": ["事项", "", "时间", "地点"],
        "B5": ["图书", "还书", "6月1日—6月10日", "图书馆"],
        "C6": ["赔偿", "6月12日前", "服务台"],
        "B7": ["宿舍", "退宿", "6月20日", "值班室"],
    }
    found = items(book(rows, ("B2:E2", "B4:C4", "B5:B6")))
    assert [told(item) for item in found] == [
        ("图书，还书", "06-01", "06-10"),
        ("图书，赔偿", "", "06-12"),
        ("宿舍，退宿", "06-20", "06-20"),
    ]
    assert [item.place for item in found] == ["图书馆", "服务台", "值班室"]


def test_two_columns_are_enough_and_a_column_of_limits_limits() -> None:
    rows = {"A1": [TITLE], "A2": ["事项", "截止时间"], "A3": ["还清图书", "6月10日"], "A4": ["填报去向", "6.15"]}
    found = items(book(rows))
    assert [told(item) for item in found] == [("还清图书", "", "06-10"), ("填报去向", "", "06-15")]
    assert all(item.is_deadline for item in found)


def test_halves_of_days_in_columns() -> None:
    rows = {
        "A1": [TITLE],
        "A2": ["日期", "星期", "上午", "下午"],
        "A3": ["6月16日", "周一", "领取学位服", "毕业典礼彩排"],
        "A4": ["6月17日", "周二", "毕业典礼", ""],
    }
    assert [told(item) for item in items(book(rows))] == [
        ("领取学位服", "06-16", "06-16"),
        ("毕业典礼彩排", "06-16", "06-16"),
        ("毕业典礼", "06-17", "06-17"),
    ]


@pytest.mark.parametrize("named", [True, False])
def test_a_sheet_of_several_has_its_name_above_it(named: bool) -> None:
    rows = {"A1": [TITLE], "A2": ["事项", "时间"], "A3": ["退宿", "6月20日"]}
    more = {"A1": ["事项", "时间"], "A2": ["档案装袋", "6月8日前"]} if named else None
    blocks = read_bytes(book(rows, more=more), "a.xlsx").blocks
    assert (("辅导员日程",) in {block.section for block in blocks}) is named


def test_who_made_it_above_the_head_and_headings_between_the_rows() -> None:
    rows = {
        "A1": [TITLE],
        "A2": ["制表：学生处", "", "", "2031年5月10日"],
        "A3": ["序号", "事项", "办理时间（工作日8:30-17:00）", "办理地点"],
        "A4": ["一、离校前"],
        "A5": [1, "缴清学费", "6月10日前", "财务处"],
        "A6": ["二、离校中"],
        "A7": [2, "退宿", "6月20日", "值班室"],
    }
    document = read_bytes(book(rows, ("A1:D1", "A4:D4", "A6:D6")), "a.xlsx")
    assert (document.issuer, str(document.issued_on)) == ("学生处", "2031-05-10")
    found = propose_items(document)
    assert [told(item) for item in found] == [("缴清学费", "", "06-10"), ("退宿", "06-20", "06-20")]
    assert [block.section for block in document.blocks if block.cells] == [("一、离校前",), ("二、离校中",)]


def test_a_head_in_plain_words() -> None:
    rows = {
        "A1": [TITLE],
        "A2": ["做什么", "什么时候", "在哪里", "找谁"],
        "A3": ["还书", "6月1日-6月10日", "图书馆", "林老师"],
    }
    assert [(*told(item), item.place) for item in items(book(rows))] == [("还书", "06-01", "06-10", "图书馆")]
