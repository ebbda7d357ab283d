"""Plain lines: torn paragraphs are joined, the three kinds of table are found, markup remains go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.lines import pieces_of_lines
from knowledge.pieces import Table, Text


def texts(source: str) -> list[str]:
    return [piece.content.text for piece in pieces_of_lines(source) if isinstance(piece, Text)]


def test_a_paragraph_torn_by_a_page_break_is_one() -> None:
    source = "各学院要认真统计毕业生去向，持续推荐就业岗位，及时上\n\n报就业方案和有关数据，做好回访。\n"
    (piece,) = pieces_of_lines(source)
    assert isinstance(piece, Text)
    assert piece.content.text == source.replace("\n", "")
    assert (piece.content.line, piece.content.last_line) == (1, 3)


def test_an_open_bracket_goes_on_even_before_a_number() -> None:
    assert texts("办理时间为 5 月 20 日—6 月 20 日(流程见附件\n\n1), 典礼时间为 6 月 21 日。") == [
        "办理时间为 5 月 20 日—6 月 20 日(流程见附件1), 典礼时间为 6 月 21 日。"
    ]


def test_an_address_broken_without_a_blank_line() -> None:
    assert texts("邮寄地址：江南市东湖区梧桐路甲18号江南示范学院学生工作部档案\n管理科 林老师（收）") == [
        "邮寄地址：江南市东湖区梧桐路甲18号江南示范学院学生工作部档案管理科 林老师（收）"
    ]


def test_headings_items_labels_and_titles_begin_anew() -> None:
    source = "\n".join(
        (
            "关于做好二〇三一届毕业生离校手续办理和档案转递各项工作的通知",
            "一、时间安排",
            "1. 各学院核对毕业生名单并在系统里确认毕业生的去向和联系方式",
            "2. 毕业生填写地址",
            "联系人：林老师",
            "联系电话：0888-0000001",
        )
    )
    assert texts(source) == source.split("\n")


def test_a_breadcrumb_is_no_torn_sentence() -> None:
    source = "学籍管理→学生照片→选择学籍状态→照片状态未上传→查询→点击上传\n\n学籍管理\n"
    assert len(texts(source)) == 2


def test_rows_keep_their_breaks() -> None:
    (table,) = pieces_of_lines("事项\t部门\n<p>还书</p>\t图书馆\n\n事项\t部门\n\t后勤处\n")
    assert isinstance(table, Table)
    assert [row.texts for row in table.rows] == [("事项", "部门"), ("还书", "图书馆"), ("事项", "部门"), ("", "后勤处")]
    assert [row.after_break for row in table.rows] == [True, False, True, False]


def test_one_cell_a_line_is_a_table_too() -> None:
    source = "\t阶段\n\t时间\n\t内容\n\n\t第一阶段\n\t7月1日\n\t自查\n\n\t\n\t7月5日\n\t抽查\n"
    (table,) = pieces_of_lines(source)
    assert isinstance(table, Table)
    assert [row.texts for row in table.rows] == [
        ("阶段", "时间", "内容"),
        ("第一阶段", "7月1日", "自查"),
        ("", "7月5日", "抽查"),
    ]
    assert [row.cells[1].line for row in table.rows] == [2, 6, 10]


def test_an_indented_line_is_text() -> None:
    assert texts("第一句。\n\t缩进的一句。\n") == ["第一句。", "缩进的一句。"]


def test_markup_remains_go() -> None:
    assert texts("- 1、批次：**203107**，<b>请核对</b>") == ["1、批次：203107，请核对"]


@given(st.text(max_size=200))
def test_no_text_breaks_it_and_nothing_is_invented(source: str) -> None:
    for piece in pieces_of_lines(source):
        cells = [piece.content] if isinstance(piece, Text) else [cell for row in piece.rows for cell in row.cells]
        for cell in cells:
            assert set("".join(cell.text.split())) <= set(source)


@given(st.lists(st.text("甲乙丙，。1 ", max_size=40), max_size=8))
def test_lines_and_offsets_point_into_the_source(lines: list[str]) -> None:
    source = "\n".join(lines)
    for piece in pieces_of_lines(source):
        if isinstance(piece, Text):
            for at, _ in enumerate(piece.content.text):
                one = piece.content.cut(at, at + 1)
                if one.text.strip() and source[one.offset] == one.text:
                    assert source.count("\n", 0, one.offset) + 1 == one.line
