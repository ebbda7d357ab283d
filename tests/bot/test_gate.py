"""The gate of one process: in turn, urgent first, through pauses and trouble of the store."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.gate import Gate, Halted
from bot.pace import Limit, Pace
from storage import pacing
from storage.database import Database

START = datetime(2023, 6, 7, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TEN = Limit("channel", 10, SECOND, "a test")


class Time:
    """A clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Time:
    return Time()


async def test_a_hundred_at_once_go_evenly_and_none_is_forgotten(database: Database, time: Time) -> None:
    pace, sent = Pace(database, {"x": (TEN,)}), list[datetime]()

    async def send() -> None:
        async with pace.turn("x", time, sleep=time.sleep):
            sent.append(time())

    await asyncio.gather(*(send() for _ in range(100)))
    await pace.flush(time)
    assert len(sent) == 100
    assert timedelta(seconds=9.8) <= max(sent) - min(sent) <= timedelta(seconds=10.5)
    assert all(sum(at <= other < at + SECOND for other in sent) <= 10 for at in sent)


async def test_the_urgent_goes_first(sqlite: Database, time: Time) -> None:
    pace, order = Pace(sqlite, {"x": (TEN,)}), list[str]()

    async def send(name: str, *, urgent: bool = False) -> None:
        async with pace.turn("x", time, urgent=urgent, sleep=time.sleep):
            order.append(name)

    bulk = [asyncio.create_task(send(str(number))) for number in range(30)]
    while len(order) < 5:  # noqa: ASYNC110 - it goes on when it is let
        await asyncio.sleep(0)
    await send("urgent", urgent=True)
    assert order.index("urgent") <= 10
    await asyncio.gather(*bulk)


async def test_a_channel_without_a_rhythm_has_no_gate(sqlite: Database, time: Time) -> None:
    async with Pace(sqlite, {}).turn("x", time):
        assert time() == START


async def test_a_halt_is_told_to_all_who_wait(sqlite: Database, time: Time) -> None:
    gate = Gate(sqlite, "x", [TEN])
    async with sqlite.begin() as session:
        await pacing.pause(session, "x", START + SECOND, "429", START)
    found = await asyncio.gather(*(gate.turn(time, time.sleep, urgent=False) for _ in range(3)), return_exceptions=True)
    assert [one.until for one in found if isinstance(one, Halted)] == [START + SECOND] * 3


async def test_who_stopped_waiting_takes_no_turn_away(sqlite: Database, time: Time) -> None:
    gate = Gate(sqlite, "x", [TEN])
    stopped = asyncio.create_task(gate.turn(time, time.sleep, urgent=True))
    await asyncio.sleep(0)
    stopped.cancel()
    assert (await gate.turn(time, time.sleep, urgent=False)).at < START + SECOND / 2
    with pytest.raises(asyncio.CancelledError):
        await stopped


async def test_a_store_that_is_away_for_a_while_is_waited_for(
    sqlite: Database, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, tries = Gate(sqlite, "x", [TEN]), list[int]()
    begin = sqlite.begin

    def broken() -> object:
        tries.append(1)
        if len(tries) < 4:
            raise OSError("away")
        return begin()

    monkeypatch.setattr(sqlite, "begin", broken)
    assert (await gate.turn(time, time.sleep, urgent=False)).at >= START + timedelta(seconds=1.5)
    assert len(tries) == 4


async def test_a_store_that_stays_away_is_told(sqlite: Database, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(sqlite, "x", [TEN])

    def broken() -> object:
        raise OSError("away")

    monkeypatch.setattr(sqlite, "begin", broken)
    with pytest.raises(OSError, match="away"):
        await gate.turn(time, time.sleep, urgent=False)
