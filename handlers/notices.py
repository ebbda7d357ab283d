"""Notices at the school office's desk: what was understood is looked at, corrected, confirmed and published.

Every step asks for the office's role and stays within its school; console and chat act through the same functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any
from uuid import UUID

from handlers.handler import Context, Refusal
from knowledge.blocks import Document
from knowledge.importing import NoSchool, TakenIn, take_in
from knowledge.publishing import Decisions, Plan, Published, Undecided, plan, publish
from storage import audit, items, notices, proposals
from storage.models import Item, Notice
from storage.people import Actor

OFFICE = ("office", "operator")
ACTORS: Mapping[str, str] = MappingProxyType(
    {
        "student": "学生",
        "class": "班委",
        "counselor": "辅导员",
        "college": "学院",
        "department": "部门",
        "teacher": "教师",
    }
)
"""Who has to do something, as people say it."""


@dataclass(frozen=True, slots=True)
class NoticeCard:
    """One notice in the list."""

    id: UUID
    title: str
    issued_on: date | None
    status: str
    problems: tuple[str, ...]
    amends: str | None
    """Title of the notice it changes."""
    waiting: int
    """Items that nobody has looked at."""
    unread: int = 0
    """Contacts, conditions, file specifications and questions that nobody has looked at."""


@dataclass(frozen=True, slots=True)
class ItemCard:
    """One item of a notice as it is reviewed."""

    id: UUID
    title: str
    actor: str
    department: str | None
    opens_on: date | None
    due_on: date | None
    due_time: time | None
    due_text: str | None
    tentative: bool
    place: str | None
    quote: str | None
    locator: str | None
    status: str
    edited: bool
    critical: bool = False
    """Students are reminded of it even if they stopped their reminders."""


def is_office(actor: Actor | None) -> bool:
    """Whether this person may publish what his school says."""
    return actor is not None and actor.role in OFFICE


async def listed(context: Context) -> list[NoticeCard]:
    """The school's notices, the newest first."""
    actor = office_of(context)
    rows = [notice for notice, _ in await notices.notices(context.session, actor.school_id)]
    titles = {notice.id: notice.title for notice in rows}
    waiting = await items.listed(context.session, school_id=actor.school_id, statuses=("proposed",))
    unread = await proposals.waiting(context.session, actor.school_id)
    return [
        NoticeCard(
            notice.id,
            notice.title,
            notice.issued_on,
            notice.status,
            tuple(notice.problems),
            titles.get(notice.amends_id) if notice.amends_id else None,
            sum(item.notice_id == notice.id for item in waiting),
            unread.get(notice.id, 0),
        )
        for notice in reversed(rows)
    ]


async def items_of(context: Context, notice_id: UUID) -> list[ItemCard]:
    """What was read out of a notice, as it is to be confirmed. Raises `LookupError`."""
    notice = await _notice(context, notice_id)
    return [_card(item) for item in await items.listed(context.session, notice_id=notice.id)]


async def changes(context: Context, notice_id: UUID) -> Plan | None:
    """What publishing the notice would change in another one; None: nothing, or it is done. Raises `LookupError`."""
    notice = await _notice(context, notice_id)
    return await plan(context.session, notice) if notice.published_at is None else None


async def take(context: Context, document: Document) -> TakenIn:
    """Saves a notice that was read, for review: nothing is published. Raises `Refusal`."""
    actor = office_of(context)
    try:
        taken = await take_in(context.session, document, actor.school, context.now, actor.tag, publishing=False)
    except NoSchool:
        raise Refusal("看不出是哪所学校的通知。") from None
    await _note(context, "notice.imported", f"notice:{taken.notice.id}", proposals=taken.proposals)
    return taken


async def release(context: Context, notice_id: UUID, decided: Decisions) -> Published:
    """Publishes a notice with everything it changes. Raises `Refusal` where something is to be decided first."""
    notice, actor = await _notice(context, notice_id), office_of(context)
    try:
        done = await publish(context.session, notice, context.now, actor.tag, decided)
    except Undecided as problem:
        raise Refusal(str(problem)) from None
    await _note(context, "notice.published", f"notice:{notice.id}")
    return done


async def confirm(context: Context, item_id: UUID) -> None:
    """Publishes a proposal. Raises `LookupError`."""
    item = await _item(context, item_id)
    await items.publish(context.session, [item.id], context.now)
    await _note(context, "item.published", f"item:{item.id}")


async def reject(context: Context, item_id: UUID) -> None:
    """This is nothing to be done. Raises `LookupError`."""
    item = await _item(context, item_id)
    await items.reject(context.session, [item.id])
    await _note(context, "item.rejected", f"item:{item.id}")


async def edit(context: Context, item_id: UUID, columns: Mapping[str, Any]) -> tuple[str, ...]:
    """A person's word: no import overwrites it. Gives what is different. Raises `LookupError` and `Refusal`."""
    item = await _item(context, item_id)
    if not str(columns.get("title", item.title) or "").strip():
        raise Refusal("标题不能为空。")
    opens, due = columns.get("opens_on", item.opens_on), columns.get("due_on", item.due_on)
    if opens and due and opens > due:
        raise Refusal("开始日期在截止日期之后，请再看一下。")
    different = await items.edit(context.session, item.id, **columns) or ()
    await _note(context, "item.edited", f"item:{item.id}", columns=sorted(different))
    return different


def moment_of(text: str) -> tuple[date | None, time | None]:
    """'2023-06-08', '2023-06-08 17:00', or '' for none. Raises `Refusal`."""
    text = text.strip()
    if not text:
        return None, None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal("日期写成 2023-06-08，或者 2023-06-08 17:00。") from None
    return moment.date(), moment.time() if ":" in text else None


def office_of(context: Context) -> Actor:
    """Who acts for the office. Raises `Refusal` for anybody else."""
    if context.actor is None or not is_office(context.actor):
        raise Refusal("通知由学校办公室导入和发布。")
    return context.actor


async def _notice(context: Context, notice_id: UUID) -> Notice:
    actor = office_of(context)
    notice = await context.session.get(Notice, notice_id)
    if notice is None or notice.school_id != actor.school_id:
        raise LookupError("no such notice")
    return notice


async def _item(context: Context, item_id: UUID) -> Item:
    actor = office_of(context)
    item = await context.session.get(Item, item_id)
    if item is None or item.school_id != actor.school_id or item.status not in ("proposed", "published"):
        raise LookupError("no such item")
    return item


async def _note(context: Context, action: str, target: str, **detail: Any) -> None:
    actor = office_of(context)
    await audit.record(
        context.session,
        now=context.now,
        actor=actor.tag,
        action=action,
        target=target,
        school_id=actor.school_id,
        **detail,
    )


def _card(item: Item) -> ItemCard:
    return ItemCard(**{name: getattr(item, name) for name in ItemCard.__dataclass_fields__})
