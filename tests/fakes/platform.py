"""A platform that calls by hook and is sent to: signs with a word, speaks JSON, keeps what it was sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import ClassVar

from bot.channel import Capabilities, Forged, Hook, Response, SendError, Sent
from handlers.messages import Address, Incoming, Reply

SIGNATURE = {"x-signature": "ours"}


@dataclass
class Platform:
    """The channel of that platform, as `bot.channel.Channel` wants it."""

    name: ClassVar[str] = "platform"
    can: ClassVar[Capabilities] = Capabilities(answers_in_hook=True)
    sent: list[tuple[Address, Reply]] = field(default_factory=list)
    fails: SendError | None = None

    def verify(self, hook: Hook) -> None:
        if hook.headers.get("x-signature") != SIGNATURE["x-signature"]:
            raise Forged

    def parse(self, hook: Hook) -> list[Incoming]:
        found = json.loads(hook.body)
        return [
            Incoming(str(one["id"]), Address(self.name, one["from"], one["from"]), one["text"], hook.received_at)
            for one in found
        ]

    def acknowledge(self, hook: Hook, reply: Reply | None) -> Response:
        return Response(body=(reply.text if reply else "").encode())

    async def send(self, to: Address, reply: Reply) -> Sent:
        if self.fails:
            raise self.fails
        self.sent.append((to, reply))
        return Sent(str(len(self.sent)))


class LaterPlatform(Platform):
    """The same, but it takes no reply with the acknowledgement."""

    can: ClassVar[Capabilities] = Capabilities(abroad=True, group=True)


def calls(*said: tuple[int, str]) -> bytes:
    """A call with these messages (number, text) of one person."""
    return json.dumps([{"id": number, "from": "u1", "text": text} for number, text in said]).encode()
