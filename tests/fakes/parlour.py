"""A place to talk in tests: the handlers of one's choice, real store and files, one transaction a message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.handler import Context, Handler
from handlers.messages import Address, Incoming, Reply
from knowledge.silence import Silent
from storage import people
from storage.database import Database
from storage.files import FileStore


class Parlour:
    """Says things as the dispatcher would; `now` may be moved."""

    def __init__(self, database: Database, handlers: Sequence[Handler], folder: Path, now: datetime) -> None:
        self.database = database
        self.files = FileStore(folder)
        self.now = now
        self._handlers = handlers
        self._ids = count()

    async def say(
        self,
        user: str,
        text: str = "",
        *,
        action: str | None = None,
        channel: str = "web",
        group: bool = False,
        abroad: bool = False,
    ) -> Reply | None:
        """The reply to one message of `user`."""
        async with self.database.begin() as session:
            return await self.say_in(session, user, text, action=action, channel=channel, group=group, abroad=abroad)

    async def say_in(
        self,
        session: AsyncSession,
        user: str,
        text: str = "",
        *,
        action: str | None = None,
        channel: str = "web",
        group: bool = False,
        abroad: bool = False,
    ) -> Reply | None:
        """Like `say`, within a transaction of the caller's."""
        sender = Address(channel, "group" if group else user, user)
        message = Incoming(str(next(self._ids)), sender, text, self.now, action)
        context = Context(
            now=self.now,
            session=session,
            actor=None if group else await people.actor_of(session, sender),
            answerer=Silent(),
            files=self.files,
            sensitive_allowed=not abroad,
            is_group=group,
        )
        for handler in self._handlers:
            reply = await handler(message, context)
            if reply is not None:
                return reply
        return None

    async def tell(self, user: str, text: str = "", *, action: str | None = None, channel: str = "web") -> Reply:
        """Like `say`, where a reply must come."""
        reply = await self.say(user, text, action=action, channel=channel)
        assert reply is not None, f"nobody answered {text or action!r}"
        return reply
