"""Turns against a platform that counts in a sliding window: never too many, nearly all that is allowed."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import pacing, turns
from storage.database import Database
from storage.pacing import Limit
from storage.turns import LEASE, Ring, Turn, Used, lent

START = datetime(2023, 6, 7, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
THIRTY = Limit("channel", 30, SECOND, "a test")


@dataclass
class Process:
    """One of those that share the rings: it always has something to send."""

    name: str
    hand: list[Turn] = field(default_factory=list)
    back: list[tuple[datetime, Used]] = field(default_factory=list)


@dataclass
class Weather:
    """How long things take, and how often a process stalls."""

    random: Random
    way: float = 0.02
    """Seconds to the platform and back, at most, each."""
    stalls: float = 0.005
    longest: float = 0.3

    def stall(self) -> timedelta:
        """Mostly none."""
        return timedelta(seconds=self.random.uniform(0, self.longest) if self.random.random() < self.stalls else 0)

    def on_the_way(self) -> timedelta:
        """To the platform, or back."""
        return timedelta(seconds=self.random.uniform(0.001, self.way))


def arrivals(limits: list[Limit], length: timedelta, processes: int, weather: Weather) -> list[datetime]:
    """When the platform saw each message."""
    rings = [Ring.of(limit, None, START) for limit in limits]
    share = max(min(limit.count for limit in limits) // 4, 1)
    waiting = [(START, number, Process(str(number))) for number in range(processes)]
    seen: list[datetime] = []
    while waiting[0][0] < START + length:
        now, number, one = heapq.heappop(waiting)
        if not one.hand:
            answered = [used for at, used in one.back if at <= now]
            one.back = [(at, used) for at, used in one.back if at > now]
            for used in answered:
                for ring, index in zip(rings, used.turn.tokens, strict=True):
                    assert used.at is not None
                    ring.give_back(index, one.name, used.at.timestamp(), used.turn.at.timestamp())
            given = lent(rings, one.name, share, now)
            one.hand = list(given.turns)
            if not one.hand:
                assert given.again is not None
                assert given.again > now
                heapq.heappush(waiting, (given.again, number, one))
                continue
        turn = one.hand.pop(0)
        sent = max(now, turn.at) + weather.stall()
        arrived = sent + weather.on_the_way()
        answered_at = arrived + weather.on_the_way()
        seen.append(arrived)
        one.back.append((answered_at, Used(turn, answered_at)))
        heapq.heappush(waiting, (sent, number, one))
    return sorted(seen)


def most_within(seen: list[datetime], period: timedelta) -> int:
    """The most in any window of the platform."""
    most = first = 0
    for last, moment in enumerate(seen):
        while seen[first] <= moment - period:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.parametrize("processes", [1, 3])
def test_in_an_hour_nearly_all_that_is_allowed_and_never_too_many(processes: int) -> None:
    seen = arrivals([THIRTY], timedelta(hours=1), processes, Weather(Random(7)))
    assert most_within(seen, SECOND) <= 30
    assert len(seen) >= 30 * 3600 * 0.95


@given(
    st.integers(1, 40),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(0, 2**32),
    st.floats(0.002, 0.8),
    st.floats(0, 0.3),
)
def test_never_too_many_in_any_weather(
    count: int, seconds: int, processes: int, seed: int, way: float, stalls: float
) -> None:
    limit = Limit("channel", count, seconds * SECOND, "a test")
    seen = arrivals([limit], 20 * SECOND, processes, Weather(Random(seed), way, stalls, longest=3.0))
    assert most_within(seen, limit.period) <= count


@given(st.integers(0, 2**32))
def test_two_limits_on_one_channel_are_both_kept(seed: int) -> None:
    both = [Limit("channel", 5, SECOND, "a test"), Limit("channel", 30, 10 * SECOND, "a test")]
    seen = arrivals(both, 60 * SECOND, 2, Weather(Random(seed)))
    for limit in both:
        assert most_within(seen, limit.period) <= limit.count
    assert len(seen) >= 3 * 60 * 0.9


def test_after_a_silence_there_is_no_burst() -> None:
    ring = Ring.of(THIRTY, None, START)
    given = lent([ring], "a", 30, START + timedelta(hours=1))
    times = [turn.at for turn in given.turns]
    assert len(times) >= 10
    assert all(after - before >= SECOND / 30 * 0.69 for before, after in pairwise(times))


def test_a_limit_of_very_many_is_kept_with_few_tokens() -> None:
    many = Limit("channel", 6000, 60 * SECOND, "a test")
    assert len(Ring.of(many, None, START).tokens) == turns.MOST
    seen = arrivals([many], 130 * SECOND, 2, Weather(Random(1)))
    assert most_within(seen, many.period) <= many.count
    assert len(seen) >= 100 * 130 * 0.95


async def taken(database: Database, holder: str, want: int, now: datetime, *back: Used) -> turns.Given:
    async with database.begin() as session:
        return await turns.take(session, "x", [THIRTY], holder=holder, want=want, back=back, now=now)


async def test_what_one_process_has_the_other_has_not_and_a_restart_forgets_nothing(database: Database) -> None:
    one, other = await taken(database, "a", 5, START), await taken(database, "b", 5, START)
    assert not {turn.tokens for turn in one.turns} & {turn.tokens for turn in other.turns}
    assert max(turn.at for turn in one.turns) < min(turn.at for turn in other.turns)


async def test_what_was_not_used_is_free_at_once_and_what_was_a_period_after_the_answer(database: Database) -> None:
    [first] = (await taken(database, "a", 1, START)).turns
    [again] = (await taken(database, "a", 1, START, Used(first, None))).turns
    assert again.tokens == first.tokens
    answered = START + SECOND / 2
    await taken(database, "a", 0, answered, Used(again, answered))
    async with database.read() as session:
        row = (await pacing.locked(session, {("x", "")}, START))[("x", "")]
    [kept] = row.marks.values()
    assert kept[again.tokens[0]][0] == pytest.approx((answered + SECOND).timestamp(), abs=0.01)


async def test_what_a_dead_process_had_in_hand_comes_back(database: Database) -> None:
    while (await taken(database, "dead", 30, START)).turns:
        pass
    later = START + SECOND
    assert (await taken(database, "dead", 30, later)).turns
    while (await taken(database, "dead", 30, later)).turns:
        pass
    assert (await taken(database, "b", 1, later)).turns == ()
    assert (await taken(database, "b", 1, later + LEASE + 2 * SECOND)).turns


async def test_during_a_pause_nobody_gets_a_turn(database: Database) -> None:
    async with database.begin() as session:
        await pacing.pause(session, "x", START + SECOND, "429", START)
    assert (await taken(database, "a", 1, START)).halted == START + SECOND
    assert (await taken(database, "a", 1, START + SECOND)).turns
