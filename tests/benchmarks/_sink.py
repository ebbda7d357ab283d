"""`python -m tests.benchmarks._sink`: a platform that costs next to nothing, in a process of its own.

It takes any POST and answers as Telegram and 企业微信 both would; a GET of /stats tells how many came, when the first
and when the last. It prints its address and serves until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time

_ANSWER = json.dumps(
    {"ok": True, "result": {"message_id": 1}, "errcode": 0, "msgid": "1", "access_token": "t", "expires_in": 7200}
).encode()


class Sink(asyncio.Protocol):
    """One connection."""

    count = 0
    first = last = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps what it answers on."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answers every call that is complete."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(_stats() if head.startswith(b"get /stats") else _ANSWER, counts=head.startswith(b"post"))

    def _answer(self, body: bytes, *, counts: bool) -> None:
        if counts:
            now = time()
            Sink.count, Sink.first, Sink.last = Sink.count + 1, Sink.first or now, now
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        self._transport.write(head + body)


def _stats() -> bytes:
    found = json.dumps([Sink.count, Sink.first, Sink.last]).encode()
    Sink.count, Sink.first = 0, 0.0
    return found


@asynccontextmanager
async def sunk() -> AsyncIterator[str]:
    """The address of one while it runs."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.benchmarks._sink", stdout=PIPE)
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.kill()
        await process.wait()


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
