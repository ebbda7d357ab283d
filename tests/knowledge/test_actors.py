"""Who has to do it: subjects, agents, causatives, objects; and whose verb it is where nobody is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.actors import Around, is_office, office_in, role_of, subjects
from knowledge.dates import Base, find_times

BASE = Base(2031)


def role(text: str, around: Around = Around()) -> str:  # noqa: B008 - frozen
    times = find_times(text, BASE)
    return role_of(text, times[0].span if times else None, around)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("毕业生须于6月8日前填写地址。", "student"),
        ("请全体毕业生在6月8日前还清图书。", "student"),
        ("6月8日前由辅导员审核。", "counselor"),
        ("各学院组织辅导员逐一核对，6月10日前报送汇总表。", "college"),
        ("组织各二级学院于6月9日打印成绩单。", "college"),
        ("组织有生源地贷款的学生登录系统确认，截止时间为6月8日。", "student"),
        ("图书馆自6月2日起停止向毕业生外借图书。", "department"),
        ("档案馆组织人员6月20日抽查学生档案。", "department"),
        ("学生工作部于6月20日检查毕业生档案。", "department"),
        ("指导教师应于6月14日前完成评审。", "teacher"),
        ("即日起至6月8日，毕业生本人登录平台填报。", "student"),
        ("证书发放：6月14日至15日，各学院派专人领取。", "college"),
        ("发现信息有误的，须于6月14日前将更正材料报学籍科。", "student"),
        ("离校系统6月19日对学生开放。", "student"),
        ("假期（7月20日至8月28日）不办理个人查询。", "department"),
        ("注：各学院辅导员须在6月12日前通知到人。", "counselor"),
        ("6月10日前还清所借图书。", "student"),
        ("6月29日封楼。", "department"),
    ],
)
def test_who_acts(text: str, expected: str) -> None:
    assert role(text) == expected


def test_what_stands_around_decides_where_the_sentence_does_not() -> None:
    order = "6月10日前做好统计工作。"
    assert role(order, Around(addressee="college")) == "college"
    assert role(order, Around(addressee="student")) == "department"
    assert role(order, Around(addressee="college", in_charge=True)) == "department"


def test_compounds_are_no_persons() -> None:
    assert not list(subjects("学生档案、毕业生登记表、学生公寓、毕业生就业的材料"))


def test_offices() -> None:
    assert office_in("到招生与就业指导处办理") == "招生与就业指导处"
    assert office_in("材料送学生处") == "学生处"
    assert office_in("在体育馆举行，全部完成") is None
    assert is_office("东原大学研究生院")
    assert not is_office("东原大学")


@given(st.text("毕业生学院须于由请各的，。：（）6月8日前组织审核领取处部", max_size=60))
def test_any_text_has_a_role(text: str) -> None:
    assert role(text) in ("student", "counselor", "teacher", "college", "department")
