"""Tells the live pages of this process that a chat has a new line; the line itself is in the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

Callback = Callable[[], object]


class Wake:
    """Who looks at which chat. Pages of other processes find new lines by looking now and then."""

    def __init__(self) -> None:
        self._listeners: defaultdict[tuple[str, str], list[Callback]] = defaultdict(list)

    def listen(self, channel: str, chat: str, callback: Callback) -> Callable[[], None]:
        """Calls `callback` at each new line of the chat, until the function given back is called."""
        key = (channel, chat)
        self._listeners[key].append(callback)

        def stop() -> None:
            if callback in self._listeners.get(key, ()):
                self._listeners[key].remove(callback)
            if not self._listeners.get(key):
                self._listeners.pop(key, None)

        return stop

    def ring(self, channel: str, chat: str) -> None:
        """A line was committed."""
        for callback in tuple(self._listeners.get((channel, chat), ())):
            callback()
