"""How text sounds: syllables without tones, and typed pinyin taken apart ('shengyuandi' → sheng yuan di)."""

from __future__ import annotations

import itertools
from functools import cache, lru_cache
from types import ModuleType

from knowledge import lexicon
from knowledge.text import IS_CJK, runs


@cache
def _pypinyin() -> ModuleType:
    import pypinyin  # 60 MB and a third of a second: not before somebody asks

    return pypinyin


@lru_cache(maxsize=65536)
def syllables(run: str) -> tuple[str, ...]:
    """The syllables of a run of characters, one each, tones dropped; 'ü' is written v."""
    return tuple(s.replace("ü", "v") for s in _pypinyin().lazy_pinyin(run))


def sounds(text: str) -> list[str]:
    """Syllables and pairs of syllables of plain text; typed pinyin counts as what it spells."""
    found: list[str] = []
    for run in runs(text):
        parts = syllables(run) if IS_CJK.match(run) else split(run) if run.isalpha() else ()
        found.extend(parts)
        found.extend(f"{a} {b}" for a, b in itertools.pairwise(parts))
    return found


@lru_cache(maxsize=4096)
def split(letters: str) -> tuple[str, ...]:
    """Typed pinyin as syllables, the fewest that spell it; () where it is no pinyin ('pdf', 'ems')."""
    best: list[tuple[str, ...] | None] = [()] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 6), end):
            head = best[start]
            piece = letters[start:end]
            if head is None or piece not in lexicon.load().syllables:
                continue
            there = best[end]
            if there is None or len(head) + 1 < len(there):
                best[end] = (*head, piece)
    return best[-1] or ()
