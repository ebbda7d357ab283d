"""Schools, classes, students, staff, and the chat addresses that speak for them.

Names, numbers and phones are sealed in their column; look-ups go through keyed hashes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class School(Base):
    """A school and its rules (data, not code): who keeps archives, how they travel, what a proxy may do."""

    __tablename__ = "school"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ClassGroup(Base):
    """A class (班级) of one cohort: '2023届 / 会计学院 / 2020级会计1班'. `expected` is what the roster declares."""

    __tablename__ = "class_group"
    __table_args__ = (UniqueConstraint("school_id", "cohort", "college", "name"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("school.id"))
    cohort: Mapped[str]
    college: Mapped[str]
    name: Mapped[str]
    campus: Mapped[str | None]
    expected: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=0)


class Staff(Base):
    """A counselor, someone of the office, or an operator."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role in ('counselor', 'office', 'operator')", name="role"),
        UniqueConstraint("school_id", "number_hash"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("school.id"))
    role: Mapped[str] = mapped_column(default="counselor")
    number_hash: Mapped[bytes]
    """Keyed hash of the staff number; where a roster names none, of name and phone together."""
    number_sealed: Mapped[bytes | None]
    name_sealed: Mapped[bytes]
    phone_sealed: Mapped[bytes | None]


class ClassStaff(Base):
    """Which counselor has which class: the scope of everything he may see."""

    __tablename__ = "class_staff"

    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_group.id"), primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)


class Student(Base):
    """A graduate on the roster. `attributes` feed the audience of items: {'party_member': true, 'loan': false}."""

    __tablename__ = "student"
    __table_args__ = (
        UniqueConstraint("school_id", "number_hash"),
        Index("ix_student_class_id_position", "class_id", "position"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("school.id"))
    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_group.id"))
    position: Mapped[int] = mapped_column(default=0)
    number_hash: Mapped[bytes]
    number_sealed: Mapped[bytes]
    name_sealed: Mapped[bytes]
    phone_sealed: Mapped[bytes | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Committee(Base):
    """A student of his class's committee (班委): he is asked to remind the others, and never told who they are."""

    __tablename__ = "committee"

    student_id: Mapped[UUID] = mapped_column(ForeignKey("student.id"), primary_key=True)
    since: Mapped[datetime]
    named_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    """None: the roster says so."""


class Called(Base):
    """When a student of the phone list was last called, or reached otherwise, and by whom."""

    __tablename__ = "called"

    student_id: Mapped[UUID] = mapped_column(ForeignKey("student.id"), primary_key=True)
    at: Mapped[datetime]
    by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))


class BindCode(Base):
    """A personal code that a counselor hands out: single use, kept as a keyed hash."""

    __tablename__ = "bind_code"
    __table_args__ = (
        CheckConstraint("(student_id is null) <> (staff_id is null)", name="one_owner"),
        Index("ix_bind_code_student_id", "student_id"),
        Index("ix_bind_code_staff_id", "staff_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    student_id: Mapped[UUID | None] = mapped_column(ForeignKey("student.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    code_hash: Mapped[bytes]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))


class Binding(Base):
    """A chat address that speaks for a student or a member of staff.

    A second address for the same student waits for the counselor (`approved_at` null) and the first is told.
    """

    __tablename__ = "binding"
    __table_args__ = (
        CheckConstraint("(student_id is null) <> (staff_id is null)", name="one_owner"),
        Index(
            "uq_binding_live_address",
            "channel",
            "user",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        Index("ix_binding_student_id", "student_id"),
        Index("ix_binding_staff_id", "staff_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    channel: Mapped[str]
    chat: Mapped[str]
    user: Mapped[str]
    student_id: Mapped[UUID | None] = mapped_column(ForeignKey("student.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    bound_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]
    preferred_at: Mapped[datetime | None]
    """When the person chose this address for what we send unasked; the latest choice wins."""
    blocked_at: Mapped[datetime | None]
    """Since when the platform refuses to deliver there; cleared when he writes from there or something arrives."""
    blocked_reason: Mapped[str | None]
    used_at: Mapped[datetime | None]
    """When someone was last at a login of the workbench; not kept for chats."""


class Throttle(Base):
    """A bucket of wrong tries: `key` is a keyed hash of a chat, a student number, a class or 'all'."""

    __tablename__ = "throttle"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class Consent(Base):
    """Who agreed to what text, when and where; asked separately before the first sensitive field (PIPL 14-17, 29)."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_student_id_purpose", "student_id", "purpose"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    student_id: Mapped[UUID] = mapped_column(ForeignKey("student.id"))
    purpose: Mapped[str]
    text_version: Mapped[str]
    channel: Mapped[str]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
