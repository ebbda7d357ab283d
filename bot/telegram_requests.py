"""Calls of the Bot API: which connections they use, and what their failures mean to us."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.channel import SendError

PART_PAUSE = 1.1
"""Seconds between the parts of one reply: Telegram takes about one message a second in a chat."""
MENDING = timedelta(minutes=5)
"""How long until we ask again with a token that is refused."""

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)


def http_of(proxy: str) -> dict[str, Any]:
    """The operator's proxy and nobody else's: the environment of the machine is not asked."""
    return {"proxy": proxy or None, "trust_env": False}


class _Flood(TelegramError):
    """Too fast, and how long to wait. (The library's own error warns whenever it is made.)"""

    def __init__(self, after: timedelta) -> None:
        super().__init__("too many requests")
        self.after = after


class _Request(HTTPXRequest):
    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, payload = await super().do_request(*args, **kwargs)
        if status == 429:
            raise _Flood(_retry_after(payload))
        return status, payload


def _retry_after(payload: bytes) -> timedelta:
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        return timedelta(seconds=float(json.loads(payload)["parameters"]["retry_after"]))
    return timedelta(seconds=PART_PAUSE)


def request_of(proxy: str, size: int) -> HTTPXRequest:
    """So many connections, by the operator's proxy if there is one."""
    return _Request(size, read_timeout=20, connect_timeout=10, pool_timeout=20, httpx_kwargs=http_of(proxy))


def trouble_of(error: TelegramError) -> SendError:
    """What to do about it. Telegram's own words may quote what was sent: they are not passed on."""
    match error:
        case _Flood():
            return SendError("too many requests", after=error.after)
        case Forbidden():
            return SendError("unreachable: blocked", permanent=True)
        case InvalidToken():
            return SendError("the bot token is refused", after=MENDING)
        case Conflict():
            return SendError("another process polls with this token", after=timedelta(seconds=30))
        case ChatMigrated():
            return SendError("the group moved", after=timedelta(seconds=1))
        case BadRequest() if "chat not found" in error.message.lower():
            return SendError("unreachable: chat not found", permanent=True)
        case BadRequest():
            return SendError("refused by Telegram", permanent=True)
        case NetworkError() if isinstance(error.__cause__, _NEVER_SENT):
            return SendError("no connection to Telegram")
        case NetworkError():
            return SendError("the connection broke", unknown=True)
        case _:
            return SendError("trouble at Telegram", unknown=True)
