"""What a check of `lixiao doctor` found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. Not `is_well`: the sentence says what to do."""

    what: str
    is_well: bool
    sentence: str
