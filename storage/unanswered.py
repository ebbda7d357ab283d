"""Questions that the published notices did not answer: sealed, with their like, until somebody answers them.

Staff see the questions of those whom they may see: a counselor those of his classes, the office those of its school
and of strangers who asked about it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Insert, Table, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import entries, people
from storage.crypto import place_of
from storage.database import vault_of
from storage.models import ClassGroup, Delivery, Student, Unanswered
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
    classes: tuple[tuple[str, int], ...] = ()
    """From which classes, and how often; strangers are in none."""


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
    row = {
        "id": row_id,
        "school_id": school_id,
        "student_id": student_id,
        "same": vault.lookup(core, "unanswered"),
        "text_sealed": vault.seal(question, _place(row_id)),
        "asked_at": now,
    }
    await session.execute(_collecting(), row)


@cache
def _collecting() -> Insert:
    return insert(cast("Table", Unanswered.__table__)).inline()


async def waiting(session: AsyncSession, actor: Actor, limit: int = 50) -> list[Open]:
    """The open questions this member of staff may see, the most asked first, then the newest."""
    return await _open(session, actor, None, limit)


async def waiting_count(session: AsyncSession, actor: Actor) -> int:
    """How many open questions there are, like ones counted once."""
    return await session.scalar(select(func.count(Unanswered.same.distinct())).where(_visible(actor))) or 0


async def one(session: AsyncSession, actor: Actor, row_id: UUID) -> Open | None:
    """The open question of which this is a row; None where it is answered, or not this person's to see."""
    same = await session.scalar(select(Unanswered.same).where(_visible(actor), Unanswered.id == row_id))
    found = [] if same is None else await _open(session, actor, same, 1)
    return found[0] if found else None


async def _open(session: AsyncSession, actor: Actor, same: bytes | None, limit: int) -> list[Open]:
    mine = _visible(actor) if same is None else _visible(actor) & (Unanswered.same == same)
    times, first, last = func.count(), func.min(Unanswered.asked_at), func.max(Unanswered.asked_at)
    query = select(Unanswered.same, times, first, last).where(mine).group_by(Unanswered.same)
    groups = (await session.execute(query.order_by(times.desc(), last.desc(), Unanswered.same).limit(limit))).all()
    keys = [group[0] for group in groups]
    newest, classes = await _newest(session, mine, keys), await _classes(session, mine, keys)
    return [
        Open(row_id, key, _text(session, row_id, sealed), times, first, last, tuple(classes.get(key, ())))
        for key, times, first, last in groups
        for row_id, sealed in [newest[key]]
    ]


async def _newest(
    session: AsyncSession, mine: ColumnElement[bool], keys: Sequence[bytes]
) -> dict[bytes, tuple[UUID, bytes]]:
    order = func.row_number().over(partition_by=Unanswered.same, order_by=(Unanswered.asked_at.desc(), Unanswered.id))
    ranked = (
        select(Unanswered.same, Unanswered.id, Unanswered.text_sealed, order.label("place"))
        .where(mine, Unanswered.same.in_(keys))
        .subquery()
    )
    rows = await session.execute(select(ranked).where(ranked.c.place == 1))
    return {same: (row_id, sealed) for same, row_id, sealed, _ in rows}


async def _classes(
    session: AsyncSession, mine: ColumnElement[bool], keys: Sequence[bytes]
) -> dict[bytes, list[tuple[str, int]]]:
    rows = await session.execute(
        select(Unanswered.same, ClassGroup.name, func.count())
        .join(Student, Student.id == Unanswered.student_id)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(mine, Unanswered.same.in_(keys))
        .group_by(Unanswered.same, ClassGroup.id, ClassGroup.name)
        .order_by(func.count().desc(), ClassGroup.name)
    )
    found: dict[bytes, list[tuple[str, int]]] = {}
    for same, name, count in rows:
        found.setdefault(same, []).append((name, count))
    return found


async def settle(session: AsyncSession, actor: Actor, same: bytes, now: datetime) -> Closed:
    """Closes a question with all its like, as far as this member of staff may see them.

    Whoever closes a row has it: of two who answer in one moment, one gets nobody to tell.
    """
    closed = await session.execute(
        update(Unanswered)
        .where(_visible(actor), Unanswered.same == same)
        .values(answered_at=now)
        .returning(Unanswered.id, Unanswered.student_id, Unanswered.asked_at, Unanswered.text_sealed)
        .execution_options(synchronize_session=False)
    )
    rows = sorted(closed.all(), key=lambda row: (row.asked_at, row.id))
    said = [(row.student_id, _text(session, row.id, row.text_sealed)) for row in rows]
    askers = {student_id: text for student_id, text in said if student_id is not None}
    return Closed(askers, tuple(dict.fromkeys(text for _, text in reversed(said)))[:PHRASINGS])


# --- forgetting ------------------------------------------------------------------------------------------------------


async def erase_of(session: AsyncSession, student_id: UUID) -> int:
    """Forgets every question of a student, answered or not, and his wordings wherever an answer keeps them."""
    gone = await _forget(session, Unanswered.student_id == student_id, None)
    told = (Delivery.student_id == student_id) & (Delivery.kind == "answer") & Delivery.settled_at.is_not(None)
    emptied = update(Delivery).where(told).values(text_sealed=None)  # they repeat what he asked
    await session.execute(emptied.execution_options(synchronize_session=False))
    return gone


async def forget(session: AsyncSession, before: datetime, limit: int) -> int:
    """Forgets up to so many questions that were asked until an instant, and their wordings, whoever asked."""
    return await _forget(session, Unanswered.asked_at <= before, limit)


async def _forget(session: AsyncSession, which: ColumnElement[bool], limit: int | None) -> int:
    columns = (Unanswered.id, Unanswered.school_id, Unanswered.same, Unanswered.text_sealed)
    rows = (await session.execute(select(*columns).where(which).order_by(Unanswered.asked_at).limit(limit))).all()
    texts: dict[UUID, set[str]] = {}
    for row in rows:
        if row.school_id is not None:
            texts.setdefault(row.school_id, set()).add(_text(session, row.id, row.text_sealed))
    await session.execute(
        delete(Unanswered)
        .where(Unanswered.id.in_([row.id for row in rows]))
        .execution_options(synchronize_session=False)
    )
    for school_id, said in texts.items():
        still = await _still_said(session, school_id, {row.same for row in rows})
        await entries.unsay(session, school_id, said - still)
    return len(rows)


async def _still_said(session: AsyncSession, school_id: UUID, keys: Collection[bytes]) -> set[str]:
    """The wordings of like questions that others asked too: those are theirs."""
    rows = await session.execute(
        select(Unanswered.id, Unanswered.text_sealed).where(
            Unanswered.school_id == school_id, Unanswered.same.in_(list(keys))
        )
    )
    return {_text(session, *row) for row in rows}


def _text(session: AsyncSession, row_id: UUID, sealed: bytes) -> str:
    return vault_of(session).open(sealed, _place(row_id))


def _place(row_id: UUID) -> str:
    return place_of("unanswered", "text_sealed", row_id)


def _visible(actor: Actor) -> ColumnElement[bool]:
    """The open rows of students in the actor's classes; for the office also of strangers who asked its school."""
    students = select(Student.id).where(Student.class_id.in_(people.scope_of(actor)))
    mine: ColumnElement[bool] = Unanswered.student_id.in_(students)
    if actor.role in ("office", "operator"):
        mine = mine | Unanswered.student_id.is_(None)
    return (Unanswered.school_id == actor.school_id) & Unanswered.answered_at.is_(None) & mine
