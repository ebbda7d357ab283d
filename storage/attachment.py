"""What is said of a stored file; the bytes are fetched by id from the file store."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message or goes with a reply."""

    id: UUID
    name: str
    media_type: str
    size: int
