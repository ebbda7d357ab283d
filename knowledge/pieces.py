"""What the reader of a format hands on: lines of text and tables, in order, before any meaning is looked for."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.trace import Traced


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. `level` is set where the format itself says that it is a heading (1 is the highest)."""

    content: Traced
    level: int | None = None
    alone: bool = True
    """Blank lines (or paragraph ends) stand around it."""
    depth: int = 0
    """How deep in a list of lists it stands, where the format itself says so."""


@dataclass(frozen=True, slots=True)
class Row:
    """A table row; `after_break` where a blank line or a page end stood before it."""

    cells: tuple[Traced, ...]
    after_break: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands; `merged` where the format itself says which cells are merged (and they are filled in)."""

    rows: tuple[Row, ...]
    merged: bool = False


Piece = Text | Table


class Unreadable(ValueError):
    """A file that cannot be read; the message is a Chinese sentence for the person who uploaded it."""
