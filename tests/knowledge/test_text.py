from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.text import grams, is_noun, plain, squeezed, words


def test_one_spelling_for_equal_text() -> None:
    spellings = ["６ 月 ８ 日—９日", "6月8日-9日", " 6 月8 日–9 日", "6月8日－9日"]
    assert {plain(text) for text in spellings} == {"6月8日-9日"}


def test_markup_and_blanks_go_but_words_of_letters_stay_apart() -> None:
    assert plain("<p>PC 端　提交</p>") == "pc端提交"
    assert plain("Dang  An 什么时候") == "dang an什么时候"


def test_numbers_broken_by_blanks_are_whole() -> None:
    assert plain("（010）5800 0000") == "(010)58000000"


@given(st.text(max_size=80))
def test_plain_is_stable(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(st.text(max_size=80))
def test_squeezed_has_no_blanks(text: str) -> None:
    assert not any(character.isspace() for character in squeezed(text))


def test_words_keep_campus_words_whole_and_drop_what_says_nothing() -> None:
    assert words(plain("我的生源地助学贷款怎么办呢")) == ["生源地助学贷款"]


def test_grams_are_characters_and_pairs_and_whole_numbers() -> None:
    assert grams("档案6月") == ["档", "案", "档案", "6", "月"]


def test_nouns_are_known() -> None:
    assert is_noun("直播") or is_noun("停车场")
    assert not is_noun("拖")
