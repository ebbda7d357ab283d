"""What a chat panel shows, and whom it asks: nothing here knows how a line is kept or a message is answered."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from bot.kinds import NotTaken as NotTaken  # what a panel catches
from handlers.messages import Attachment, Button
from storage.clock import SCHOOL, school_day


@dataclass(frozen=True, slots=True)
class Bubble:
    """One line of the chat as it is shown."""

    id: int
    mine: bool
    text: str
    at: datetime
    buttons: tuple[Button, ...] = ()
    files: tuple[Attachment, ...] = ()


class Talk(Protocol):
    """One conversation as a panel needs it."""

    def listen(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Calls back at each new line, until the function given back is called."""
        ...

    async def since(self, after: int) -> list[Bubble]:
        """The lines after this id, oldest first; for 0 the last page of them."""
        ...

    async def gone(self, bubbles: Collection[int]) -> set[int]:
        """Those of these lines that are not in the log any more: erased, or taken back."""
        ...

    async def say(self, text: str, *, action: str | None = None, files: tuple[Attachment, ...] = ()) -> None:
        """Says something; what is answered is in the lines afterwards."""
        ...

    async def keep(self, data: bytes) -> Attachment:
        """Takes a file of the person. Raises `NotTaken`."""
        ...

    def link(self, file_id: UUID) -> str:
        """Where this person gets the file."""
        ...


def clock_time(at: datetime) -> str:
    """'09:05' in school time."""
    return f"{at.astimezone(SCHOOL):%H:%M}"


def day_words(at: datetime, today: date) -> str:
    """'今天', '昨天', '6 月 7 日', with the year where it is another one."""
    day = school_day(at)
    if day == today:
        return "今天"
    if day == today - timedelta(days=1):
        return "昨天"
    words = f"{day.month} 月 {day.day} 日"
    return words if day.year == today.year else f"{day.year} 年 {words}"


def size_words(size: int) -> str:
    """'812 B', '14 KB', '2.3 MB'."""
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.0f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"
