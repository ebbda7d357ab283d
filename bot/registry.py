"""The channels, one line each: how a channel is made from what the composition root has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.channel import Channel
from bot.channels.terminal import TerminalChannel
from bot.channels.web import WebChannel
from bot.settings import Settings
from bot.wake import Wake
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Parts:
    """What a channel may be made of."""

    settings: Settings
    database: Database
    wake: Wake
    clock: Callable[[], datetime]


Make = Callable[[Parts], Channel | None]
"""None: the settings say nothing of this channel, so it is off."""

CHANNELS: Mapping[str, Make] = {
    "web": lambda parts: WebChannel(parts.database, parts.wake, parts.clock),
    "terminal": lambda parts: TerminalChannel(parts.database, parts.wake, parts.clock),
}


def channels(parts: Parts) -> dict[str, Channel]:
    """Every channel that is switched on, by name."""
    made = {name: make(parts) for name, make in CHANNELS.items()}
    return {name: channel for name, channel in made.items() if channel is not None}
