"""Chat addresses that speak for a person: made, approved, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Binding, Staff, Student
from storage.people import Actor, Addressed, scope_of

TOUCHED_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a binding or a code belongs to: exactly one of the two."""

    student_id: UUID | None = None
    staff_id: UUID | None = None

    def __post_init__(self) -> None:
        if (self.student_id is None) == (self.staff_id is None):
            raise ValueError("an owner is either a student or a member of staff")

    @property
    def tag(self) -> str:
        """How the audit names him."""
        return f"student:{self.student_id}" if self.student_id else f"staff:{self.staff_id}"


async def bind(
    session: AsyncSession,
    address: Addressed,
    owner: Owner,
    now: datetime,
    *,
    approved: bool = True,
    approved_by: UUID | None = None,
) -> UUID:
    """Binds the address to the owner, ending what was live on it; gives the binding's id.

    Not `approved`: it waits, and speaks for nobody until `approve`.
    """
    await _end(session, _here(address), now)
    binding = Binding(
        id=uuid4(),
        channel=address.channel,
        chat=address.chat,
        user=address.user,
        student_id=owner.student_id,
        staff_id=owner.staff_id,
        bound_at=now,
        approved_at=now if approved else None,
        approved_by=approved_by,
    )
    session.add(binding)
    await session.flush()
    return binding.id


async def is_bound(session: AsyncSession, owner: Owner) -> bool:
    """Whether some live, approved address speaks for the owner."""
    return bool(await session.scalar(select(exists().where(_owned(owner), *_speaking()))))


async def is_waiting(session: AsyncSession, address: Addressed) -> bool:
    """Whether this address waits for approval."""
    return bool(await session.scalar(select(exists().where(*_here(address), Binding.approved_at.is_(None)))))


async def touch(session: AsyncSession, address: Addressed, now: datetime) -> None:
    """Somebody is at this login of the workbench; written down once in ten minutes."""
    stale = Binding.used_at.is_(None) | (Binding.used_at <= now - TOUCHED_EVERY)
    await session.execute(
        update(Binding).where(*_here(address), stale).values(used_at=now).execution_options(synchronize_session=False)
    )


async def end(session: AsyncSession, address: Addressed, now: datetime) -> bool:
    """Ends what is live on this address; False: nothing was."""
    return await _end(session, _here(address), now)


async def end_all(session: AsyncSession, owner: Owner, now: datetime) -> bool:
    """Ends every address of the owner (a lost phone, a stolen account); False: there was none."""
    return await _end(session, (_owned(owner),), now)


async def count(session: AsyncSession, owner: Owner) -> int:
    """How many live, approved addresses speak for the owner."""
    found = await session.scalars(select(Binding.id).where(_owned(owner), *_speaking()))
    return len(found.all())


async def waiting(session: AsyncSession, actor: Actor) -> list[Binding]:
    """The bindings that wait for this actor's word, oldest first."""
    rows = await session.scalars(_judged_by(actor).order_by(Binding.bound_at, Binding.id))
    return list(rows.all())


async def approve(session: AsyncSession, actor: Actor, binding_id: UUID, now: datetime) -> Binding | None:
    """Approves a waiting binding in the actor's scope; None: there is none (any more)."""
    binding: Binding | None = await session.scalar(_judged_by(actor).where(Binding.id == binding_id).with_for_update())
    if binding is not None:
        binding.approved_at, binding.approved_by = now, actor.id if actor.is_staff else None
        await session.flush()
    return binding


async def refuse(session: AsyncSession, actor: Actor, binding_id: UUID, now: datetime) -> Binding | None:
    """Ends a waiting binding in the actor's scope, or one that claims to be the actor; None: there is none."""
    query = _pending().where(_owned_by(actor) | Binding.id.in_(_judged_by(actor).with_only_columns(Binding.id)))
    binding: Binding | None = await session.scalar(query.where(Binding.id == binding_id).with_for_update())
    if binding is not None:
        binding.ended_at = now
        await session.flush()
    return binding


def _pending() -> Select[Binding]:
    return select(Binding).where(Binding.approved_at.is_(None), Binding.ended_at.is_(None))


def _judged_by(actor: Actor) -> Select[Binding]:
    """Students of one's classes; the office also judges staff of the school, and staff their own second address."""
    students = select(Student.id).where(Student.class_id.in_(scope_of(actor)))
    mine: ColumnElement[bool] = Binding.student_id.in_(students)
    if actor.is_staff:
        mine = mine | (Binding.staff_id == actor.id)
    if actor.role in ("office", "operator"):
        mine = mine | Binding.staff_id.in_(select(Staff.id).where(Staff.school_id == actor.school_id))
    return _pending().where(mine)


def _owned_by(actor: Actor) -> ColumnElement[bool]:
    return Binding.student_id == actor.id if actor.is_student else Binding.staff_id == actor.id


def _owned(owner: Owner) -> ColumnElement[bool]:
    return Binding.student_id == owner.student_id if owner.student_id else Binding.staff_id == owner.staff_id


def _speaking() -> tuple[ColumnElement[bool], ...]:
    return Binding.ended_at.is_(None), Binding.approved_at.is_not(None)


def _here(address: Addressed) -> tuple[ColumnElement[bool], ...]:
    return Binding.channel == address.channel, Binding.user == address.user, Binding.ended_at.is_(None)


async def _end(session: AsyncSession, which: tuple[ColumnElement[bool], ...], now: datetime) -> bool:
    ended = await session.scalars(
        update(Binding)
        .where(Binding.ended_at.is_(None), *which)
        .values(ended_at=now)
        .returning(Binding.id)
        .execution_options(synchronize_session="fetch")
    )
    return bool(ended.all())
