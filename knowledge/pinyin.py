"""How text sounds: syllables without tones, and typed pinyin taken apart ('shengyuandi' → sheng yuan di).

The readings are data made from pypinyin's dictionary (MIT): importing pypinyin itself costs 60 MB and a third of a
second, looking a character up costs nothing. A character has its usual reading here; `spoken` knows the words in
which it has another (会计, 银行).
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

from knowledge import lexicon
from knowledge.text import IS_CJK, runs


def _lines(name: str) -> list[str]:
    return files("knowledge.lexicon").joinpath(name).read_text("utf-8").splitlines()


@cache
def _readings() -> dict[str, str]:
    pairs = (line.split(" ", 1) for line in _lines("readings.txt"))
    return {character: syllable for syllable, characters in pairs for character in characters}


@cache
def _polyphones() -> dict[str, tuple[str, ...]]:
    return {word: tuple(parts) for word, *parts in (line.split() for line in _lines("polyphones.txt"))}


def syllables(run: str) -> tuple[str, ...]:
    """The usual syllables of a run of characters, one each, tones dropped; 'ü' is written v."""
    readings = _readings()
    return tuple(readings.get(character, character) for character in run)


@lru_cache(maxsize=65536)
def spoken(word: str) -> tuple[str, ...]:
    """The syllables of a word as it is said, characters with several readings read by their neighbours."""
    known, sound = _polyphones(), list(syllables(word))
    for size in (2, 3, 4):
        for i in range(len(word) - size + 1):
            if word[i : i + size] in known:
                sound[i : i + size] = known[word[i : i + size]]
    return tuple(sound)


def sounds(text: str) -> list[str]:
    """Syllables and pairs of syllables of plain text; typed pinyin counts as what it spells."""
    found: list[str] = []
    for run in runs(text):
        parts = syllables(run) if IS_CJK.match(run) else split(run) if run.isalpha() else ()
        found.extend(parts)
        found.extend(f"{a} {b}" for a, b in pairwise(parts))
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
