"""What is ready goes to its channel, and whatever the channel answers becomes an outcome."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import uuid4

import structlog

from bot.alarms import Alarms
from bot.channel import Channel, SendError, SendsMany, Sent
from bot.pace import Halted, Pace
from handlers.messages import Address, Reply
from storage.claims import PACED
from storage.database import NOT_ANSWERING
from storage.deliveries import Claimed, Outcome
from storage.people import Place

MAX_ATTEMPTS = 6
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
AFTER_NO_ANSWER = timedelta(seconds=1)
"""When to try again what could not go because the store did not answer."""
ALARMING = 5
"""So many failures in a row are the platform's trouble."""

log = structlog.get_logger()


class Ready(NamedTuple):
    """A row with everything that is needed to send it. (A tuple: hundreds are made at a time.)"""

    row: Claimed
    reply: Reply
    channel: Channel
    to: Address
    is_last_way: bool = True
    """There is no other address to try."""
    was_blocked: bool = False
    slot: datetime | None = None
    """About when its turn comes, where the platform has limits. None: as soon as it can."""

    def at(self, slot: datetime) -> Ready:
        """The same with a slot."""
        return self._replace(slot=slot)


@dataclass(slots=True)
class Result:
    """How rows ended, and what was learned about addresses."""

    outcomes: list[Outcome] = field(default_factory=list)
    blocked: dict[Place, str] = field(default_factory=dict)
    unblocked: set[Place] = field(default_factory=set)
    said: dict[Place, Reply] = field(default_factory=dict)
    """What was said last to whom."""
    halts: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """Channel → until when the platform wants quiet, and its words, where that is not in the store yet."""

    def clear(self) -> None:
        """All of it is in the store."""
        for kept in (self.outcomes, self.blocked, self.unblocked, self.said, self.halts):
            kept.clear()


class Carrier:
    """Sends what is ready, several at once, one person's messages one after another."""

    def __init__(
        self,
        pace: Pace,
        *,
        at_once: int,
        random: Random,
        alarms: Alarms,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._pace = pace
        self._at_once = at_once
        self._random = random
        self._sleep = sleep
        self._halted: dict[str, datetime] = {}
        self._alarms = alarms
        self._in_a_row: Counter[str] = Counter()

    async def carry(self, ready: Sequence[Ready], clock: Callable[[], datetime], result: Result) -> None:
        """Sends; the outcomes are in `result` as they come, so a stopped run loses none."""
        now = clock()
        parcels = iter(sorted(parcels_of(ready), key=lambda parcel: parcel[0].slot or now))

        async def work() -> None:
            for parcel in parcels:
                await self._in_turn(parcel, clock, result)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._at_once, len(ready))):
                    group.create_task(work())
        finally:
            with suppress(*NOT_ANSWERING):  # it keeps what it could not give back, for the next time
                await self._pace.flush(clock)

    async def _in_turn(self, parcel: Sequence[Ready], clock: Callable[[], datetime], result: Result) -> None:
        """Waits for the moment and sends; where the platform has called a halt meanwhile, it is put back untried."""
        name, urgent = parcel[0].channel.name, any(one.row.urgent for one in parcel)
        until = self._halted.get(name)
        if until is None or until <= clock():
            if not self._pace.has_rhythm(name):
                await self._send_parcel(parcel, clock, result)
                return
            try:
                async with self._pace.turn(name, clock, urgent=urgent, sleep=self._sleep):
                    await self._send_parcel(parcel, clock, result)
                return
            except Halted as halted:
                until = halted.until
            except NOT_ANSWERING:
                until = clock() + AFTER_NO_ANSWER
        result.outcomes += [Outcome(one.row.id, "planned", PACED, until, untried=True) for one in parcel]

    async def _send_parcel(self, parcel: Sequence[Ready], clock: Callable[[], datetime], result: Result) -> None:
        """Sends what is the same for all in one call, where there are several."""
        channel, now = parcel[0].channel, clock()
        halted = self._halted.get(channel.name)
        if halted is not None and halted > now:
            result.outcomes += [Outcome(one.row.id, "planned", PACED, halted, untried=True) for one in parcel]
            return
        try:
            how = await _send(channel, parcel)
        except Exception:
            error = note_bug("sending failed", channel=channel.name)
            result.outcomes += [Outcome(one.row.id, "unknown", error, channel=channel.name) for one in parcel]
            return
        for one in parcel:
            await self._note(one, how[one.to], clock(), result)

    async def _note(self, one: Ready, how: Sent | SendError, now: datetime, result: Result) -> None:
        place, name = Place(one.to.channel, one.to.chat, one.to.user), one.channel.name
        self._watch(name, how)
        if isinstance(how, Sent):
            result.outcomes.append(Outcome(one.row.id, "sent", channel=name, platform_id=how.platform_id))
            if one.row.group_id is None:
                result.said[place] = one.reply
            if one.was_blocked:
                result.unblocked.add(place)
            return
        if how.permanent:
            result.blocked[place] = how.reason
        elif how.after is not None and self._halted.get(name, now) < now + how.after:
            self._halted[name] = now + how.after
            result.halts[name] = (now + how.after, how.reason)
            with suppress(*NOT_ANSWERING):  # then it is written with the outcomes
                await self._pace.halt(name, now + how.after, how.reason, now)
                result.halts.pop(name, None)
        result.outcomes.append(self._troubled(one, how, now))

    def _watch(self, name: str, how: Sent | SendError) -> None:
        """Whether the platform itself is in trouble: several in a row that are no recipient's fault."""
        if isinstance(how, Sent):
            self._in_a_row[name] = 0
            self._alarms.clear(f"channel {name}")
        elif not how.permanent:
            self._in_a_row[name] += 1
            if self._in_a_row[name] >= ALARMING:
                self._alarms.note(f"channel {name}", f"{name} 平台连续出错或没有应答，消息存着，恢复后自动补发")

    def _troubled(self, one: Ready, error: SendError, now: datetime) -> Outcome:
        row, name, attempts = one.row, one.channel.name, one.row.attempts + 1
        if error.unknown:
            return Outcome(row.id, "unknown", error.reason, channel=name)
        if error.permanent and not one.is_last_way:
            return Outcome(row.id, "planned", error.reason, now, channel=name, elsewhere=True)
        if error.permanent or (error.after is None and attempts >= MAX_ATTEMPTS):
            return Outcome(row.id, "failed", error.reason, channel=name)
        return Outcome(row.id, "planned", error.reason, now + self._wait(attempts, error.after), channel=name)

    def _wait(self, attempts: int, after: timedelta | None) -> timedelta:
        """Doubling, spread by a fifth so that many do not come back at once; the platform's word goes first."""
        doubled = min(FIRST_RETRY * (1 << min(attempts - 1, 10)), LONGEST_RETRY)
        if after is not None:
            return after + FIRST_RETRY * (self._random.random() / 5)
        return doubled * (1 + self._random.random() / 5)


def rounds_of(ready: Sequence[Ready]) -> list[list[Ready]]:
    """Each person's first message, then each one's second, …: within a round their order does not matter."""
    rounds: list[list[Ready]] = []
    seen: dict[Address, int] = {}
    for one in ready:
        number = seen[one.to] = seen.get(one.to, -1) + 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(one)
    return rounds


def parcels_of(ready: Sequence[Ready]) -> list[list[Ready]]:
    """What goes out in one call each: the same reply to different people, where the platform takes that."""
    parcels: list[list[Ready]] = []
    open_ones: dict[tuple[str, Reply], list[Ready]] = {}
    batches: dict[Channel, int] = {
        channel: channel.batch for channel in {one.channel for one in ready} if isinstance(channel, SendsMany)
    }
    for one in ready:
        batch = batches.get(one.channel, 1) if one.row.group_id is None else 1
        if batch == 1:
            parcels.append([one])
            continue
        key = (one.channel.name, one.reply)
        parcel = open_ones.get(key)
        if parcel is None or len(parcel) >= batch:
            parcel = open_ones[key] = []
            parcels.append(parcel)
        parcel.append(one)
    return parcels


def note_bug(event: str, **where: str) -> str:
    """Logs the exception at hand under an id; the row gets the id only, an exception may hold a person's words."""
    error_id = uuid4().hex[:8].upper()
    log.exception(event, error_id=error_id, **where)
    return f"bug {error_id}"


async def _send(channel: Channel, parcel: Sequence[Ready]) -> dict[Address, Sent | SendError]:
    if len(parcel) > 1 and isinstance(channel, SendsMany):
        return dict(await channel.send_many([one.to for one in parcel], parcel[0].reply))
    [one] = parcel
    try:
        return {one.to: await channel.send(one.to, one.reply)}
    except SendError as error:
        return {one.to: error}
