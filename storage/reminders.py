"""What a student decided about reminders: 停止, 稍后; and what he was told already. As SQL, and for loaded items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Delivery, Item, Mute, Snooze, Student
from storage.owing import owes
from storage.upsert import insert_into

DIGEST = "digest"
_TOLD = ("sent", "unknown")
_DAY = timedelta(days=1)


class Dated(Protocol):
    """An item, or an item as one student sees it."""

    @property
    def id(self) -> UUID: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def critical(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """One student's decisions about reminders, and the day of his last digest."""

    muted: bool = False
    snoozes: Mapping[UUID, date] = field(default_factory=dict)
    told_on: date | None = None

    def sleeps(self, item: Dated, today: date) -> bool:
        """Whether he wants to hear of it later; the day before its date that is over, whatever was said."""
        until = self.snoozes.get(item.id)
        return until is not None and today < until and may_sleep(item, today)

    def hears(self, item: Dated, today: date) -> bool:
        """Whether he may be reminded of it today."""
        return (item.critical or not self.muted) and not self.sleeps(item, today)

    def woke(self, item: Dated, today: date, within: int) -> bool:
        """Whether the time he asked for has come, and no digest went to him since."""
        until = self.snoozes.get(item.id)
        if until is None or not until <= today <= until + within * _DAY:
            return False
        return self.told_on is None or self.told_on < until


def may_sleep(item: Dated, today: date) -> bool:
    """Whether an item can still be put off: not from the day before its date on."""
    return item.due_on is None or today < item.due_on - _DAY


def latest(item: Dated, wanted: date) -> date:
    """The day on which he hears of it again: as he wished, but the day before its date at the latest."""
    return wanted if item.due_on is None else min(wanted, item.due_on - _DAY)


# --- what a student says ---------------------------------------------------------------------------------------------


async def mute(session: AsyncSession, student_id: UUID, now: datetime) -> bool:
    """No reminders but of what is critical; False: it was so before."""
    insert = insert_into(session, Mute).values(student_id=student_id, since=now).on_conflict_do_nothing()
    return (await session.execute(insert.returning(Mute.student_id))).first() is not None


async def unmute(session: AsyncSession, student_id: UUID) -> bool:
    """Reminders again, of everything, also of what he had put off; False: nothing was stopped or put off."""
    muted = await session.execute(delete(Mute).where(Mute.student_id == student_id).returning(Mute.student_id))
    slept = await session.execute(delete(Snooze).where(Snooze.student_id == student_id).returning(Snooze.item_id))
    return bool(muted.all()) | bool(slept.all())


async def snooze(session: AsyncSession, student_id: UUID, until: Mapping[UUID, date]) -> None:
    """He wants to hear of these items no sooner than on these days (`latest` has cut them)."""
    if not until:
        return
    rows = [{"student_id": student_id, "item_id": item_id, "until": day} for item_id, day in until.items()]
    insert = insert_into(session, Snooze).values(rows)
    await session.execute(
        insert.on_conflict_do_update(index_elements=["student_id", "item_id"], set_={"until": insert.excluded.until})
    )


async def is_muted(session: AsyncSession, student_id: UUID) -> bool:
    """Whether he stopped his reminders."""
    return await session.get(Mute, student_id) is not None


async def muted_among(session: AsyncSession, student_ids: Collection[UUID]) -> set[UUID]:
    """Which of these stopped their reminders."""
    return set(await session.scalars(select(Mute.student_id).where(Mute.student_id.in_(student_ids))))


async def standings(session: AsyncSession, student_ids: Collection[UUID], today: date) -> dict[UUID, Standing]:
    """The decisions of many students with three queries; every id is in the answer."""
    muted = await muted_among(session, student_ids)
    snoozes: defaultdict[UUID, dict[UUID, date]] = defaultdict(dict)
    for row in await session.scalars(select(Snooze).where(Snooze.student_id.in_(student_ids))):
        snoozes[row.student_id][row.item_id] = row.until
    told = await session.execute(
        select(Delivery.student_id, func.max(Delivery.for_day).label("last"))
        .where(Delivery.student_id.in_(student_ids), Delivery.kind == DIGEST, Delivery.status.in_(_TOLD))
        .where(Delivery.for_day < today)
        .group_by(Delivery.student_id)
    )
    last = {row.student_id: row.last for row in told}
    return {one: Standing(one in muted, snoozes.get(one, {}), last.get(one)) for one in student_ids}


async def woken(session: AsyncSession, day: date, within: int) -> set[UUID]:
    """The items that somebody put off until this day or some days before it."""
    rows = await session.scalars(
        select(Snooze.item_id).where(Snooze.until.between(day - within * _DAY, day)).distinct()
    )
    return set(rows)


# --- the same as conditions over `student` joined with `class_group` -------------------------------------------------


def muted() -> ColumnElement[bool]:
    """He stopped his reminders."""
    return select(Mute.student_id).where(Mute.student_id == Student.id).exists()


def to_tell(
    steps: Iterable[tuple[Item, date]], woken_items: Iterable[Item], day: date, within: int
) -> ColumnElement[bool] | None:
    """He owes an item that he is to be told of on `day`: one that has a step today, or one missed since his last
    digest, or one that he put off until now. None: there is no such item.
    """
    by_step: defaultdict[date, list[Item]] = defaultdict(list)
    for item, step in steps:
        by_step[step].append(item)
    found = [
        and_(*([] if step == day else [~_told_since(step)]), _owes_loudly(items, day))
        for step, items in sorted(by_step.items(), reverse=True)
    ]
    found += [and_(_wakes(item, day, within), _owes_loudly([item], day)) for item in woken_items]
    return or_(*found) if found else None


def _owes_loudly(items: Sequence[Item], day: date) -> ColumnElement[bool]:
    """He owes one of these, did not put it off, and did not stop reminders unless it is critical."""
    loud = [_unslept(item, day) for item in items if item.critical]
    quiet = [_unslept(item, day) for item in items if not item.critical]
    return or_(*loud, *([and_(~muted(), or_(*quiet))] if quiet else []))


def _unslept(item: Item, day: date) -> ColumnElement[bool]:
    if not may_sleep(item, day):
        return owes(item)
    sleeping = (
        select(Snooze.item_id)
        .where(Snooze.student_id == Student.id, Snooze.item_id == item.id, Snooze.until > day)
        .exists()
    )
    return and_(owes(item), ~sleeping)


def _told_since(day: date) -> ColumnElement[bool]:
    return (
        select(Delivery.id)
        .where(Delivery.student_id == Student.id, Delivery.kind == DIGEST)
        .where(Delivery.for_day >= day, Delivery.status.in_(_TOLD))
        .exists()
    )


def _wakes(item: Item, day: date, within: int) -> ColumnElement[bool]:
    told = (
        select(Delivery.id)
        .where(Delivery.student_id == Snooze.student_id, Delivery.kind == DIGEST)
        .where(Delivery.for_day >= Snooze.until, Delivery.status.in_(_TOLD))
        .exists()
    )
    return (
        select(Snooze.item_id)
        .where(Snooze.student_id == Student.id, Snooze.item_id == item.id, ~told)
        .where(Snooze.until.between(day - within * _DAY, day))
        .exists()
    )
