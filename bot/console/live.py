"""Who has to look again: pages subscribe, whoever changed something says so; nothing but ids and names travels."""

from __future__ import annotations

from nicegui import Event


class Live:
    """In-process news for open pages. Other processes' changes are found by each page's slow timer."""

    def __init__(self) -> None:
        self.chats: Event[str] = Event()
        """A line was added to this chat."""
        self.work: Event[[]] = Event()
        """Forms, items or deliveries may have changed."""

    def spoke(self, chat: str) -> None:
        """Something was said in `chat`; what was said may have changed the counselor's lists."""
        self.chats.emit(chat)
        self.work.emit()
