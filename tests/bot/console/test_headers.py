"""Every answer carries the policy, and another origin's page changes nothing here."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from bot.console.headers import POLICY, SafePages

HOST = "lixiao.example"


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await PlainTextResponse("ok")(scope, receive, send)


async def ask(kind: str, method: str, path: str, origin: str | None, public_url: str = "") -> list[Any]:
    """What the browser gets."""
    headers = [(b"host", HOST.encode())] + ([(b"origin", origin.encode("latin-1"))] if origin else [])
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": f"{kind}.connect" if kind == "websocket" else "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": kind, "method": method, "path": path, "headers": headers, "query_string": b""}
    await SafePages(page, public_url)(scope, receive, send)
    return sent


async def status(method: str, path: str, origin: str | None, public_url: str = "") -> int:
    return int((await ask("http", method, path, origin, public_url))[0]["status"])


@pytest.mark.parametrize(
    ("method", "path", "origin", "expected"),
    [
        ("GET", "/", "https://evil.example", 200),
        ("POST", "/work/leave", None, 200),
        ("POST", "/work/leave", f"https://{HOST}", 200),
        ("POST", "/work/leave", "https://evil.example", 403),
        ("POST", "/work/leave", f"https://{HOST}.evil.example", 403),
        ("POST", "/work/leave", f"https://{HOST}:8443", 403),
        ("POST", "/work/leave", "null", 403),
        ("POST", "/hook/telegram", "https://evil.example", 200),
        ("DELETE", "/x", "https://evil.example", 403),
    ],
)
async def test_changing_calls_come_from_our_own_pages(
    method: str, path: str, origin: str | None, expected: int
) -> None:
    assert await status(method, path, origin) == expected


async def test_the_public_address_is_ours_too() -> None:
    assert await status("POST", "/work/leave", "https://out.example", "https://out.example") == 200


async def test_a_foreign_page_opens_no_websocket() -> None:
    refused = await ask("websocket", "", "/_nicegui_ws/socket.io/", "https://evil.example")
    assert [message["type"] for message in refused] == ["websocket.close"]
    taken = await ask("websocket", "", "/_nicegui_ws/socket.io/", f"http://{HOST}")
    assert [message["type"] for message in taken] == ["websocket.accept"]


async def test_every_answer_carries_the_policy() -> None:
    for origin in (None, "https://evil.example"):
        headers = dict((await ask("http", "GET", "/", origin))[0]["headers"])
        assert headers[b"content-security-policy"] == POLICY.encode()
        assert headers[b"x-frame-options"] == b"DENY"


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=255), min_size=1, max_size=60))
async def test_no_odd_origin_gets_through_or_crashes(origin: str) -> None:
    expected = 200 if origin.lower() in (f"http://{HOST}", f"https://{HOST}") else 403
    assert await status("POST", "/work/leave", origin) == expected
