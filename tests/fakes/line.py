"""A channel that remembers what was sent, and fails when told to; it has the real channels' interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from bot.channel import Capabilities, Hook, Response, Sent
from handlers.messages import Address, Incoming, Reply

Fault = Callable[[Address, Reply], BaseException | None]


class Line:
    """One platform on which nothing is lost: `said` holds what arrived, in order."""

    name: ClassVar[str] = "telegram"
    can: ClassVar[Capabilities] = Capabilities()

    def __init__(self) -> None:
        self.said: list[tuple[str, Reply]] = []
        self.fault: Fault = lambda to, reply: None
        self.fault_after: Fault = lambda to, reply: None

    def verify(self, hook: Hook) -> None:
        """Everything is believed."""

    def parse(self, hook: Hook) -> list[Incoming]:
        """Nothing comes in."""
        return []

    def acknowledge(self, hook: Hook, reply: Reply | None) -> Response:
        """Always well."""
        return Response()

    async def send(self, to: Address, reply: Reply) -> Sent:
        """Remembers, unless a fault comes before (not arrived) or after (arrived, but nobody knows)."""
        before = self.fault(to, reply)
        if before is not None:
            raise before
        self.said.append((to.chat, reply))
        after = self.fault_after(to, reply)
        if after is not None:
            raise after
        return Sent(str(len(self.said)))

    @property
    def chats(self) -> list[str]:
        """Who got something, in order."""
        return [chat for chat, _ in self.said]

    @contextmanager
    def failing(self, error: BaseException) -> Iterator[None]:
        """Every message in this block fails before it arrives."""
        before, self.fault = self.fault, lambda to, reply: error
        yield
        self.fault = before


class PageLine(Line):
    """The same as a page of ours: nothing rings."""

    name: ClassVar[str] = "web"
    can: ClassVar[Capabilities] = Capabilities(keeps_log=True)
