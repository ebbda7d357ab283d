"""Everything that is to be sent is a row first; broadcasts are what many rows come from."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Serial


class Broadcast(Base):
    """What a counselor sends to classes. `audience` holds class ids; the text is not sealed: it goes to groups."""

    __tablename__ = "broadcast"
    __table_args__ = (CheckConstraint("status in ('draft', 'scheduled', 'sent', 'cancelled')", name="status"),)

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
        CheckConstraint("(student_id is null) <> (staff_id is null)", name="one_recipient"),
        Index("ix_delivery_status_not_before", "status", "urgent", "not_before"),
        Index("ix_delivery_broadcast_id_status", "broadcast_id", "status"),
        Index("ix_delivery_student_id", "student_id"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    """digest | broadcast | nudge | notice (a single message, such as 'your form was returned') | staff_digest"""
    student_id: Mapped[UUID | None] = mapped_column(ForeignKey("student.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
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
