"""Who looked at, exported or changed what: append-only, chained by hashes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Serial


class Audit(Base):
    """One audited act: `detail` holds ids and counts, no personal data; `digest` covers this row and the one before."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_target", "target"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    """'staff:<id>', 'student:<id>' or 'system:<part>'."""
    action: Mapped[str]
    target: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digest: Mapped[bytes]
    school_id: Mapped[UUID | None]
