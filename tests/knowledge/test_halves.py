"""A floor under the answers to questions about notices nobody prepared for: both halves, without any pack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from knowledge.composing import answer_from, understood
from knowledge.evaluation import Case, Figures, Outcome, figures
from knowledge.search import search
from knowledge.shelf import Shelf
from tests.knowledge.fit import HERE, cases_of, shelf_of

TODAY = date(2025, 6, 1)


@pytest.fixture(scope="module")
def invented() -> dict[str, Shelf]:
    return {path.name: shelf_of(path) for path in (HERE / "notices").iterdir()}


def measured(shelves: dict[str, Shelf], cases: Sequence[Case]) -> Figures:
    return figures([outcome(shelves[case.file or ""], case) for case in cases if case.file in shelves])


def outcome(shelf: Shelf, case: Case) -> Outcome:
    answer = answer_from(shelf, case.question, today=TODAY, history=case.context)
    hits = [hit for part in understood(shelf, case.question, case.context) for hit in search(shelf, part, 3)]
    return Outcome(case, answer, tuple(hits), 0.0)


@pytest.mark.parametrize("half", ["tune", "aside"])
def test_found_answered_and_silent(invented: dict[str, Shelf], half: str) -> None:
    found = measured(invented, cases_of(half))
    assert found.questions > 45
    assert found.hit1 >= 0.85
    assert found.hit3 >= 0.95
    assert found.right >= 0.60
    assert found.wrong <= 0.07
    assert found.out_answered <= 0.06


@pytest.mark.parametrize("half", ["tune", "aside"])
def test_no_answer_is_longer_than_a_screen(invented: dict[str, Shelf], half: str) -> None:
    for case in cases_of(half):
        if case.file in invented:
            answer = answer_from(invented[case.file], case.question, today=TODAY, history=case.context)
            assert len(answer.text) <= 600
            assert answer.text.count("——《") <= 2
