"""Tells the open workbenches of this process to look again; nothing but the fact travels.

Chats have `bot.wake`. Other processes' changes are found by each page's slow timer.
"""

from __future__ import annotations

from nicegui import Event


class Live:
    """In-process news for open workbenches."""

    def __init__(self) -> None:
        self.work: Event[[]] = Event()
        """Forms, items or deliveries may have changed."""
