"""Tickets are good once, for their own browser and for half a minute; the cookie is nailed down."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from starlette.requests import Request

from bot.console import sessions
from bot.console.sessions import Logins
from bot.settings import Settings
from storage.crypto import Vault


class Clock:
    """A clock one can move."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def request(browser: str) -> Request:
    return Request({"type": "http", "session": {"id": browser, "left": "over"}})


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


def test_a_ticket_starts_a_fresh_session(clock: Clock) -> None:
    logins, asked = Logins(clock), request("browser")
    assert logins.redeem(asked, logins.ticket("browser", "token"))
    assert asked.session["id"] != "browser"
    assert "left" not in asked.session
    address = sessions.work_address_of(asked)
    assert address is not None
    assert (address.channel, address.chat, address.user) == ("web", "token", "token")


def test_a_ticket_is_good_once(clock: Clock) -> None:
    logins = Logins(clock)
    ticket = logins.ticket("browser", "token")
    assert logins.redeem(request("browser"), ticket)
    assert not logins.redeem(request("browser"), ticket)


def test_a_ticket_is_for_its_browser_and_its_half_minute(clock: Clock) -> None:
    logins = Logins(clock)
    assert not logins.redeem(request("another"), logins.ticket("browser", "token"))
    late = logins.ticket("browser", "token")
    clock.now += timedelta(seconds=30)
    assert not logins.redeem(request("browser"), late)
    assert not logins.redeem(request("browser"), "made up")
    assert sessions.work_address_of(request("browser")) is None


def test_logging_out_leaves_nothing(clock: Clock) -> None:
    logins, asked = Logins(clock), request("browser")
    logins.redeem(asked, logins.ticket("browser", "token"))
    sessions.log_out(asked)
    assert sessions.work_address_of(asked) is None


def test_the_cookie_is_secure_behind_https() -> None:
    settings = cast("Any", Settings)(_env_file=None, public_url="https://bot.example")
    options = sessions.cookie_options(settings)
    assert (options["session_cookie"], options["https_only"]) == ("__Host-lixiao", True)
    plain = sessions.cookie_options(cast("Any", Settings)(_env_file=None))
    assert (plain["session_cookie"], plain["https_only"], plain["same_site"]) == ("lixiao", False, "lax")


def test_the_secret_survives_restart_and_rotation() -> None:
    old = Vault({"k1": b"\1" * 32}, b"\2" * 32)
    rotated = Vault({"k2": b"\3" * 32, "k1": b"\1" * 32}, b"\2" * 32)
    assert sessions.secret(old) == sessions.secret(rotated)
    assert sessions.secret(old) != sessions.secret(Vault({"k1": b"\1" * 32}, b"\4" * 32))
    assert len(bytes.fromhex(sessions.secret(old))) == 32


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {sessions.new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(len(token) >= 43 for token in tokens)
