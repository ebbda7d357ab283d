"""Web pages: decoded by what they say of themselves, spans filled in, furniture left out."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.documents.html import pieces_of
from knowledge.pieces import Table, Text
from knowledge.reading import read_bytes

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


FRAMED = """<html><head><meta charset="utf-8"></head><body>
<div class="x1"><a href="/">首页</a> <a href="/b">通知公告</a> <span>今天是2030年3月2日 星期六</span></div>
<div class=
    "x2"
><b>最新</b><ul><li><a href="1">关于补考的通知</a>2030-02-20</li>
<li><a href="2">关于选课的通知</a>2030-02-27</li></ul></div>
<div class="x3"><div>当前位置：<a href="/">首页</a> &gt; 正文</div><h1>关于领取2029届毕业证书的通知</h1>
<div>发布时间：2029-06-05 作者：编辑 点击：12 更新日期：2029-06-07</div>
<div><p>毕业生于6月19日到所在学院领取证书，领取时须本人签名，不能到场的可以委托他人代领并提交委托书。</p></div>
<p>附件：<a href="/f/a.docx">委托书模板.docx</a></p>
<div>上一条：<a href="9">关于排课的通知</a> 下一条：<a href="8">关于学分的通知</a></div></div>
<div>版权所有 某学院 地址：学府路1号 最后修改：2031年1月8日</div></body></html>"""


def test_the_frame_of_the_site_is_left_out_and_attachments_are_named() -> None:
    texts = [piece.content.text for piece in pieces_of(FRAMED.encode()) if isinstance(piece, Text)]
    assert texts[0] == "关于领取2029届毕业证书的通知"
    assert texts[2].startswith("毕业生于6月19日")
    assert texts[-1] == "附件：委托书模板.docx"
    assert not any(word in text for text in texts for word in ("2030", "2031", "首页", "排课", "版权"))


def test_published_and_changed() -> None:
    document = read_bytes(FRAMED.encode(), "a.html")
    assert (document.issued_on, document.updated_on) == (date(2029, 6, 5), date(2029, 6, 7))
