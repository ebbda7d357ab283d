"""A stand-in of an OpenAI-compatible endpoint on loopback: says what it is told to, as late as it is told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Say = Callable[[dict[str, Any]], str | None]
"""What the model writes to a question with its passages; None: it never answers."""


@dataclass
class StandIn:
    """Where it listens, and what it was asked."""

    url: str = ""
    says: Say = field(default=lambda _: "{}")
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@asynccontextmanager
async def stand_in() -> AsyncIterator[StandIn]:
    """A running stand-in; its port is free again at the end."""
    model, hung = StandIn(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.split("content-length:")[1].split("\r\n")[0])
        body = json.loads(await reader.readexactly(size))
        model.keys += [line.split(" ", 1)[1] for line in head.split("\r\n") if line.startswith("authorization:")]
        data = json.loads(body["messages"][-1]["content"])
        model.asked.append(data)
        said = model.says(data)
        if said is None:
            await hung.wait()
        reply = json.dumps({"choices": [{"message": {"role": "assistant", "content": said}}]}).encode()
        writer.write(b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\n" % model.status)
        writer.write(b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(reply) + reply)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    model.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield model
    finally:
        hung.set()
        server.close()
