"""Who speaks and what he may see."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A person behind an address. `role` is student, counselor, office or operator."""

    id: UUID
    school_id: UUID
    role: str
    name: str
    school: str
    cohort: str | None = None
    class_id: UUID | None = None

    @property
    def is_student(self) -> bool:
        return self.role == "student"

    @property
    def is_staff(self) -> bool:
        return self.role != "student"

    @property
    def tag(self) -> str:
        """How the audit names him: 'student:<id>' or 'staff:<id>'."""
        return f"{'student' if self.is_student else 'staff'}:{self.id}"
