"""Items (办理事项): saving and publishing them, what a student has to do, and how far he is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from math import inf
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.audience import AudienceBroken, Facts, audience_clause, checked, fits, tester_of
from storage.clock import due_instant, school_day
from storage.models import ClassGroup, Item, ItemStatus, Notice, Student
from storage.owing import SETTLED, NotDone, not_done
from storage.upsert import insert_into

__all__ = [
    "SETTLED",
    "AudienceBroken",
    "ItemView",
    "NotDone",
    "Saved",
    "audience_clause",
    "edit",
    "facts_of",
    "items_of",
    "items_of_many",
    "listed",
    "mark",
    "mark_form",
    "not_done",
    "open_items",
    "publish",
    "reject",
    "save_items",
]

_FIELDS: Mapping[str, Any] = {
    "title": "",
    "actor": "student",
    "department": None,
    "contact": None,
    "opens_on": None,
    "due_on": None,
    "due_time": None,
    "due_text": None,
    "tentative": False,
    "how": "unknown",
    "steps": None,
    "evidence": "self",
    "form": None,
    "critical": False,
    "quote": None,
    "locator": None,
    "place": None,
    "start_time": None,
    "is_deadline": None,
}
"""The columns that a proposal brings along, and what they are where it says nothing."""

_ENDED = ("superseded", "cancelled", "rejected")
"""What is over is not brought back by reading the old notice, or installing a pack, once more."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving did: ids of new and of changed items, and how many were left as a person had made them."""

    new: tuple[UUID, ...]
    changed: tuple[UUID, ...]
    kept: int


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item as one student sees it."""

    id: UUID
    key: str
    title: str
    department: str | None
    contact: str | None
    opens_on: date | None
    due_on: date | None
    due_time: time | None
    due_at: datetime | None
    due_text: str | None
    tentative: bool
    how: str
    steps: str | None
    evidence: str
    form: str | None
    critical: bool
    notice: str | None
    """Title of the notice it comes from."""
    quote: str | None
    status: str
    """open, handed_in, returned, done or waived."""
    reason: str | None
    today: date
    overdue: bool
    place: str | None = None
    published_on: date | None = None
    """The day on which a person published it."""

    @property
    def settled(self) -> bool:
        """Whether the student has nothing left to do here."""
        return self.status in SETTLED

    @property
    def days_left(self) -> int | None:
        """School days' count from today to the due date: 0 today, negative when past, None without a date."""
        return None if self.due_on is None else (self.due_on - self.today).days


async def save_items(
    session: AsyncSession,
    school_id: UUID,
    cohort: str,
    items: Iterable[object],
    notice_id: UUID | None = None,
    status: str = "proposed",
    now: datetime | None = None,
) -> Saved:
    """Saves proposals (objects with `key` and the fields of `Item`) under their key; the same again changes nothing.

    What a person edited, published or rejected is not overwritten by a proposal; what a later notice changed is not
    brought back by anything, and what took its place stays whole. Of what is new and published at `now`, students hear
    the morning after. Raises `AudienceBroken`.
    """
    rows = await session.scalars(select(Item).where(Item.school_id == school_id, Item.cohort == cohort))
    known = {row.key: row for row in rows}
    heirs = {row.superseded_by_id for row in known.values() if row.ended_by_id is not None}
    new, changed, kept = [], [], 0
    for proposal in items:
        values = _values(proposal) | {"notice_id": notice_id, "status": status}
        key = str(getattr(proposal, "key"))  # noqa: B009 - a duck, not a declared type
        row = known.get(key)
        if row is None:
            row = known[key] = Item(id=uuid4(), school_id=school_id, cohort=cohort, key=key, **values)
            row.published_at = now if status == "published" else None
            session.add(row)
            new.append(row.id)
        elif row.id in heirs or _is_settled(row, status):
            kept += 1
        elif _overwrite(row, values):
            changed.append(row.id)
    await session.flush()
    return Saved(tuple(new), tuple(changed), kept)


async def publish(session: AsyncSession, item_ids: Collection[UUID], now: datetime | None = None) -> int:
    """Publishes proposed items: from now on they are shown and reminded of, and the morning after `now` they are told
    of as new. Gives how many were not yet.
    """
    result = await session.execute(
        update(Item)
        .where(Item.id.in_(item_ids), Item.status == "proposed")
        .values(status="published", published_at=now)
        .returning(Item.id)
    )
    return len(result.all())


async def edit(session: AsyncSession, item_id: UUID, **columns: Any) -> tuple[str, ...] | None:
    """A person's word about an item that is not over: nothing read later overwrites it. Gives the names of the columns
    that are different now; None where there is no such item. Raises `AudienceBroken`, and `ValueError` for a column
    that nobody may set.
    """
    row = await session.get(Item, item_id)
    if row is None or row.status in _ENDED:
        return None
    unknown = columns.keys() - _FIELDS.keys() - {"audience"}
    if unknown:
        raise ValueError(f"no column that may be set: {', '.join(sorted(unknown))}")
    if "audience" in columns:
        columns["audience"] = checked(columns["audience"] or {})
    different = tuple(name for name, value in columns.items() if getattr(row, name) != value)
    for name in different:
        setattr(row, name, columns[name])
    row.due_at = due_instant(row.due_on, row.due_time) if row.due_on is not None else None
    row.edited = row.edited or bool(different)
    await session.flush()
    return different


async def reject(session: AsyncSession, item_ids: Collection[UUID]) -> int:
    """Proposals that are none: they are not shown again, nor proposed again by the same sentence. Gives how many."""
    result = await session.execute(
        update(Item)
        .where(Item.id.in_(item_ids), Item.status == "proposed")
        .values(status="rejected")
        .returning(Item.id)
    )
    return len(result.all())


async def listed(
    session: AsyncSession,
    *,
    school_id: UUID | None = None,
    notice_id: UUID | None = None,
    statuses: Collection[str] = ("proposed", "published"),
) -> list[Item]:
    """The items of a school or a notice, by due date."""
    query = select(Item).where(Item.status.in_(statuses)).order_by(Item.due_at.is_(None), Item.due_at, Item.key)
    if school_id is not None:
        query = query.where(Item.school_id == school_id)
    if notice_id is not None:
        query = query.where(Item.notice_id == notice_id)
    return list(await session.scalars(query))


async def items_of(session: AsyncSession, student_id: UUID, now: datetime) -> list[ItemView]:
    """Every published item of a student: what is open first, the most pressing on top."""
    return (await items_of_many(session, [student_id], now)).get(student_id, [])


async def open_items(session: AsyncSession, student_id: UUID, now: datetime) -> list[ItemView]:
    """What a student still has to do, the most pressing on top."""
    return [view for view in await items_of(session, student_id, now) if not view.settled]


async def items_of_many(
    session: AsyncSession, student_ids: Collection[UUID], now: datetime
) -> dict[UUID, list[ItemView]]:
    """`items_of` for many students with three queries; who is not known is left out."""
    facts = await facts_of(session, student_ids)
    items = await _published(session, {(f.school_id, f.cohort) for f in facts.values()})
    standings = await _standings(session, student_ids)
    offers = sorted(((_view(item, notice, now), tester_of(item)) for item, notice in items), key=_pressing)
    return {
        student_id: _settled_last(
            _standing(view, standings[student_id].get(view.id)) for view, concerns in offers if concerns(mine)
        )
        for student_id, mine in facts.items()
    }


async def mark(
    session: AsyncSession,
    *,
    student_id: UUID,
    item_id: UUID,
    status: str,
    now: datetime,
    reason: str | None = None,
    by_staff_id: UUID | None = None,
) -> None:
    """Notes how far a student is with an item: open, handed_in, returned, done or waived."""
    values = {"status": status, "reason": reason, "by_staff_id": by_staff_id, "changed_at": now}
    insert = insert_into(session, ItemStatus).values(student_id=student_id, item_id=item_id, **values)
    await session.execute(insert.on_conflict_do_update(index_elements=["student_id", "item_id"], set_=values))


async def mark_form(
    session: AsyncSession,
    student_id: UUID,
    form_name: str,
    status: str,
    reason: str | None,
    by_staff_id: UUID | None,
    now: datetime,
) -> int:
    """`mark` for every published item of the student that this form hands in; gives how many there are."""
    facts = await facts_of(session, [student_id])
    items = await _published(session, {(f.school_id, f.cohort) for f in facts.values()})
    item_ids = [item.id for item, _ in items if item.form == form_name and fits(item, facts[student_id])]
    for item_id in item_ids:
        await mark(
            session,
            student_id=student_id,
            item_id=item_id,
            status=status,
            reason=reason,
            by_staff_id=by_staff_id,
            now=now,
        )
    return len(item_ids)


def _values(proposal: object) -> dict[str, Any]:
    values = {name: getattr(proposal, name, default) for name, default in _FIELDS.items()}
    values["audience"] = checked(getattr(proposal, "audience", None) or {})
    due_on = values["due_on"]
    values["due_at"] = due_instant(due_on, values["due_time"]) if due_on is not None else None
    if values["is_deadline"] is None:
        values["is_deadline"] = due_on is not None and values["opens_on"] is None
    return values


def _is_settled(row: Item, status: str) -> bool:
    """Whether reading again is to leave the row alone."""
    return row.edited or row.status in _ENDED or (status == "proposed" and row.status != "proposed")


def _overwrite(row: Item, values: Mapping[str, Any]) -> bool:
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)


async def facts_of(session: AsyncSession, student_ids: Collection[UUID]) -> dict[UUID, Facts]:
    """What an audience looks at, of each of these students that is known."""
    rows = await session.execute(
        select(
            Student.id,
            ClassGroup.school_id,
            ClassGroup.cohort,
            ClassGroup.college,
            ClassGroup.name,
            ClassGroup.campus,
            Student.attributes,
        )
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .where(Student.id.in_(student_ids))
    )
    return {row[0]: Facts(*row[1:]) for row in rows}


async def _published(session: AsyncSession, groups: Collection[tuple[UUID, str]]) -> list[tuple[Item, str | None]]:
    rows = await session.execute(
        select(Item, Notice.title)
        .outerjoin(Notice, Notice.id == Item.notice_id)
        .where(
            Item.status == "published",
            Item.actor == "student",
            Item.school_id.in_({school_id for school_id, _ in groups}),
            Item.cohort.in_({cohort for _, cohort in groups}),
        )
    )
    return [(item, title) for item, title in rows]


async def _standings(session: AsyncSession, student_ids: Collection[UUID]) -> defaultdict[UUID, dict[UUID, ItemStatus]]:
    rows = await session.scalars(select(ItemStatus).where(ItemStatus.student_id.in_(student_ids)))
    standings: defaultdict[UUID, dict[UUID, ItemStatus]] = defaultdict(dict)
    for row in rows:
        standings[row.student_id][row.item_id] = row
    return standings


def _view(item: Item, notice: str | None, now: datetime) -> ItemView:
    """The item as those see it who have not touched it; most have not, so they share this one."""
    return ItemView(
        id=item.id,
        key=item.key,
        title=item.title,
        department=item.department,
        contact=item.contact,
        opens_on=item.opens_on,
        due_on=item.due_on,
        due_time=item.due_time,
        due_at=item.due_at,
        due_text=item.due_text,
        tentative=item.tentative,
        how=item.how,
        steps=item.steps,
        evidence=item.evidence,
        form=item.form,
        critical=item.critical,
        notice=notice,
        quote=item.quote,
        status="open",
        reason=None,
        today=school_day(now),
        overdue=item.due_at is not None and item.due_at <= now,
        place=item.place,
        published_on=school_day(item.published_at) if item.published_at is not None else None,
    )


def _standing(view: ItemView, standing: ItemStatus | None) -> ItemView:
    return replace(view, status=standing.status, reason=standing.reason) if standing else view


def _pressing(offer: tuple[ItemView, object]) -> tuple[float, str]:
    """The earliest first, undated last."""
    view = offer[0]
    return (view.due_at.timestamp() if view.due_at else inf, view.key)


def _settled_last(views: Iterable[ItemView]) -> list[ItemView]:
    return sorted(views, key=lambda view: view.settled)
