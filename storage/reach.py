"""Whom a broadcast goes to: classes, narrowed by data; and which of them a message can reach, on which channel.

A narrowing is one entry of `NARROWINGS`; an unknown one fits nobody. The scope of whoever asks is part of every query.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, and_, case, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import windows
from storage.crypto import place_of
from storage.database import vault_of
from storage.deliveries import ONLY_WHEN_HE_WRITES
from storage.models import Binding, ClassGroup, Delivery, GroupChat, Item, Student
from storage.owing import owes
from storage.people import Actor, scope_of
from storage.ways import PREFERENCE
from storage.windows import Rule

NAMED = 200
"""So many of those who cannot be reached are told by name."""

Narrowing = Callable[[AsyncSession, Any], Awaitable[ColumnElement[bool]]]


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a broadcast is for: these classes, narrowed (`storage.models.Broadcast.audience`), and in words."""

    class_ids: tuple[UUID, ...]
    audience: Mapping[str, Any]
    label: str
    problems: tuple[str, ...] = ()
    """What of a list fitted nobody, in sentences."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody no message gets to, and why: 'not bound', 'channel is off', or what the platform said."""

    name: str
    class_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a broadcast would get to. `channels`: how many on each; `groups`: how many group chats by channel.

    `closed`: how many can be written to on a channel only after they write there; they are in none of the others.
    """

    count: int
    channels: Mapping[str, int] = field(default_factory=dict)
    unreached: int = 0
    closed: Mapping[str, int] = field(default_factory=dict)
    named: tuple[Unreached, ...] = ()
    groups: Mapping[str, int] = field(default_factory=dict)


async def reach(
    session: AsyncSession,
    actor: Actor,
    target: Target,
    channels: Collection[str],
    now: datetime,
    rules: Mapping[str, Rule] = MappingProxyType({}),
) -> Reach:
    """Whom the target holds as far as the actor may write to them; `channels` are those that are switched on, `rules`
    of those that take a message only for a while after the person wrote."""
    concerned = await condition(session, actor, target.class_ids, target.audience)
    first = _first_way(channels, rules, now)
    works = and_(first.c.channel.is_not(None), first.c.blocked_at.is_(None))
    rows = await session.execute(
        select(case((works, first.c.channel)), case((works, first.c.closed)), func.count())
        .select_from(Student)
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .outerjoin(first, and_(first.c.student_id == Student.id, first.c.place == 1))
        .where(concerned)
        .group_by(case((works, first.c.channel)), case((works, first.c.closed)))
    )
    counts = {(channel, bool(closed)): count for channel, closed, count in rows}
    unreached = sum(count for (channel, _), count in counts.items() if channel is None)
    return Reach(
        count=sum(counts.values()),
        channels={channel: count for (channel, closed), count in counts.items() if channel is not None and not closed},
        unreached=unreached,
        closed={channel: count for (channel, closed), count in counts.items() if channel is not None and closed},
        named=await _unreached(session, concerned, first) if unreached else (),
        groups=await _groups(session, actor, target),
    )


async def condition(
    session: AsyncSession, actor: Actor, class_ids: Collection[UUID], audience: Mapping[str, Any]
) -> ColumnElement[bool]:
    """The condition over `student` joined with `class_group`: he is meant, and the actor may write to him."""
    narrowed = [await NARROWINGS.get(name, _nobody)(session, value) for name, value in audience.items()]
    return and_(Student.class_id.in_(class_ids), Student.class_id.in_(scope_of(actor)), *narrowed)


async def numbered(session: AsyncSession, actor: Actor, numbers: Collection[str]) -> dict[str, tuple[UUID, UUID]]:
    """Student and class ids by student number, of those of these numbers that anybody in the actor's scope has."""
    vault = vault_of(session)
    hashes = {vault.lookup(number, "student_number"): number for number in numbers}
    mine = Student.class_id.in_(scope_of(actor))
    rows = await session.execute(
        select(Student.number_hash, Student.id, Student.class_id).where(Student.number_hash.in_(hashes), mine)
    )
    return {hashes[number]: (student_id, class_id) for number, student_id, class_id in rows}


async def students_count(session: AsyncSession, actor: Actor) -> int:
    """How many students are in the actor's scope."""
    query = select(func.count()).select_from(Student).where(Student.class_id.in_(scope_of(actor)))
    return await session.scalar(query) or 0


def groups_of(actor: Actor, class_ids: Collection[UUID], audience: Mapping[str, Any]) -> ColumnElement[bool]:
    """The condition over `group_chat`: it gets the broadcast too. A narrowed one would tell a class who is meant."""
    live = and_(
        GroupChat.class_id.in_(class_ids), GroupChat.class_id.in_(scope_of(actor)), GroupChat.ended_at.is_(None)
    )
    if not audience:
        return live
    if set(audience) != {"got"}:
        return false()
    had_it = select(Delivery.id).where(
        Delivery.group_id == GroupChat.id, Delivery.broadcast_id == UUID(audience["got"])
    )
    return and_(live, had_it.exists())


async def _nobody(session: AsyncSession, value: Any) -> ColumnElement[bool]:
    return false()


async def _who_owe(session: AsyncSession, value: str) -> ColumnElement[bool]:
    item = await session.get(Item, UUID(value))
    return owes(item) if item is not None and item.status == "published" else false()


async def _these(session: AsyncSession, value: Collection[str]) -> ColumnElement[bool]:
    return Student.id.in_([UUID(one) for one in value])


async def _silent(session: AsyncSession, value: str) -> ColumnElement[bool]:
    """Those whom it reached, as far as is known, and who pressed nothing."""
    mine = and_(Delivery.student_id == Student.id, Delivery.broadcast_id == UUID(value))
    pressed = or_(Delivery.acknowledged_at.is_not(None), Delivery.stuck_at.is_not(None))
    return select(Delivery.id).where(mine, Delivery.status.in_(("sent", "unknown")), ~pressed).exists()


async def _got(session: AsyncSession, value: str) -> ColumnElement[bool]:
    """Those an earlier version was planned for: who has it gets the correction, who has not the correct one only."""
    return select(Delivery.id).where(Delivery.student_id == Student.id, Delivery.broadcast_id == UUID(value)).exists()


NARROWINGS: Mapping[str, Narrowing] = {
    "item": _who_owe,
    "students": _these,
    "silent": _silent,
    "got": _got,
}


def _first_way(channels: Collection[str], rules: Mapping[str, Rule], now: datetime) -> Subquery:
    """Each student's addresses in the order of `storage.ways`, counted; the first is where he is written to. One that
    is closed until he writes there comes after those that are open."""
    opened = windows.open_ones(rules, now) if rules else None
    waits = func.coalesce(Binding.blocked_reason, "") == ONLY_WHEN_HE_WRITES
    blocked_at = case((~waits, Binding.blocked_at))
    shut = waits if opened is None else or_(waits, and_(Binding.channel.in_(rules), opened.c.sender.is_(None)))
    closed = case((shut, 1), else_=0)
    rank = case({name: place for place, name in enumerate(PREFERENCE)}, value=Binding.channel, else_=len(PREFERENCE))
    order = (
        Binding.channel.not_in(channels),
        blocked_at.is_not(None),
        closed,
        Binding.preferred_at.is_(None),
        Binding.preferred_at.desc(),
        rank,
        Binding.bound_at.desc(),
    )
    addresses = select(
        Binding.student_id,
        closed.label("closed"),
        case((Binding.channel.in_(channels), Binding.channel)).label("channel"),
        blocked_at.label("blocked_at"),
        Binding.blocked_reason,
        func.row_number().over(partition_by=Binding.student_id, order_by=order).label("place"),
    ).where(Binding.student_id.is_not(None), Binding.ended_at.is_(None), Binding.approved_at.is_not(None))
    if opened is not None:
        here = Binding.chat + "\n" + Binding.user
        addresses = addresses.outerjoin(opened, and_(opened.c.channel == Binding.channel, opened.c.sender == here))
    return addresses.subquery()


async def _unreached(session: AsyncSession, concerned: ColumnElement[bool], first: Subquery) -> tuple[Unreached, ...]:
    reason = case(
        (first.c.student_id.is_(None), "not bound"),
        (first.c.channel.is_(None), "channel is off"),
        else_=func.coalesce(first.c.blocked_reason, "blocked"),
    )
    rows = await session.execute(
        select(Student.id, Student.name_sealed, ClassGroup.name.label("class_name"), reason.label("reason"))
        .join(ClassGroup, ClassGroup.id == Student.class_id)
        .outerjoin(first, and_(first.c.student_id == Student.id, first.c.place == 1))
        .where(concerned, or_(first.c.channel.is_(None), first.c.blocked_at.is_not(None)))
        .order_by(ClassGroup.position, ClassGroup.name, Student.position, Student.id)
        .limit(NAMED)
    )
    vault = vault_of(session)
    return tuple(
        Unreached(vault.open(row.name_sealed, place_of("student", "name_sealed", row.id)), row.class_name, row.reason)
        for row in rows
    )


async def _groups(session: AsyncSession, actor: Actor, target: Target) -> dict[str, int]:
    rows = await session.execute(
        select(GroupChat.channel, func.count())
        .where(groups_of(actor, target.class_ids, target.audience))
        .group_by(GroupChat.channel)
    )
    return dict(rows.all())
