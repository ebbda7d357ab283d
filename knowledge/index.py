"""BM25 over words, characters 1+2 and sounds, summed. All weights are computed when the index is built."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest

from knowledge.pinyin import sounds
from knowledge.text import grams, plain, words

Bag = Mapping[str, float]

ENOUGH = 12_000
"""So many texts are touched for one view of a question; at 500 passages this is never reached."""

CONTEXT_WEIGHT = 0.45
"""How much a term of the headings counts against one of the text."""

CONCEPT = "§"
"""Stands before the name of a concept among words."""


@dataclass(frozen=True, slots=True)
class Views:
    """A text seen three ways, each term with its weight."""

    words: Bag
    grams: Bag
    sounds: Bag


def views_of(text: str, context: str = "") -> Views:
    """The views of a text and, lighter, of what stands above it."""
    return Views(*(_weighted(cutter(plain(text)), cutter(plain(context))) for cutter in (words, grams, sounds)))


def spoken_of(views: Views, names: Iterable[str], weight: float = 1.0) -> Views:
    """The views with the concepts a text speaks of, as words of their own."""
    return replace(views, words={**views.words, **{CONCEPT + name: weight for name in names}})


def _weighted(text: Iterable[str], context: Iterable[str]) -> Bag:
    found: dict[str, float] = dict(Counter(text))
    for term, count in Counter(context).items():
        found[term] = found.get(term, 0.0) + CONTEXT_WEIGHT * min(count, 2)
    return found


class Bm25:
    """Posting lists with the finished weight of every term in every text."""

    def __init__(self, bags: Sequence[Bag], k1: float = 1.2, b: float = 0.6) -> None:
        self._size = len(bags)
        lengths = [sum(bag.values()) for bag in bags]
        mean = sum(lengths) / max(1, len(bags)) or 1.0
        self._texts: dict[str, array[int]] = {}
        self._weights: dict[str, array[float]] = {}
        for number, bag in enumerate(bags):
            damp = k1 * (1 - b + b * lengths[number] / mean)
            for term, count in bag.items():
                self._texts.setdefault(term, array("I")).append(number)
                self._weights.setdefault(term, array("f")).append(count * (k1 + 1) / (count + damp))

        self._rarity = {term: self._of(len(texts)) for term, texts in self._texts.items()}
        self._unseen = self._of(0)

    def _of(self, seen: int) -> float:
        return math.log(1 + (self._size - seen + 0.5) / (seen + 0.5))

    def __contains__(self, term: str) -> bool:
        return term in self._texts

    def rarity(self, term: str) -> float:
        """The inverse document frequency; for a term that is nowhere, that of the rarest."""
        return self._rarity.get(term, self._unseen)

    def add(self, query: Bag, factor: float, scores: dict[int, float]) -> None:
        """Adds to `scores` what every text gets for the query; the rarest terms first, and the commonest not at all
        once enough texts were touched: they would move nothing to the front."""
        touched = 0
        for term, weight in sorted(query.items(), key=lambda part: -self.rarity(part[0])):
            texts = self._texts.get(term)
            if texts is None:
                continue
            touched += len(texts)
            if touched > ENOUGH and touched > len(texts):
                break
            gain = factor * weight * self.rarity(term)
            known = scores.get
            for number, value in zip(texts, self._weights[term], strict=False):
                scores[number] = known(number, 0.0) + gain * value


class Index:
    """The three views of every text, searched as one."""

    def __init__(self, texts: Sequence[Views], weights: tuple[float, float, float] = (1.0, 1.0, 0.7)) -> None:
        self.texts = texts
        self.words = Bm25([views.words for views in texts])
        self.grams = Bm25([views.grams for views in texts])
        self.sounds = Bm25([views.sounds for views in texts])
        self._weights = weights

    def best(self, query: Views, limit: int) -> list[tuple[int, float]]:
        """The numbers of the best texts with their scores, best first; equal ones in order of the notice."""
        scores: dict[int, float] = {}
        for part, bag, factor in zip(self._parts, (query.words, query.grams, query.sounds), self._weights, strict=True):
            part.add(bag, factor, scores)
        return nsmallest(limit, scores.items(), key=lambda found: (-found[1], found[0]))

    @property
    def _parts(self) -> tuple[Bm25, Bm25, Bm25]:
        return self.words, self.grams, self.sounds

    def cover(self, query: Views) -> Cover:
        """How much of this question texts hold."""
        return Cover(_shares(self.grams, query.grams), _shares(self.sounds, query.sounds))


@dataclass(frozen=True, slots=True)
class Cover:
    """The terms of a question with their share of it, by rarity: written and heard."""

    grams: Bag
    sounds: Bag

    def of(self, text: Views) -> float:
        """How much of the question the text holds: 0 nothing, 1 every word, or its sound."""
        exact = sum(map(self.grams.__getitem__, self.grams.keys() & text.grams.keys()))
        heard = sum(map(self.sounds.__getitem__, self.sounds.keys() & text.sounds.keys()))
        return max(exact, 0.85 * heard + 0.15 * exact)


def _shares(part: Bm25, query: Bag) -> Bag:
    weights = {term: weight * part.rarity(term) for term, weight in query.items()}
    whole = sum(weights.values())
    return {term: weight / whole for term, weight in weights.items()} if whole else {}
