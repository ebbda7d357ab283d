"""Text in, clean value out, or a hint that says what would fit (T21)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from handlers import fields
from handlers.fields import Invalid

ANY_TEXT = st.text(max_size=60)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("13900000001", "13900000001"),
        ("139 0000 0001", "13900000001"),
        ("139-0000-0001。", "13900000001"),
        ("１３９００００００01", "13900000001"),
        ("+86 139 0000 0001", "13900000001"),
        ("8613900000001", "13900000001"),
        ("手机：13900000001", "13900000001"),
        ("\u202d13900000001\u202c", "13900000001"),
        ("139\u200b0000\u200b0001", "13900000001"),
        ("010-88888888", "010-88888888"),
        ("01088888888", "010-88888888"),
        ("（023）6800 0000", "023-68000000"),
        ("0851-28000000", "0851-28000000"),
        ("023-68000000 转 801", "023-68000000 转 801"),
        ("4008000000", "400-800-0000"),
        ("+852 2123 4567", "+852 2123 4567"),
    ],
)
def test_phones_become_one_spelling(said: str, kept: str) -> None:
    assert fields.phone(said) == kept
    assert fields.phone(kept) == kept


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("1390000001", "这里有 10 位"),
        ("139000000012", "这里有 12 位"),
        ("88888888", "区号"),
        ("王老师", "没看出电话号码"),
        ("13900000001/13900000002", "一次写一个"),
        ("12345678901", "好像不存在"),
        ("١٣٩٠٠٠٠٠٠٠١", "没看出电话号码"),
        ("1390000000l", "没看出电话号码"),
        ("1З900000001", "没看出电话号码"),
        ("①③⑨00000001x", "没看出电话号码"),
        ("", "没看出电话号码"),
    ],
)
def test_a_phone_that_does_not_fit_is_told_why(said: str, hint: str) -> None:
    with pytest.raises(Invalid) as problem:
        fields.phone(said)
    assert hint in problem.value.hint


IDENTITY = "11010519491231002X"
LOOK_ALIKES = [
    "11010519491231002Х",  # Cyrillic
    "11010519491231002Χ",  # Greek
    "11010519491231002×",  # times
    "1101051949123100２Y",
    "I1010519491231002X",
    "1101O519491231002X",
    "١1010519491231002X",
    "11010519491231002",
    "110105194912310021",
    "110105194912310020",
    "110105491231002",
    "01010519491231002X",
    "11010519491331002X",
    "11010519491232002X",
    "11010529491231002X",
    "11010519491231002XX",
    "11010519491231002X1",
    "一一010519491231002X",
    "",
    "X",
    "11010519491231００2\u0301X",
]


@pytest.mark.parametrize(
    "said",
    [
        IDENTITY,
        IDENTITY.lower(),
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "110105-19491231-002x",
        "\u2066" + IDENTITY + "\u2069",
        "身份证号：" + IDENTITY,
        "1101051949123100²X".replace("²", "2"),
    ],
)
def test_identity_numbers_in_every_width(said: str) -> None:
    assert fields.identity(said) == IDENTITY


@pytest.mark.parametrize("said", LOOK_ALIKES)
def test_look_alikes_and_wrong_digits_are_refused(said: str) -> None:
    with pytest.raises(Invalid) as problem:
        fields.identity(said)
    assert IDENTITY[:10] not in problem.value.hint


@given(st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(place: int, step: int) -> None:
    number = "110105199003070010"
    number = number[:17] + ric.calc_check_digit(number)
    old = number[place]
    new = "0" if old == "X" else str((int(old) + step) % 10)
    with pytest.raises(Invalid):
        fields.identity(number[:place] + new + number[place + 1 :])


def test_of_age_on_the_very_birthday() -> None:
    number = "11010520050620001"
    number += ric.calc_check_digit(number + "0")
    assert not fields.adult_on(number, date(2023, 6, 19))
    assert fields.adult_on(number, date(2023, 6, 20))


def test_identity_numbers_are_masked() -> None:
    assert fields.mask_identity(IDENTITY) == "110***********002X"
    assert fields.mask_identity("123") == "***"


@pytest.mark.parametrize("said", ["王小川", "𠮷㐂䶮", "欧阳小明", "古丽·买买提", "Anna Schmidt", "王 小 川"])
def test_names(said: str) -> None:
    assert fields.name(said)


@pytest.mark.parametrize("said", ["王", "12345", "王小川1", "https://x", "?", "王小川\u202e🙂"])
def test_no_names(said: str) -> None:
    with pytest.raises(Invalid, match="姓名"):
        fields.name(said)


@pytest.mark.parametrize(
    "said",
    [
        "重庆市渝中区人才服务中心",
        "四川省人力资源和社会保障厅",
        "成都市武侯区公共就业服务局（档案科）",
        "示范科技有限公司",
        "云溪市档案馆",
        "示范大学研究生院",
    ],
)
def test_organisations(said: str) -> None:
    assert fields.is_organisation(fields.organisation(said))
    assert not fields.is_person(said)


@pytest.mark.parametrize("said", ["王小川", "李会", "我家", "家里", "父母", "本人", "王女士", "寄到我家里"])
def test_persons_and_homes(said: str) -> None:
    assert fields.is_person(said)
    with pytest.raises(Invalid):
        fields.organisation(said)


@pytest.mark.parametrize("said", ["华为", "人社局", "单位", "ABC"])
def test_short_names_are_asked_for_in_full(said: str) -> None:
    with pytest.raises(Invalid, match="全称"):
        fields.organisation(said)


def test_postcodes() -> None:
    assert fields.postcode("邮编：４００ 000") == "400000"
    for wrong in ("40000", "000000", "990000", "abc", "4000000"):
        with pytest.raises(Invalid, match="邮编"):
            fields.postcode(wrong)


def test_regions_are_completed_or_asked_for_never_guessed() -> None:
    assert fields.region("成都武侯区") == "四川省 成都市 武侯区"
    with pytest.raises(Invalid, match="同名"):
        fields.region("鼓楼区")
    with pytest.raises(Invalid, match="还差区或县"):
        fields.region("成都市")
    with pytest.raises(Invalid, match="还差市和区县"):
        fields.region("四川省")
    with pytest.raises(Invalid, match="没认出"):
        fields.region("和平路")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("1", "甲事项"),
        ("1、2", "甲事项、乙事项"),
        ("２ 1", "甲事项、乙事项"),
        ("乙事项", "乙事项"),
        ("甲事", "甲事项"),
        ("1 1", "甲事项"),
    ],
)
def test_choices_by_number_or_name(said: str, kept: str) -> None:
    assert fields.choice(("甲事项", "乙事项"), many=True)(said) == kept


@pytest.mark.parametrize("said", ["", "3", "0", "事项", "丙", "1、9"])
def test_an_unclear_choice_lists_the_choices(said: str) -> None:
    with pytest.raises(Invalid, match="1 甲事项；2 乙事项"):
        fields.choice(("甲事项", "乙事项"), many=True)(said)


CLEANS: list[Callable[[str], str]] = [
    fields.name,
    fields.contact,
    fields.organisation,
    fields.phone,
    fields.postcode,
    fields.region,
    fields.street,
    fields.identity,
    fields.free_text("内容"),
    fields.choice(("甲", "乙")),
]


@given(st.sampled_from(CLEANS), ANY_TEXT)
def test_whatever_is_typed_gives_a_clean_value_or_a_hint(clean: Callable[[str], str], said: str) -> None:
    value, hint = "", ""
    try:
        value = clean(said)
    except Invalid as problem:
        hint = problem.hint
    assert bool(value) != bool(re.search(r"[\u4e00-\u9fff]", hint)), "a value, or a hint in Chinese"
    if value:
        assert value == fields.tidy(value)
        assert clean(value) == value, "a clean value is clean"


def test_free_words_keep_the_marks_of_the_person() -> None:
    assert fields.free_text("原因")("单位在外地，（见附件）；请　批准！\u200b") == "单位在外地，（见附件）；请 批准！"


@given(ANY_TEXT)
def test_what_is_looked_up_stands_at_its_place(text: str) -> None:
    assert len(fields.folded(text)) == len(text)
    assert fields.folded("电话：１３９") == "电话:139"
