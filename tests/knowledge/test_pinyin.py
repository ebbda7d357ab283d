from __future__ import annotations

import pytest

from knowledge.pinyin import sounds, split, spoken, syllables


def test_characters_that_sound_alike_are_alike() -> None:
    assert syllables("挡案") == syllables("档案") == ("dang", "an")


@pytest.mark.parametrize(
    ("word", "sound"), [("会计", "kuai ji"), ("银行", "yin hang"), ("重修", "chong xiu"), ("归还", "gui huan")]
)
def test_words_have_their_own_readings(word: str, sound: str) -> None:
    assert " ".join(spoken(word)) == sound


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("shengyuandi", ("sheng", "yuan", "di")),
        ("yikatong", ("yi", "ka", "tong")),
        ("pdf", ()),
        ("ems", ()),
    ],
)
def test_typed_pinyin_is_taken_apart(typed: str, parts: tuple[str, ...]) -> None:
    assert split(typed) == parts


def test_typed_and_written_sound_the_same() -> None:
    assert sounds("daikuan") == sounds("贷款") == ["dai", "kuan", "dai kuan"]
