"""No request body larger than what its route needs, whether its length is declared or not."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class TooLarge(Exception):
    """More came than was allowed."""


class BodyLimit:
    """ASGI middleware: 413 beyond `limit` bytes, or beyond the limit of the path prefix in `limits`."""

    def __init__(self, app: ASGIApp, limit: int, limits: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._limit = limit
        self._limits = dict(limits or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        if _declared(scope) > limit:
            await _refuse(scope, receive, send)
            return
        await self._counting(scope, receive, send, limit)

    async def _counting(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        exchange = _Exchange(receive, send, limit)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except TooLarge:
            if exchange.began:
                raise
        if exchange.is_over and not exchange.began:
            await _refuse(scope, receive, send)

    def _limit_of(self, path: str) -> int:
        return next((limit for start, limit in self._limits.items() if path.startswith(start)), self._limit)


class _Exchange:
    """One request and its answer, counting what comes in."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self._got = 0
        self.began = False

    @property
    def is_over(self) -> bool:
        return self._got > self._limit

    async def receive(self) -> Message:
        message = await self._receive()
        self._got += len(message.get("body", b""))
        if self.is_over:
            raise TooLarge
        return message

    async def send(self, message: Message) -> None:
        """What the app answers to a body it never got whole (an error page) is not the answer."""
        if self.began or not self.is_over:
            self.began = True
            await self._send(message)


def _declared(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("too large", status_code=413)(scope, receive, send)
