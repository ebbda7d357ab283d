"""Web pages: decoded by what they say of themselves, spans filled in, furniture left out."""

from __future__ import annotations

import pytest

from knowledge.documents.html import pieces_of
from knowledge.pieces import Table, Text

PAGE = """<!doctype html><html><head><meta charset="{charset}"><style>p {{color: red}}</style></head><body>
<nav>首页</nav><h1>关于<b>离校</b>的通知</h1>
<div>各学院：<p>请于<span>6月8日</span>前填写。</p>尾注</div>
<h2>一、安排</h2>
<table><tr><th>事项</th><th>部门</th><th>电话</th></tr>
<tr><td rowspan="2">还书</td><td>图书馆</td><td>0888</td></tr>
<tr><td colspan="2">后勤处</td></tr></table>
<script>alert(1)</script></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gb18030"])
def test_a_page_in_its_encoding(charset: str) -> None:
    pieces = pieces_of(PAGE.format(charset=charset).encode("gb18030" if charset.startswith("gb") else charset))
    texts = [(piece.content.text, piece.level) for piece in pieces if isinstance(piece, Text)]
    assert texts == [
        ("关于离校的通知", 1),
        ("各学院：", None),
        ("请于6月8日前填写。", None),
        ("尾注", None),
        ("一、安排", 2),
    ]


def test_spans_of_a_table() -> None:
    (table,) = [piece for piece in pieces_of(PAGE.format(charset="utf-8").encode()) if isinstance(piece, Table)]
    assert [row.texts for row in table.rows] == [
        ("事项", "部门", "电话"),
        ("还书", "图书馆", "0888"),
        ("还书", "后勤处", ""),
    ]


def test_a_page_that_lies_about_its_encoding() -> None:
    pieces = pieces_of(PAGE.format(charset="gb2312").encode())
    assert isinstance(pieces[0], Text)
    assert pieces[0].content.text == "关于离校的通知"


def test_an_empty_page() -> None:
    assert pieces_of(b"<html></html>") == []


def test_a_table_with_absurd_spans_stays_small() -> None:
    (table,) = pieces_of("<table><tr><td rowspan=99999999 colspan=99999999>甲</td></tr><tr></tr></table>".encode())
    assert isinstance(table, Table)
    assert len(table.rows[0].cells) <= 200
