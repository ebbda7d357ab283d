"""A platform over real HTTP for benchmarks, and the channel that posts to it with httpx, as PTB does."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from time import monotonic
from typing import Any, ClassVar

import aiohttp
import httpx
import uvicorn

from bot.channel import Capabilities, Hook, Response, SendError, Sent
from handlers.messages import Address, Incoming, Reply


class Platform:
    """Counts what arrives by text; above `limit` a second (sliding) it answers 429, and always after `latency` s."""

    of: ClassVar[dict[str, Platform]] = {}
    """By the address at which it is served."""

    def __init__(self, limit: int | None = None, latency: float = 0) -> None:
        self.limit = limit
        self.latency = latency
        self.got: Counter[str] = Counter()
        self.last_of: dict[str, float] = {}
        """When each key (a text's first word) came last."""
        self.refused = 0
        self.first = self.last = 0.0
        self._times: deque[float] = deque()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return  # the client was killed while it spoke
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if not body:
            return  # the same, as uvicorn tells it where nothing had come yet
        status = self._take(json.loads(body)["text"])
        if self.latency:
            await asyncio.sleep(self.latency)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"ok":true,"result":{"message_id":1}}'})

    def _take(self, text: str) -> int:
        now = monotonic()
        while self._times and self._times[0] <= now - 1:
            self._times.popleft()
        if self.limit is not None and len(self._times) >= self.limit:
            self.refused += 1
            return 429
        self._times.append(now)
        self.first, self.last = self.first or now, now
        self.got[text] += 1
        self.last_of[text.split(" ")[0]] = now
        return 200


class Posting:
    """The channel: one POST a message. Outcomes as a real one tells them."""

    name: ClassVar[str] = "telegram"
    can: ClassVar[Capabilities] = Capabilities()

    def __init__(self, url: str) -> None:
        self._url = url
        self.client = httpx.AsyncClient(limits=httpx.Limits(max_connections=20), trust_env=False, timeout=60)

    def verify(self, hook: Hook) -> None:
        """Nothing comes in."""

    def parse(self, hook: Hook) -> list[Incoming]:
        """Nothing comes in."""
        return []

    def acknowledge(self, hook: Hook, reply: Reply | None) -> Response:
        """Nothing comes in."""
        return Response()

    async def send(self, to: Address, reply: Reply) -> Sent:
        """Posts."""
        try:
            answer = await self.client.post(self._url, json={"chat_id": to.chat, "text": reply.text})
        except httpx.ConnectError:
            raise SendError("no connection") from None
        except httpx.HTTPError as error:
            raise SendError(f"the connection broke: {type(error).__name__}", unknown=True) from None
        if answer.status_code == 429:
            raise SendError("too many requests", after=timedelta(seconds=1))
        return Sent(str(answer.json()["result"]["message_id"]))

    async def close(self) -> None:
        """Closes the connections."""
        await self.client.aclose()


class Quick(Posting):
    """The same with aiohttp, as 企业微信 is posted to."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, to: Address, reply: Reply) -> Sent:
        """Posts."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=20))
        body = json.dumps({"chat_id": to.chat, "text": reply.text}).encode()
        async with self._session.post(self._url, data=body) as answer:
            return Sent(str(json.loads(await answer.read())["result"]["message_id"]))

    async def close(self) -> None:
        """Closes the connections."""
        await super().close()
        if self._session is not None:
            await self._session.close()


@asynccontextmanager
async def served(platform: Platform) -> AsyncIterator[str]:
    """The platform on a port of its own, in a thread of its own; gives its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(platform, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
    thread.start()
    while not server.started:  # noqa: ASYNC110 - it is in another thread
        await asyncio.sleep(0.01)
    try:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/send"
        Platform.of[address] = platform
        yield address
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join)


@asynccontextmanager
async def answering() -> AsyncIterator[str]:
    """An API in a thread of its own that says yes to everything, for what is not measured; gives its address."""

    async def yes(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            body = b'{"errcode":0,"errmsg":"ok","access_token":"t","expires_in":7200,"msgid":"1"}'
            await send({"type": "http.response.body", "body": body})

    async with served(yes) as address:  # type: ignore[arg-type]
        yield address.removesuffix("/send")
