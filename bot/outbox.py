"""Replies to the platforms that take no reply with the acknowledgement: sent after the commit, never lost.

The row is committed together with what it answers (`storage.replies`). Whoever committed it sends at once; what is
left behind (a crash, a pause the platform asked for) is taken up by `run` in whichever process lives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channel import Channel, SendError, parts_of
from bot.pace import Ask, Halted, Pace
from handlers.handler import Files
from handlers.messages import Address, Attachment, Button, Reply
from storage import replies
from storage.database import Database
from storage.replies import Content, Ending, Held

MAX_ATTEMPTS = 6
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=10)
LOOK_EVERY = timedelta(seconds=5)
"""How often to look for what another process left."""
WITH_ANSWER = "with the answer"
"""The platform id of a reply that went with the acknowledgement: the platform gives none."""
_BATCH = 50

log = structlog.get_logger()


def content_of(reply: Reply) -> Content:
    """A reply as it is kept."""
    buttons = tuple((button.label, button.action) for button in reply.buttons)
    return Content(reply.text, buttons, tuple(file.id for file in reply.files))


class Outbox:
    """Sends held replies. One per process; any number of processes may share a store."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        files: Files,
        clock: Callable[[], datetime],
        *,
        worker: str,
        pace: Pace | None = None,
        random: Random | None = None,
    ) -> None:
        self._database = database
        self._channels = channels
        self._files = files
        self._clock = clock
        self._pace = pace or Pace(database, {})
        self._random = random or Random()  # noqa: S311 - spreads retries, guards nothing
        self._tasks: set[asyncio.Task[None]] = set()
        self._more = asyncio.Event()
        self.worker = worker

    def soon(self, held: Held) -> None:
        """Sends it without anybody waiting for it; `close` waits."""
        task = asyncio.create_task(self.send(held))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def send(self, held: Held) -> None:
        """Sends a held reply and then those of the same chat that waited behind it. Never raises `SendError`."""
        following: Held | None = held
        while following is not None:
            ending = await self._outcome(following)
            following = await self._settle(following, ending)

    async def answered(self, held: Held) -> None:
        """A held reply went with the acknowledgement of the call; those that waited behind it are sent."""
        following = await self._settle(held, Ending(held.id, "sent", platform_id=WITH_ANSWER))
        if following is not None:
            await self.send(following)

    async def sweep(self) -> int:
        """Sends everything that is due now, whoever left it; how many it took up."""
        now = self._clock()
        async with self._database.begin() as session:
            await replies.sweep(session, now)
            due = await replies.claim(session, worker=self.worker, now=now, limit=_BATCH)
        async with asyncio.TaskGroup() as group:
            for held in due:
                group.create_task(self.send(held))
        return len(due)

    async def run(self) -> None:
        """Looks for what is due until cancelled; a failing store is no end."""
        while True:
            try:
                while await self.sweep():
                    pass
                wait = await self._pause()
            except Exception:
                log.exception("replies not looked for")
                wait = LOOK_EVERY.total_seconds()
            self._more.clear()
            try:
                await asyncio.wait_for(self._more.wait(), wait)
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Waits for what is being sent."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pause(self) -> float:
        """Until the next reply is due; something of another process may come earlier."""
        async with self._database.read() as session:
            due = await replies.next_due(session)
        longest = LOOK_EVERY.total_seconds()
        return longest if due is None else min(max((due - self._clock()).total_seconds(), 0.05), longest)

    async def _settle(self, held: Held, ending: Ending) -> Held | None:
        """Writes the outcome down; gives the next of the chat, held in the same transaction."""
        now = self._clock()
        async with self._database.begin() as session:
            await replies.settle(session, ending, worker=self.worker, now=now)
            found = await replies.claim(session, worker=self.worker, now=now, limit=1, chat=held.to)
        if ending.status == "planned":
            self._more.set()
        return found[0] if found else None

    async def _outcome(self, held: Held) -> Ending:
        channel = self._channels.get(held.to.channel)
        if channel is None:
            return Ending(held.id, "failed", "channel is off")
        is_group = held.to.chat != held.to.user
        reply = await self._whole(held)
        if reply is None:
            return self._bug(held)
        ask = Ask(held.to.channel, held.to.chat, True, is_group, parts=parts_of(channel, reply))
        [slot] = await self._pace.take([ask], self._clock())
        if not slot.granted:
            return Ending(held.id, "planned", "paced", slot.at)
        try:
            async with self._pace.turn(held.to.channel, self._clock, urgent=True):
                sent = await channel.send(Address(*held.to), reply)
        except Halted as halted:
            return Ending(held.id, "planned", "paced", halted.until)
        except SendError as error:
            return await self._troubled(held, error)
        except Exception:
            log.exception("reply not sent", channel=held.to.channel)
            return self._bug(held)
        finally:
            await self._pace.flush(self._clock)
        return Ending(held.id, "sent", platform_id=sent.platform_id)

    async def _whole(self, held: Held) -> Reply | None:
        """The reply with its files; None: it cannot be put together, and the log says why."""
        try:
            return await self._reply(held.content)
        except Exception:
            log.exception("reply not sent", channel=held.to.channel)
            return None

    def _bug(self, held: Held) -> Ending:
        return Ending(held.id, "unknown", "bug", self._clock() + LOOK_EVERY)

    async def _troubled(self, held: Held, error: SendError) -> Ending:
        log.warning("reply not sent", channel=held.to.channel, outcome="permanent" if error.permanent else "for now")
        now = self._clock()
        if error.unknown:
            return Ending(held.id, "unknown", error.reason, now + LOOK_EVERY)
        if error.permanent or held.attempts >= MAX_ATTEMPTS:
            return Ending(held.id, "failed", error.reason)
        if error.after is not None:
            await self._pace.halt(held.to.channel, now + error.after, error.reason, now)
        return Ending(held.id, "planned", error.reason, now + self._wait(held.attempts, error.after))

    def _wait(self, attempts: int, after: timedelta | None) -> timedelta:
        """The platform's word, or doubling; spread so that many do not come back at once."""
        if after is not None:
            return after + timedelta(seconds=self._random.random() / 2)
        return min(FIRST_RETRY * (1 << (attempts - 1)), LONGEST_RETRY) * (1 + self._random.random() / 5)

    async def _reply(self, content: Content) -> Reply:
        buttons = tuple(Button(label, action) for label, action in content.buttons)
        if not content.files:
            return Reply(content.text, buttons)
        async with self._database.read() as session:
            files = [file for file_id in content.files if (file := await _described(self._files, session, file_id))]
        return Reply(content.text, buttons, tuple(files))


async def _described(files: Files, session: AsyncSession, file_id: UUID) -> Attachment | None:
    """None: it was removed since."""
    try:
        return await files.describe(session, file_id)
    except LookupError:
        return None
