"""The ladder as data: its days, what is caught up with, and rules that cannot be meant."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.database import Database
from storage.ladder import Ladder, LadderBroken, ladder_at, ladder_of, ladders, set_ladder
from tests.fakes.campus import build

TODAY = date(2023, 6, 7)
DAY = timedelta(days=1)
USUAL = Ladder()


@pytest.mark.parametrize(
    ("left", "reminded"),
    [
        *((8, False), (7, True), (6, False), (3, True), (2, False), (1, True), (0, True)),
        *((-1, True), (-2, False), (-3, True), (-29, True), (-30, False), (-31, False)),
    ],
)
def test_the_days(left: int, reminded: bool) -> None:
    assert (USUAL.step(None, TODAY + left * DAY, None, TODAY) == TODAY) == reminded
    assert (USUAL.step(TODAY - 60 * DAY, TODAY + left * DAY, None, TODAY) == TODAY) == reminded


def test_first_it_opens_or_is_published() -> None:
    assert USUAL.step(TODAY, TODAY + 30 * DAY, None, TODAY) == TODAY
    assert USUAL.step(TODAY, None, None, TODAY) == TODAY
    assert USUAL.step(TODAY + DAY, TODAY + 3 * DAY, None, TODAY) is None
    assert USUAL.step(None, None, None, TODAY) is None
    assert USUAL.step(None, None, TODAY, TODAY) is None, "the morning after"
    assert USUAL.step(None, TODAY + 20 * DAY, TODAY, TODAY + DAY) == TODAY + DAY
    assert USUAL.step(TODAY + 2 * DAY, None, TODAY - DAY, TODAY) is None, "not before it opens"


def test_a_missed_step_is_caught_up_with_the_day_after_and_then_no_more() -> None:
    due = TODAY + 7 * DAY
    assert USUAL.due_step(None, due, None, TODAY + DAY) == TODAY
    assert USUAL.due_step(None, due, None, TODAY + 2 * DAY) is None


@given(every=st.integers(1, 9), late=st.integers(1, 30))
def test_while_it_lasts_an_overdue_item_always_has_a_step_to_catch_up_with(every: int, late: int) -> None:
    """Whatever day the process comes back on, who was not told since the last step is told."""
    found = Ladder(every=every).due_step(None, TODAY - late * DAY, None, TODAY)
    assert found is not None
    assert (late - (TODAY - found).days - 1) % every == 0


def test_the_committee_hears_weekly() -> None:
    days = [late for late in range(60) if USUAL.tells_committee(TODAY - late * DAY, TODAY)]
    assert days == [5, 12, 19, 26]
    assert not USUAL.tells_committee(None, TODAY)


def test_a_school_says_it_its_own_way() -> None:
    assert ladder_of({}) == USUAL
    assert ladder_of({"reminders": {"before": [1, 5, 1], "phone": 3}}) == Ladder(before=(5, 1), phone=3)


@pytest.mark.parametrize(
    "said",
    [
        5,
        {"before": 3},
        {"before": [-1]},
        {"before": ["三"]},
        {"every": 0},
        {"until": True},
        {"phone": 1.5},
        {"every": 999},
    ],
)
def test_what_cannot_be_meant_is_refused(said: Any) -> None:
    with pytest.raises(LadderBroken):
        ladder_of({"reminders": said})


async def test_each_school_has_its_own(database: Database) -> None:
    one, two = await build(database), await build(database)
    async with database.begin() as session:
        await set_ladder(session, one.school_id, every=3)
        await set_ladder(session, one.school_id, before=[2])
        with pytest.raises(LadderBroken):
            await set_ladder(session, one.school_id, every=0)
    async with database.read() as session:
        found = await ladders(session)
        assert found[one.school_id] == await ladder_at(session, one.school_id) == Ladder(before=(2,), every=3)
        assert found[two.school_id] == USUAL
