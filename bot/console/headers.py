"""What every page says to the browser, and whose browser calls are not answered (T19).

The pages load nothing from outside; the policy below makes the browser enforce it. NiceGUI compiles its templates in
the browser, hence `unsafe-eval`, and starts with an inline script; text of people only ever goes in as text.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_SAID: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()",
}
_HARMLESS: Final = ("GET", "HEAD", "OPTIONS")
_PLATFORMS: Final = "/hook/"
"""Platforms call here without a browser; they prove themselves by signature."""


class SafePages:
    """ASGI middleware: the headers above on every answer, and no changing call from another origin's page."""

    def __init__(self, app: ASGIApp, public_url: str = "") -> None:
        self._app = app
        self._public_host = urlsplit(public_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif self._is_foreign(scope):
            await _refuse(scope, receive, send)
        else:
            await self._app(scope, receive, _dressed(send))

    def _is_foreign(self, scope: Scope) -> bool:
        """A websocket or a changing request that a page of another origin makes with our person's cookie."""
        if scope["path"].startswith(_PLATFORMS):
            return False
        if scope["type"] == "http" and scope["method"] in _HARMLESS:
            return False
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None:
            return False
        return urlsplit(origin).netloc not in {headers.get("host"), self._public_host} - {"", None}


def _dressed(send: Send) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _SAID.items():
                headers.setdefault(name, value)
        await send(message)

    return dressed


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await PlainTextResponse("forbidden", status_code=403)(scope, receive, send)
