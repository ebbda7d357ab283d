from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.attributes import attributes_of, conflict, unheard_of, without
from knowledge.text import plain


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("第二批审核", "批", {"2"}),
        ("首批与第 3 批", "批", {"1", "3"}),
        ("第十轮答辩", "轮", {"10"}),
        ("2020 级会计 11 班", "班", {"11"}),
        ("2020级会计1班", "级", {"2020"}),
        ("硕士：6 月 27 日", "层次", {"硕士"}),
        ("纸质版 2 本", "形式", {"纸质"}),
    ],
)
def test_values_are_told_apart(text: str, name: str, values: set[str]) -> None:
    assert attributes_of(plain(text))[name] == values


@pytest.mark.parametrize(
    ("asked", "text", "differs"),
    [
        ("第二批几号", "第一批 4 月 20 日", True),
        ("第二批几号", "第一批 4 月，第二批 6 月", False),
        ("第二批几号", "6 月 8 日公布", False),
        ("本科生几号", "硕士 6 月 27 日", True),
        ("研究生几号", "硕士 6 月 27 日", False),
        ("博士几号", "研究生 6 月 27 日", False),
        ("会计1班多少人", "会计 11 班 46 人", True),
        ("电子版几号前交", "纸质版 6 月 6 日前", True),
    ],
)
def test_another_value_is_another_subject(asked: str, text: str, differs: bool) -> None:
    assert conflict(attributes_of(plain(asked)), attributes_of(plain(text)), {}) is differs


def test_the_headings_tell_where_the_text_does_not() -> None:
    asked, context = attributes_of("第二批几号"), attributes_of("第一批")
    assert conflict(asked, {}, context)
    assert not conflict(asked, attributes_of("第二批"), context)


def test_what_nobody_spoke_of() -> None:
    known = attributes_of("第一批与第二批,硕士和博士")
    assert unheard_of(attributes_of("第三批"), known) == ["第 3 批"]
    assert unheard_of(attributes_of("本科生"), known) == ["本科"]
    assert unheard_of(attributes_of("研究生第一批"), known) == []
    assert unheard_of(attributes_of("第三教学区"), known) == ["第 3 教学区"]


def test_the_turn_before_gives_way() -> None:
    assert without("第一批成绩什么时候交", attributes_of("第二批呢")) == "成绩什么时候交"
    assert without("纸质报告几号交", attributes_of("电子版呢")) == "报告几号交"
    assert without("典礼几号", attributes_of("第二批呢")) == "典礼几号"


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text(one: str, two: str) -> None:
    asked, there = attributes_of(one), attributes_of(two)
    conflict(asked, there, {})
    unheard_of(asked, there)
    assert not conflict(asked, asked, {})
