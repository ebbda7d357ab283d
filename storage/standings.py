"""How the deliveries of a broadcast stand, and what is looked up to say it to each recipient."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.attachment import Attachment
from storage.crypto import place_of
from storage.database import vault_of
from storage.models import Attachment as File
from storage.models import Broadcast, ClassGroup, Delivery, GroupChat, Staff, Student
from storage.people import Actor, scope_of

SHOWN = 400
"""So many recipients are told by name, those one has to see to first."""
ARRIVED = ("sent", "unknown")
_CHAIN = 10
"""So many versions of one broadcast are followed back."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """How one student's delivery stands: stuck, failed, unknown, expired, cancelled, sent, queued or acknowledged."""

    student_id: UUID
    name: str
    class_name: str
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """How the delivery to a class's group chat stands."""

    class_name: str
    channel: str
    status: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Saying:
    """What a delivery of a broadcast says. `versions`: the broadcasts it corrects, the latest first."""

    text: str
    author: str
    author_id: UUID
    acknowledge: bool
    ended: str | None
    """Why nothing of it is to be sent any more; None: it is."""
    wrong: str
    audience: Mapping[str, object]
    files: tuple[Attachment, ...]
    versions: tuple[UUID, ...] = ()


async def counts(session: AsyncSession, actor: Actor, broadcast_id: UUID) -> dict[str, int]:
    """How many students of the actor's scope stand where."""
    each = (
        select(_standing().label("standing"))
        .select_from(Delivery)
        .join(Student, Student.id == Delivery.student_id)
        .where(Delivery.broadcast_id == broadcast_id, Student.class_id.in_(scope_of(actor)))
        .subquery()
    )
    rows = await session.execute(select(each.c.standing, func.count()).group_by(each.c.standing))
    return dict(rows.all())


async def recipients(session: AsyncSession, actor: Actor, broadcast_id: UUID) -> list[Recipient]:
    """The recipients in the actor's scope by name, at most `SHOWN`, trouble first, then in the order of the roster."""
    standing = _standing().label("standing")
    rows = await session.execute(
        select(Student.id, Student.name_sealed, ClassGroup.name.label("class_name"), standing, Delivery.reason)
        .select_from(Delivery)
        .join(Student, Student.id == Delivery.student_id)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(Delivery.broadcast_id == broadcast_id, Student.class_id.in_(scope_of(actor)))
        .order_by(
            case({"stuck": 0, "sent": 2, "queued": 3, "acknowledged": 4}, value=_standing(), else_=1),
            ClassGroup.position,
            ClassGroup.name,
            Student.position,
            Student.id,
        )
        .limit(SHOWN)
    )
    vault = vault_of(session)
    return [
        Recipient(
            row.id,
            vault.open(row.name_sealed, place_of("student", "name_sealed", row.id)),
            row.class_name,
            row.standing,
            row.reason,
        )
        for row in rows
    ]


async def groups(session: AsyncSession, actor: Actor, broadcast_id: UUID) -> list[GroupStanding]:
    """How the deliveries to group chats stand, for the actor's classes."""
    rows = await session.execute(
        select(ClassGroup.name, GroupChat.channel, _standing(), Delivery.reason)
        .select_from(Delivery)
        .join(GroupChat, GroupChat.id == Delivery.group_id)
        .join(ClassGroup, ClassGroup.id == GroupChat.class_id)
        .where(Delivery.broadcast_id == broadcast_id, GroupChat.class_id.in_(scope_of(actor)))
        .order_by(ClassGroup.position, ClassGroup.name, Delivery.id)
    )
    return [GroupStanding(*row) for row in rows]


async def sayings(session: AsyncSession, broadcast_ids: Collection[UUID]) -> dict[UUID, Saying]:
    """What these broadcasts say and whose they are."""
    rows = await session.execute(
        select(Broadcast, Staff).join(Staff, Staff.id == Broadcast.author_id).where(Broadcast.id.in_(broadcast_ids))
    )
    found = rows.all()
    files = await files_of(session, {UUID(file) for broadcast, _ in found for file in broadcast.files})
    vault = vault_of(session)
    return {
        broadcast.id: Saying(
            text=broadcast.text,
            author=vault.open(staff.name_sealed, place_of("staff", "name_sealed", staff.id)),
            author_id=staff.id,
            acknowledge=broadcast.acknowledge,
            ended=_ended(broadcast),
            wrong=broadcast.wrong,
            audience=broadcast.audience,
            files=tuple(files[UUID(file)] for file in broadcast.files if UUID(file) in files),
            versions=await versions(session, broadcast.corrects_id),
        )
        for broadcast, staff in found
    }


async def versions(session: AsyncSession, broadcast_id: UUID | None) -> tuple[UUID, ...]:
    """A broadcast and those it corrects, the latest first."""
    found: list[UUID] = []
    while broadcast_id is not None and len(found) < _CHAIN:
        found.append(broadcast_id)
        broadcast_id = await session.scalar(select(Broadcast.corrects_id).where(Broadcast.id == broadcast_id))
    return tuple(found)


async def files_of(session: AsyncSession, file_ids: Collection[UUID]) -> dict[UUID, Attachment]:
    """What is known of these files; one that was removed is not in the answer."""
    if not file_ids:
        return {}
    rows = await session.scalars(select(File).where(File.id.in_(file_ids)))
    vault = vault_of(session)
    return {
        row.id: Attachment(
            row.id, vault.open(row.name_sealed, place_of("attachment", "name_sealed", row.id)), row.media_type, row.size
        )
        for row in rows
    }


async def had(session: AsyncSession, broadcast_ids: Collection[UUID], recipients: Collection[UUID]) -> set[UUID]:
    """Which of these students and groups may have got one of these broadcasts."""
    if not broadcast_ids:
        return set()
    rows = await session.execute(
        select(Delivery.student_id, Delivery.group_id).where(
            Delivery.broadcast_id.in_(broadcast_ids),
            or_(Delivery.student_id.in_(recipients), Delivery.group_id.in_(recipients)),
            or_(Delivery.status.in_(ARRIVED), Delivery.in_doubt, Delivery.acknowledged_at.is_not(None)),
        )
    )
    return {one for pair in rows for one in pair if one is not None}


async def pressed(session: AsyncSession, broadcast_id: UUID, students: Collection[UUID]) -> set[UUID]:
    """Which of these students acknowledged a broadcast or said that they have trouble with it."""
    rows = await session.scalars(
        select(Delivery.student_id).where(
            Delivery.broadcast_id == broadcast_id,
            Delivery.student_id.in_(students),
            or_(Delivery.acknowledged_at.is_not(None), Delivery.stuck_at.is_not(None)),
        )
    )
    return {student for student in rows if student is not None}


async def same_matter(session: AsyncSession, broadcast_id: UUID) -> tuple[UUID, ...]:
    """A broadcast and, where it is a reminder, those it reminds of: one press answers all of them."""
    found: list[UUID] = []
    wanted: UUID | None = broadcast_id
    while wanted is not None and len(found) < _CHAIN:
        found.append(wanted)
        audience = await session.scalar(select(Broadcast.audience).where(Broadcast.id == wanted)) or {}
        wanted = UUID(audience["silent"]) if "silent" in audience else None
    return tuple(found)


async def students_within(session: AsyncSession, actor: Actor, student_ids: Collection[UUID]) -> set[UUID]:
    """Those of the students the actor may write to at this moment."""
    query = select(Student.id).where(Student.id.in_(student_ids), Student.class_id.in_(scope_of(actor)))
    return set(await session.scalars(query))


async def groups_within(session: AsyncSession, actor: Actor, group_ids: Collection[UUID]) -> set[UUID]:
    """Those of the group chats that belong to a class of the actor's at this moment."""
    if not group_ids:
        return set()
    live = and_(GroupChat.id.in_(group_ids), GroupChat.ended_at.is_(None), GroupChat.class_id.in_(scope_of(actor)))
    return set(await session.scalars(select(GroupChat.id).where(live)))


def _ended(broadcast: Broadcast) -> str | None:
    if broadcast.status != "sent":
        return broadcast.status
    return "corrected" if broadcast.corrected_at is not None else None


def _standing() -> ColumnElement[str]:
    return case(
        (and_(Delivery.stuck_at.is_not(None), Delivery.helped_at.is_(None)), "stuck"),
        (or_(Delivery.acknowledged_at.is_not(None), Delivery.stuck_at.is_not(None)), "acknowledged"),
        (Delivery.status.in_(("planned", "leased")), "queued"),
        else_=Delivery.status,
    )
