"""Structure: sections, list items that lead, tables over page breaks, fields of a section."""

from __future__ import annotations

from knowledge.blocks import CELL, HEADING, LIST_ITEM, PARAGRAPH, ROW, Block
from knowledge.lines import pieces_of_lines
from knowledge.structure import blocks_of

NOTICE = """江南示范学院

2031 届毕业生离校工作方案

一、时间安排

离校手续办理时间为 5 月 20 日—6 月 20 日。

二、任务分工

（一）档案寄送

整理档案并寄送。

责任部门：学生工作部

（二）图书归还

1.还书要求。全部借阅图书须在 6 月 10 日前归还。

2. 6 月 12 日起，办理赔偿。

丢失的图书照价赔偿。

附件 1

离校工作安排表

事项\t具体安排\t责任部门\t备注
档案\t<p>1.整理档案。辅导员 6 月 5 日前整理好，缺少材料的及时补齐，检查完毕后封口并且登记（《档案袋</p>\t学生工作部\t

事项\t具体安排\t责任部门\t备注
\t<p>封面》要写清楚）。</p> <p>2.寄送档案。6 月 20 日(暂定)统一寄出。</p>\t\t
\t宿舍：6 月 18 日退宿。\t后勤处\t
"""


def blocks(source: str = NOTICE) -> list[Block]:
    return list(blocks_of(pieces_of_lines(source)))


def one(words: str) -> Block:
    return next(block for block in blocks() if words in block.text and block.kind != HEADING)


def test_sections_are_the_headings_above() -> None:
    assert one("离校手续办理时间").section == ("一、时间安排",)
    assert one("整理档案并寄送").section == ("二、任务分工", "（一）档案寄送")


def test_a_field_belongs_to_its_whole_section() -> None:
    assert one("整理档案并寄送").cells == {"责任部门": "学生工作部"}
    assert one("全部借阅图书").cells == {}


def test_a_numbered_heading_with_its_text_behind_it() -> None:
    block = one("全部借阅图书")
    assert (block.kind, block.section[-1]) == (PARAGRAPH, "1.还书要求")


def test_a_list_item_leads_the_paragraph_below_it() -> None:
    item, below = one("办理赔偿"), one("照价赔偿")
    assert item.kind == LIST_ITEM
    assert below.section[-1] == "6 月 12 日起，办理赔偿"


def test_an_attachment_begins_anew() -> None:
    assert all(block.section[0].startswith("附件 1") for block in blocks() if block.kind in (CELL, ROW))


def test_a_cell_that_goes_on_after_the_page_break() -> None:
    cell = one("《档案袋封面》")
    assert cell.kind == CELL
    assert cell.section[-2:] == ("档案", "整理档案")
    assert cell.cells == {"事项": "档案", "责任部门": "学生工作部"}
    assert (cell.line, cell.last_line) == (30, 33)


def test_items_inside_a_cell_stand_for_themselves() -> None:
    sent = one("(暂定)统一寄出")
    assert sent.text.startswith("寄送档案。")
    assert sent.line == 33


def test_a_row_says_what_its_cells_are() -> None:
    row = one("退宿")
    assert row.kind == ROW
    assert row.cells == {"事项": "档案", "具体安排": "宿舍：6 月 18 日退宿。", "责任部门": "后勤处"}
    assert "责任部门：后勤处" in row.text


def test_signature_and_date_stand_under_no_heading() -> None:
    found = blocks("一、要求\n\n各学院要重视。\n\n江南示范学院\n\n2031 年 5 月 1 日\n")
    assert [block.section for block in found if block.kind == PARAGRAPH] == [("一、要求",), (), ()]


def test_a_list_of_attachments_is_no_chapter() -> None:
    found = blocks("一、要求\n\n各学院要重视。\n\n附件：1.名单\n\n2.流程图\n\n学生工作部\n")
    assert found[-1].section == ()
    assert not any("一、要求" in block.section for block in found[3:])


def test_numbers_in_numbers_nest() -> None:
    text = (
        "1. 归还图书\n\n1.1 一般规定\n\n（1）还清全部图书，包括寄存的；\n\n"
        "1）到服务台办理，人多时取号；\n\n① 带学生证，遗失的带身份证；\n\n2. 退宿\n\n交回钥匙，打扫宿舍。\n"
    )
    blocks = blocks_of(list(pieces_of_lines(text)))
    found = {block.text[:6]: block.section for block in blocks}
    assert found["（1）还清全"] == ("1. 归还图书", "1.1 一般规定")
    assert found["1）到服务台"][:2] == ("1. 归还图书", "1.1 一般规定")
    assert found["1）到服务台"][2].startswith("还清全部图书")
    assert found["交回钥匙，打"] == ("2. 退宿",)
