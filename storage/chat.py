"""The log of the chats that have no platform behind them (web, terminal): what each bubble said, sealed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import Insert, Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import Vault, place_of
from storage.database import vault_of
from storage.models import ChatLine

UNSAID = "（这条内容没有得到同意，已删除）"
KEPT = ("web", "terminal")
"""The channels whose chats are this log: what is to be said there is a line here."""
LOOKED_BACK = 200
"""How many bubbles of a person are looked through to take something back."""


@dataclass(frozen=True, slots=True)
class Line:
    """One bubble. `buttons` are (label, action), `files` ids of attachments."""

    id: int
    inward: bool
    text: str
    buttons: tuple[tuple[str, str], ...]
    files: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One bubble to be noted; `inward`: the person said it. `buttons` are (label, action), `files` ids."""

    inward: bool
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    files: tuple[UUID, ...] = ()


async def add(
    session: AsyncSession,
    channel: str,
    chat: str,
    inward: bool,
    text: str,
    buttons: Iterable[tuple[str, str]],
    files: Iterable[UUID],
    now: datetime,
) -> int:
    """Notes one bubble (`inward`: the person said it) and gives its id."""
    said = Said(inward, text, tuple(buttons), tuple(files))
    made = await session.execute(_adding().returning(ChatLine.id), _values(session, channel, chat, said, now))
    return made.scalar_one()


async def write(session: AsyncSession, channel: str, chat: str, bubbles: Sequence[Said], now: datetime) -> None:
    """Notes several bubbles of one chat, in their order, in one go."""
    if bubbles:
        await session.execute(_adding(), [_values(session, channel, chat, said, now) for said in bubbles])


def _values(session: AsyncSession, channel: str, chat: str, said: Said, now: datetime) -> dict[str, Any]:
    token = uuid4()
    return {
        "token": token,
        "channel": channel,
        "chat": chat,
        "inward": said.inward,
        "text_sealed": vault_of(session).seal(said.text, place_of("chat_line", "text_sealed", token)),
        "extras": {"buttons": [list(button) for button in said.buttons], "files": [str(file) for file in said.files]},
        "at": now,
    }


@cache
def _adding() -> Insert:
    return insert(cast("Table", ChatLine.__table__))


async def since(session: AsyncSession, channel: str, chat: str, after_id: int, limit: int = 200) -> list[Line]:
    """The first `limit` bubbles after `after_id`, oldest first."""
    rows = await session.scalars(
        select(ChatLine)
        .where(ChatLine.channel == channel, ChatLine.chat == chat, ChatLine.id > after_id)
        .order_by(ChatLine.id)
        .limit(limit)
    )
    return [_line(row, vault_of(session)) for row in rows]


async def latest(session: AsyncSession, channel: str, chat: str, limit: int = 50) -> list[Line]:
    """The last `limit` bubbles, oldest first."""
    rows = await session.scalars(
        select(ChatLine)
        .where(ChatLine.channel == channel, ChatLine.chat == chat)
        .order_by(ChatLine.id.desc())
        .limit(limit)
    )
    return [_line(row, vault_of(session)) for row in reversed(rows.all())]


async def refile(session: AsyncSession, channel: str, chat: str, old: UUID, new: UUID) -> None:
    """A file of the person's last bubbles is kept as another one: the bubble shows that."""
    rows = await session.scalars(
        select(ChatLine)
        .where(ChatLine.channel == channel, ChatLine.chat == chat, ChatLine.inward)
        .order_by(ChatLine.id.desc())
        .limit(LOOKED_BACK)
    )
    for row in rows:
        files = row.extras.get("files", [])
        if str(old) in files:
            row.extras = {**row.extras, "files": [str(new) if one == str(old) else one for one in files]}
            await session.flush()
            return


async def gone(session: AsyncSession, channel: str, chat: str, line_ids: Collection[int]) -> set[int]:
    """Those of these bubbles that are not in the log any more: it was erased, or they were taken back."""
    here = (ChatLine.id.in_(line_ids), ChatLine.channel == channel, ChatLine.chat == chat)
    return set(line_ids) - set(await session.scalars(select(ChatLine.id).where(*here)))


async def unsay(session: AsyncSession, channel: str, chat: str, said: str) -> int:
    """Takes back what a person said in his last bubbles, as far as it stands in `said`; gives how many bubbles."""
    rows = await session.scalars(
        select(ChatLine)
        .where(ChatLine.channel == channel, ChatLine.chat == chat, ChatLine.inward)
        .order_by(ChatLine.id.desc())
        .limit(LOOKED_BACK)
    )
    vault = vault_of(session)
    taken = 0
    for row in rows:
        place = place_of("chat_line", "text_sealed", row.token)
        text = vault.open(row.text_sealed, place)
        if len(text) > 3 and text in said:
            row.text_sealed = vault.seal(UNSAID, place)
            taken += 1
    await session.flush()
    return taken


async def erase(session: AsyncSession, channel: str, line_id: int) -> str | None:
    """Takes one bubble out of the log; gives its chat, None: it was gone."""
    gone = delete(ChatLine).where(ChatLine.id == line_id, ChatLine.channel == channel).returning(ChatLine.chat)
    found: str | None = await session.scalar(gone)
    return found


async def forget(session: AsyncSession, channel: str, chat: str) -> None:
    """Erases the whole log of one chat."""
    await session.execute(delete(ChatLine).where(ChatLine.channel == channel, ChatLine.chat == chat))


def _line(row: ChatLine, vault: Vault) -> Line:
    return Line(
        id=row.id,
        inward=row.inward,
        text=vault.open(row.text_sealed, place_of("chat_line", "text_sealed", row.token)),
        buttons=tuple((label, action) for label, action in row.extras.get("buttons", ())),
        files=tuple(UUID(file) for file in row.extras.get("files", ())),
        at=row.at,
    )
