"""Notices, what was read out of them, and the questions nobody could answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Notice(Base):
    """One imported file. The same text twice is the same notice (`digest` of the normalised text)."""

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("status in ('proposed', 'published', 'superseded')", name="status"),
        CheckConstraint("amends_as in ('supplement', 'replacement')", name="amends_as"),
        UniqueConstraint("school_id", "digest"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("school.id"))
    digest: Mapped[str]
    file: Mapped[str]
    title: Mapped[str]
    issuer: Mapped[str]
    cohort: Mapped[str | None]
    document_number: Mapped[str | None]
    issued_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(default="proposed")
    imported_at: Mapped[datetime]
    problems: Mapped[list[str]] = mapped_column(default=list)
    amends_id: Mapped[UUID | None] = mapped_column(ForeignKey("notice.id"))
    """The notice that this one changes."""
    amends_as: Mapped[str | None]
    """supplement: it speaks only of what changes; replacement: it says everything anew."""
    published_at: Mapped[datetime | None]
    """When its changes took effect here."""


class Passage(Base):
    """One answerable piece of a notice: a sentence or a rebuilt table row, with its headings and place."""

    __tablename__ = "passage"
    __table_args__ = (UniqueConstraint("notice_id", "position"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str]
    section: Mapped[list[str]]
    text: Mapped[str]
    cells: Mapped[dict[str, Any]] = mapped_column(default=dict)
    line: Mapped[int]
    last_line: Mapped[int] = mapped_column(default=0)
    offset: Mapped[int]
    superseded_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("notice.id"))
    """The notice that says otherwise: it answers no more, except for what is `remaining`."""
    remaining: Mapped[str | None]
    """What of a superseded passage still holds: the other tasks of its sentence."""


class Proposal(Base):
    """What a notice says besides its tasks: a contact, a condition, how a file must be, a question with its answer.

    The machine proposes; what a person confirmed, edited or rejected is not overwritten by reading the notice again.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("kind in ('contact', 'condition', 'file', 'answer')", name="kind"),
        CheckConstraint("status in ('proposed', 'confirmed', 'rejected')", name="status"),
        UniqueConstraint("notice_id", "key"),
        Index("ix_proposal_school_id_status", "school_id", "status"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("school.id"))
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    key: Mapped[str]
    """Of the words it was read from: the same words propose the same row."""
    kind: Mapped[str]
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    quote: Mapped[str]
    locator: Mapped[str]
    """'file:line' of the words."""
    position: Mapped[int]
    status: Mapped[str] = mapped_column(default="proposed")
    edited: Mapped[bool] = mapped_column(default=False)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]


class Unanswered(Base):
    """A question the knowledge base could not answer; the asker's words are sealed, like ones share `same`."""

    __tablename__ = "unanswered"
    __table_args__ = (Index("ix_unanswered_school_id_same", "school_id", "same"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("school.id"))
    student_id: Mapped[UUID | None] = mapped_column(ForeignKey("student.id"))
    same: Mapped[bytes]
    text_sealed: Mapped[bytes]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Answered(Base):
    """A staff member's answer to questions that no notice answers; it answers from then on, until it is retired.

    `class_ids` is whom it is for: the author's classes where he is a counselor; empty for the whole school.
    """

    __tablename__ = "entry"
    __table_args__ = (Index("ix_entry_school_id", "school_id"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("school.id"))
    cohort: Mapped[str | None]
    class_ids: Mapped[list[str]] = mapped_column(default=list)
    asks_sealed: Mapped[bytes]
    answer_sealed: Mapped[bytes]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    published_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    retired_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))


class KnowledgeVersion(Base):
    """One row: counts every change of what questions may be answered from, in the transaction that changes it."""

    __tablename__ = "knowledge_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
