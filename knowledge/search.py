"""Candidates from the index, put in order by whether they answer: kind of question, topic, near spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from knowledge import lexicon
from knowledge.answer import Asker
from knowledge.attributes import conflict
from knowledge.question import Question, Unit
from knowledge.shelf import Entry, Shelf
from knowledge.signals import Signals, sureness
from knowledge.text import grams, is_noun

CANDIDATES = 25
LOOKED_THROUGH = 300
"""So many entries of the kind asked for are ordered for a bare question ('几号截止')."""
WEIGHED = 5
"""So many of the best are weighed in full; only the first can become the answer."""
STRANGE, STRANGE_NOUN = 0.6, 1.1
"""How much a word counts that no notice has: people wrap a question in other words, but what they name they mean."""

HALF = 0.5
GENERIC = 0.3
"""How much a word counts that everything here is about (学院, 毕业生)."""
_PIECES = re.compile(r"[。;；]|(?<!\d)\.")
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
    conflict: float = 0.5
    measure: float = 0.12
    narrow: float = 0.3
    cohort: float = 0.3


WEIGHTS = Weights()
NOTHING = Signals()


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found. `score` orders; `sure` (0 to 1) says how far the entry answers the question."""

    entry: Entry
    score: float
    sure: float
    fits: bool = True
    """It holds what this kind of question asks for (a date, a place, a number …)."""
    signals: Signals = NOTHING


def search(
    shelf: Shelf, question: Question, limit: int = 10, weights: Weights = WEIGHTS, asker: Asker | None = None
) -> list[Hit]:
    """The entries that answer best, best first; what is for others only is left out."""
    found = shelf.index.best(question.views, CANDIDATES)
    found = [(number, score) for number, score in found if shelf.entries[number].is_for(asker)]
    if not found:
        return []
    judge = _Judge(shelf, question, weights, asker)
    hits = sorted((judge.hit(number, score / found[0][1]) for number, score in found), key=lambda hit: -hit.score)
    return [*(judge.weighed(hits, place) for place in range(min(WEIGHED, len(hits)))), *hits[WEIGHED:limit]]


def fitting(shelf: Shelf, question: Question, weights: Weights = WEIGHTS, asker: Asker | None = None) -> list[Hit]:
    """The entries that hold what this kind of question asks for, whatever they are about, best first."""
    judge = _Judge(shelf, question, weights, asker)
    wanted = [number for number, entry in enumerate(shelf.entries) if entry.is_for(asker) and judge.could(number)]
    hits = (judge.hit(number, 0.0) for number in wanted[:LOOKED_THROUGH])
    return sorted((hit for hit in hits if hit.fits), key=lambda hit: -hit.score)


class _Judge:
    """One question before one shelf: what can be weighed once is weighed here."""

    def __init__(self, shelf: Shelf, question: Question, weights: Weights, asker: Asker | None) -> None:
        self._shelf, self._question, self._weights = shelf, question, weights
        self._cohort = shelf.cohort_for(question.years, asker.cohort if asker else None)
        self._said_of = question.text + " ".join(asker.words if asker else ())
        self._cover = shelf.index.cover(question.views)
        self._units = [(unit, _pairs(unit), _weight(unit, shelf)) for unit in question.units]
        self._whole = sum(weight for _, _, weight in self._units)
        self._kinds = [lexicon.load().kinds[name] for name in question.kinds[:2]]

    def could(self, number: int) -> bool:
        """Whether an entry may hold what the first kind of the question asks for: quickly told."""
        return not self._kinds or self._kinds[0].name in self._shelf.signs[number]

    def hit(self, number: int, relative: float) -> Hit:
        """How well an entry answers; `relative` is its share of the best index score."""
        entry, weights, signals = self._shelf.entries[number], self._weights, self._signals(number)
        score = relative + weights.cover * signals.cover
        score += weights.topic * (signals.topic - signals.off_topic / 2)
        score += weights.ask * signals.near + weights.said * signals.told
        score += weights.sign * max(signals.sign, 0.0) + weights.missing_sign * min(signals.sign, 0.0)
        score += weights.measure * signals.measure - weights.conflict * signals.conflict
        score -= weights.narrow * self._shelf.narrow_for(number, self._said_of)
        score -= weights.cohort * (entry.source.cohort not in (None, self._cohort))
        if entry.kind == "heading" or _NOISE.fullmatch(entry.text):
            score -= weights.heading
        fits = signals.sign > 0 or not self._kinds
        return Hit(entry, score, 0.0, fits, signals)

    def weighed(self, hits: Sequence[Hit], place: int) -> Hit:
        """The hit at a place with how sure it is: what costs time is looked at only here."""
        hit = hits[place]
        number = self._shelf.number_of(hit.entry)
        behind = hits[place + 1].score if place + 1 < len(hits) else 0.0
        lost, strange = self._missing(number)
        signals = replace(
            hit.signals,
            close=self._close(number),
            lost=lost,
            strange=strange,
            unasked=float(self._unasked(number)),
            lead=max(0.0, min(1.0, 1 - behind / hit.score)) if hit.score > 0 else 0.0,
        )
        return replace(hit, signals=signals, sure=sureness(signals))

    def _signals(self, number: int) -> Signals:
        entry, topic = self._shelf.entries[number], self._topic(number)
        return Signals(
            told=self._said(self._shelf.plain_texts[number], self._shelf.plain_contexts[number]),
            near=self._nearness(entry),
            sign=self._signs(number),
            measure=self._measure(number),
            conflict=float(self._conflict(number)),
            topic=max(0.0, topic),
            off_topic=float(topic < 0),
            cover=self._cover.of(self._shelf.index.texts[number]),
            reviewed=float(bool(entry.ask)),
        )

    def _measure(self, number: int) -> float:
        wanted = self._question.measure
        if wanted is None:
            return 0.0
        return 1.0 if wanted.search(self._shelf.plain_texts[number]) else -1.0

    def _conflict(self, number: int) -> bool:
        shelf = self._shelf
        return bool(self._question.attributes) and conflict(
            self._question.attributes, shelf.attributes[number], shelf.context_attributes[number]
        )

    def _missing(self, number: int) -> tuple[float, float]:
        """The share of the heaviest word the entry has not, and of the nouns that nothing has."""
        text, context = self._shelf.plain_texts[number], self._shelf.plain_contexts[number]
        lost = [
            (unit, weight)
            for unit, pairs, weight in self._units
            if len(unit.word) > 1 and max(_holds(unit, pairs, text), _holds(unit, pairs, context)) < HALF
        ]
        heaviest = max((weight for _, weight in lost), default=0.0)
        strange = sum(
            weight for unit, weight in lost if is_noun(unit.word) and unit.word not in self._shelf.index.words
        )
        return heaviest / (self._whole or 1.0), strange / (self._whole or 1.0)

    def _unasked(self, number: int) -> bool:
        """Whether the entry has nothing of what is asked of the subject."""
        text, context = self._shelf.plain_texts[number], self._shelf.plain_contexts[number]
        asked = [row for row in self._units if row[0].word in self._question.predicate]
        return bool(asked) and all(
            max(_holds(unit, pairs, text), _holds(unit, pairs, context)) < HALF for unit, pairs, _ in asked
        )

    def _close(self, number: int) -> float:
        """How much the sentence that holds what is asked for says of the question."""
        text, context = self._shelf.plain_texts[number], self._shelf.plain_contexts[number]
        pieces = _PIECES.split(text) if self._kinds else [text]
        if len(pieces) > 1:
            pieces = [piece for piece in pieces if any(kind.signs.search(piece) for kind in self._kinds)]
        return max((self._said(piece, context) for piece in pieces), default=0.0)

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

    def _said(self, text: str, context: str) -> float:
        """How much of what the question says the text says too, in the same or in known other words."""
        if not self._whole:
            return 0.0
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
    if unit.word in lexicon.load().generic:
        return GENERIC * rarity
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
