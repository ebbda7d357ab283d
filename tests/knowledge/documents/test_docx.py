"""Word files: heading styles, automatic numbers, merged cells."""

from __future__ import annotations

import io

import docx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn

from knowledge.documents.docx import pieces_of
from knowledge.pieces import Table, Text, Unreadable
from knowledge.reading import read_bytes
from knowledge.roster import read_roster


def saved(document: docx.document.Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_headings_and_paragraphs_in_order() -> None:
    document = docx.Document()
    document.add_heading("二〇三一届毕业生离校通知", 0)
    document.add_heading("一、时间", 1)
    document.add_paragraph("请于6月8日前填写。")
    document.add_paragraph("")
    title, heading, text = pieces_of(saved(document))
    assert isinstance(title, Text)
    assert isinstance(heading, Text)
    assert isinstance(text, Text)
    assert (title.level, heading.level, text.level) == (None, 1, None)
    assert text.content.line == 3


def test_automatic_numbers_are_written_out() -> None:
    document = docx.Document()
    for words in ("填写地址", "缴清费用"):
        document.add_paragraph(words, style="List Number")
    texts = [piece.content.text for piece in pieces_of(saved(document)) if isinstance(piece, Text)]
    assert texts == ["1. 填写地址", "2. 缴清费用"]


def test_chinese_numbers_of_a_list() -> None:
    document = docx.Document()
    for words in ("时间", "地点"):
        document.add_paragraph(words, style="List Number")
    for level in document.part.numbering_part.element.iter(qn("w:lvl")):
        level.find(qn("w:numFmt")).set(qn("w:val"), "chineseCounting")
        level.find(qn("w:lvlText")).set(qn("w:val"), "%1、")
    texts = [piece.content.text for piece in pieces_of(saved(document)) if isinstance(piece, Text)]
    assert texts == ["一、时间", "二、地点"]


def test_merged_cells_say_the_same_in_each_row() -> None:
    document = docx.Document()
    table = document.add_table(4, 4)
    rows = (
        ("班级", "人数", "辅导员", "电话"),
        ("一班", "40", "林小舟", "13900000001"),
        ("二班", "38", "", ""),
        ("合计", "78", "", ""),
    )
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 2).merge(table.cell(2, 2))
    table.cell(1, 3).merge(table.cell(2, 3))
    table.cell(3, 0).merge(table.cell(3, 0))
    document.add_paragraph("江南示范学院2031届")
    roster = read_roster(read_bytes(saved(document), "名单.docx"))
    (counselor,) = roster.counselors
    assert [group.name for group in roster.counselors[counselor]] == ["一班", "二班"]
    assert (roster.expected, roster.declared_total) == (78, 78)


def test_a_cell_over_columns_stands_once() -> None:
    document = docx.Document()
    table = document.add_table(1, 3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "合并"
    table.cell(0, 2).text = "单独"
    (piece,) = pieces_of(saved(document))
    assert isinstance(piece, Table)
    assert piece.rows[0].texts == ("合并", "", "单独")


def test_a_list_that_is_not_defined_is_no_list() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("内容")
    properties = paragraph._p.get_or_add_pPr()
    number, list_id = OxmlElement("w:numPr"), OxmlElement("w:numId")
    list_id.set(qn("w:val"), "999")
    number.append(list_id)
    properties.append(number)
    (piece,) = pieces_of(saved(document))
    assert isinstance(piece, Text)
    assert piece.content.text == "内容"


def test_what_is_no_word_file() -> None:
    with pytest.raises(Unreadable):
        pieces_of(b"PK\x03\x04 nothing")


def test_insertions_count_and_deletions_do_not() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("请于6月")
    for tag, words in (("w:del", "8"), ("w:ins", "12")):
        change, run = OxmlElement(tag), OxmlElement("w:r")
        text = OxmlElement("w:delText" if tag == "w:del" else "w:t")
        text.text = words
        run.append(text)
        change.append(run)
        paragraph._p.append(change)
    paragraph.add_run("日前提交。")
    (piece,) = pieces_of(saved(document))
    assert isinstance(piece, Text)
    assert piece.content.text == "请于6月12日前提交。"


BOX = (
    '<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:AlternateContent>'
    "<mc:Choice><w:txbxContent><w:p><w:r><w:t>咨询电话 0888</w:t></w:r></w:p></w:txbxContent></mc:Choice>"
    "<mc:Fallback><w:txbxContent><w:p><w:r><w:t>咨询电话 0888</w:t></w:r></w:p></w:txbxContent></mc:Fallback>"
    "</mc:AlternateContent></w:r>"
)


def test_a_text_box_is_a_paragraph_of_its_own_and_read_once() -> None:
    document = docx.Document()
    document.add_paragraph("正文。")._p.append(parse_xml(BOX))
    assert [p.content.text for p in pieces_of(saved(document)) if isinstance(p, Text)] == ["正文。", "咨询电话 0888"]


def test_heads_and_feet_of_pages_are_left_out_and_content_controls_are_not() -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "内部资料"
    document.sections[0].footer.paragraphs[0].text = "第 1 页"
    paragraph = document.add_paragraph("一、在控件里的标题")
    control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
    paragraph._p.addprevious(control)
    control.append(content)
    content.append(paragraph._p)
    assert [p.content.text for p in pieces_of(saved(document)) if isinstance(p, Text)] == ["一、在控件里的标题"]


def test_a_list_in_a_list_stands_under_the_item_above() -> None:
    made = docx.Document()
    for text, style in (
        ("归还图书", "List Number"),
        ("6月10日前归还，遗失的赔偿。", "List Number 2"),
        ("退宿", "List Number"),
    ):
        made.add_paragraph(text, style=style)
    blocks = read_bytes(saved(made), "a.docx").blocks
    assert [(block.text, block.section) for block in blocks] == [
        ("1. 归还图书", ()),
        ("1. 6月10日前归还，遗失的赔偿。", ("1. 归还图书",)),
        ("2. 退宿", ()),
    ]
