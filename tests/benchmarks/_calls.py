"""Calls as 企业微信 makes them, over kept connections and with next to no cost of the caller's own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter, time
from urllib.parse import urlencode

from tests.fakes.wechat_seal import Seal, xml_of
from tests.fakes.wecom import AGENT, CORP, KEY, TOKEN

CONNECTIONS = 64


def calls(count: int, words: str, start: int = 0) -> list[bytes]:
    """Signed, sealed calls of as many members, as bytes on the wire."""
    seal, at = Seal(TOKEN, KEY, CORP), int(time())
    return [_call(seal, at, start + number, words) for number in range(count)]


def _call(seal: Seal, at: int, number: int, words: str) -> bytes:
    message = xml_of(
        ToUserName=CORP,
        FromUserName=f"bench{number}",
        CreateTime=at,
        MsgType="text",
        Content=words,
        MsgId=number + 1,
        AgentID=AGENT,
    )
    encrypted = seal.encrypt(message)
    body = xml_of(ToUserName=CORP, AgentID=str(AGENT), Encrypt=encrypted).encode()
    query = urlencode(seal.query(encrypted, at, f"n{number}"))
    head = f"POST /hook/wecom?{query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Line:
    """One kept connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def call(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return int(head[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        """Hangs up."""
        self._writer.close()


async def lines(port: int, count: int = CONNECTIONS) -> list[Line]:
    """Open connections."""
    return [Line(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(count)]


async def steadily(port: int, requests: Sequence[bytes], per_second: float) -> list[tuple[float, int]]:
    """Calls at a fixed rate, whatever the server does: (seconds since the call was due, status) of each."""
    free: asyncio.Queue[Line] = asyncio.Queue()
    opened = await lines(port)
    for line in opened:
        free.put_nowait(line)
    took: list[tuple[float, int]] = []

    async def one(request: bytes, due: float) -> None:
        line = await free.get()
        status, _ = await line.call(request)
        took.append((perf_counter() - due, status))
        free.put_nowait(line)

    began = perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due = began + number / per_second
            if (wait := due - perf_counter()) > 0:
                await asyncio.sleep(wait)
            group.create_task(one(request, due))
    for line in opened:
        line.close()
    return took


async def at_once(port: int, requests: Sequence[bytes], count: int = 32) -> tuple[float, list[int]]:
    """As fast as the server answers on so many connections: calls a second, and every status."""
    opened, todo, statuses = await lines(port, count), iter(requests), list[int]()

    async def work(line: Line) -> None:
        for request in todo:
            statuses.append((await line.call(request))[0])

    began = perf_counter()
    await asyncio.gather(*(work(line) for line in opened))
    rate = len(requests) / (perf_counter() - began)
    for line in opened:
        line.close()
    return rate, statuses
