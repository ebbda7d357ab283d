"""Whose browser this is.

A student's browser has a token that the server keeps for its session cookie; a counselor's token comes with a fresh
session at each login. Either is the chat address that a binding speaks for, so revoking a binding ends the session.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from nicegui import app as nicegui
from nicegui.storage import Storage
from starlette.requests import Request

from bot.channels.web import address
from bot.settings import Settings
from handlers.messages import Address
from storage.crypto import Vault

IDLE: Final = timedelta(hours=2)
"""How long a workbench may lie untouched before it asks who is there."""

_TICKET_LIFE: Final = timedelta(seconds=30)
_CHAT: Final = "chat"
_DOOR: Final = "door"
_WORK: Final = "work"
_TOUCHED: Final = "work_touched"


def secret(vault: Vault) -> str:
    """The key that signs session cookies, derived from the look-up key: the same after a restart and a rotation."""
    return vault.lookup("session cookies", "console").hex()


def cookie_options(settings: Settings) -> dict[str, Any]:
    """How the cookie is set: always HttpOnly and SameSite=Lax; behind HTTPS Secure and nailed to this host."""
    secure = settings.url.startswith("https://")
    return {
        "session_cookie": "__Host-lixiao" if secure else "lixiao",
        "same_site": "lax",
        "https_only": secure,
        "max_age": int(timedelta(days=180).total_seconds()),
    }


def keep_under(data_dir: Path) -> None:
    """Session tokens lie in the data directory like everything else the program keeps."""
    folder = data_dir / "sessions"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    Storage.path = folder.resolve()


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def chat_address() -> Address:
    """The student chat of the browser that asked for the page being built."""
    return address(_kept(_CHAT))


def fresh_chat_address() -> Address:
    """A student chat of its own for this browser, in place of the one it had."""
    nicegui.storage.user[_CHAT] = new_token()
    return chat_address()


def door_address() -> Address:
    """From where this browser tries to log in; it never speaks for anybody longer than the try."""
    return address(_kept(_DOOR))


def _kept(name: str) -> str:
    kept = nicegui.storage.user
    if name not in kept:
        kept[name] = new_token()
    return str(kept[name])


def chat_address_of(request: Request) -> Address | None:
    """Like `chat_address`, for a plain request; None where this browser has not chatted."""
    token = nicegui.storage.user.get(_CHAT) if "id" in request.session else None
    return address(str(token)) if token else None


def work_address_of(request: Request) -> Address | None:
    """The address the last login of this browser bound; whether it still speaks for anybody is the store's to say."""
    token = request.session.get(_WORK)
    return address(str(token)) if token else None


class Logins:
    """Logins on their way: a websocket cannot set a cookie, so it hands out a ticket that one request redeems."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._tickets: dict[str, tuple[str, str, datetime]] = {}

    def ticket(self, browser: str, token: str) -> str:
        """A ticket for this browser's session, good once and for half a minute."""
        now = self._clock()
        self._tickets = {name: held for name, held in self._tickets.items() if held[2] > now}
        name = new_token()
        self._tickets[name] = (browser, token, now + _TICKET_LIFE)
        return name

    def redeem(self, request: Request, name: str) -> bool:
        """Starts a fresh session that holds the token (an id planted before the login is worth nothing after it)."""
        browser, token, until = self._tickets.pop(name, ("", "", self._clock()))
        if not token or until <= self._clock() or request.session.get("id") != browser:
            return False
        request.session.clear()
        request.session.update({"id": str(uuid4()), _WORK: token})
        return True


def log_out(request: Request) -> None:
    """Forgets the login and the session it lived in."""
    request.session.clear()
    request.session["id"] = str(uuid4())


def touch(now: datetime) -> None:
    """Somebody is at the workbench."""
    nicegui.storage.user[_TOUCHED] = now.isoformat(timespec="seconds")


def is_idle(now: datetime) -> bool:
    """Whether the workbench has lain untouched too long; a login just made has not."""
    touched = nicegui.storage.user.get(_TOUCHED)
    return touched is not None and datetime.fromisoformat(touched) + IDLE <= now
