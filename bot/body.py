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
        got = 0
        began = False

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > limit:
                raise TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except TooLarge:
            if began:
                raise
            await _refuse(scope, receive, send)

    def _limit_of(self, path: str) -> int:
        return next((limit for start, limit in self._limits.items() if path.startswith(start)), self._limit)


def _declared(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("too large", status_code=413)(scope, receive, send)
