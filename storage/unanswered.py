"""Questions that the published notices did not answer: sealed, with their like, until somebody answers them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import place_of
from storage.database import vault_of
from storage.models import Unanswered


@dataclass(frozen=True, slots=True)
class Open:
    """A question that waits for an answer: as last asked, how often, and since when."""

    same: bytes
    text: str
    times: int
    first_asked_at: datetime
    last_asked_at: datetime


async def collect(
    session: AsyncSession,
    *,
    school_id: UUID | None,
    student_id: UUID | None,
    question: str,
    core: str,
    now: datetime,
) -> None:
    """Keeps a question. `core` is its spelling without what does not matter: equal cores are the same question."""
    row_id = uuid4()
    vault = vault_of(session)
    session.add(
        Unanswered(
            id=row_id,
            school_id=school_id,
            student_id=student_id,
            same=vault.lookup(core, "unanswered"),
            text_sealed=vault.seal(question, place_of("unanswered", "text_sealed", row_id)),
            asked_at=now,
        )
    )
    await session.flush()


async def waiting(session: AsyncSession, school_id: UUID, limit: int = 50) -> list[Open]:
    """The open questions of a school, the most asked first, then the newest."""
    groups = await session.execute(
        select(Unanswered.same, func.count(), func.min(Unanswered.asked_at), func.max(Unanswered.asked_at))
        .where(Unanswered.school_id == school_id, Unanswered.answered_at.is_(None))
        .group_by(Unanswered.same)
        .order_by(func.count().desc(), func.max(Unanswered.asked_at).desc(), Unanswered.same)
        .limit(limit)
    )
    return [
        Open(same, await _newest(session, school_id, same), times, first, last) for same, times, first, last in groups
    ]


async def _newest(session: AsyncSession, school_id: UUID, same: bytes) -> str:
    row = await session.scalar(
        select(Unanswered)
        .where(Unanswered.school_id == school_id, Unanswered.same == same, Unanswered.answered_at.is_(None))
        .order_by(Unanswered.asked_at.desc(), Unanswered.id)
        .limit(1)
    )
    if row is None:
        return ""
    return vault_of(session).open(row.text_sealed, place_of("unanswered", "text_sealed", row.id))


async def settle(session: AsyncSession, school_id: UUID, same: bytes, now: datetime) -> tuple[UUID, ...]:
    """Closes a question with all its like; the students who asked, each once."""
    closed = await session.execute(
        update(Unanswered)
        .where(Unanswered.school_id == school_id, Unanswered.same == same, Unanswered.answered_at.is_(None))
        .values(answered_at=now)
        .returning(Unanswered.student_id)
    )
    return tuple(dict.fromkeys(student for (student,) in closed if student is not None))
