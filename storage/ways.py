"""The ways to a person: his addresses in the order in which he is written to, and which of them do not work.

An address the platform refuses for good is marked with the reason and goes last until he writes from there again, or
something arrives. A person none of whose addresses works is unreachable, and the reason is told by name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from storage.models import Binding
from storage.people import Addressed, Place

PREFERENCE = ("wecom", "wechat", "telegram", "web", "terminal")
"""Where a person who chose nothing is written to: where the phone is, first."""

_CHUNK = 5000
"""SQLite takes so many values in one statement, and more."""


@dataclass(frozen=True, slots=True)
class Way:
    """One live, approved address of a person."""

    place: Place
    blocked: str | None
    """Why the platform refuses to deliver there; None: it works as far as is known."""


async def ways_of(session: AsyncSession, people: Collection[UUID]) -> dict[UUID, list[Way]]:
    """The ways to these students and members of staff, the one to try first at the front; every id is in the answer."""
    bound: dict[UUID, list[_Row]] = {person: [] for person in people}
    everybody = list(bound)
    for some in (everybody[start : start + _CHUNK] for start in range(0, len(everybody), _CHUNK)):
        for column in (Binding.student_id, Binding.staff_id):
            rows = await session.execute(
                select(column, *_COLUMNS)
                .where(_is_one_of(session, column, some))
                .where(Binding.ended_at.is_(None), Binding.approved_at.is_not(None))
            )
            for person, *row in rows:
                bound[person].append(_Row._make(row))
    return {
        person: [_way(row) for row in (sorted(rows, key=_order) if len(rows) > 1 else rows)]
        for person, rows in bound.items()
    }


def _is_one_of(
    session: AsyncSession, column: InstrumentedAttribute[UUID | None], people: Sequence[UUID]
) -> ColumnElement[bool]:
    """PostgreSQL gets them as one value: a thousand parameters take its driver longer than the answer."""
    if session.get_bind().dialect.name == "sqlite":
        return column.in_(people)
    return column == any_(literal(list(people), ARRAY(Uuid)))


class _Row(NamedTuple):
    channel: str
    chat: str
    user: str
    blocked_at: datetime | None
    blocked_reason: str | None
    preferred_at: datetime | None
    bound_at: datetime


_COLUMNS = tuple(getattr(Binding, name) for name in _Row._fields)


async def block(session: AsyncSession, reasons: Mapping[Place, str], now: datetime) -> None:
    """Marks addresses the platform refuses."""
    for place, reason in reasons.items():
        await session.execute(_live(place).values(blocked_at=now, blocked_reason=reason))


async def unblock(session: AsyncSession, place: Addressed) -> None:
    """The address works: he wrote from there, or something arrived."""
    await session.execute(
        _live(place).where(Binding.blocked_at.is_not(None)).values(blocked_at=None, blocked_reason=None)
    )


async def prefer(session: AsyncSession, person: UUID, channel: str, now: datetime) -> bool:
    """The person's choice of where to be written to; False: he has no address there."""
    result = await session.execute(
        update(Binding)
        .where(or_(Binding.student_id == person, Binding.staff_id == person), Binding.channel == channel)
        .where(Binding.ended_at.is_(None), Binding.approved_at.is_not(None))
        .values(preferred_at=now)
        .returning(Binding.id)
    )
    return bool(result.all())


def _live(place: Addressed):  # type: ignore[no-untyped-def]
    return update(Binding).where(
        Binding.channel == place.channel, Binding.user == place.user, Binding.ended_at.is_(None)
    )


def _way(row: _Row) -> Way:
    return Way(Place(row.channel, row.chat, row.user), row.blocked_reason if row.blocked_at else None)


def _order(row: _Row) -> tuple[bool, float, int, float]:
    """What works first; then his own choice, the latest first; then where the phone is; then the latest binding."""
    rank = PREFERENCE.index(row.channel) if row.channel in PREFERENCE else len(PREFERENCE)
    chosen = -row.preferred_at.timestamp() if row.preferred_at else 0.0
    return (row.blocked_at is not None, chosen, rank, -row.bound_at.timestamp())
