"""Deliveries: one row per message to one person, from planned to settled.

planned → leased → sent | unknown | failed(reason) | expired | cancelled. What happens between planned and settled is
in `storage.claims`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, literal, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import place_of
from storage.database import vault_of
from storage.models import Delivery
from storage.models.base import Instant
from storage.upsert import insert_into

ANY_TIME = ("answer", "security")
"""Kinds that go even in quiet hours: a late answer to one's own message, and a warning about one's own account."""

UNREACHABLE = "unreachable: not bound"
ONLY_WHEN_HE_WRITES = "unreachable: only when he writes"
"""The platform lets us write to him only after he wrote (公众号); the row is planned again then, see `revive`."""
REVIVED_FOR = timedelta(days=14)
_CHUNK = 5000


class Claimed(NamedTuple):
    """A row this worker holds. (A tuple: hundreds are made at a time.)"""

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
    reason: str | None = None
    """Why it did not go the last time."""
    in_doubt: bool = False
    """An earlier attempt may have arrived."""
    group_id: UUID | None = None
    """It goes to a class's group chat instead of to a person."""

    @property
    def recipient(self) -> UUID | None:
        """Whose addresses it goes to: a student, a member of staff or a group chat."""
        return self.student_id or self.staff_id or self.group_id


@dataclass(frozen=True, slots=True)
class Nudged:
    """How a nudge of the day stands."""

    status: str
    reason: str | None

    @property
    def arrives(self) -> bool:
        """Whether it went, or is still to go."""
        return self.status in ("planned", "leased", "sent", "unknown")


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
    untried: bool = False
    """Sending was noted as begun, but nothing was tried: it is no attempt."""
    elsewhere: bool = False
    """It is planned again for the person's next channel."""


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


def content_of(session: AsyncSession, row: Claimed) -> Content | None:
    """What was to be said, or None: it is rendered when it is sent. Raises `SealBroken`."""
    if row.sealed is None:
        return None
    content = vault_of(session).open_json(row.sealed, text_place(row.key))
    return Content(content["text"], tuple((label, action) for label, action in content["buttons"]))


async def nudged_on(session: AsyncSession, student_ids: Collection[UUID], day: date) -> dict[UUID, Nudged]:
    """The nudges of one day to these students; who has none is left out."""
    everybody, found = list(student_ids), dict[UUID, Nudged]()
    for start in range(0, len(everybody), _CHUNK):
        rows = await session.execute(
            select(Delivery.student_id, Delivery.status, Delivery.reason).where(
                Delivery.student_id.in_(everybody[start : start + _CHUNK]),
                Delivery.kind == "nudge",
                Delivery.for_day == day,
            )
        )
        found |= {row.student_id: Nudged(row.status, row.reason) for row in rows if row.student_id}
    return found


async def expire(session: AsyncSession, now: datetime, *, limit: int = 5_000) -> int:
    """Settles what is planned and too late to be useful, at most `limit` rows; gives how many."""
    late = (
        select(Delivery.id)
        .where(Delivery.status == literal_column("'planned'"), Delivery.not_before <= now, Delivery.expires_at <= now)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    result = await session.execute(
        update(Delivery)
        .where(Delivery.id.in_(late))
        .values(status="expired", reason="too late", settled_at=now)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
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
