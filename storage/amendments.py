"""Notices that change notices, in the store: what they end, what takes its place, and whom that concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Uuid, and_, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.audience import audience_clause, tester_of
from storage.clock import due_instant
from storage.fanout import plan_amendment
from storage.items import facts_of
from storage.models import ClassGroup, Item, ItemStatus, Notice, Passage, Student
from storage.upsert import insert_into

OVER = ("done", "waived")
"""Who stands so with an item is not concerned by a change of it."""
USEFUL = timedelta(days=7)
"""After this a message about a change that could not be sent is not sent any more."""

_INHERITED = (
    "title", "actor", "department", "contact", "opens_on", "due_on", "due_time", "due_text", "tentative", "audience",
    "how", "steps", "evidence", "form", "critical", "place", "start_time", "is_deadline",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ending:
    """An item that a notice ended and what takes its place; None: it is cancelled."""

    old: Item
    new: Item | None


@dataclass(frozen=True, slots=True)
class Concern:
    """An ending as one student sees it: whether the item was his and whether what takes its place is."""

    ending: Ending
    was: bool
    now: bool


async def relate(session: AsyncSession, notice: Notice, amends_id: UUID | None, amends_as: str | None) -> None:
    """Notes which notice this one changes, and how."""
    notice.amends_id, notice.amends_as = amends_id, amends_as if amends_id else None
    await session.flush()


async def family(session: AsyncSession, notice: Notice) -> list[Notice]:
    """The notices that speak of the same as the one that `notice` changes: that one, what it changes, what changes it;
    `notice` itself is not among them."""
    rows = list(await session.scalars(select(Notice).where(Notice.school_id == notice.school_id)))
    by_id = {row.id: row for row in rows}
    root = _root(by_id, notice)
    return [row for row in rows if row.id != notice.id and _root(by_id, row).id == root.id]


def _root(notices: Mapping[UUID, Notice], notice: Notice) -> Notice:
    seen = {notice.id}
    while notice.amends_id is not None and notice.amends_id in notices and notice.amends_id not in seen:
        notice = notices[notice.amends_id]
        seen.add(notice.id)
    return notice


async def valid_items(session: AsyncSession, notice: Notice, notice_ids: Collection[UUID]) -> list[Item]:
    """The items that hold now and that a change by `notice` can mean: of these notices, or of no notice at all."""
    query = (
        select(Item)
        .where(
            Item.school_id == notice.school_id,
            Item.status.in_(("proposed", "published")),
            or_(Item.notice_id.in_(notice_ids), Item.notice_id.is_(None)),
        )
        .order_by(Item.key)
    )
    if notice.cohort:
        query = query.where(Item.cohort == notice.cohort)
    return list(await session.scalars(query))


async def items_of_notice(session: AsyncSession, notice_id: UUID) -> list[Item]:
    """Every item of a notice, whatever has become of it."""
    return list(await session.scalars(select(Item).where(Item.notice_id == notice_id).order_by(Item.key)))


async def ended_by(session: AsyncSession, notice_id: UUID) -> list[Item]:
    """Every item, as it was, that a notice has changed or cancelled."""
    return list(await session.scalars(select(Item).where(Item.ended_by_id == notice_id).order_by(Item.key)))


async def items_of_cohort(session: AsyncSession, school_id: UUID, cohort: str) -> list[Item]:
    """Every item of a school's cohort, whatever has become of it."""
    query = select(Item).where(Item.school_id == school_id, Item.cohort == cohort).order_by(Item.key)
    return list(await session.scalars(query))


async def supplements(session: AsyncSession, school_id: UUID, cohort: str) -> list[Notice]:
    """The published notices that change others in part, in the order in which they were issued."""
    rows = await session.scalars(
        select(Notice)
        .where(Notice.school_id == school_id, Notice.amends_as == "supplement", Notice.published_at.is_not(None))
        .order_by(Notice.issued_on.is_(None), Notice.issued_on, Notice.published_at)
    )
    return [row for row in rows if row.cohort in (None, cohort)]


async def supersede(session: AsyncSession, old: Item, new: Item, values: Mapping[str, Any], by: Notice) -> Item:
    """Ends an item; what takes its place has everything of it that `values` don't change, and everybody's standing.

    `new` is the proposal of the notice `by`. Where it has taken another item's place already, a copy takes this one's.
    """
    if await _taken(session, new):
        new = await _copy(session, new)
    kept = {name: getattr(old, name) for name in _INHERITED if name not in values}
    if new.edited:
        kept |= {name: getattr(new, name) for name in ("title", "steps") if getattr(new, name)}
    for name, value in {**kept, **values}.items():
        setattr(new, name, value)
    new.due_at = due_instant(new.due_on, new.due_time) if new.due_on is not None else None
    new.status, new.superseded_by_id = old.status, None
    await session.flush()
    _end(old, "superseded", by)
    old.superseded_by_id = new.id
    await session.flush()
    await _take_over(session, old.id, new.id)
    return new


async def cancel(session: AsyncSession, old: Item, by: Notice) -> None:
    """Ends an item without anything in its place."""
    _end(old, "cancelled", by)
    await session.flush()


async def set_aside(session: AsyncSession, duplicate: Item, instead: Item) -> None:
    """A proposal that says what another item says already: a reviewer shall not see both."""
    duplicate.status, duplicate.superseded_by_id = "superseded", instead.id
    await session.flush()


def _end(item: Item, status: str, by: Notice) -> None:
    item.ended_status, item.status, item.ended_by_id = item.status, status, by.id


async def _taken(session: AsyncSession, new: Item) -> bool:
    return bool(await session.scalar(select(Item.id).where(Item.superseded_by_id == new.id).limit(1)))


async def _copy(session: AsyncSession, new: Item) -> Item:
    names = (*_INHERITED, "school_id", "notice_id", "cohort", "quote", "locator")
    count = await session.scalar(select(func.count(Item.id)).where(Item.key.startswith(f"{new.key}.", autoescape=True)))
    copied = Item(id=uuid4(), key=f"{new.key}.{(count or 0) + 2}", **{name: getattr(new, name) for name in names})
    session.add(copied)
    await session.flush()
    return copied


async def _take_over(session: AsyncSession, old_id: UUID, new_id: UUID) -> None:
    """Who has handed in, done, or been let off stays so."""
    columns = ("student_id", "status", "reason", "by_staff_id", "changed_at")
    standing = select(*(getattr(ItemStatus, name) for name in columns), literal(new_id, Uuid())).where(
        ItemStatus.item_id == old_id
    )
    insert = insert_into(session, ItemStatus.__table__).from_select([*columns, "item_id"], standing)
    await session.execute(insert.on_conflict_do_nothing(index_elements=["student_id", "item_id"]))


async def current(session: AsyncSession, item_id: UUID) -> UUID:
    """The item that is valid instead of this one, however many changes later; itself where nothing took its place."""
    seen: set[UUID] = set()
    while item_id not in seen:
        seen.add(item_id)
        later = await session.scalar(select(Item.superseded_by_id).where(Item.id == item_id))
        if later is None:
            break
        item_id = later
    return item_id


async def retire(session: AsyncSession, passage_id: UUID, by: UUID, remaining: str | None) -> None:
    """A passage answers no more, except for what is `remaining` of it."""
    await session.execute(
        update(Passage).where(Passage.id == passage_id).values(superseded_by_id=by, remaining=remaining)
    )


async def replace_notices(session: AsyncSession, notice_ids: Collection[UUID]) -> None:
    """Notices that were said anew: nothing in them answers any more."""
    await session.execute(update(Notice).where(Notice.id.in_(notice_ids)).values(status="superseded"))


# --- whom it concerns ------------------------------------------------------------------------------------------------


async def endings(session: AsyncSession, notice_id: UUID) -> list[Ending]:
    """What a notice has ended of what students had been told, by due date."""
    rows = await session.scalars(
        select(Item)
        .where(Item.ended_by_id == notice_id, Item.ended_status == "published", Item.actor == "student")
        .order_by(Item.due_at.is_(None), Item.due_at, Item.key)
    )
    olds = list(rows)
    news = {
        row.id: row
        for row in await session.scalars(select(Item).where(Item.id.in_([old.superseded_by_id for old in olds])))
    }
    return [Ending(old, news.get(old.superseded_by_id) if old.superseded_by_id else None) for old in olds]


def concerned(found: Sequence[Ending]) -> ColumnElement[bool]:
    """The condition over `student` joined with `class_group`: one of these endings is his business."""
    return or_(*(_concerned(ending) for ending in found))


def _concerned(ending: Ending) -> ColumnElement[bool]:
    """He is in the old or in the new audience and is not through with it."""
    items = [ending.old, *([ending.new] if ending.new is not None else [])]
    return and_(or_(*(audience_clause(item) for item in items)), ~_over([item.id for item in items]))


def _over(item_ids: Sequence[UUID]) -> ColumnElement[bool]:
    return (
        select(ItemStatus.item_id)
        .where(ItemStatus.student_id == Student.id, ItemStatus.item_id.in_(item_ids), ItemStatus.status.in_(OVER))
        .exists()
    )


async def count_concerned(session: AsyncSession, items: Sequence[Item]) -> int:
    """How many students would be told if these items were changed."""
    told = [Ending(item, None) for item in items if item.status == "published" and item.actor == "student"]
    if not told:
        return 0
    query = select(func.count(Student.id)).join(ClassGroup, ClassGroup.id == Student.class_id).where(concerned(told))
    return int(await session.scalar(query) or 0)


async def tell(session: AsyncSession, notice_id: UUID, now: datetime) -> int:
    """One message to every student whom the notice's changes concern; saying it again adds nobody. Gives how many."""
    found = await endings(session, notice_id)
    if not found:
        return 0
    return await plan_amendment(session, notice_id, concerned(found), now=now, expires_at=now + USEFUL)


async def concerns_of(
    session: AsyncSession, notice_id: UUID, student_ids: Collection[UUID]
) -> dict[UUID, list[Concern]]:
    """For each student what of a notice's changes is his business now."""
    found = await endings(session, notice_id)
    facts = await facts_of(session, student_ids)
    over = await _through(session, found, student_ids)
    testers = [(e, tester_of(e.old), tester_of(e.new) if e.new is not None else None) for e in found]
    told: dict[UUID, list[Concern]] = {}
    for student_id, mine in facts.items():
        seen = (
            Concern(ending, was(mine), bool(now and now(mine)))
            for ending, was, now in testers
            if not over[student_id] & {ending.old.id, ending.new.id if ending.new is not None else ending.old.id}
        )
        told[student_id] = [concern for concern in seen if concern.was or concern.now]
    return told


async def _through(
    session: AsyncSession, found: Sequence[Ending], student_ids: Collection[UUID]
) -> defaultdict[UUID, set[UUID]]:
    item_ids = [item.id for ending in found for item in (ending.old, ending.new) if item is not None]
    rows = await session.execute(
        select(ItemStatus.student_id, ItemStatus.item_id).where(
            ItemStatus.student_id.in_(student_ids), ItemStatus.item_id.in_(item_ids), ItemStatus.status.in_(OVER)
        )
    )
    over: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for student_id, item_id in rows:
        over[student_id].add(item_id)
    return over
