"""Outcomes to the store; while it does not answer they are kept, and written when it answers again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alarms import Alarms
from bot.pace import Pace
from bot.sending import Result
from handlers.choosing import offered_by
from handlers.messages import Reply
from storage import claims, offers
from storage.database import NOT_ANSWERING, Database
from storage.people import Place
from storage.ways import block, unblock

FIRST_WAIT, LONGEST_WAIT = 0.2, 2.0
"""Seconds between tries. Shorter than `claims.UNKNOWN_WAIT`: what the sweep took for lost meanwhile is put right
before it would be sent again."""
AT_THE_END = timedelta(seconds=20)
"""So long a process that is to stop still waits for the store. What it then takes along is unknown."""
KEPT = "settling"

log = structlog.get_logger()


class Settler:
    """Of one sender. As long as `keeps` is not 0, nothing more is to be claimed."""

    def __init__(
        self, database: Database, pace: Pace, alarms: Alarms, worker: str, sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        self._database = database
        self._pace = pace
        self._alarms = alarms
        self._worker = worker
        self._sleep = sleep
        self.keeps = 0
        """Outcomes that wait for the store."""
        self.stopping = False

    async def settle(self, result: Result, clock: Callable[[], datetime]) -> None:
        """Writes down how rows ended, however long the store is away; only a killed process leaves its rows unknown."""
        if not (result.outcomes or result.halts):
            return
        wait, first = FIRST_WAIT, clock()
        while True:
            try:
                await self._write(result, clock())
            except NOT_ANSWERING as error:
                if self.stopping and clock() - first > AT_THE_END:
                    raise
                if wait == FIRST_WAIT:
                    self.keeps += len(result.outcomes)
                    log.warning("outcomes kept", rows=len(result.outcomes), kind=type(error).__name__)
                self._alarms.note(KEPT, "数据库写不进去，已发出的消息的结果先留在内存里")
                await self._sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
                continue
            break
        if wait > FIRST_WAIT:
            self.keeps -= len(result.outcomes)
            log.info("kept outcomes written", rows=len(result.outcomes))
        if not self.keeps:
            self._alarms.clear(KEPT)

    async def _write(self, result: Result, now: datetime) -> None:
        for channel, (until, reason) in result.halts.items():
            await self._pace.halt(channel, until, reason, now)
        async with self._database.begin() as session:
            await claims.settle(session, result.outcomes, worker=self._worker, now=now)
            await block(session, result.blocked, now)
            for place in result.unblocked:
                await unblock(session, place)
            await _offer(session, result.said, now)


async def _offer(session: AsyncSession, said: Mapping[Place, Reply], now: datetime) -> None:
    """Keeps what may be chosen at each address, for whoever types it."""
    found = {offers.id_of(*place): offered_by(reply) for place, reply in said.items()}
    await offers.keep_all(session, {row_id: offered for row_id, offered in found.items() if offered}, now)
    await offers.pass_by(session, [row_id for row_id, offered in found.items() if not offered])
