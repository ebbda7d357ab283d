"""What an entry of a pack looks like; pydantic checks it when it is read."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

Actor = Literal["student", "counselor", "college", "department", "teacher"]
How = Literal["remote", "proxy", "in_person", "unknown"]
Evidence = Literal["form", "staff", "self"]


def _clock(value: object) -> object:
    """YAML 1.1 reads a bare 10:00 as the number 600: only a quoted time is a time."""
    if isinstance(value, int):
        raise ValueError("write a time in quotes, such as '10:00'")
    return value


def _day(value: object) -> object:
    """A day is written 2023-06-08; anything that merely could be read as one is a slip."""
    if value is not None and type(value) is not date:
        raise ValueError("write a day as 2023-06-08")
    return value


Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
Day = Annotated[date | None, BeforeValidator(_day)]
Locator = Annotated[str, Field(pattern=r"^[^:]+:[0-9]+$")]

_STRICT = ConfigDict(extra="forbid", str_strip_whitespace=True)


@dataclass(frozen=True, config=_STRICT)
class Pack:
    """Whose notice a folder is about."""

    slug: str
    school: Words
    cohort: Words
    file: Words
    """Name of the notice's file, without its folder."""
    title: Words
    issued_on: Day = None
    document_number: str | None = None
    aliases: tuple[str, ...] = ()
    """Other names under which the school is known."""


@dataclass(frozen=True, config=_STRICT)
class PackItem:
    """One thing to be done, with the columns of `storage.models.Item`."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Words
    cohort: Words
    actor: Actor = "student"
    department: str | None = None
    contact: str | None = None
    """Offices only; a person's own number is in no pack."""
    opens_on: Day = None
    due_on: Day = None
    due_time: Annotated[time | None, BeforeValidator(_clock)] = None
    due_text: str | None = None
    tentative: bool = False
    audience: dict[str, list[Any]] = Field(default_factory=dict)
    how: How = "unknown"
    steps: str | None = None
    evidence: Evidence = "self"
    form: str | None = None
    critical: bool = False
    quote: str | None = None
    locator: Locator | None = None
    dates_at: Locator | None = None
    """Where the dates stand when the sentence points to another one ('in the period for leaving')."""

    @model_validator(mode="after")
    def _fits(self) -> PackItem:
        if self.opens_on and self.due_on and self.opens_on > self.due_on:
            raise ValueError(f"opens on {self.opens_on}, after it is due on {self.due_on}")
        if (self.form is not None) != (self.evidence == "form"):
            raise ValueError("an item with evidence 'form' names its form, and only such an item")
        if self.due_time is not None and self.due_on is None:
            raise ValueError("a due_time needs a due_on")
        return self


@dataclass(frozen=True, config=_STRICT)
class PackSource:
    """A place in a notice."""

    file: Words
    line: Annotated[int, Field(ge=0)]


@dataclass(frozen=True, config=_STRICT)
class PackQuestion:
    """A question as people ask it, and the reviewed answer."""

    id: Words
    ask: Annotated[tuple[Words, ...], Field(min_length=1)]
    answer: Words
    source: PackSource
    cohort: str | None = None
    tentative: bool = False
