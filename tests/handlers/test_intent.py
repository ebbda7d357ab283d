"""What a text means in the middle of a form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import intent
from handlers.forms.address import ADDRESS
from handlers.forms.proxy import PROXY
from handlers.intent import Wish

STEPS = list(ADDRESS.asked({}))


@pytest.mark.parametrize(
    "text",
    [
        "宿舍几点关门",
        "档案寄到哪里?",
        "可以委托别人吗",
        "要带什么材料",
        "退费什么时候到账",
        "能不能改",
        "为什么要填电话",
    ],
)
def test_questions(text: str) -> None:
    assert intent.is_question(text)


@pytest.mark.parametrize("text", ["王老师", "13900000001", "重庆市渝中区人才服务中心", "中山路 1 号", "取消", ""])
def test_values_are_no_questions(text: str) -> None:
    assert not intent.is_question(text)


def test_a_title_may_be_a_question() -> None:
    assert intent.is_topic("退寝时间")
    assert not intent.is_topic("王老师")


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("改电话", "phone", ""),
        ("我要改一下手机号", "phone", ""),
        ("修改收件人", "recipient", ""),
        ("电话错了", "phone", ""),
        ("电话写错了，应该是 010-88888888", "phone", "010-88888888"),
        ("电话改成13900000002", "phone", "13900000002"),
        ("改电话为 13900000002", "phone", "13900000002"),
        ("第2项", "recipient", ""),
        ("第二项", "recipient", ""),
        ("改第 3 项", "phone", ""),
        ("第3项改成13900000002", "phone", "13900000002"),
        ("改收件单位", "receiver", ""),
        ("把".replace("把", "") + "邮编改为 400000", "postcode", "400000"),
    ],
)
def test_corrections(text: str, key: str, value: str) -> None:
    found = intent.correction(text, STEPS)
    assert found is not None
    assert (found[0].key, found[1]) == (key, value)


@pytest.mark.parametrize("text", ["王老师", "3", "第 9 项", "13900000001", "收件单位：某某中心", "改革路 1 号", "改"])
def test_no_corrections(text: str) -> None:
    assert intent.correction(text, STEPS) is None


def test_in_a_summary_a_number_is_an_item() -> None:
    found = intent.correction("3", STEPS, bare_numbers=True)
    assert found is not None
    assert found[0].key == "phone"
    assert intent.correction("13900000001", STEPS, bare_numbers=True) is None


def test_labels_in_lines_and_in_one_line() -> None:
    lines = "收件单位：甲市人才服务中心\n收件人: 王老师\n电话=13900000001\n邮编 400000"
    expected = {"receiver": "甲市人才服务中心", "recipient": "王老师", "phone": "13900000001", "postcode": "400000"}
    assert intent.labelled(lines, STEPS) == expected
    assert intent.labelled(lines.replace("\n", "，"), STEPS) == expected
    assert intent.labelled("1. 收件单位：甲市人才服务中心 2、收件人：王老师", STEPS) == {
        "receiver": "甲市人才服务中心",
        "recipient": "王老师",
    }


def test_one_word_without_a_colon_is_no_label() -> None:
    assert intent.labelled("单位 在渝中区", STEPS) == {}
    assert intent.labelled("", STEPS) == {}


def test_wishes_are_whole_words() -> None:
    assert Wish.CANCEL.said("取消。")
    assert Wish.HELP.said("？")
    assert not Wish.CANCEL.said("取消委托")
    assert not Wish.CONFIRM.said("是否可以")


@given(st.text(max_size=60), st.sampled_from((ADDRESS, PROXY)), st.booleans())
def test_no_text_breaks_it(text: str, form: object, bare: bool) -> None:
    assert form in (ADDRESS, PROXY)
    steps = list((ADDRESS if form is ADDRESS else PROXY).steps)
    intent.is_question(text)
    intent.correction(text, steps, bare_numbers=bare)
    assert set(intent.labelled(text, steps)) <= {step.key for step in steps}


@pytest.mark.parametrize(
    "text", ["算了不填了", "算了，不填了吧", "那算了", "我不想填了", "先不填了。", "取消吧", "算了算了", "还是不办了"]
)
def test_giving_up_in_more_than_one_word(text: str) -> None:
    assert Wish.CANCEL.said(text)


@pytest.mark.parametrize("text", ["不填", "算了一下要三天", "取消委托", "退出机制", "没有", ""])
def test_not_giving_up(text: str) -> None:
    assert not Wish.CANCEL.said(text)


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("邮编 401121", "postcode", "401121"),
        ("邮编401121", "postcode", "401121"),
        ("电话是 13900000001", "phone", "13900000001"),
        ("我的收件人：王老师", "recipient", "王老师"),
    ],
)
def test_a_named_value_without_a_word_of_changing(text: str, key: str, value: str) -> None:
    found = intent.stated(text, STEPS)
    assert found is not None
    assert (found[0].key, found[1]) == (key, value)


def test_a_correction_keeps_the_marks_of_the_person() -> None:
    found = intent.correction("收件人改成档案科（王老师，二楼）", STEPS)
    assert found is not None
    assert found[1] == "档案科（王老师，二楼）"
