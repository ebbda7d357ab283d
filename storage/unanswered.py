"""Questions that the published notices did not answer: sealed, with their like, until somebody answers them.

Staff see the questions of those whom they may see: a counselor those of his classes, the office those of its school
and of strangers who asked about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import people
from storage.crypto import place_of
from storage.database import vault_of
from storage.models import Student, Unanswered
from storage.people import Actor

PHRASINGS = 5
"""So many wordings of a question are kept with its answer."""


@dataclass(frozen=True, slots=True)
class Open:
    """A question that waits for an answer: as last asked, how often, and since when."""

    id: UUID
    """The newest of its rows: names the question on a button."""
    same: bytes
    text: str
    times: int
    first_asked_at: datetime
    last_asked_at: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """A question that was answered: who asked it in which words of his own, and its wordings without the askers."""

    askers: Mapping[UUID, str]
    asks: tuple[str, ...]


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


async def waiting(session: AsyncSession, actor: Actor, limit: int = 50) -> list[Open]:
    """The open questions this member of staff may see, the most asked first, then the newest."""
    groups = await session.execute(
        select(Unanswered.same, func.count(), func.min(Unanswered.asked_at), func.max(Unanswered.asked_at))
        .where(_visible(actor))
        .group_by(Unanswered.same)
        .order_by(func.count().desc(), func.max(Unanswered.asked_at).desc(), Unanswered.same)
        .limit(limit)
    )
    return [await _open(session, actor, *group) for group in groups]


async def one(session: AsyncSession, actor: Actor, row_id: UUID) -> Open | None:
    """The open question of which this is a row; None where it is answered, or not this person's to see."""
    same = await session.scalar(select(Unanswered.same).where(_visible(actor), Unanswered.id == row_id))
    if same is None:
        return None
    group = await session.execute(
        select(func.count(), func.min(Unanswered.asked_at), func.max(Unanswered.asked_at)).where(
            _visible(actor), Unanswered.same == same
        )
    )
    return await _open(session, actor, same, *group.one())


async def _open(session: AsyncSession, actor: Actor, same: bytes, times: int, first: datetime, last: datetime) -> Open:
    rows = await _rows(session, actor, same, 1)
    return Open(rows[0].id, same, _text(session, rows[0]), times, first, last)


async def settle(session: AsyncSession, actor: Actor, same: bytes, now: datetime) -> Closed:
    """Closes a question with all its like, as far as this member of staff may see them."""
    rows = await _rows(session, actor, same, None)
    asks = tuple(dict.fromkeys(_text(session, row) for row in rows[: PHRASINGS * 4]))[:PHRASINGS]
    await session.execute(update(Unanswered).where(Unanswered.id.in_([row.id for row in rows])).values(answered_at=now))
    askers = {row.student_id: _text(session, row) for row in reversed(rows) if row.student_id is not None}
    return Closed(askers, asks)


async def _rows(session: AsyncSession, actor: Actor, same: bytes, limit: int | None) -> list[Unanswered]:
    query = select(Unanswered).where(_visible(actor), Unanswered.same == same)
    return list(await session.scalars(query.order_by(Unanswered.asked_at.desc(), Unanswered.id).limit(limit)))


def _text(session: AsyncSession, row: Unanswered) -> str:
    return vault_of(session).open(row.text_sealed, place_of("unanswered", "text_sealed", row.id))


def _visible(actor: Actor) -> ColumnElement[bool]:
    """The open rows of students in the actor's classes; for the office also of strangers who asked its school."""
    students = select(Student.id).where(Student.class_id.in_(people.scope_of(actor)))
    mine: ColumnElement[bool] = Unanswered.student_id.in_(students)
    if actor.role in ("office", "operator"):
        mine = mine | Unanswered.student_id.is_(None)
    return (Unanswered.school_id == actor.school_id) & Unanswered.answered_at.is_(None) & mine
