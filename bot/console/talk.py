"""A panel's conversation over the real parts: said through the dispatcher, shown from the chat log."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import App
from bot.console.bubbles import Bubble
from bot.console.live import Live
from bot.kinds import NotTaken, kind_of
from handlers.messages import Address, Attachment, Button, Incoming
from storage import chat, people
from storage.chat import Line

_NOT_KEPT: Final = "（照片或文件，没有保留）"
_PAGE: Final = 80
"""How many lines a page opens with."""


class WebTalk:
    """The web chat of one address."""

    def __init__(self, app: App, address: Address, live: Live, after: Callable[[], object] = lambda: None) -> None:
        self._app = app
        self._address = address
        self._live = live
        self._after = after

    def listen(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Calls back at each new line, until the function given back is called."""
        return self._app.wake.listen(self._address.channel, self._address.chat, callback)

    async def since(self, after: int) -> list[Bubble]:
        """The lines after this id, oldest first; for 0 the last page of them."""
        where = (self._address.channel, self._address.chat)
        async with self._app.database.read() as session:
            lines = await (chat.since(session, *where, after) if after else chat.latest(session, *where, _PAGE))
            return [await self._bubble(session, line) for line in lines]

    async def gone(self, bubbles: Collection[int]) -> set[int]:
        """Those of these lines that are not in the log any more."""
        async with self._app.database.read() as session:
            return await chat.gone(session, self._address.channel, self._address.chat, bubbles)

    async def say(self, text: str, *, action: str | None = None, files: tuple[Attachment, ...] = ()) -> None:
        """Says it; what is answered is in the log afterwards."""
        incoming = Incoming(
            id=uuid4().hex,
            sender=self._address,
            text=text,
            sent_at=self._app.clock(),
            action=action,
            attachments=files,
        )
        await self._app.dispatcher.take(incoming)
        self._after()
        self._live.work.emit()

    async def keep(self, data: bytes) -> Attachment:
        """Takes a file of whoever this address speaks for. Raises `NotTaken`."""
        media_type, name = kind_of(data)
        async with self._app.database.begin() as session:
            actor = await people.actor_of(session, self._address)
            if actor is None:
                raise NotTaken("先绑定身份，再发照片或文件")
            return await self._app.files.save(
                session,
                data,
                name=name,
                media_type=media_type,
                now=self._app.clock(),
                student_id=actor.id if actor.is_student else None,
                staff_id=None if actor.is_student else actor.id,
            )

    def link(self, file_id: UUID) -> str:
        """Where this person gets the file; the address is checked again there."""
        return f"/file/{file_id.hex}"

    async def _bubble(self, session: AsyncSession, line: Line) -> Bubble:
        files = tuple([file for file_id in line.files if (file := await self._file(session, file_id))])
        return Bubble(
            id=line.id,
            mine=line.inward,
            text=line.text or (_NOT_KEPT if line.files and not files else ""),
            at=line.at,
            buttons=tuple(Button(label, action) for label, action in line.buttons),
            files=files,
        )

    async def _file(self, session: AsyncSession, file_id: UUID) -> Attachment | None:
        """None: it was removed since."""
        try:
            return await self._app.files.describe(session, file_id)
        except LookupError:
            return None
