"""The terminal chat (`lixiao chat`): the same conversation as on the web page, in a line-mode window."""

from __future__ import annotations

from typing import ClassVar

from bot.channel import Capabilities
from bot.channels.web import WebChannel
from handlers.messages import Address


def address(name: str) -> Address:
    """The address of a chat by its name on this machine."""
    return Address(TerminalChannel.name, name, name)


class TerminalChannel(WebChannel):
    """Lines are kept as on the web; a running `lixiao chat` prints what is new."""

    name: ClassVar[str] = "terminal"
    can: ClassVar[Capabilities] = Capabilities(keeps_log=True)
