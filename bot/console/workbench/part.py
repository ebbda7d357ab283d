"""What the parts of the workbench share: a sheet that is drawn anew only when what it shows has changed."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from nicegui import ui

from bot.console.desk import Desk
from handlers.handler import Context

Seen = TypeVar("Seen", bound=Hashable)


class Part(Generic[Seen]):
    """One tab. A subclass says what it reads and how that looks; `refresh` may be called at any time."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._shown: Seen | None = None

    def build(self) -> None:
        """Makes the empty sheet; call it inside the tab's slot."""
        with ui.element("div").classes("lx-scroll"):
            self.head = ui.element("div").classes("lx-sheet").style("padding-bottom:0")
            self.head.set_visibility(False)
            self.sheet = ui.element("div").classes("lx-sheet")

    async def refresh(self) -> None:
        """Reads again and draws where something changed. Raises `Gone`."""
        async with self.desk.look() as context:
            seen = await self.read(context)
        if seen != self._shown:
            self._shown = seen
            self.sheet.clear()
            with self.sheet:
                self.draw(seen)

    async def read(self, context: Context) -> Seen:
        """What there is to show."""
        raise NotImplementedError

    def draw(self, seen: Seen) -> None:
        """Shows it."""
        raise NotImplementedError
