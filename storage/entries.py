"""Answers of staff to questions no notice answers: kept sealed, answering from then on, retired by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import people
from storage.crypto import place_of
from storage.database import vault_of
from storage.models import Answered, ClassGroup, School, Student
from storage.people import Actor


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A published answer of staff. `class_ids` is whom it is for; empty: the whole school."""

    id: UUID
    school_id: UUID
    school: str
    cohort: str | None
    class_ids: frozenset[UUID]
    asks: tuple[str, ...]
    answer: str
    author_id: UUID
    published_at: datetime


async def publish(
    session: AsyncSession,
    actor: Actor,
    asks: Sequence[str],
    answer: str,
    now: datetime,
    *,
    for_students: Collection[UUID] = (),
) -> UUID:
    """A new answer. A counselor's is for his classes; it carries a cohort where all who asked are of one."""
    row_id, vault = uuid4(), vault_of(session)
    session.add(
        Answered(
            id=row_id,
            school_id=actor.school_id,
            cohort=await _cohort(session, for_students),
            class_ids=await _classes(session, actor),
            asks_sealed=vault.seal_json(list(asks), place_of("entry", "asks_sealed", row_id)),
            answer_sealed=vault.seal(answer, place_of("entry", "answer_sealed", row_id)),
            author_id=actor.id,
            published_at=now,
        )
    )
    await session.flush()
    return row_id


async def _classes(session: AsyncSession, actor: Actor) -> list[str]:
    if actor.role != "counselor":
        return []
    return sorted(class_id.hex for class_id in await session.scalars(people.scope_of(actor)))


async def _cohort(session: AsyncSession, students: Collection[UUID]) -> str | None:
    query = select(ClassGroup.cohort).join(Student, Student.class_id == ClassGroup.id).where(Student.id.in_(students))
    cohorts = set(await session.scalars(query)) if students else set()
    return cohorts.pop() if len(cohorts) == 1 else None


async def published(session: AsyncSession, school_id: UUID | None = None) -> list[EntryRow]:
    """Every answer that is not retired, of a school (None: of all), the oldest first."""
    query = select(Answered, School.name).join(School, School.id == Answered.school_id)
    query = query.where(Answered.retired_at.is_(None)).order_by(Answered.published_at, Answered.id)
    if school_id is not None:
        query = query.where(Answered.school_id == school_id)
    return [_row(session, entry, school) for entry, school in await session.execute(query)]


async def of_staff(session: AsyncSession, actor: Actor) -> list[EntryRow]:
    """The answers a member of staff may retire: his own; for the office all of its school. The newest first."""
    rows = await published(session, actor.school_id)
    mine = [row for row in rows if actor.role in ("office", "operator") or row.author_id == actor.id]
    return mine[::-1]


async def retire(session: AsyncSession, actor: Actor, entry_id: UUID, now: datetime) -> bool:
    """Takes an answer out of use; False where there is none that this person may retire."""
    entry = await session.get(Answered, entry_id)
    if entry is None or entry.retired_at is not None or entry.school_id != actor.school_id or not actor.is_staff:
        return False
    if actor.role == "counselor" and entry.author_id != actor.id:
        return False
    entry.retired_at, entry.retired_by = now, actor.id
    await session.flush()
    return True


async def unsay(session: AsyncSession, school_id: UUID, wordings: Collection[str]) -> int:
    """Takes wordings of people who are forgotten out of a school's answers, retired ones too; how many answers changed.

    An answer that has none left is still found by its own words.
    """
    if not wordings:
        return 0
    vault, changed = vault_of(session), 0
    for entry in await session.scalars(select(Answered).where(Answered.school_id == school_id)):
        place = place_of("entry", "asks_sealed", entry.id)
        asks = vault.open_json(entry.asks_sealed, place)
        kept = [ask for ask in asks if ask not in wordings]
        if len(kept) < len(asks):
            entry.asks_sealed = vault.seal_json(kept, place)
            changed += 1
    await session.flush()
    return changed


def _row(session: AsyncSession, entry: Answered, school: str) -> EntryRow:
    vault = vault_of(session)
    return EntryRow(
        id=entry.id,
        school_id=entry.school_id,
        school=school,
        cohort=entry.cohort,
        class_ids=frozenset(UUID(hex=text) for text in entry.class_ids),
        asks=tuple(vault.open_json(entry.asks_sealed, place_of("entry", "asks_sealed", entry.id))),
        answer=vault.open(entry.answer_sealed, place_of("entry", "answer_sealed", entry.id)),
        author_id=entry.author_id,
        published_at=entry.published_at,
    )
