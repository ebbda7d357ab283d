"""Taking back what was sent: rows of `storage.recalls` → the platforms, within their limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from bot.channel import Channel, Recalls, SendError
from bot.pace import Ask, Pace
from storage import recalls
from storage.database import Database
from storage.recalls import Taken

RETRY = timedelta(seconds=20)

log = structlog.get_logger()


class Recaller:
    """Takes back what is to be taken back. Many may run on one store: twice does no harm."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], pace: Pace) -> None:
        self._database = database
        self._channels = channels
        self._pace = pace

    async def run_once(self, now: datetime) -> int:
        """Takes back everything that is due; gives how many messages it tried."""
        tried = 0
        while taken := await self._claim(now):
            for one in taken:
                await self._one(one, now)
            tried += len(taken)
        return tried

    async def _claim(self, now: datetime) -> list[Taken]:
        async with self._database.read() as session:
            if not await recalls.is_due(session, now):
                return []
        async with self._database.begin() as session:
            return await recalls.claim(session, now)

    async def _one(self, taken: Taken, now: datetime) -> None:
        channel = self._channels.get(taken.channel)
        if not isinstance(channel, Recalls):
            await self._settle(taken, now, recalls.CANNOT)
            return
        [slot] = await self._pace.take([Ask(taken.channel, "")], now)
        if not slot.granted:
            await self._settle(taken, now, None, slot.at)
            return
        try:
            await channel.recall(taken.platform_id)
        except SendError as error:
            again = None if error.permanent else now + (error.after or RETRY)
            await self._settle(taken, now, error.reason, again)
        except Exception:
            log.exception("not taken back", channel=taken.channel)
            await self._settle(taken, now, "bug", now + RETRY)
        else:
            await self._settle(taken, now, None)

    async def _settle(self, taken: Taken, now: datetime, reason: str | None, again: datetime | None = None) -> None:
        async with self._database.begin() as session:
            await recalls.settle(session, taken, now, reason=reason, again=again)
