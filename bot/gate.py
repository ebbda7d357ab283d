"""One process's place at a channel's gate: whoever is to send waits here for his turn, what is urgent first.

The turns lie in the store (`storage.turns`), shared by all processes; here they are fetched a few at a time, handed out
at their moment, and brought back.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from itertools import count
from uuid import uuid4

import structlog

from storage import turns
from storage.database import Database
from storage.pacing import Limit
from storage.turns import Given, Turn, Used

TRIES = 40
"""So often a store that fails is asked again, before whoever waits is told."""
TRY_AGAIN = 0.5

Clock = Callable[[], datetime]
Sleep = Callable[[float], Awaitable[object]]

log = structlog.get_logger()


class Halted(Exception):
    """The platform said: not before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class Gate:
    """Of one channel, in one process."""

    def __init__(self, database: Database, channel: str, limits: Sequence[Limit]) -> None:
        self._database = database
        self._channel = channel
        self._limits = limits
        self._holder = uuid4().hex[:12]
        self._share = max(min(limit.count for limit in limits) // 4, 1)
        self._waiting: list[tuple[bool, int, asyncio.Future[Turn]]] = []
        self._number = count()
        self._back: list[Used] = []
        self._handing: asyncio.Task[None] | None = None

    async def turn(self, clock: Clock, sleep: Sleep, *, urgent: bool) -> Turn:
        """Waits for leave to send one message now. Raises `Halted`."""
        mine: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (not urgent, next(self._number), mine))
        if self._handing is None or self._handing.done():
            self._handing = asyncio.create_task(self._hand_out(clock, sleep))
        try:
            return await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled() and mine.exception() is None:
                self.done(mine.result(), None)
            raise

    def done(self, turn: Turn, at: datetime | None) -> None:
        """The platform has answered at `at`; None: nothing was sent after all."""
        self._back.append(Used(turn, at))

    async def flush(self, clock: Clock) -> None:
        """Gives back what was used, unless somebody here waits for more and does it along with that."""
        if self._handing is not None and not self._handing.done():
            if self._somebody_waits():
                return
            await asyncio.wait({self._handing})
        if self._back:
            await self._fetch(0, clock())

    async def _hand_out(self, clock: Clock, sleep: Sleep) -> None:
        """While somebody waits. Time that was waited for has come, also for a clock that stands still."""
        now, turns = clock(), deque[Turn]()
        more: asyncio.Task[Given] | None = None
        try:
            while self._somebody_waits():
                if more is None and len(self._waiting) > len(turns) <= self._share // 2:
                    more = asyncio.create_task(self._patiently(now, len(turns), clock, sleep))
                if turns:
                    now = await _until(turns[0].at, clock, now, sleep)
                    self._hand(turns.popleft())
                if more is not None and (more.done() or not turns):
                    given, more = await more, None
                    turns += self._taken(given)
                    if given.again is not None and not turns:
                        now = await _until(given.again, clock, now, sleep)
        except Exception as error:
            log.exception("no turns to be had", channel=self._channel)
            self._tell_all(error)
        finally:
            if more is not None:
                turns += (await more).turns
            self._back += [Used(turn, None) for turn in turns]
        if self._back:
            await self._fetch(0, max(clock(), now))

    def _taken(self, given: Given) -> Sequence[Turn]:
        if given.halted is not None:
            self._tell_all(Halted(given.halted))
        return given.turns

    async def _patiently(self, now: datetime, in_hand: int, clock: Clock, sleep: Sleep) -> Given:
        """A store that is away comes back: nobody who has noted that he begins to send is to be left in doubt."""
        tries = 0
        while True:
            try:
                return await self._fetch(min(len(self._waiting) - in_hand, self._share), max(clock(), now))
            except Exception as error:
                tries += 1
                if tries > TRIES:
                    raise
                log.warning("turns not fetched", channel=self._channel, kind=type(error).__name__)
                await sleep(TRY_AGAIN)

    async def _fetch(self, want: int, now: datetime) -> Given:
        back, self._back = self._back, []
        try:
            async with self._database.begin() as session:
                return await turns.take(
                    session, self._channel, self._limits, holder=self._holder, want=want, back=back, now=now
                )
        except BaseException:
            self._back = [*back, *self._back]
            raise

    def _somebody_waits(self) -> bool:
        while self._waiting and self._waiting[0][2].done():  # he was stopped meanwhile
            heapq.heappop(self._waiting)
        return bool(self._waiting)

    def _hand(self, turn: Turn) -> None:
        if self._somebody_waits():
            heapq.heappop(self._waiting)[2].set_result(turn)
        else:
            self.done(turn, None)

    def _tell_all(self, error: Exception) -> None:
        while self._somebody_waits():
            heapq.heappop(self._waiting)[2].set_exception(error)


async def _until(at: datetime, clock: Clock, now: datetime, sleep: Sleep) -> datetime:
    wait = (at - max(clock(), now)).total_seconds()
    if wait > 0:
        await sleep(wait)
    return max(clock(), now, at)
