"""A line-mode window on one terminal chat: prints what is new in the log, takes lines, numbers stand for buttons."""

from __future__ import annotations

import asyncio
import mimetypes
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

from bot.app import App
from bot.channels.terminal import address
from handlers.handler import Refusal
from handlers.messages import Attachment, Incoming
from storage import chat, people
from storage.chat import Line
from storage.clock import SCHOOL

HISTORY = 20
LARGEST_FILE = 10 * 1024 * 1024
LOOK_EVERY = 1.0
"""Seconds between two looks for lines that another process wrote (a reminder, the counselor's word)."""

PROMPT = "> "
HELLO = "离校通。直接说话；按数字选按钮；/file 路径 发文件；/quit 结束。"


class Window:
    """One person at the keyboard. `lines` are what he types, `show` is where he reads."""

    def __init__(self, app: App, name: str, lines: asyncio.Queue[str | None], show: Callable[[str], object]) -> None:
        self._app = app
        self._address = address(name)
        self._lines = lines
        self._show = show
        self._last = 0
        self._buttons: tuple[tuple[str, str], ...] = ()

    async def run(self) -> None:
        """Until /quit or the end of the input."""
        self._show(HELLO)
        await self._history()
        async for line in self._typed():
            await self._take(line)
            await self._look()

    async def _history(self) -> None:
        async with self._app.database.read() as session:
            lines = await chat.latest(session, self._address.channel, self._address.chat, HISTORY)
        self._print(lines)
        if lines:
            self._show("—— 以上是之前的对话 ——")

    async def _typed(self) -> AsyncIterator[str]:
        """What is typed; meanwhile new lines are looked for."""
        while True:
            try:
                line = await asyncio.wait_for(self._lines.get(), LOOK_EVERY)
            except TimeoutError:
                await self._look()
                continue
            if line is None or line.strip() == "/quit":
                return
            yield line.strip()

    async def _take(self, line: str) -> None:
        label, action = self._choice(line)
        attachments: tuple[Attachment, ...] = ()
        if line.startswith("/file"):
            try:
                label, attachments = "", (await self._keep(line.removeprefix("/file").strip()),)
            except (OSError, Refusal) as problem:
                self._show(problem.text if isinstance(problem, Refusal) else "读不了这个文件，请检查路径。")
                return
        if label or attachments:
            await self._say(label, action, attachments)

    async def _say(self, text: str, action: str | None, attachments: tuple[Attachment, ...]) -> None:
        await self._app.dispatcher.take(
            Incoming(uuid4().hex, self._address, text, self._app.clock(), action=action, attachments=attachments)
        )

    def _choice(self, line: str) -> tuple[str, str | None]:
        """A number that stands for a button is the button; anything else is what it says."""
        if line.isascii() and line.isdigit() and 0 < int(line) <= len(self._buttons):
            return self._buttons[int(line) - 1]
        return line, None

    async def _keep(self, path: str) -> Attachment:
        """Puts a file into the sealed store. Raises `OSError` and `Refusal`."""
        name, data = await asyncio.to_thread(_read, path)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        async with self._app.database.begin() as session:
            actor = await people.actor_of(session, self._address)
            if actor is None:
                raise Refusal("先绑定身份，再发照片或文件。")
            owner = {"student_id": actor.id} if actor.is_student else {"staff_id": actor.id}
            return await self._app.files.save(session, data, name=name, media_type=kind, now=self._app.clock(), **owner)

    async def _look(self) -> None:
        async with self._app.database.read() as session:
            lines = await chat.since(session, self._address.channel, self._address.chat, self._last, 200)
        self._print(lines)

    def _print(self, lines: list[Line]) -> None:
        for line in lines:
            self._last = line.id
            self._show(_shown(line))
            if not line.inward:
                self._buttons = line.buttons


def _shown(line: Line) -> str:
    """'09:05 我：…' or '09:05 离校通：…' with the choices numbered."""
    who = "我" if line.inward else "离校通"
    files = [f"  [文件 {len(line.files)} 个]"] if line.files else []
    buttons = [f"  {number}. {label}" for number, (label, _) in enumerate(line.buttons, 1)]
    return "\n".join([f"{line.at.astimezone(SCHOOL):%H:%M} {who}：{line.text}", *files, *buttons])


def _read(path: str) -> tuple[str, bytes]:
    file = Path(path).expanduser()
    if file.stat().st_size > LARGEST_FILE:
        raise Refusal("文件要在 10 MB 以内。")
    return file.name, file.read_bytes()


def lines_of() -> asyncio.Queue[str | None]:
    """Lines of standard input, None at its end. The reading thread ends with the process, in mid-line too."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, daemon=True, name="keyboard").start()
    return lines
