"""Leave to send: never more than allowed in any span, as much as allowed, whoever asks and whenever he was started."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pace import LIMITS, Ask, Limit, Pace, Slot, past_the_hour
from storage import pacing
from storage.database import Database
from storage.models import Allowance
from storage.pacing import HORIZON, _Book, _Used
from tests.fakes.campus import at

START = datetime(2023, 6, 7, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TEN = Limit("channel", 10, SECOND, "a test")
ONE = Limit("chat", 1, SECOND, "a test")


async def taken(pace: Pace, *chats: str, at: datetime = START, channel: str = "x", urgent: bool = False) -> list[Slot]:
    return await pace.take([Ask(channel, chat, urgent) for chat in chats], at)


async def test_thirty_one_messages_in_a_minute_are_thirty_and_one_later(database: Database) -> None:
    slots = await taken(Pace(database), *["a"] * 31, channel="wecom")
    assert slots[:30] == [Slot(True, START)] * 30
    assert slots[30] == Slot(False, START + timedelta(minutes=1))


async def test_every_part_of_a_message_counts(database: Database) -> None:
    def asks(*parts: int) -> list[Ask]:
        return [Ask("wecom", "a", parts=count) for count in parts]

    pace = Pace(database)
    assert [slot.granted for slot in await pace.take(asks(*[3] * 9, 2), START)] == [True] * 10
    later = START + SECOND
    assert [slot.granted for slot in await pace.take(asks(2), later)] == [False]
    assert [slot.granted for slot in await pace.take(asks(1), START + 60 * SECOND)] == [True]
    assert [slot.granted for slot in await pace.take(asks(99), START + 120 * SECOND)] == [
        True
    ]  # alone, when all is free


async def test_a_restart_and_a_second_process_forget_nothing(database: Database) -> None:
    await taken(Pace(database), *["a"] * 29, channel="wecom")
    assert [s.granted for s in await taken(Pace(database), "a", "a", "b", channel="wecom")] == [True, False, True]


async def test_our_own_pages_are_not_limited(database: Database) -> None:
    pace = Pace(database)
    for channel in ("web", "terminal"):
        assert await taken(pace, *["a"] * 500, channel=channel) == [Slot(True, START)] * 500


async def test_a_channels_limit_is_an_even_rhythm_and_who_waits_queues_up(database: Database) -> None:
    slots = await taken(Pace(database, {"x": (TEN,)}), *map(str, range(35)))
    granted = [slot.at for slot in slots if slot.granted]
    assert granted == [START + number * TEN.interval for number in range(len(granted))]
    assert SECOND / TEN.interval <= len(granted) <= 11
    back = [slot.at for slot in slots if not slot.granted]
    assert back == sorted(back)
    assert back[-1] - back[0] > 15 * TEN.interval


async def test_the_urgent_overtake_those_who_wait(database: Database) -> None:
    pace = Pace(database, {"x": (TEN,)})
    await taken(pace, *map(str, range(500)))
    [slot] = await taken(pace, "urgent", urgent=True)
    assert slot.granted
    assert slot.at <= START + HORIZON + 2 * TEN.interval


async def test_the_platforms_word_halts_the_channel_in_every_process_and_only_it(database: Database) -> None:
    await Pace(database).halt("telegram", START + SECOND, "429", START)
    await Pace(database).halt("telegram", START, "429", START)
    for pace in (Pace(database), Pace(database)):
        assert await taken(pace, "a", channel="telegram") == [Slot(False, START + SECOND)]
    assert (await taken(Pace(database), "a", channel="web"))[0].granted
    assert (await taken(Pace(database), "a", channel="telegram", at=START + SECOND))[0].granted


async def test_a_refused_chat_does_not_use_up_the_channel(database: Database) -> None:
    pace = Pace(database, {"x": (TEN, ONE)})
    assert [slot.granted for slot in await taken(pace, "a", "a")] == [True, False]
    assert all(slot.granted for slot in await taken(pace, *map(str, range(9))))


async def test_a_group_has_its_own_limit(database: Database) -> None:
    asks = [Ask("telegram", "-100", is_group=True) for _ in range(25)]
    pace, now, granted = Pace(database), START, 0
    for _ in range(59):
        granted += (await pace.take(asks[:1], now))[0].granted
        now += SECOND
    assert granted == 20


async def test_silent_chats_are_forgotten(database: Database) -> None:
    pace = Pace(database, {"x": (ONE,)})
    await taken(pace, "a", "b")
    async with database.begin() as session:
        await pacing.forget(session, START + timedelta(days=3))
        assert await session.get(Allowance, ("x", "a")) is None


async def test_two_processes_together_keep_one_rhythm(database: Database) -> None:
    """Asked for at the same moment from several connections, no slot is given out twice."""
    paces = [Pace(database, {"x": (TEN,)}) for _ in range(4)]
    answers = await asyncio.gather(*(taken(pace, f"{n}-a", f"{n}-b") for n, pace in enumerate(paces)))
    slots = sorted(slot.at for answer in answers for slot in answer if slot.granted)
    assert slots == [START + number * TEN.interval for number in range(8)]


def reckon(limits: tuple[Limit, ...], used: dict[tuple[str, str], _Used], chat: str, now: datetime) -> Slot:
    """One ask against rows in memory: what `pacing.take` does between reading and writing."""
    for key in (("x", ""), ("x", chat)):
        used.setdefault(key, _Used(now, now, {}))
    for row in used.values():
        row.waiting = {}
    return _Book({"x": limits}, used, now, HORIZON).slot(Ask("x", chat))


@given(
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from("abc")), max_size=200),
    st.integers(1, 5) | st.integers(61, 70),
    st.integers(1, 3),
    st.sampled_from(["channel", "chat"]),
)
def test_in_no_span_more_than_allowed(asks: list[tuple[int, str]], count: int, seconds: int, scope: str) -> None:
    limit = Limit(scope, count, seconds * SECOND * (100 if scope == "channel" else 1), "a test")
    used: dict[tuple[str, str], _Used] = {}
    gone: list[tuple[datetime, str]] = []
    now = START
    for step, chat in asks:
        now += timedelta(milliseconds=step)
        slot = reckon((limit, ONE), used, chat, now)
        assert slot.at >= now
        if slot.granted:
            gone.append((slot.at, "" if scope == "channel" else chat))
    for moment, chat in gone:
        within = [other for other, of in gone if of == chat and moment <= other < moment + limit.period]
        assert len(within) <= count


def test_nearly_all_that_is_allowed_is_used() -> None:
    """A channel that always has something to send is let in at the rate of the limit."""
    used: dict[tuple[str, str], _Used] = {}
    sent = sum(reckon((TEN,), used, str(n), START + n * SECOND / 20).granted for n in range(20 * 100))
    assert sent >= 10 * 100 * 0.95


@pytest.mark.parametrize(
    ("channel", "hour", "minute", "waits"),
    [("wecom", 9, 0, True), ("wecom", 9, 30, True), ("wecom", 9, 29, False), ("telegram", 9, 0, False)],
)
def test_messages_to_many_avoid_the_busy_minutes_of_wecom(channel: str, hour: int, minute: int, waits: bool) -> None:
    instead = past_the_hour(channel, at(hour, minute), Random(1))
    assert (instead is not None) == waits
    if instead is not None:
        assert at(hour, minute + 1) <= instead <= at(hour, minute + 4)


def test_every_limit_names_its_source() -> None:
    assert {"telegram", "wecom", "wechat", "web", "terminal"} == set(LIMITS)
    for limits in LIMITS.values():
        assert all(limit.source and limit.count > 0 for limit in limits)
        assert {limit.scope for limit in limits} <= {"channel", "chat", "person", "group"}
