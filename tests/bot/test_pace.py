"""The limiter: never more than allowed in any span, and as much as allowed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.pace import LIMITS, Limit, Limiter

START = datetime(2023, 6, 7, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TEN = Limit("channel", 10, SECOND, "a test")
ONE = Limit("chat", 1, SECOND, "a test")


def test_thirty_one_messages_in_a_minute_are_thirty_and_one_later() -> None:
    limiter = Limiter()
    waits = [limiter.take("wecom", "a", START) for _ in range(31)]
    assert waits[:30] == [None] * 30
    assert waits[30] == START + timedelta(minutes=1)


def test_our_own_pages_are_not_limited() -> None:
    limiter = Limiter()
    assert all(limiter.take(channel, "a", START) is None for channel in ("web", "terminal") for _ in range(500))


def test_who_waits_is_told_to_come_back_behind_the_others() -> None:
    limiter = Limiter({"x": (TEN,)})
    waits = [limiter.take("x", str(n), START) for n in range(35)]
    assert waits[:10] == [None] * 10
    assert waits[10:20] == [START + SECOND] * 10
    assert waits[20:30] == [START + 2 * SECOND] * 10
    assert waits[30:] == [START + 3 * SECOND] * 5


def test_the_platforms_word_halts_the_channel_and_only_it() -> None:
    limiter = Limiter()
    limiter.halt("telegram", START + SECOND)
    limiter.halt("telegram", START)
    assert limiter.take("telegram", "a", START) == START + SECOND
    assert limiter.take("web", "a", START) is None
    assert limiter.take("telegram", "a", START + SECOND) is None


def test_a_refused_chat_does_not_use_up_the_channel() -> None:
    limiter = Limiter({"x": (TEN, ONE)})
    assert limiter.take("x", "a", START) is None
    assert limiter.take("x", "a", START) == START + SECOND
    assert [limiter.take("x", str(n), START) for n in range(9)] == [None] * 9


def test_silent_chats_are_forgotten() -> None:
    limiter = Limiter({"x": (ONE,)})
    for number in range(20_001):
        limiter.take("x", str(number), START + number * SECOND)
    assert len(limiter._windows) < 10_003


@given(
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from("abc")), max_size=200),
    st.integers(1, 5),
    st.integers(1, 3),
)
def test_in_no_span_more_than_allowed(asks: list[tuple[int, str]], count: int, seconds: int) -> None:
    limit = Limit("channel", count, seconds * SECOND, "a test")
    limiter, gone, now = Limiter({"x": (limit, ONE)}), [], START
    for step, chat in asks:
        now += timedelta(milliseconds=step)
        wait = limiter.take("x", chat, now)
        assert wait is None or wait > now
        if wait is None:
            gone.append(now)
    for number, moment in enumerate(gone):
        assert len([other for other in gone[number:] if other < moment + limit.period]) <= count


def test_every_limit_names_its_source() -> None:
    assert {"telegram", "wecom", "wechat", "web", "terminal"} == set(LIMITS)
    for limits in LIMITS.values():
        assert all(limit.source and limit.scope in ("channel", "chat") and limit.count > 0 for limit in limits)
