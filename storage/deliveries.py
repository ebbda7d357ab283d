"""Deliveries: one row per message to one person, from planned to settled.

planned → leased → sent | unknown | failed(reason) | expired | cancelled. A worker claims rows with a lease, notes
that it begins, sends outside any transaction, and settles. If it dies before it began, the rows are planned again;
if it dies after, their outcome is unknown, they are marked so and tried again by `UNKNOWN_TRIES`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, Update, and_, bindparam, case, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import place_of
from storage.database import vault_of
from storage.models import Delivery
from storage.models.base import Instant
from storage.upsert import insert_into

ANY_TIME = ("answer", "security")
"""Kinds that go even in quiet hours: a late answer to one's own message, and a warning about one's own account."""

LEASE = timedelta(minutes=2)
UNKNOWN_WAIT = timedelta(minutes=2)
UNKNOWN_TRIES = 3
"""An outcome that is not known is tried again while there were fewer attempts: better twice than never."""

UNREACHABLE = "unreachable: not bound"
ONLY_WHEN_HE_WRITES = "unreachable: only when he writes"
"""The platform lets us write to him only after he wrote (公众号); the row is planned again then, see `revive`."""
REVIVED_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row this worker holds."""

    id: int
    key: str
    kind: str
    student_id: UUID | None
    staff_id: UUID | None
    broadcast_id: UUID | None
    for_day: date | None
    urgent: bool
    attempts: int
    expires_at: datetime | None
    sealed: bytes | None
    """None: it is rendered when it is sent; otherwise `content_of` opens it."""


@dataclass(frozen=True, slots=True)
class Content:
    """A text that was planned together with its row."""

    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    """(label, action)"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one claimed row ended: sent, failed, expired, unknown, cancelled, or planned again (`not_before`)."""

    id: int
    status: str
    reason: str | None = None
    not_before: datetime | None = None
    channel: str | None = None
    platform_id: str | None = None


def text_place(key: str) -> str:
    """The place a delivery's text is sealed for: by its key, because the id is not known before the insert."""
    return place_of("delivery", "text_sealed", key)


async def enqueue(
    session: AsyncSession,
    *,
    key: str,
    kind: str,
    now: datetime,
    student_id: UUID | None = None,
    staff_id: UUID | None = None,
    text: str | None = None,
    buttons: Sequence[tuple[str, str]] = (),
    urgent: bool = False,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
    broadcast_id: UUID | None = None,
    for_day: date | None = None,
) -> bool:
    """Plans one message to one person (`student_id` or `staff_id`); False: the key was there already.

    `text` and `buttons` (label, action) are sealed. `urgent` goes before everything else; quiet hours hold for it
    too on channels that wake people (see `bot.delivery`), kinds in `ANY_TIME` excepted.
    """
    values = {
        "key": key,
        "kind": kind,
        "student_id": student_id,
        "staff_id": staff_id,
        "broadcast_id": broadcast_id,
        "for_day": for_day,
        "text_sealed": _sealed(session, key, text, buttons),
        "urgent": urgent,
        "status": "planned",
        "not_before": not_before or now,
        "expires_at": expires_at,
        "attempts": 0,
        "created_at": now,
    }
    insert = insert_into(session, Delivery).values(**values).on_conflict_do_nothing(index_elements=["key"])
    is_new = (await session.execute(insert.returning(Delivery.id))).first() is not None
    if is_new and urgent and values["not_before"] == now:
        session.info[_HURRIES] = True
    return is_new


def hurries(session: AsyncSession) -> bool:
    """Whether this session planned something that is to go out at once: who commits it wakes the sender."""
    return bool(session.info.get(_HURRIES))


_HURRIES = "something to be sent at once"


async def claim(session: AsyncSession, *, worker: str, now: datetime, limit: int, quiet: bool = False) -> list[Claimed]:
    """Takes up to `limit` due rows for this worker, urgent ones first; in quiet hours only those that might go."""
    rows = await _take(session, Delivery.urgent.is_(True), worker, now, limit)
    if len(rows) < limit:
        others = [Delivery.kind.in_(ANY_TIME)] if quiet else []
        rows += await _take(session, and_(Delivery.urgent.is_(False), *others), worker, now, limit - len(rows))
    return [_claimed(row) for row in rows]


def content_of(session: AsyncSession, row: Claimed) -> Content | None:
    """What was to be said, or None: it is rendered when it is sent. Raises `SealBroken`."""
    if row.sealed is None:
        return None
    content = vault_of(session).open_json(row.sealed, text_place(row.key))
    return Content(content["text"], tuple((label, action) for label, action in content["buttons"]))


async def begin(session: AsyncSession, ids: Collection[int], *, worker: str, now: datetime) -> set[int]:
    """Notes that sending begins; gives the ids this worker still holds: only those may be sent."""
    result = await session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.status == "leased", Delivery.leased_by == worker)
        .values(begun_at=now, leased_until=now + LEASE, attempts=Delivery.attempts + 1)
        .returning(Delivery.id)
    )
    return set(result.scalars())


async def settle(session: AsyncSession, outcomes: Collection[Outcome], *, worker: str, now: datetime) -> None:
    """Writes down how claimed rows ended; what another worker has taken over meanwhile is left to it."""
    if not outcomes:
        return
    connection = await session.connection()
    await connection.execute(_settling(worker), [_ended(outcome, now) for outcome in outcomes])


async def sweep(session: AsyncSession, now: datetime) -> int:
    """Takes back what dead workers held: planned again where sending had not begun, otherwise unknown.

    Then plans again what has been unknown for `UNKNOWN_WAIT`. Gives how many rows it touched.
    """
    dropped = await session.execute(
        update(Delivery)
        .where(Delivery.status == "leased", Delivery.leased_until <= now)
        .values(
            status=case((Delivery.begun_at.is_(None), "planned"), else_="unknown"),
            trouble_at=case((Delivery.begun_at.is_(None), Delivery.trouble_at), else_=_instant(now)),
            reason=case((Delivery.begun_at.is_(None), Delivery.reason), else_="the sender stopped while sending"),
            leased_by=None,
            leased_until=None,
        )
        .returning(Delivery.id)
    )
    again = await session.execute(
        update(Delivery)
        .where(
            Delivery.status == "unknown",
            Delivery.trouble_at <= now - UNKNOWN_WAIT,
            Delivery.attempts < UNKNOWN_TRIES,
            or_(Delivery.expires_at.is_(None), Delivery.expires_at > now),
        )
        .values(status="planned", begun_at=None, not_before=now)
        .returning(Delivery.id)
    )
    return len(dropped.all()) + len(again.all())


async def expire(session: AsyncSession, now: datetime) -> int:
    """Settles what is planned and too late to be useful; gives how many."""
    result = await session.execute(
        update(Delivery)
        .where(Delivery.status == "planned", Delivery.not_before <= now, Delivery.expires_at <= now)
        .values(status="expired", reason="too late", settled_at=now)
        .returning(Delivery.id)
    )
    return len(result.all())


async def revive(session: AsyncSession, person: UUID, channel: str, now: datetime) -> int:
    """Plans again what could not be sent to a student or member of staff until he wrote; gives how many."""
    result = await session.execute(
        update(Delivery)
        .where(
            or_(Delivery.student_id == person, Delivery.staff_id == person),
            Delivery.status == "failed",
            Delivery.reason == ONLY_WHEN_HE_WRITES,
            Delivery.channel == channel,
            Delivery.created_at > now - REVIVED_FOR,
            or_(Delivery.expires_at.is_(None), Delivery.expires_at > now),
        )
        .values(status="planned", begun_at=None, not_before=now, attempts=0, reason=None, settled_at=None)
        .returning(Delivery.id)
    )
    return len(result.all())


async def acknowledge(session: AsyncSession, which: int | UUID, student_id: UUID, now: datetime) -> bool:
    """Notes the person's own 已知悉 of a delivery, or of a broadcast; False: no such delivery of his.

    Pressing again changes nothing.

    Whoever presses the button has the message: an unknown outcome becomes sent.
    """
    result = await session.execute(
        update(Delivery)
        .where(
            Delivery.broadcast_id == which if isinstance(which, UUID) else Delivery.id == which,
            Delivery.student_id == student_id,
        )
        .values(
            acknowledged_at=func.coalesce(Delivery.acknowledged_at, _instant(now)),
            status=case((Delivery.status == "unknown", "sent"), else_=Delivery.status),
        )
        .returning(Delivery.id)
    )
    return result.first() is not None


def _instant(now: datetime) -> ColumnElement[datetime]:
    """A time inside an expression: without its type SQLite would keep it in another spelling."""
    return literal(now, Instant())


def _sealed(session: AsyncSession, key: str, text: str | None, buttons: Sequence[tuple[str, str]]) -> bytes | None:
    if text is None:
        return None
    content = {"text": text, "buttons": [list(button) for button in buttons]}
    return vault_of(session).seal_json(content, text_place(key))


async def _take(
    session: AsyncSession, which: ColumnElement[bool], worker: str, now: datetime, limit: int
) -> list[Delivery]:
    """Compare-and-set in one statement; on PostgreSQL rows another worker is taking are skipped, not waited for."""
    due = (
        select(Delivery.id)
        .where(Delivery.status == "planned", which, Delivery.not_before <= now)
        .order_by(Delivery.not_before)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    result = await session.scalars(
        update(Delivery)
        .where(Delivery.id.in_(select(due.c.id)))
        .values(status="leased", leased_by=worker, leased_until=now + LEASE, begun_at=None)
        .returning(Delivery)
        .execution_options(populate_existing=True)
    )
    return sorted(result, key=lambda row: (row.not_before, row.id))


def _claimed(row: Delivery) -> Claimed:
    return Claimed(
        id=row.id,
        key=row.key,
        kind=row.kind,
        student_id=row.student_id,
        staff_id=row.staff_id,
        broadcast_id=row.broadcast_id,
        for_day=row.for_day,
        urgent=row.urgent,
        attempts=row.attempts,
        expires_at=row.expires_at,
        sealed=row.text_sealed,
    )


def _settling(worker: str) -> Update:
    """One statement for many rows; what an outcome does not say stays as it was."""
    status = bindparam("new_status", type_=String())
    kept = (
        Delivery.not_before,
        Delivery.trouble_at,
        Delivery.settled_at,
        Delivery.channel,
        Delivery.platform_id,
    )
    return (
        update(Delivery.__table__)  # type: ignore[arg-type]
        .where(Delivery.id == bindparam("which"), Delivery.leased_by == worker, Delivery.status == "leased")
        .values(
            status=status,
            reason=bindparam("new_reason", type_=String()),
            leased_by=None,
            leased_until=None,
            begun_at=case((status == "planned", None), else_=Delivery.begun_at),
            **{c.key: func.coalesce(bindparam(f"new_{c.key}", type_=c.type), c) for c in kept},
        )
    )


def _ended(outcome: Outcome, now: datetime) -> dict[str, Any]:
    troubled = outcome.status == "unknown" or (outcome.status == "planned" and outcome.reason is not None)
    return {
        "which": outcome.id,
        "new_status": outcome.status,
        "new_reason": outcome.reason,
        "new_not_before": outcome.not_before,
        "new_trouble_at": now if troubled else None,
        "new_settled_at": None if outcome.status in ("planned", "unknown") else now,
        "new_channel": outcome.channel,
        "new_platform_id": outcome.platform_id,
    }
