"""A door before a server: while it is shut nobody gets through, and those who were inside are thrown out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Gate:
    """Passes connections on to a port; `shut` is what a restart of the server behind it looks like from outside."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._server: asyncio.Server | None = None
        self._through: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def open(self) -> None:
        """Lets people in, on the same port as before."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Throws everybody out and refuses the next."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._through):
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner, outer = await asyncio.open_connection("127.0.0.1", self._behind)
        except OSError:
            writer.close()
            return
        self._through |= {writer, outer}
        await asyncio.gather(_pipe(reader, outer), _pipe(inner, writer))
        self._through -= {writer, outer}


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()


@asynccontextmanager
async def gate(behind: int) -> AsyncIterator[Gate]:
    """An open gate."""
    made = Gate(behind)
    await made.open()
    try:
        yield made
    finally:
        await made.shut()
