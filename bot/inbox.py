"""Calls of platforms are acknowledged as soon as their messages are stored, and dealt with afterwards.

Messages that come while one commit is under way share the next one, so a flood costs few commits. What is quickly
dealt with is answered with the acknowledgement itself; behind a queue nobody waits. What a process left behind when it
died is taken up by whoever looks (`sweep`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog

from bot.channel import Channel
from bot.dispatch import Dispatcher, Taken
from bot.outbox import Outbox
from handlers.messages import Address, Incoming, Remote
from storage import arrivals, seen
from storage.arrivals import Came
from storage.database import Database
from storage.replies import Held

BATCH = 200
"""Messages of one commit."""
AT_ONCE = 4
"""Messages that are dealt with at the same time; one sender's one after another."""
SENDS = 8
"""Replies that are sent at the same time."""
QUIET = 4
"""With so many waiting an answer comes soon enough to go with the acknowledgement."""
RUSH = 50
"""Calls within a second: from then on all are acknowledged at once."""
MOST = 10_000
"""So many wait in this process: the next ones are refused, and the platforms come again with them."""
SWEEP_EVERY = timedelta(seconds=5)
AT_EASE = 0.01
"""Seconds until a message is stored while there is time for everything."""
REST, LONGEST_REST = 0.05, 0.5
"""Seconds that answering rests between two messages in a rush: it goes slowly, it does not stop."""

log = structlog.get_logger()


class Overloaded(Exception):
    """Too much waits; the platform is to come again."""


@dataclass(eq=False, slots=True)
class Job:
    """A message that is stored. `answer` is set while the call that brought it waits for the reply."""

    id: int
    incoming: Incoming
    answer: asyncio.Future[Taken | None] | None = None


@dataclass(eq=False, slots=True)
class _Stored:
    """A message that waits for the commit it shares."""

    incoming: Incoming
    id: asyncio.Future[int | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Inbox:
    """One process's queue. It starts to work by itself when something comes."""

    def __init__(
        self,
        database: Database,
        dispatcher: Dispatcher,
        outbox: Outbox,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._outbox = outbox
        self._channels = channels
        self._clock = clock
        self._coming: deque[_Stored] = deque()
        self._queue: deque[Job] = deque()
        self._known: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._storing = False
        self._working = 0
        self._sends = asyncio.Semaphore(SENDS)
        self._calls: deque[float] = deque(maxlen=RUSH)
        self._took = 0.0
        """Seconds until the last message was stored."""

    async def put(self, incoming: Incoming) -> Job | None:
        """Stores a message; None where it came before. Raises `Overloaded`, and what the store raises."""
        if len(self._known) + len(self._coming) >= MOST:
            raise Overloaded
        stored, began = _Stored(incoming), monotonic()
        self._calls.append(began)
        self._coming.append(stored)
        if not self._storing:
            self._storing = True
            self._start(self._store())
        arrival = await stored.id
        self._took = monotonic() - began
        return None if arrival is None else self._enqueue(Job(arrival, incoming))

    async def answer(self, job: Job, within: timedelta) -> Taken | None:
        """The outcome where it comes in time and few others come; None: the reply is sent by itself."""
        if len(self._queue) > QUIET or self._in_rush:
            return None
        job.answer = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(asyncio.shield(job.answer), within.total_seconds())
        except TimeoutError:
            found = job.answer.result() if job.answer.done() else None
            job.answer = None
            return found

    @property
    def _in_rush(self) -> bool:
        return len(self._calls) == RUSH and monotonic() - self._calls[0] < 1

    async def sweep(self) -> int:
        """Takes up what other processes left behind; how many messages."""
        async with self._database.begin() as session:
            found = await arrivals.orphaned(session, self._clock())
        fresh = [one for one in found if one.id not in self._known]
        for one in fresh:
            self._enqueue(Job(one.id, incoming_of(one.content)))
        return len(fresh)

    async def run(self) -> None:
        """Sweeps until cancelled; a failing store is no end."""
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception("arrivals not looked for")
            await asyncio.sleep(SWEEP_EVERY.total_seconds())

    async def settled(self) -> None:
        """Waits until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- storing, many at once ---

    async def _store(self) -> None:
        try:
            while self._coming:
                batch = [self._coming.popleft() for _ in range(min(BATCH, len(self._coming)))]
                await self._commit(batch)
        finally:
            self._storing = False

    async def _commit(self, batch: list[_Stored]) -> None:
        try:
            async with self._database.begin(first=True) as session:
                ids = await arrivals.add(session, [_came(one.incoming) for one in batch], self._clock())
        except Exception as problem:
            for one in batch:
                if not one.id.done():
                    one.id.set_exception(problem)
            return
        for one, arrival in zip(batch, ids, strict=True):
            if not one.id.done():
                one.id.set_result(arrival)
            elif arrival is not None:  # the call was broken off meanwhile: the message is ours all the same
                self._enqueue(Job(arrival, one.incoming))

    # --- dealing with them ---

    def _enqueue(self, job: Job) -> Job:
        self._known.add(job.id)
        self._queue.append(job)
        if self._working < AT_ONCE:
            self._working += 1
            self._start(self._work())
        return job

    async def _work(self) -> None:
        try:
            while self._queue:
                job = self._queue.popleft()
                taken = await self._tried(job)
                self._known.discard(job.id)
                await self._hand_on(job, taken)
                await self._rest()
        finally:
            self._working -= 1

    async def _rest(self) -> None:
        """Leaves the machine to what has to be acknowledged, the longer the more that waits."""
        if self._queue and self._in_rush:
            await asyncio.sleep(min(max((self._took - AT_EASE) * 2 * AT_ONCE, REST), LONGEST_REST))

    async def _tried(self, job: Job) -> Taken | None:
        """The outcome; None where the store failed: the message stays there, and the sweep comes back to it."""
        try:
            taken = await self._dispatcher.deal_with(job.incoming, job.id)
            return taken if taken.is_new else await self._after_older(job)
        except Exception:
            log.exception("message not dealt with", channel=job.incoming.sender.channel)
            return None

    async def _after_older(self, job: Job) -> Taken | None:
        """An older message of the same sender waits, left by a process that died: they go first."""
        async with self._database.read() as session:
            waiting = await arrivals.before(session, job.id)
        taken: Taken | None = None
        for one in waiting:
            taken = await self._dispatcher.deal_with(incoming_of(one.content), one.id)
            if one.id != job.id and taken.held is not None:
                await self._sends.acquire()
                self._start(self._send(taken.held))
        return taken

    async def _hand_on(self, job: Job, taken: Taken | None) -> None:
        if job.answer is not None and not job.answer.done():
            job.answer.set_result(taken)
        elif taken is not None and taken.held is not None:
            await self._sends.acquire()
            self._start(self._send(taken.held))

    async def _send(self, held: Held) -> None:
        try:
            await self._outbox.send(held)
        except Exception:
            log.exception("reply not sent")  # it is in the store: `Outbox.run` comes back to it
        finally:
            self._sends.release()

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _came(incoming: Incoming) -> Came:
    return Came(
        incoming.sender.channel, incoming.account, seen.sender_of(incoming.sender), incoming.id, content_of(incoming)
    )


def content_of(incoming: Incoming) -> dict[str, Any]:
    """A message as it is kept; what the channel had it from (`raw`) is not."""
    sender = incoming.sender
    return {
        "id": incoming.id,
        "sender": [sender.channel, sender.chat, sender.user],
        "text": incoming.text.encode("utf-8", "ignore").decode(),
        "sent_at": incoming.sent_at.isoformat(),
        "action": incoming.action,
        "account": incoming.account,
        "remote": [[one.handle, one.name, one.size] for one in incoming.remote],
        "event": incoming.event,
    }


def incoming_of(content: Mapping[str, Any]) -> Incoming:
    """The message again."""
    return Incoming(
        content["id"],
        Address(*content["sender"]),
        content["text"],
        datetime.fromisoformat(content["sent_at"]),
        action=content["action"],
        account=content["account"],
        remote=tuple(Remote(*one) for one in content["remote"]),
        event=content["event"],
    )
