"""What a notice is made of once it is read: headings, paragraphs, list items, table rows, cells of long rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from knowledge.trace import Mark, Traced

HEADING = "heading"
PARAGRAPH = "paragraph"
LIST_ITEM = "list_item"
ROW = "row"
CELL = "cell"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a notice with its headings and its place.

    `section` holds the headings above it, outermost first. `cells` maps column heads to values for a table row (and
    for a piece of a long cell: the other cells of its row), and holds the fields that apply to a paragraph, such as
    `责任部门`. `line` is the 1-based line of the file (page, paragraph or row where the format has no lines) and
    `offset` the 0-based character; `marks` say where the rest stands when a text was joined over lines.
    """

    kind: str
    text: str
    section: tuple[str, ...] = ()
    line: int = 0
    offset: int = 0
    cells: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()

    @classmethod
    def of(cls, kind: str, content: Traced, section: tuple[str, ...], cells: Mapping[str, str] | None = None) -> Block:
        """A block from traced text."""
        return cls(kind, content.text, section, content.line, content.offset, dict(cells or {}), content.marks)

    @property
    def traced(self) -> Traced:
        """The text with its places."""
        return Traced(self.text, self.marks or (Mark(0, self.line, self.offset),))

    @property
    def last_line(self) -> int:
        """The line in which the text ends."""
        return self.traced.last_line

    def with_cells(self, cells: Mapping[str, str]) -> Block:
        """The same block with more fields; its own win."""
        return replace(self, cells={**cells, **self.cells})


@dataclass(frozen=True, slots=True)
class Document:
    """A notice as it was understood. `problems` are sentences (Chinese) for the person who reviews it."""

    file: str
    title: str
    issuer: str
    cohort: str | None
    document_number: str | None
    issued_on: date | None
    blocks: tuple[Block, ...]
    digest: str
    problems: tuple[str, ...] = ()
    school: str | None = None
    """The school it belongs to: the issuer, or what its letterhead, short names or addresses say."""
    updated_on: date | None = None
    """When a web page says that it was changed last."""
    worked_out: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What several readers need of it and is worked out once: its passages, the base of its dates."""

    def with_problems(self, problems: Iterable[str]) -> Document:
        """The same document with more for a person to look at."""
        made = replace(self, problems=(*self.problems, *problems))
        made.worked_out.update(self.worked_out)
        return made

    @property
    def base_year(self) -> int | None:
        """The year that dates without one mean: of the issue date, then of the cohort; never of the clock."""
        if self.issued_on is not None:
            return self.issued_on.year
        found = re.search(r"\d{4}", self.cohort or "")
        return int(found[0]) if found else None
