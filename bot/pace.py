"""The platforms' limits as data, and the one place in a process that asks the store for leave to send.

What was used up stands in the store (`storage.pacing`): processes share it and a restart forgets nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from random import Random

from bot.gate import Clock, Gate, Halted, Sleep
from storage import pacing
from storage.clock import SCHOOL
from storage.database import Database
from storage.pacing import Ask, Limit, Slot

__all__ = ["LIMITS", "Ask", "Halted", "Limit", "Pace", "Slot", "past_the_hour"]

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

LIMITS: Mapping[str, tuple[Limit, ...]] = {
    "telegram": (
        Limit("channel", 30, SECOND, "core.telegram.org/bots/faq: about 30 messages per second"),
        Limit("chat", 1, SECOND, "core.telegram.org/bots/faq: no more than one per second in a chat"),
        Limit("group", 20, MINUTE, "core.telegram.org/bots/faq: 20 messages per minute to the same group"),
    ),
    "wecom": (
        Limit("person", 30, MINUTE, "developer.work.weixin.qq.com 访问频率限制: 30 a minute per member"),
        Limit("person", 1000, HOUR, "developer.work.weixin.qq.com 访问频率限制: 1,000 an hour per member"),
        Limit("person", 200, DAY, "developer.work.weixin.qq.com 访问频率限制: members × 200 a day; here for each one"),
        Limit("group", 20, MINUTE, "developer.work.weixin.qq.com 群机器人: 20 a minute per robot"),
    ),
    "wechat": (),
    "web": (),
    "terminal": (),
}
"""A channel without a line here is not limited. 公众号's 5 messages within 48 hours are kept by `storage.windows`."""

_BUSY_MINUTES = (0, 30)
_SPREAD = timedelta(minutes=3)


class Pace:
    """Gives leave to send; one per process."""

    def __init__(self, database: Database, limits: Mapping[str, Sequence[Limit]] = LIMITS) -> None:
        self._database = database
        self._limits = limits
        self._gates: dict[str, Gate] = {}

    async def take(self, asks: Sequence[Ask], now: datetime) -> list[Slot]:
        """For each message, in their order: it may go at that time, or is to ask again then."""
        if not asks:
            return []
        if any(self._limits.get(ask.channel) for ask in asks):
            async with self._database.begin() as session:
                return await pacing.take(session, self._limits, asks, now)
        async with self._database.read() as session:
            halted = await pacing.paused(session, {ask.channel for ask in asks}, now)
        free = Slot(True, now)
        return [Slot(False, halted[ask.channel]) if ask.channel in halted else free for ask in asks]

    @asynccontextmanager
    async def turn(
        self, channel: str, clock: Clock, *, urgent: bool = False, sleep: Sleep = asyncio.sleep
    ) -> AsyncIterator[None]:
        """Waits for the moment, where the channel has a rhythm; what is sent within is counted until it is answered.

        Raises `Halted`.
        """
        gate = self._gate(channel)
        if gate is None:
            yield
            return
        turn = await gate.turn(clock, sleep, urgent=urgent)
        try:
            yield
        finally:
            gate.done(turn, max(clock(), turn.at))

    def has_rhythm(self, channel: str) -> bool:
        """Whether the moment matters on this channel; otherwise nobody needs a `turn`."""
        return self._gate(channel) is not None

    async def flush(self, clock: Clock) -> None:
        """Gives back the turns that were used; whoever is done with sending says so."""
        for gate in self._gates.values():
            await gate.flush(clock)

    def _gate(self, channel: str) -> Gate | None:
        rhythms = [limit for limit in self._limits.get(channel, ()) if limit.is_rhythm]
        if rhythms and channel not in self._gates:
            self._gates[channel] = Gate(self._database, channel, rhythms)
        return self._gates.get(channel)

    async def halt(self, channel: str, until: datetime, reason: str, now: datetime) -> None:
        """The platform said: not before then. Every process on the store obeys from now on."""
        async with self._database.begin() as session:
            await pacing.pause(session, channel, until, reason, now)


def past_the_hour(channel: str, now: datetime, random: Random) -> datetime | None:
    """When a message to many should go instead of now; None: now is well.

    企业微信 asks not to send at full and half hours, when everybody does.
    """
    local = now.astimezone(SCHOOL)
    if channel != "wecom" or local.minute not in _BUSY_MINUTES:
        return None
    return local.replace(second=0, microsecond=0) + MINUTE + _SPREAD * random.random()
