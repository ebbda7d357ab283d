"""Platforms that are asked for what is new: one process asks, everything it got is in the store before it asks on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.channel import Channel, Hook, Polled, SendError
from bot.dispatch import Dispatcher
from bot.outbox import Outbox
from storage import polling
from storage.database import Database

WAIT = timedelta(seconds=25)
"""How long the platform may keep us waiting for something new."""
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=1), timedelta(seconds=60)
AT_ONCE = 8
"""Chats that are answered at the same time; one chat's messages come one after the other."""

log = structlog.get_logger()


class PolledChannel(Channel, Polled, Protocol):
    """A channel that is asked."""


class Polling:
    """Asks one channel until it is cancelled."""

    def __init__(
        self,
        channel: PolledChannel,
        database: Database,
        dispatcher: Dispatcher,
        outbox: Outbox,
        clock: Callable[[], datetime],
        *,
        wait: timedelta = WAIT,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._channel = channel
        self._database = database
        self._dispatcher = dispatcher
        self._outbox = outbox
        self._clock = clock
        self._wait = wait
        self._pause = pause
        self._places = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Asks on and on; trouble with platform or store is waited out."""
        troubles = 0
        try:
            while True:
                pause = await self._try(troubles)
                troubles = troubles + 1 if pause else 0
                await self._pause(pause)
        finally:
            await asyncio.shield(self._release())

    async def once(self) -> int | None:
        """Asks once and takes in what came; how many, None: another process has the turn. Raises `SendError`."""
        async with self._database.begin() as session:
            position = await polling.hold(session, self._channel.account, worker=self._outbox.worker, now=self._clock())
        if position is None:
            return None
        found = await self._channel.poll(position, self._wait, self._clock())
        if found:
            await self._take_in([hook for _, hook in found])
            await self._advance(max(behind for behind, _ in found))
        return len(found)

    async def _try(self, troubles: int) -> float:
        """One round; how many seconds to wait before the next."""
        again = min(FIRST_RETRY * (1 << min(troubles, 6)), LONGEST_RETRY)
        try:
            if await self.once() is None:
                return polling.LEASE.total_seconds() / 3
        except SendError as error:
            log.warning("not polled", channel=self._channel.name, reason=error.reason)
            return (error.after or again).total_seconds()
        except Exception:
            log.exception("not polled", channel=self._channel.name)
            return again.total_seconds()
        return 0

    async def _take_in(self, hooks: Sequence[Hook]) -> None:
        """Everything of a batch; where one fails the whole batch comes again, and what was taken is known then."""
        chats: defaultdict[str, list[Hook]] = defaultdict(list)
        for hook in hooks:
            for incoming in self._channel.parse(hook)[:1]:
                chats[incoming.sender.chat].append(hook)
        async with asyncio.TaskGroup() as group:
            for same in chats.values():
                group.create_task(self._one_by_one(same))

    async def _one_by_one(self, hooks: Sequence[Hook]) -> None:
        async with self._places:
            for hook in hooks:
                for incoming in self._channel.parse(hook):
                    taken = await self._dispatcher.receive(incoming)
                    if taken.held is not None:
                        self._outbox.soon(taken.held)
                await self._channel.noticed(hook)

    async def _advance(self, position: int) -> None:
        async with self._database.begin() as session:
            await polling.advance(session, self._channel.account, position, worker=self._outbox.worker)

    async def _release(self) -> None:
        async with self._database.begin() as session:
            await polling.release(session, self._channel.account, worker=self._outbox.worker)
