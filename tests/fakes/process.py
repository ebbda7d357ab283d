"""A real process of ours, with a keyboard and a screen, that can be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

PATIENCE = 120.0
"""Seconds a loaded machine may take to show something."""


class Running:
    """`lixiao …` in a process of its own."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.shown = ""
        self._read = 0

    async def until(self, words: str) -> str:
        """What is shown up to and with `words`; fails with all that was shown where they do not come."""
        try:
            async with asyncio.timeout(PATIENCE):
                while (end := self.shown.find(words, self._read)) < 0:
                    more = await self._output().read(4096)
                    assert more, f"{words!r} never came; shown was:\n{self.shown}"
                    self.shown += more.decode(errors="replace")
        except TimeoutError:
            raise AssertionError(f"{words!r} did not come in {PATIENCE} s; shown was:\n{self.shown}") from None
        start, self._read = self._read, end + len(words)
        return self.shown[start : self._read]

    async def type(self, line: str) -> None:
        """Types a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()

    async def kill(self) -> None:
        """As the power does: no chance to tidy."""
        self._process.kill()
        await self._end()

    async def end(self) -> int:
        """Waits until it ends by itself, and gives the code it ended with."""
        return await self._end()

    async def interrupt(self, how: signal.Signals = signal.SIGINT) -> int:
        """Asks it to end, and gives the code it ended with."""
        self._process.send_signal(how)
        return await self._end()

    async def _end(self) -> int:
        async with asyncio.timeout(PATIENCE):
            self.shown += (await self._output().read()).decode(errors="replace")
            return await self._process.wait()

    def _output(self) -> asyncio.StreamReader:
        assert self._process.stdout is not None
        return self._process.stdout


@asynccontextmanager
async def lixiao(
    data_dir: Path, *arguments: str, cwd: Path | None = None, **environment: str
) -> AsyncIterator[Running]:
    """`lixiao <arguments>` on this data directory; killed at the end where it has not ended."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LIXIAO_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from bot.cli import main; main()",
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
        cwd=cwd or data_dir,
        env={**clean, "LIXIAO_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1", **environment},
    )
    running = Running(process)
    try:
        yield running
    finally:
        if process.returncode is None:
            await running.kill()
        assert process.stdin is not None
        process.stdin.close()
