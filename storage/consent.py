"""Who agreed to which text, when and where (PIPL 14-17, 29); withdrawing is as easy as giving (PIPL 15)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Consent


async def given(session: AsyncSession, student_id: UUID, purpose: str, text_version: str | None = None) -> bool:
    """Whether the student's consent to this purpose stands; with `text_version`, to this very text."""
    query = _live(student_id).where(Consent.purpose == purpose)
    if text_version is not None:
        query = query.where(Consent.text_version == text_version)
    return bool(await session.scalar(select(exists(query))))


async def give(
    session: AsyncSession, student_id: UUID, purpose: str, *, text_version: str, channel: str, now: datetime
) -> None:
    """Notes consent to a text; the same text twice is one consent."""
    if await given(session, student_id, purpose, text_version):
        return
    session.add(
        Consent(
            id=uuid4(),
            student_id=student_id,
            purpose=purpose,
            text_version=text_version,
            channel=channel,
            given_at=now,
        )
    )
    await session.flush()


async def withdraw(session: AsyncSession, student_id: UUID, now: datetime, purpose: str | None = None) -> list[str]:
    """Withdraws consent to one purpose or to all; gives the purposes it ended. The rows stay as the record of it."""
    statement = update(Consent).where(Consent.student_id == student_id, Consent.withdrawn_at.is_(None))
    if purpose is not None:
        statement = statement.where(Consent.purpose == purpose)
    ended = await session.scalars(
        statement.values(withdrawn_at=now).returning(Consent.purpose).execution_options(synchronize_session="fetch")
    )
    return sorted(set(ended.all()))


async def standing(session: AsyncSession, student_id: UUID) -> list[Consent]:
    """The consents that stand, oldest first."""
    rows = await session.scalars(_live(student_id).order_by(Consent.given_at, Consent.purpose))
    return list(rows.all())


def _live(student_id: UUID) -> Select[Consent]:
    return select(Consent).where(Consent.student_id == student_id, Consent.withdrawn_at.is_(None))
