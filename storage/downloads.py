"""Who may have a stored file: whoever it belongs to, and staff who have its student in their scope (T3)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Attachment, Broadcast, Delivery, Student
from storage.people import Actor, scope_of


async def may_have(session: AsyncSession, actor: Actor, file_id: UUID) -> bool:
    """Whether the file is the actor's own, was sent to him, or is of a student in his scope; an unknown id is False."""
    found = exists().where(Attachment.id == file_id, _within_reach(actor))
    return bool(await session.scalar(select(found))) or await was_sent(session, actor, file_id)


async def was_sent(session: AsyncSession, actor: Actor, file_id: UUID) -> bool:
    """Whether the file came to a student with a broadcast, which was not taken back."""
    if not actor.is_student:
        return False
    lists = await session.scalars(
        select(Broadcast.files)
        .join(Delivery, Delivery.broadcast_id == Broadcast.id)
        .where(Delivery.student_id == actor.id, Delivery.status.in_(("sent", "unknown")), Broadcast.status == "sent")
    )
    return any(str(file_id) in files for files in lists)


async def is_own(session: AsyncSession, actor: Actor, file_id: UUID) -> bool:
    """Whether the file is the actor's own, or was sent to him: having it is then no look at somebody else's data."""
    found = exists().where(Attachment.id == file_id, _own(actor))
    return bool(await session.scalar(select(found))) or await was_sent(session, actor, file_id)


def _own(actor: Actor) -> ColumnElement[bool]:
    return Attachment.student_id == actor.id if actor.is_student else Attachment.staff_id == actor.id


def _within_reach(actor: Actor) -> ColumnElement[bool]:
    students = select(Student.id).where(Student.class_id.in_(scope_of(actor)))
    return _own(actor) | Attachment.student_id.in_(students)
