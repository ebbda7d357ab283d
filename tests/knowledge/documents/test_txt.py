"""Text, Markdown and CSV."""

from __future__ import annotations

import pytest

from knowledge.documents import csv, md, txt
from knowledge.pieces import Table, Text, Unreadable


def test_markdown_headings_and_tables() -> None:
    source = "# 通知\n\n## 一、时间\n\n- 请于**6月8日**前填写。\n\n"
    source += "| 事项 | 部门 |\n|---|---|\n| 还书 | 图书馆 |\n| | 后勤处 |\n"
    title, heading, text, table = md.pieces_of(source.encode())
    assert isinstance(title, Text)
    assert isinstance(heading, Text)
    assert isinstance(text, Text)
    assert isinstance(table, Table)
    assert (title.level, heading.level, heading.content.text) == (1, 2, "一、时间")
    assert text.content.text == "请于6月8日前填写。"
    assert [row.texts for row in table.rows] == [("事项", "部门"), ("还书", "图书馆"), ("", "后勤处")]
    assert (heading.content.line, table.rows[1].cells[0].line) == (3, 9)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_csv_in_its_separator_and_encoding(separator: str, encoding: str) -> None:
    source = separator.join(("学号", "姓名", "班级")) + "\n" + separator.join(("1", '"陈\n晨"', "一班")) + "\n\n"
    (table,) = csv.pieces_of(source.encode(encoding))
    assert isinstance(table, Table)
    assert table.rows[1].texts == ("1", "陈\n晨", "一班")
    assert table.rows[1].cells[0].line == 3


def test_an_empty_csv() -> None:
    assert csv.pieces_of(b"\n\n") == []


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(Unreadable):
        txt.decoded(b"\xff\xff\x00")
