"""Parts a handler under test is given and does not use; touching them fails the test."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from bot.outlets import outlets_of
from bot.quiet import Quiet
from handlers.handler import Context, Handler
from handlers.messages import Address, Attachment, Incoming, Reply
from storage.database import Database
from storage.people import Actor
from tests.fakes.line import Line, PageLine


class Nobody:
    """Neither answers nor keeps files."""

    async def ask(self, *_: Any, **__: Any) -> Any:
        """Nobody may ask."""
        raise AssertionError

    load = save = ask


OUTLETS = outlets_of({"web": PageLine(), "telegram": Line()})
"""Two channels that are switched on."""


def context(session: Any, actor: Actor | None, now: datetime) -> Context:
    """A context of which only session, actor, time and what a preview knows of channels are used."""
    return Context(now, session, actor, Nobody(), Nobody(), outlets=OUTLETS, quiet=Quiet().morning_after)


async def say(
    handler: Handler,
    database: Database,
    actor: Actor | None,
    now: datetime,
    text: str = "",
    action: str | None = None,
    files: tuple[Attachment, ...] = (),
) -> Reply | None:
    """One message to one handler in one transaction."""
    message = Incoming(uuid4().hex, Address("web", "c", "c"), text, now, action, files)
    async with database.begin() as session:
        return await handler(message, context(session, actor, now))
