"""What the sample school is for its visitors: whom one can be, and with which code one gets in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody one can be in a demonstration. `code` binds him and is fresh; None where an address speaks for him."""

    id: UUID
    role: str
    name: str
    number: str
    class_name: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class SampleSchool:
    """The loaded sample school. `made_on` is the day its dates count from; `created`: this call made it."""

    id: UUID
    name: str
    cohort: str
    made_on: date
    students: tuple[Persona, ...]
    counselor: Persona
    office: Persona
    created: bool
