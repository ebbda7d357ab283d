"""Candidates from the index, put in order by whether they answer: kind of question, topic, near spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from knowledge import lexicon
from knowledge.question import Question, Unit
from knowledge.shelf import Entry, Shelf
from knowledge.text import grams, is_noun

CANDIDATES = 25
STRANGE, STRANGE_NOUN = 0.6, 1.1
"""How much a word counts that no notice has: people wrap a question in other words, but what they name they mean."""

_NOISE = re.compile(r"^(附件|.{0,12}[:：])")


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much when candidates are put in order."""

    cover: float = 0.6
    sign: float = 0.16
    missing_sign: float = 0.3
    topic: float = 0.2
    ask: float = 0.5
    heading: float = 0.15
    said: float = 0.4
    doubt: float = 0.6
    off_topic: float = 0.2


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found. `score` orders; `sure` (0 to 1) says how far the entry answers the question."""

    entry: Entry
    score: float
    sure: float
    fits: bool = True
    """It holds what this kind of question asks for (a date, a place, a number …)."""


def search(shelf: Shelf, question: Question, limit: int = 10, weights: Weights = WEIGHTS) -> list[Hit]:
    """The entries that answer best, best first."""
    found = shelf.index.best(question.views, CANDIDATES)
    if not found:
        return []
    judge = _Judge(shelf, question, weights)
    hits = [judge.hit(number, score / found[0][1]) for number, score in found]
    return sorted(hits, key=lambda hit: -hit.score)[:limit]


def fitting(shelf: Shelf, question: Question, weights: Weights = WEIGHTS) -> list[Hit]:
    """The entries that hold what this kind of question asks for, whatever they are about, best first."""
    judge = _Judge(shelf, question, weights)
    hits = (judge.hit(number, 0.0) for number in range(len(shelf.entries)))
    return sorted((hit for hit in hits if hit.fits), key=lambda hit: -hit.score)


class _Judge:
    """One question before one shelf: what can be weighed once is weighed here."""

    def __init__(self, shelf: Shelf, question: Question, weights: Weights) -> None:
        self._shelf, self._question, self._weights = shelf, question, weights
        self._cover = shelf.index.cover(question.views)
        self._units = [(unit, _pairs(unit), _weight(unit, shelf)) for unit in question.units]
        self._whole = sum(weight for _, _, weight in self._units)
        self._kinds = [lexicon.load().kinds[name] for name in question.kinds[:2]]

    def hit(self, number: int, relative: float) -> Hit:
        """How well an entry answers; `relative` is its share of the best index score."""
        entry, weights = self._shelf.entries[number], self._weights
        signs, topic, told = self._signs(number), self._topic(number), self._said(number)
        near = self._nearness(entry)
        score = relative + weights.cover * self._cover.of(self._shelf.index.texts[number])
        score += weights.topic * topic + weights.ask * near + weights.said * told
        score += weights.sign * max(signs, 0.0) + weights.missing_sign * min(signs, 0.0)
        if entry.kind == "heading" or _NOISE.fullmatch(entry.text):
            score -= weights.heading
        sure = max(told, near**2) * (1 + weights.doubt * min(signs, 0.0)) - weights.off_topic * (topic < 0)
        return Hit(entry, score, max(0.0, min(1.0, sure)), fits=signs > 0 or not self._kinds)

    def _signs(self, number: int) -> float:
        """Whether the text holds what this kind of question asks for: 1 yes, -1 no, 0 no matter."""
        if not self._kinds:
            return 0.0
        there = self._shelf.signs[number]
        return sum(_sign(kind, there) for kind in self._kinds) / len(self._kinds)

    def _topic(self, number: int) -> float:
        """How much of what the question is about the entry is about, in text or headings."""
        topics = self._question.topics
        if not topics:
            return 0.0
        return len(topics & self._shelf.topics_by_entry[number]) / len(topics) or -0.5

    def _said(self, number: int) -> float:
        """How much of what the question says the entry says too, in the same or in known other words."""
        if not self._whole:
            return 0.0
        text, context = self._shelf.plain_texts[number], self._shelf.plain_contexts[number]
        held = 0.0
        for unit, pairs, weight in self._units:
            inside = _holds(unit, pairs, text)
            held += weight * (inside if inside == 1.0 else max(inside, 0.9 * _holds(unit, pairs, context)))
        return held / self._whole

    def _nearness(self, entry: Entry) -> float:
        """How near the question is to one of the reviewed phrasings."""
        if not entry.ask:
            return 0.0
        return max(fuzz.token_ratio(self._question.text, ask) for ask in entry.plain_asks) / 100


def _sign(kind: lexicon.Kind, there: frozenset[str]) -> float:
    if kind.name in there and (kind.needs is None or kind.needs in there):
        return 1.0
    return -1.0 if kind.strict or kind.needs else -0.5


def _weight(unit: Unit, shelf: Shelf) -> float:
    rarity = max(1.0, min(shelf.index.words.rarity(unit.word), 4.0)) * unit.factor
    if unit.topic:
        return 1.3 * rarity
    if len(unit.word) == 1:
        return (0.8 if unit.others else 0.3) * rarity
    if unit.word in shelf.index.words or unit.others:
        return rarity
    return (STRANGE_NOUN if is_noun(unit.word) else STRANGE) * rarity


def _pairs(unit: Unit) -> list[str]:
    pairs = [gram for gram in grams(unit.word) if len(gram) == 2]
    return pairs if len(pairs) > 1 else []


def _holds(unit: Unit, pairs: list[str], text: str) -> float:
    """1 where the text has the word, less where it has another word for it or only a part of it."""
    if unit.word in text:
        return 1.0
    for other in unit.others:
        if other in text:
            return 0.9
    return 0.6 * sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0
