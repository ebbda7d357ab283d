"""Group chats of classes: which platform group belongs to which class. A counselor declares it, in the group."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import ClassGroup, GroupChat
from storage.people import Place
from storage.ways import Way


@dataclass(frozen=True, slots=True)
class Bound:
    """The class a group chat belongs to."""

    class_id: UUID
    class_name: str
    school_id: UUID
    cohort: str
    college: str


async def bind(
    session: AsyncSession, channel: str, chat: str, *, class_id: UUID, by: UUID | None, now: datetime
) -> None:
    """Makes the chat the class's group; what it was before ends."""
    await end(session, channel, chat, now)
    session.add(GroupChat(id=uuid4(), channel=channel, chat=chat, class_id=class_id, bound_by=by, bound_at=now))
    await session.flush()


async def end(session: AsyncSession, channel: str, chat: str, now: datetime) -> bool:
    """The chat is nobody's group any more; False: it was none."""
    ended = await session.scalars(
        update(GroupChat).where(*_live(channel, chat)).values(ended_at=now).returning(GroupChat.id)
    )
    return bool(ended.all())


async def of_chat(session: AsyncSession, channel: str, chat: str) -> Bound | None:
    """The class this chat is the group of."""
    row = (
        await session.execute(
            select(ClassGroup.id, ClassGroup.name, ClassGroup.school_id, ClassGroup.cohort, ClassGroup.college)
            .join(GroupChat, GroupChat.class_id == ClassGroup.id)
            .where(*_live(channel, chat))
        )
    ).one_or_none()
    return Bound(*row) if row else None


async def of_classes(session: AsyncSession, class_ids: Collection[UUID]) -> dict[UUID, list[Place]]:
    """The group chats of these classes; a class without one is not in the answer. The place's user is the chat."""
    rows = await session.execute(
        select(GroupChat.class_id, GroupChat.channel, GroupChat.chat)
        .where(GroupChat.class_id.in_(list(class_ids)), GroupChat.ended_at.is_(None))
        .order_by(GroupChat.bound_at, GroupChat.id)
    )
    found: dict[UUID, list[Place]] = {}
    for class_id, channel, chat in rows:
        found.setdefault(class_id, []).append(Place(channel, chat, chat))
    return found


async def ways_of(session: AsyncSession, group_ids: Collection[UUID]) -> dict[UUID, list[Way]]:
    """Where these group chats are; one that is nobody's any more is not in the answer. No user: it is a group."""
    if not group_ids:
        return {}
    rows = await session.execute(
        select(GroupChat.id, GroupChat.channel, GroupChat.chat).where(
            GroupChat.id.in_(group_ids), GroupChat.ended_at.is_(None)
        )
    )
    return {group_id: [Way(Place(channel, chat, ""), None)] for group_id, channel, chat in rows}


async def move(session: AsyncSession, channel: str, chat: str, new_chat: str, now: datetime) -> bool:
    """The platform gave a group another id (Telegram makes supergroups); False: it was nobody's group.

    Coming twice, by the service message and by a refused send, it does no harm.
    """
    bound = await of_chat(session, channel, chat)
    if bound is None:
        return False
    await end(session, channel, new_chat, now)
    await session.execute(update(GroupChat).where(*_live(channel, chat)).values(chat=new_chat))
    return True


def _live(channel: str, chat: str) -> tuple[ColumnElement[bool], ...]:
    return GroupChat.channel == channel, GroupChat.chat == chat, GroupChat.ended_at.is_(None)
