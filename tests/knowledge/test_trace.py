"""Traced text: cutting, joining and replacing keep the place of every character."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from knowledge.trace import Traced


def places(traced: Traced) -> list[int]:
    """The offset of each character, from the marks alone."""
    return [traced.cut(i, i + 1).offset for i in range(len(traced.text))]


@given(st.text("ab 。\t", max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_a_cut_keeps_its_places(text: str, start: int, end: int) -> None:
    whole = Traced.of(text, 1, 100)
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    part = whole.cut(start, end)
    assert part.text == text[start:end]
    assert places(part) == list(range(100 + start, 100 + end))


@given(st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=5))
def test_joined_stretches_know_their_lines(stretches: list[str]) -> None:
    joined = Traced.of(stretches[0], 1, 0)
    for number, text in enumerate(stretches[1:], 2):
        joined = joined.join(Traced.of(text, number, number * 100))
    lines = [joined.cut(i, i + 1).line for i in range(len(joined.text))]
    assert lines == [number for number, text in enumerate(stretches, 1) for _ in text]
    assert joined.last_line == len(stretches)


def test_what_stays_keeps_its_place_when_something_is_taken_out() -> None:
    cleaned = Traced.of("<p>一二</p>三", 4, 10).sub(re.compile(r"<[^>]*>"), "")
    assert cleaned.text == "一二三"
    assert places(cleaned) == [13, 14, 19]


def test_splitting_leaves_out_blanks() -> None:
    parts = Traced.of(" 甲 ; 乙;; ", 1, 0).split(re.compile(";"))
    assert [(part.text, part.offset) for part in parts] == [("甲", 1), ("乙", 5)]


def test_nothing_to_replace_changes_nothing() -> None:
    text = Traced.of("甲乙", 2, 5)
    assert text.sub(re.compile("x"), "") is text
