"""A floor under the figures of the labelled notices: what `python -m tests.benchmarks reading` prints."""

from __future__ import annotations

import pytest

from tests.benchmarks.reading import HELD_OUT, MEASURES, Score, score, tuned

FLOOR = {
    "explicit F1": 0.98,
    "anchors": 0.88,
    "tentative date": 1.0,
    "item precision": 0.9,
    "item recall": 0.9,
    "item deadline": 0.98,
    "item tentative": 0.98,
    "actor": 0.85,
    "department": 0.95,
}


@pytest.fixture(scope="module", params=["tuned", "held out"])
def figures(request: pytest.FixtureRequest) -> Score:
    return score(tuned() if request.param == "tuned" else HELD_OUT)


@pytest.mark.parametrize("measure", FLOOR)
def test_no_figure_falls_below_its_floor(figures: Score, measure: str) -> None:
    assert measure in MEASURES
    missed = [miss for miss in figures.misses if miss.startswith(measure)]
    assert figures.rate(measure) >= FLOOR[measure], missed


def test_nothing_that_only_looks_like_a_date_is_one(figures: Score) -> None:
    assert figures.look_alikes == 0
