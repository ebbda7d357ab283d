"""Text that remembers where each of its characters stood in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple


class Mark(NamedTuple):
    """From character `at` on the text stands in `line` (1-based) at `offset` (0-based, in characters of the file)."""

    at: int
    line: int
    offset: int


@dataclass(frozen=True, slots=True)
class Traced:
    """A text put together from stretches of a file; cutting and joining keep the places."""

    text: str
    marks: tuple[Mark, ...]

    @classmethod
    def of(cls, text: str, line: int, offset: int = 0) -> Traced:
        """One stretch that stands in one place."""
        return cls(text, (Mark(0, line, offset),))

    @property
    def line(self) -> int:
        return self.marks[0].line

    @property
    def offset(self) -> int:
        return self.marks[0].offset

    @property
    def last_line(self) -> int:
        """The line in which the last character stands."""
        return self.marks[-1].line

    def cut(self, start: int, end: int | None = None) -> Traced:
        """The stretch [start, end) with its own places."""
        end = len(self.text) if end is None else end
        first = bisect_right(self.marks, start, key=lambda mark: mark.at) - 1
        head = self.marks[first]
        marks = [Mark(0, head.line, head.offset + start - head.at)]
        marks += [Mark(m.at - start, m.line, m.offset) for m in self.marks[first + 1 :] if m.at < end]
        return Traced(self.text[start:end], tuple(marks))

    def strip(self) -> Traced:
        """Without blanks at both ends."""
        left = len(self.text) - len(self.text.lstrip())
        return self.cut(left, max(left, len(self.text.rstrip())))

    def join(self, other: Traced, glue: str = "") -> Traced:
        """This text, `glue`, the other text."""
        base = len(self.text) + len(glue)
        return Traced(
            self.text + glue + other.text,
            self.marks + tuple(Mark(m.at + base, m.line, m.offset) for m in other.marks),
        )

    def sub(self, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str] | str) -> Traced:
        """Every match replaced; what stays keeps its place."""
        result: Traced | None = None
        for piece in self._replaced(pattern, replacement):
            result = piece if result is None else result.join(piece)
        return result if result is not None else self

    def _replaced(
        self, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str] | str
    ) -> Iterator[Traced]:
        done = 0
        for match in pattern.finditer(self.text):
            put = replacement if isinstance(replacement, str) else replacement(match)
            yield self.cut(done, match.start())
            yield Traced(put, self.cut(match.start(), match.start()).marks[:1])
            done = match.end()
        if done:
            yield self.cut(done)

    def split(self, pattern: re.Pattern[str]) -> list[Traced]:
        """The stretches between the matches, blanks at their ends removed, empty ones left out."""
        parts: list[Traced] = []
        done = 0
        for match in pattern.finditer(self.text):
            parts.append(self.cut(done, match.start()).strip())
            done = match.end()
        parts.append(self.cut(done).strip())
        return [part for part in parts if part.text]
