"""A member of staff at the workbench: each step in a transaction of its own, with the person looked up anew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from nicegui import background_tasks, ui
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import App
from bot.console.live import Live
from bot.outlets import outlets_of
from handlers.handler import Context, Refusal
from handlers.messages import Address
from storage import bindings, people


class Gone(Exception):
    """This address speaks for no member of staff any more: logged out, revoked, or idle for too long."""


class Desk:
    """What every part of the workbench is given. `is_idle` is asked before each step, `touch` told after it."""

    def __init__(
        self,
        app: App,
        address: Address,
        live: Live,
        *,
        is_idle: Callable[[], bool] = lambda: False,
        touch: Callable[[], None] = lambda: None,
        gone: Callable[[], None] = lambda: None,
    ) -> None:
        self.app = app
        self.address = address
        self.live = live
        self._is_idle = is_idle
        self._touch = touch
        self._gone = gone

    @asynccontextmanager
    async def look(self) -> AsyncIterator[Context]:
        """A context to read with; looking of its own accord (timers, news) does not count as being there."""
        if self._is_idle():
            raise Gone
        async with self.app.database.read() as session:
            yield await self._context(session)

    @asynccontextmanager
    async def noted(self) -> AsyncIterator[Context]:
        """A context for an audited look: committed, but nothing changed that others had to see."""
        if self._is_idle():
            raise Gone
        async with self.app.database.begin() as session:
            yield await self._context(session)
            await bindings.touch(session, self.address, self.app.clock())
        self._touch()

    @asynccontextmanager
    async def step(self) -> AsyncIterator[Context]:
        """A context to act with; committed at the end. What it planned to send goes out right after."""
        async with self.noted() as context:
            yield context
        self.changed()

    def changed(self) -> None:
        """Something was done here: other workbenches look again, and what is to be sent is sent at once."""
        self.live.work.emit()
        background_tasks.create(self._send_now())

    async def guarded(self, act: Callable[[], Awaitable[Any]]) -> None:
        """Runs what a person asked for: a refusal is shown to him, and one who is gone goes to the door."""
        try:
            await act()
        except Refusal as refusal:
            ui.notify(refusal.text, type="warning", multi_line=True)
        except LookupError:
            ui.notify("这一条已经不在了，可能刚被处理过。", type="info")
            self.live.work.emit()
        except Gone:
            self._gone()

    async def _context(self, session: AsyncSession) -> Context:
        actor = await people.actor_of(session, self.address)
        if actor is None or not actor.is_staff:
            raise Gone
        return Context(
            now=self.app.clock(),
            session=session,
            actor=actor,
            answerer=self.app.answerer,
            files=self.app.files,
            outlets=outlets_of(self.app.channels),
            quiet=self.app.quiet.morning_after,
        )

    async def _send_now(self) -> None:
        await self.app.sender.run_once(self.app.clock())
        self.live.work.emit()
