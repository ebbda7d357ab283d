"""The one shape of everything that answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.messages import Attachment, Incoming, Reply
from handlers.outlets import Outlet
from knowledge.answer import Answerer
from storage.people import Actor


class Refusal(Exception):
    """Tell the person this sentence. What the handler wrote so far is undone; what must stay is a Reply instead."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Files(Protocol):
    """The sealed file store under `LIXIAO_DATA_DIR`."""

    async def load(self, session: AsyncSession, file_id: UUID) -> bytes:
        """The bytes of a stored file. Raises `LookupError`."""
        ...

    async def describe(self, session: AsyncSession, file_id: UUID) -> Attachment:
        """What is known of a stored file. Raises `LookupError`."""
        ...

    async def save(
        self,
        session: AsyncSession,
        data: bytes,
        *,
        name: str,
        media_type: str,
        now: datetime,
        student_id: UUID | None = None,
        staff_id: UUID | None = None,
    ) -> Attachment:
        """Keeps bytes sealed and notes them in the session's transaction."""
        ...

    async def remove(self, session: AsyncSession, file_id: UUID) -> None:
        """Forgets a file when the session's transaction is kept; one that is not there is no error."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler is given; it opens and commits nothing itself."""

    now: datetime
    session: AsyncSession
    actor: Actor | None
    """Whom the address speaks for; None before binding."""
    answerer: Answerer
    files: Files
    sensitive_allowed: bool = True
    """Whether identity numbers, phones and addresses may be asked for on this channel (PIPL 38-40)."""
    is_group: bool = False
    """Other people read along: `actor` is None here, so that nothing personal can be said by mistake."""
    web_url: str = ""
    """Where our own pages are, for links in messages."""
    bots: Mapping[str, str] = field(default_factory=dict)
    """Deep links of the platforms that have them, by channel; a token is put behind."""
    outlets: tuple[Outlet, ...] = ()
    """The platforms that are switched on, as far as a preview has to know them."""
    quiet: Callable[[datetime], datetime | None] = lambda at: None
    """Until when nobody is to be woken, at an instant; None: it is no quiet hour."""


class Handler(Protocol):
    """Answers a message, or None: not mine. The registry asks handlers in order; the first reply wins."""

    async def __call__(self, message: Incoming, context: Context) -> Reply | None: ...
