"""Lengths and cuts in the platforms' units."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts

UNITS = st.sampled_from(["chars", "utf16", "bytes"])
MEASURES = {"chars": len, "utf16": lambda t: len(t.encode("utf-16-le")) // 2, "bytes": lambda t: len(t.encode())}
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("。，\n 😀\u200d\ufe0f"), max_size=300)


@given(TEXT, UNITS)
def test_length(text: str, unit: str) -> None:
    assert texts.length(text, unit) == MEASURES[unit](text)


@given(TEXT, UNITS, st.integers(8, 60))
def test_parts_fit_and_nothing_but_whitespace_is_lost(text: str, unit: str, limit: int) -> None:
    parts = texts.split(text, limit, unit)
    assert all(0 < texts.length(part, unit) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(TEXT, UNITS, st.integers(8, 60))
def test_cut_fits(text: str, unit: str, limit: int) -> None:
    short = texts.cut(text, limit, unit)
    assert texts.length(short, unit) <= limit
    assert short == text or short.endswith("…")


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 5, []),
        (" \n ", 5, []),
        ("短", 5, ["短"]),
        ("第一段在这里\n\n第二段", 10, ["第一段在这里", "第二段"]),
        ("第一句话。第二句话。第三句", 10, ["第一句话。第二句话。", "第三句"]),
        ("前半句很长，后半句也长", 8, ["前半句很长，", "后半句也长"]),
        ("一二三四五六七八九十", 4, ["一二三四", "五六七八", "九十"]),
        ("头。一二三四五六七八九十", 8, ["头。一二三四五六", "七八九十"]),
        ("ab👍🏽", 3, ["ab", "👍🏽"]),
        ("ae\u0301x", 2, ["a", "e\u0301", "x"]),
    ],
)
def test_where_it_is_cut(text: str, limit: int, parts: list[str]) -> None:
    assert texts.split(text, limit, "chars") == parts


def test_a_sign_counts_as_the_platform_counts() -> None:
    assert [texts.length("档😀", unit) for unit in ("chars", "utf16", "bytes")] == [2, 3, 7]
    assert texts.split("档案档案", 7, "bytes") == ["档案", "档案"]


def test_a_limit_that_holds_nothing() -> None:
    with pytest.raises(ValueError, match="one character"):
        texts.split("😀", 1, "utf16")
