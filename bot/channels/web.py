"""The web chat: works with no account at any platform. To send is to write a chat line; live pages look at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from bot.channel import Capabilities, Forged, Hook, Response, Sent
from bot.wake import Wake
from handlers.messages import Address, Incoming, Reply
from storage import chat
from storage.database import Database


def address(session: str) -> Address:
    """The address of one browser session."""
    return Address(WebChannel.name, session, session)


class WebChannel:
    """Pages of our own: nothing leaves the house, so nothing comes in by hook."""

    name: ClassVar[str] = "web"
    can: ClassVar[Capabilities] = Capabilities(keeps_log=True)

    def __init__(self, database: Database, wake: Wake, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._wake = wake
        self._clock = clock

    def verify(self, hook: Hook) -> None:
        """No platform calls for this channel."""
        raise Forged

    def parse(self, hook: Hook) -> list[Incoming]:
        """No platform calls for this channel."""
        return []

    def acknowledge(self, hook: Hook, reply: Reply | None) -> Response:
        """No platform calls for this channel."""
        return Response(status=404)

    async def send(self, to: Address, reply: Reply) -> Sent:
        """Writes the line; it shows on the page now or when it is next opened."""
        async with self._database.begin() as session:
            line = await chat.add(
                session,
                self.name,
                to.chat,
                inward=False,
                text=reply.text,
                buttons=[(button.label, button.action) for button in reply.buttons],
                files=[file.id for file in reply.files],
                now=self._clock(),
            )
        self._wake.ring(self.name, to.chat)
        return Sent(str(line))

    async def recall(self, platform_id: str) -> None:
        """Takes the line off the page."""
        async with self._database.begin() as session:
            where = await chat.erase(session, self.name, int(platform_id))
        if where is not None:
            self._wake.ring(self.name, where)
