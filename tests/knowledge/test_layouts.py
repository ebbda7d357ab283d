"""Layouts and turns that schools use beside the plain plan: a time a campus, begin and end apart, answers, articles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

import pytest

from knowledge.extract import ProposedItem, propose_items
from knowledge.lines import pieces_of_lines
from knowledge.offices import asked_for, office_at
from knowledge.pieces import Piece, Row, Table, Text
from knowledge.reading import document_of
from knowledge.trace import Traced

HEAD = "溪山学院\n\n关于2031届毕业生离校的通知\n\n"
TAIL = "\n\n溪山学院\n\n2031年5月6日\n"


def read(text: str, tail: str = TAIL) -> list[ProposedItem]:
    return propose_items(document_of(pieces_of_lines(HEAD + text + tail), "a.txt"))


def only(text: str) -> ProposedItem:
    (item,) = read(text)
    return item


def table(rows: Sequence[Sequence[str]]) -> list[ProposedItem]:
    return propose_items(document_of(pieces(rows), "a.xlsx"))


def pieces(rows: Sequence[Sequence[str]]) -> list[Piece]:
    made = Table(tuple(Row(tuple(Traced.of(cell, at) for cell in row)) for at, row in enumerate(rows, 3)), merged=True)
    return [Text(Traced.of("溪山学院2031届毕业生离校日程", 1)), Text(Traced.of("2031年5月6日", 2)), made]


def days(item: ProposedItem) -> tuple[str, str, bool]:
    return str(item.opens_on or "")[5:], str(item.due_on or "")[5:], item.is_deadline


CAMPUSES = (
    ("事项", "东湖校区", "", "西岭校区", ""),
    ("事项", "时间", "地点", "时间", "地点"),
    ("归还画具", "6月2日前", "东湖楼画具室", "6月4日前", "西岭馆201"),
    ("退宿", "6月20日", "杏园", "6月22日", "竹园"),
)


def test_a_time_and_a_place_for_each_campus_are_a_task_for_each() -> None:
    found = table(CAMPUSES)
    assert [(item.title, *days(item), item.place) for item in found] == [
        ("归还画具（东湖校区）", "", "06-02", True, "东湖楼画具室"),
        ("归还画具（西岭校区）", "", "06-04", True, "西岭馆201"),
        ("退宿（东湖校区）", "06-20", "06-20", False, "杏园"),
        ("退宿（西岭校区）", "06-22", "06-22", False, "竹园"),
    ]
    assert len({item.key for item in found}) == 4
    assert {item.actor for item in found} == {"student"}
    assert found[0].department == "东湖楼画具室"


def test_columns_of_begin_and_end_may_be_filled_by_half() -> None:
    found = table(
        (
            ("开始", "结束", "办什么", "谁来办", "找哪个部门", "备注"),
            ("2031年6月1日", "", "系统开放", "学生本人", "学工部", ""),
            ("", "2031年6月9日", "材料装袋", "辅导员", "各系", ""),
            ("", "2031年7月2日", "寄送档案", "学工部", "学工部", "预计"),
            ("2031年6月3日", "2031年6月8日", "还书", "学生本人", "图书馆", ""),
        )
    )
    assert [(*days(item), item.actor, item.department, item.tentative) for item in found] == [
        ("06-01", "", False, "student", "学工部", False),
        ("", "06-09", True, "counselor", "各系", False),
        ("", "07-02", True, "department", "学工部", True),
        ("06-03", "06-08", False, "student", "图书馆", False),
    ]


def test_an_answer_in_a_table_is_read_as_prose() -> None:
    rows = (("问", "答", "依据"), ("团员关系怎么转", "6月7日前把新单位报给支部书记，回执6月19日以后领取", "组织部"))
    assert [(*days(item), item.actor, item.department) for item in table(rows)] == [
        ("", "06-07", True, "student", "组织部"),
        ("06-19", "", False, "student", "组织部"),
    ]


@pytest.mark.parametrize(
    ("sentence", "actor"),
    [
        ("第三条 毕业生应于6月8日前核对姓名，逾期由学院代为处理。", "student"),
        ("第四条 各学院应于6月4日前成立验收小组。", "college"),
        ("党员：6月14日前和书记谈一次话。", "student"),
        ("图书馆：6月11日前还清图书，超期免罚。", "student"),
        ("参军的毕业生，6月5日前将通知书复印件交武装部。", "student"),
        ("硕士毕业典礼为6月26日上午9:00。", "student"),
        ("杏园6月20日22:00前清空。", "student"),
        ("校内指导教师5月27日前在平台录入成绩。", "teacher"),
        ("结算表由教务部在6月22日公布。", "department"),
    ],
)
def test_who(sentence: str, actor: str) -> None:
    assert only(sentence).actor == actor


@pytest.mark.parametrize(
    "sentence",
    [
        "6月7日上午9点，“溪山离校”小程序上线，6月28日18:00关闭。",
        "离校手续在大厅网站办理，开通时间为6月7日9:00，关闭时间为6月28日18:00。",
        "离校手续在大厅网站办理，开通时间为6月7日9:00，关闭时间为\n6月28日18:00。",
    ],
)
def test_opened_and_closed_is_one_period_for_the_students(sentence: str) -> None:
    item = only(sentence)
    assert (*days(item), item.actor) == ("06-07", "06-28", False, "student")
    assert item.due_time == time(18)


def test_what_is_so_for_now_is_tentative() -> None:
    item = only("毕业典礼目前定的是6月23日上午10:00。")
    assert item.tentative


@pytest.mark.parametrize(
    "line",
    ["溪山学院登录2033年1月5日", "发布部门：学工部 | 2031-05-12 | 编辑：某", "date: 2031-05-06"],
)
def test_the_frame_of_a_page_is_no_task(line: str) -> None:
    assert read(f"{line}\n\n6月9日前还清图书。")[0].title.endswith("还清图书")
    assert len(read(f"{line}\n\n6月9日前还清图书。")) == 1


def test_the_office_that_the_next_sentence_or_the_label_names() -> None:
    first, second = read("1. 图书：6月18日前还清。丢书的带学生证到图书馆201找值班人。\n2. 财务：住宿费6月13日前结清。")
    assert (first.department, second.department) == ("图书馆", "财务")


def test_a_table_of_who_to_ask_gives_the_office() -> None:
    asked = "业务\t责任人\t电话\n退宿验收\t公寓中心 柏某\t0888-0000301\n登录不了怎么办\t信息中心 邬某\t0888-0000302\n"
    document = document_of(pieces_of_lines(f"{HEAD}宿舍退宿：6月18日前完成。\n\n{asked}{TAIL}"), "a.txt")
    assert asked_for(document.blocks) == (("退宿", "公寓中心"),)
    assert propose_items(document)[0].department == "公寓中心"


def test_a_room_is_an_office_only_where_things_are_brought_or_fetched() -> None:
    assert office_at("音乐楼乐器室", "归还乐器") == "音乐楼乐器室"
    assert office_at("各学院会议室", "发放证书") == "各学院"
    assert office_at("音乐楼乐器室", "毕业合影") is None
    assert office_at("北楼教室", "领取证书") is None
