"""Forms that were handed in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Submission(Base):
    """One handed-in form: the answers are sealed as one JSON value; `summary` on screens is masked when shown."""

    __tablename__ = "submission"
    __table_args__ = (
        CheckConstraint(
            "status in ('handed_in', 'approved', 'returned', 'withdrawn', 'revoked', 'replaced')",
            name="status",
        ),
        Index("ix_submission_student_id_form", "student_id", "form"),
        Index("ix_submission_status_form", "status", "form"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    student_id: Mapped[UUID] = mapped_column(ForeignKey("student.id"))
    form: Mapped[str]
    answers_sealed: Mapped[bytes]
    status: Mapped[str] = mapped_column(default="handed_in")
    reason: Mapped[str | None]
    reviewed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    handed_in_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    erased_at: Mapped[datetime | None]
    """When the answers were emptied, because their time was over or consent was withdrawn."""
    person_hash: Mapped[bytes | None] = mapped_column(index=True)
    """Keyed hash of another person the form names (a proxy's identity number): he is counted, not looked up."""
