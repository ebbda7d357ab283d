"""Files that come with a message: fetched from the platform before the transaction, kept sealed within it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channel import Channel, KeepsFiles, NotFetched
from bot.kinds import LARGEST, NotTaken, kind_of
from handlers.handler import Files
from handlers.messages import Incoming, Remote
from storage import people, seen
from storage.database import Database
from storage.people import Actor

UNBOUND = "先绑定身份，再发照片或文件。发「绑定」开始。"
TOO_LARGE = f"文件太大了，请发 {LARGEST // 1024 // 1024} MB 以内的。"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came, by kind; or `words` for the person where it is not taken."""

    files: tuple[tuple[bytes, str, str], ...] = ()
    """(bytes, media type, name)"""
    words: str | None = None


NOTHING = Fetched()


async def fetch(database: Database, channel: Channel, incoming: Incoming, *, stored: bool = False) -> Fetched:
    """The files of a message, where its sender may send some and it was not taken in before.

    `stored`: it is known to the store and waits there to be dealt with.
    """
    if not incoming.remote or not isinstance(channel, KeepsFiles):
        return NOTHING
    async with database.read() as session:
        if not stored and await seen.was_taken(session, incoming):
            return NOTHING
        if await people.actor_of(session, incoming.sender) is None:
            return Fetched(words=UNBOUND)
    try:
        return Fetched(tuple([await _one(channel, remote) for remote in incoming.remote]))
    except NotFetched as why:
        return Fetched(words=why.words)
    except NotTaken as why:
        return Fetched(words=f"{why}。")


async def keep(
    session: AsyncSession, files: Files, incoming: Incoming, fetched: Fetched, now: datetime, actor: Actor | None
) -> Incoming:
    """The message with its files in the store, for whoever sent it."""
    if not fetched.files:
        return incoming
    kept = [
        await files.save(
            session,
            data,
            name=name,
            media_type=media_type,
            now=now,
            student_id=actor.id if actor and actor.is_student else None,
            staff_id=actor.id if actor and actor.is_staff else None,
        )
        for data, media_type, name in fetched.files
    ]
    return replace(incoming, attachments=(*incoming.attachments, *kept), remote=())


async def _one(channel: KeepsFiles, remote: Remote) -> tuple[bytes, str, str]:
    if remote.size is not None and remote.size > LARGEST:
        raise NotFetched(TOO_LARGE)
    data = await channel.fetch(remote, LARGEST)
    return data, *kind_of(data)
