"""The channels as a preview sees them (`handlers.outlets`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bot import texts
from bot.channel import Channel, Closes, Recalls
from handlers.outlets import Outlet


def outlets_of(channels: Mapping[str, Channel]) -> tuple[Outlet, ...]:
    """What is switched on and can be written to, in the order of the channels."""
    return tuple(_outlet(channel) for channel in channels.values() if channel.can.push)


def _outlet(channel: Channel) -> Outlet:
    can = channel.can
    return Outlet(
        channel.name,
        can.text_limit,
        can.text_unit,
        partial(_measure, can.text_limit, can.text_unit),
        files=can.files,
        recalls=isinstance(channel, Recalls),
        rule=channel.rule if isinstance(channel, Closes) else None,
        knocks=isinstance(channel, Closes) and channel.knocks,
    )


def _measure(limit: int, unit: str, text: str) -> tuple[int, int]:
    return texts.length(text, unit), len(texts.split(text, limit, unit))
