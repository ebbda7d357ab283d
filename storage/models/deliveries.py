"""Everything that is to be sent is a row first; broadcasts are what many rows come from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Serial


def _where(name: str, *columns: str, only: str) -> Index:
    """An index of some rows only: a table of a million settled rows costs a claim nothing."""
    return Index(name, *columns, sqlite_where=text(only), postgresql_where=text(only))


class Broadcast(Base):
    """What a counselor sends to many. The text is not sealed: it goes to groups.

    `class_ids` are the classes it is for; `audience` narrows them: {'item': id} are those who have still to do an
    item, {'students': [ids]} a list, {'silent': broadcast id} those who did not acknowledge, {'got': broadcast id}
    those whom an earlier version reached. {} is everybody in the classes.
    """

    __tablename__ = "broadcast"
    __table_args__ = (
        CheckConstraint("status in ('draft', 'waiting', 'scheduled', 'sent', 'cancelled', 'recalled')", name="status"),
        Index("ix_broadcast_status_not_before", "status", "not_before"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("school.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    kind: Mapped[str] = mapped_column(default="broadcast")
    text: Mapped[str]
    class_ids: Mapped[list[str]]
    acknowledge: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(default="draft")
    created_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    """When it is to go; None: at once."""
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    files: Mapped[list[str]] = mapped_column(default=list)
    """Ids of stored files that go along."""
    urgent: Mapped[bool] = mapped_column(default=False)
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("broadcast.id"))
    """The version that was wrong."""
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    """The second person, where it goes to many."""
    planned_at: Mapped[datetime | None]
    """When its last delivery row was made; None while 'sent': the process was stopped, the rest is still to be made."""
    label: Mapped[str] = mapped_column(default="")
    """Whom it is for, in words: '会计1班、会计2班'."""
    to_groups: Mapped[bool] = mapped_column(default=True)
    """Whether the classes' group chats get it too; never where the audience is narrowed."""
    wrong: Mapped[str] = mapped_column(default="")
    """A correction's word on what was wrong."""
    awaits: Mapped[str | None]
    """What its author was asked for in the chat: 'text', 'time', 'list', 'wrong' or 'files'."""
    awaits_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
    """Since when a corrected version stands in its place: what was not sent yet is not sent any more."""
    recalled_at: Mapped[datetime | None]


class Delivery(Base):
    """One message to one person.

    planned → leased → sent | unknown | failed(reason) | expired | cancelled; `acknowledged_at` is the person's own
    button, never inferred: 'sent' is never called 'read'. `key` is unique: the same reason twice is one row.
    A digest has no text: it is rendered when it is sent. Other texts are sealed in `text_sealed`.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(
            "status in ('planned', 'leased', 'sent', 'unknown', 'failed', 'expired', 'cancelled')",
            name="status",
        ),
        CheckConstraint(
            "(case when student_id is null then 0 else 1 end) + (case when staff_id is null then 0 else 1 end)"
            " + (case when group_id is null then 0 else 1 end) = 1",
            name="one_recipient",
        ),
        _where("ix_delivery_due", "urgent", "not_before", "id", only="status = 'planned'"),
        _where("ix_delivery_leased_until", "leased_until", only="status = 'leased'"),
        _where("ix_delivery_student_id_open", "student_id", only="settled_at is null"),
        _where("ix_delivery_staff_id", "staff_id", only="staff_id is not null"),
        _where("ix_delivery_group_id", "group_id", only="group_id is not null"),
        _where("ix_delivery_broadcast_id", "broadcast_id", only="broadcast_id is not null"),
        Index("ix_delivery_student_id", "student_id"),
        {"postgresql_with": {"fillfactor": 70}},  # room for the lease's next version beside it
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    """digest | broadcast | nudge | notice (a single message, such as 'your form was returned') | staff_digest"""
    student_id: Mapped[UUID | None] = mapped_column(ForeignKey("student.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("group_chat.id"))
    """A class's group chat: what goes there holds nothing personal."""
    broadcast_id: Mapped[UUID | None] = mapped_column(ForeignKey("broadcast.id"))
    for_day: Mapped[date | None]
    text_sealed: Mapped[bytes | None]
    urgent: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="planned")
    reason: Mapped[str | None]
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None]
    begun_at: Mapped[datetime | None]
    """When the worker began to send; a worker that dies before it leaves nothing in doubt."""
    attempts: Mapped[int] = mapped_column(default=0)
    channel: Mapped[str | None]
    platform_id: Mapped[str | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    trouble_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    """The person's own 已办好."""
    stuck_at: Mapped[datetime | None]
    """The person's own 有困难: the counselor is to call."""
    note_sealed: Mapped[bytes | None]
    """What the person said about it, in one line."""
    helped_at: Mapped[datetime | None]
    """When a member of staff had seen to it."""
    in_doubt: Mapped[bool] = mapped_column(default=False)
    """An earlier attempt may have arrived: what goes out now says that it may be a repetition."""


class Recall(Base):
    """One sent message that is to be taken back at its platform; a call that reached many is one row.

    planned → done | refused (the platform does not let us, with the reason).
    """

    __tablename__ = "recall"
    __table_args__ = (
        CheckConstraint("status in ('planned', 'done', 'refused')", name="status"),
        UniqueConstraint("broadcast_id", "channel", "platform_id"),
        _where("ix_recall_due", "not_before", only="status = 'planned'"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    broadcast_id: Mapped[UUID] = mapped_column(ForeignKey("broadcast.id"))
    channel: Mapped[str]
    platform_id: Mapped[str]
    status: Mapped[str] = mapped_column(default="planned")
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Attempt(Base):
    """One attempt that did not simply arrive. An attempt that did is told by the delivery itself."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_delivery_id", "delivery_id"), Index("ix_attempt_at", "at"))

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    channel: Mapped[str | None]
    outcome: Mapped[str]
    """failed, unknown, retry (later, same channel) or elsewhere (at once, on the next channel)"""
    reason: Mapped[str | None]


class Pause(Base):
    """A platform said: not before then. Every process obeys, also one that starts in between."""

    __tablename__ = "pause"

    channel: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
    reason: Mapped[str]
    noted_at: Mapped[datetime]


class Allowance(Base):
    """What was used up of a platform's limits: a row for a whole channel (`chat` empty) and one for each chat.

    `next_at` is the next free slot of an even rhythm; `tail_at` the time up to which those that were sent away were
    told to wait; `marks` the sends of the last hours, for limits that count in a sliding window.
    """

    __tablename__ = "allowance"

    channel: Mapped[str] = mapped_column(primary_key=True)
    chat: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
    tail_at: Mapped[datetime]
    marks: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Post(Base):
    """An office only one process may hold at a time (the clock). Who holds it renews it; who dies loses it."""

    __tablename__ = "post"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    held_until: Mapped[datetime]
