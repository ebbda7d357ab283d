"""What a text speaks of in whatever words: 'no job yet' and 'work not settled' are one concept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from knowledge import lexicon

Concepts = frozenset[str]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text and the concepts it may stand for."""

    start: int
    end: int
    names: Concepts


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in lexicon.load().concepts.items()}


@lru_cache(maxsize=8192)
def concepts_of(text: str) -> Concepts:
    """The concepts a plain text speaks of."""
    return frozenset(name for name, pattern in _patterns().items() if pattern.search(text))


def spans_of(text: str) -> list[Span]:
    """Where a plain text speaks of which concepts, in order; what lies within a longer one is part of that."""
    found: dict[tuple[int, int], set[str]] = {}
    for name, pattern in _patterns().items():
        for match in pattern.finditer(text):
            if match.end() > match.start():
                found.setdefault(match.span(), set()).add(name)
    kept: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda span: (span[0] - span[1], span[0])):
        if not any(a <= start and end <= b for a, b in kept):
            kept.append((start, end))
    return [Span(start, end, frozenset(found[start, end])) for start, end in sorted(kept)]
