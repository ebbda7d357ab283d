"""A teacher at the chat, a small campus, and the clock: what a test of broadcasts does in one line."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from bot.delivery import Sender
from bot.launch import launch
from handlers.broadcast import broadcast
from handlers.messages import Attachment, Reply
from handlers.receipts import receipts
from storage import standings
from storage.people import Actor
from tests.fakes.campus import Campus, at
from tests.fakes.line import Line, PageLine
from tests.fakes.nobody import say

NOON = at(12)
LATER = NOON + timedelta(minutes=1)
"""The time to think better of it is over."""


class Mailbag:
    """One campus with people who speak and a line on which things arrive."""

    def __init__(self, campus: Campus) -> None:
        self.campus = campus
        self.line = PageLine()
        self.phone = Line()

    async def staff(
        self,
        actor: Actor | None,
        text: str = "",
        action: str | None = None,
        *,
        now: datetime = NOON,
        files: tuple[Attachment, ...] = (),
    ) -> Reply:
        """A member of staff says or presses something."""
        found = await say(broadcast, self.campus.database, actor, now, text, action, files)
        assert found is not None
        return found

    async def student(
        self, name: str, text: str = "", action: str | None = None, *, now: datetime = LATER
    ) -> Reply | None:
        """A student says or presses something."""
        actor = await self.campus.student_actor(name)
        return await say(receipts, self.campus.database, actor, now, text, action)

    async def sent(self, actor: Actor, text: str, *, now: datetime = NOON, urgent: bool = False) -> UUID:
        """A broadcast from command to the last row that could be sent."""
        found = await self.staff(actor, text, now=now)
        pressed = await self.staff(actor, action=button(found, "紧急" if urgent else "发送给"), now=now)
        await self.go(now + timedelta(minutes=1))
        return UUID(hex=pressed.buttons[0].action.rpartition(":")[2])

    async def go(self, now: datetime = LATER) -> int:
        """The clock: what is due is planned and sent; gives how many rows are new."""
        planned = await launch(self.campus.database, now)
        lines = {"web": self.line, "telegram": self.phone}
        await Sender(self.campus.database, lines, elapsed=lambda: 0.0).run_once(now)
        return planned

    async def tally(self, actor: Actor, broadcast_id: UUID) -> Counter[str]:
        """How many stand where."""
        async with self.campus.database.read() as session:
            return Counter(await standings.counts(session, actor, broadcast_id))


def button(reply: Reply, label: str) -> str:
    """The action of the button whose label begins so."""
    return next(one.action for one in reply.buttons if one.label.startswith(label))


def labels(reply: Reply) -> list[str]:
    """What may be pressed."""
    return [one.label for one in reply.buttons]
