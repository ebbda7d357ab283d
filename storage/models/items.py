"""Items (办理事项) and how far each student is with them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Item(Base):
    """One thing to be done. Only published ones are shown and reminded of.

    `due_on`/`due_time` are what the notice says; `due_at` is the instant after which it is overdue: a deadline on
    a day ends with the day, so without a time it is the next midnight in school time.
    `audience` maps attributes to accepted values, all must fit: {'college': ['会计学院'], 'loan': [true]}; {} is all.
    `actor` is who has to do it: student, class, counselor, college, department, teacher; students see only theirs.
    """

    __tablename__ = "item"
    __table_args__ = (
        CheckConstraint("status in ('proposed', 'published', 'superseded', 'cancelled', 'rejected')", name="status"),
        CheckConstraint("how in ('remote', 'proxy', 'in_person', 'unknown')", name="how"),
        CheckConstraint("evidence in ('form', 'staff', 'self')", name="evidence"),
        UniqueConstraint("school_id", "cohort", "key"),
        Index("ix_item_school_id_status_due_at", "school_id", "status", "due_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("school.id"))
    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("notice.id"))
    cohort: Mapped[str]
    key: Mapped[str]
    title: Mapped[str]
    actor: Mapped[str] = mapped_column(default="student")
    department: Mapped[str | None]
    contact: Mapped[str | None]
    opens_on: Mapped[date | None]
    due_on: Mapped[date | None]
    due_time: Mapped[time | None]
    due_at: Mapped[datetime | None]
    due_text: Mapped[str | None]
    """The notice's words where no date can be computed ('另行通知'), or to be shown beside it."""
    tentative: Mapped[bool] = mapped_column(default=False)
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    how: Mapped[str] = mapped_column(default="unknown")
    steps: Mapped[str | None]
    """How it is done, in one or two sentences for the student."""
    evidence: Mapped[str] = mapped_column(default="self")
    form: Mapped[str | None]
    """The name of the form that hands it in, where evidence is 'form'."""
    critical: Mapped[bool] = mapped_column(default=False)
    quote: Mapped[str | None]
    locator: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="proposed")
    edited: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str | None]
    start_time: Mapped[time | None]
    """The time of day at which it opens; `due_time` is when it ends."""
    is_deadline: Mapped[bool] = mapped_column(default=False)
    """Whether the notice says 'until' (前, 截止), not the days on which something takes place."""
    superseded_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("item.id"))
    """The item that is valid instead."""
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("notice.id"))
    """The notice that changed or cancelled it; a superseded item without one is a proposal read twice."""
    ended_status: Mapped[str | None]
    """What it was until then: only what was published had been told to students."""
    published_at: Mapped[datetime | None]
    """When a person published it: students hear of it the morning after. None: it took another's place."""


class ItemStatus(Base):
    """How far one student is with one item; no row means open."""

    __tablename__ = "item_status"
    __table_args__ = (
        CheckConstraint("status in ('open', 'handed_in', 'returned', 'done', 'waived')", name="status"),
        Index("ix_item_status_item_id_status", "item_id", "status"),
    )

    student_id: Mapped[UUID] = mapped_column(ForeignKey("student.id"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"), primary_key=True)
    status: Mapped[str]
    reason: Mapped[str | None]
    by_staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    changed_at: Mapped[datetime]


class Snooze(Base):
    """A student wants to hear of an item no sooner than on a day."""

    __tablename__ = "snooze"
    __table_args__ = (Index("ix_snooze_until", "until"),)

    student_id: Mapped[UUID] = mapped_column(ForeignKey("student.id"), primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("item.id"), primary_key=True)
    until: Mapped[date]


class Mute(Base):
    """A student who said 停止: no reminders but of critical items, until he says 恢复."""

    __tablename__ = "mute"

    student_id: Mapped[UUID] = mapped_column(ForeignKey("student.id"), primary_key=True)
    since: Mapped[datetime]
