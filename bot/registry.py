"""The channels, one line each: how a channel is made from what the composition root has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import cast

from pydantic import SecretStr

from bot.channel import Channel
from bot.channels.terminal import TerminalChannel
from bot.channels.web import WebChannel
from bot.settings import Settings
from bot.wake import Wake
from storage.database import Database
from storage.files import FileStore


@dataclass(frozen=True, slots=True)
class Parts:
    """What a channel may be made of."""

    settings: Settings
    database: Database
    wake: Wake
    clock: Callable[[], datetime]
    files: FileStore


Make = Callable[[Parts], Channel | None]
"""None: the settings say nothing of this channel, so it is off."""


def _switched_on_by(setting: str, module: str) -> Make:
    """Loads a platform's library only where the platform is used: it costs half a second and 30 MB."""

    def made(parts: Parts) -> Channel | None:
        value = getattr(parts.settings, setting)
        is_on = value.get_secret_value() if isinstance(value, SecretStr) else value
        return cast("Make", import_module(module).make)(parts) if is_on else None

    return made


CHANNELS: Mapping[str, Make] = {
    "web": lambda parts: WebChannel(parts.database, parts.wake, parts.clock),
    "telegram": _switched_on_by("telegram_token", "bot.channels.telegram"),
    "wecom": _switched_on_by("wecom_corp_id", "bot.channels.wecom"),
    "wechat": _switched_on_by("wechat_app_id", "bot.channels.wechat"),
    "terminal": lambda parts: TerminalChannel(parts.database, parts.wake, parts.clock),
}


def channels(parts: Parts) -> dict[str, Channel]:
    """Every channel that is switched on, by name."""
    made = {name: make(parts) for name, make in CHANNELS.items()}
    return {name: channel for name, channel in made.items() if channel is not None}
