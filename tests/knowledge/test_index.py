from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.index import Bm25, Index, views_of

TEXTS = ["档案六月底寄出", "毕业典礼在礼堂举行", "图书在离校前归还"]


def test_the_text_that_holds_the_words_comes_first() -> None:
    index = Index([views_of(text) for text in TEXTS])
    assert index.best(views_of("典礼在哪"), 3)[0][0] == 1
    assert index.best(views_of("还书"), 3)[0][0] == 2


def test_sound_alone_finds_too() -> None:
    index = Index([views_of(text) for text in TEXTS])
    assert index.best(views_of("dang an"), 1)[0][0] == 0


def test_cover_is_a_share() -> None:
    index = Index([views_of(text) for text in TEXTS])
    whole = index.cover(views_of("毕业典礼"))
    assert whole.of(index.texts[1]) > 0.99
    assert whole.of(index.texts[0]) < 0.2


def test_a_rare_word_is_worth_more() -> None:
    part = Bm25([{"离校": 1.0, "餐券": 1.0}, {"离校": 1.0}, {"离校": 1.0}])
    assert part.rarity("餐券") > part.rarity("离校")
    assert part.rarity("没有的词") >= part.rarity("餐券")


def test_nothing_indexed_finds_nothing() -> None:
    assert Index([]).best(views_of("档案"), 5) == []


@given(st.text(max_size=40))
def test_any_text_can_be_searched(text: str) -> None:
    index = Index([views_of(text) for text in TEXTS])
    assert all(score > 0 for _, score in index.best(views_of(text), 3))
