"""A student at a form: says things, presses buttons by their label, sends photos; each message its own transaction."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from PIL import Image

from handlers.form import engine
from handlers.formbook import FORMS
from handlers.handler import Context, Handler, Refusal
from handlers.messages import Address, Attachment, Incoming, Reply
from knowledge.silence import Silent
from storage import people
from storage.database import Database
from storage.files import FileStore

CURFEW = "宿舍 22:30 关门。（来源：示例通知）"


async def curfew(text: str, message: Incoming, context: Context) -> Reply | None:
    """Knows one thing: when the dormitory closes."""
    return Reply(CURFEW) if "宿舍" in text or "退寝" in text else None


class FormTalk:
    """One person's chat with the form engine (and more handlers, where given). `last` is the latest reply."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        now: datetime,
        user: str,
        handlers: Sequence[Handler] = (),
        *,
        abroad: bool = False,
        group: bool = False,
    ) -> None:
        self.database, self.files, self.now = database, FileStore(folder), now
        self.address = Address("web", user, user)
        self.handlers = [engine(FORMS, curfew), *handlers]
        self.abroad, self.group = abroad, group
        self.last: Reply | None = None
        self._ids = count()

    async def say(self, text: str) -> str:
        """The text of the reply; '' where nobody answered."""
        return await self._send(Incoming(str(next(self._ids)), self.address, text, self.now))

    async def press(self, label: str) -> str:
        """Presses the button of the last reply whose label begins so."""
        assert self.last is not None
        found = [b for b in self.last.buttons if b.label.startswith(label)]
        assert found, f"no button {label!r} under {self.last.text!r}: {[b.label for b in self.last.buttons]}"
        return await self.act(found[0].action)

    async def act(self, action: str) -> str:
        """Sends a button's action as it is."""
        return await self._send(Incoming(str(next(self._ids)), self.address, "", self.now, action))

    async def send(self, data: bytes, *, name: str = "photo.jpg", media_type: str = "image/jpeg") -> str:
        """Sends a file, as a channel takes it in."""
        async with self.database.begin() as session:
            kept = await self.files.save(session, data, name=name, media_type=media_type, now=self.now)
        return await self._send(
            Incoming(str(next(self._ids)), self.address, "", self.now, attachments=(kept,)),
        )

    @property
    def buttons(self) -> list[str]:
        """The labels under the last reply."""
        return [b.label for b in self.last.buttons] if self.last else []

    @property
    def attached(self) -> tuple[Attachment, ...]:
        """The files of the last reply."""
        return self.last.files if self.last else ()

    async def load(self, attachment: Attachment) -> bytes:
        """The bytes of a file that came with a reply."""
        async with self.database.read() as session:
            return await self.files.load(session, attachment.id)

    async def _send(self, message: Incoming) -> str:
        self.now += timedelta(seconds=5)
        try:
            async with self.database.begin() as session:
                self.last = await self._reply(message, await self._context(session))
        except Refusal as refusal:
            self.last = Reply(refusal.text)
        return self.last.text if self.last else ""

    async def _context(self, session: object) -> Context:
        from sqlalchemy.ext.asyncio import AsyncSession

        assert isinstance(session, AsyncSession)
        return Context(
            now=self.now,
            session=session,
            actor=await people.actor_of(session, self.address),
            answerer=Silent(),
            files=self.files,
            sensitive_allowed=not self.abroad,
            is_group=self.group,
        )

    async def _reply(self, message: Incoming, context: Context) -> Reply | None:
        for handler in self.handlers:
            reply = await handler(message, context)
            if reply is not None:
                for button in reply.buttons:
                    assert len(button.action.encode()) <= 64
                return reply
        return None


def picture(width: int = 800, height: int = 600, form: str = "JPEG") -> bytes:
    """A plain photo."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, form)
    return out.getvalue()
