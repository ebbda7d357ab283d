"""Candidates from the index, put in order by whether they answer: kind of question, topic, near spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from knowledge import lexicon
from knowledge.question import Question, Unit, topics_of
from knowledge.shelf import Entry, Shelf
from knowledge.text import grams, is_noun

CANDIDATES = 40
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
    top = found[0][1]
    hits = [_judge(shelf, question, number, score / top, weights) for number, score in found]
    return sorted(hits, key=lambda hit: -hit.score)[:limit]


def _judge(shelf: Shelf, question: Question, number: int, relative: float, weights: Weights) -> Hit:
    entry = shelf.entries[number]
    cover = shelf.index.cover(question.views, number)
    near = _nearness(question, entry)
    signs = _signs(question, shelf.plain_texts[number])
    topic = _topic(question, shelf, number)
    score = relative + weights.cover * cover + weights.topic * topic + weights.ask * near
    score += weights.sign * max(signs, 0.0) + weights.missing_sign * min(signs, 0.0)
    if entry.kind == "heading" or _NOISE.fullmatch(entry.text):
        score -= weights.heading
    told = said(question, shelf, number)
    score += weights.said * told
    sure = max(told, near**2) * (1 + weights.doubt * min(signs, 0.0)) - weights.off_topic * (topic < 0)
    return Hit(entry, score, max(0.0, min(1.0, sure)), fits=signs >= 0)


def said(question: Question, shelf: Shelf, number: int) -> float:
    """How much of what the question says the entry says too, in the same or in known other words."""
    text, context = shelf.plain_texts[number], shelf.plain_contexts[number]
    whole = held = 0.0
    for unit in question.units:
        weight = _weight(unit, shelf)
        whole += weight
        held += weight * max(_holds(unit, text), 0.9 * _holds(unit, context))
    return held / whole if whole else 0.0


def _weight(unit: Unit, shelf: Shelf) -> float:
    rarity = max(1.0, min(shelf.index.words.rarity(unit.word), 4.0)) * unit.factor
    if unit.topic:
        return 1.3 * rarity
    if len(unit.word) == 1:
        return (0.8 if unit.others else 0.3) * rarity
    if unit.word in shelf.index.words or unit.others:
        return rarity
    return (STRANGE_NOUN if is_noun(unit.word) else STRANGE) * rarity


def _holds(unit: Unit, text: str) -> float:
    """1 where the text has the word, less where it has another word for it or only a part of it."""
    if unit.word in text:
        return 1.0
    if any(other in text for other in unit.others):
        return 0.9
    pairs = [gram for gram in grams(unit.word) if len(gram) > 1]
    return 0.6 * sum(pair in text for pair in pairs) / len(pairs) if len(pairs) > 1 else 0.0


def _signs(question: Question, text: str) -> float:
    """Whether the text holds what this kind of question asks for: 1 yes, -1 no, 0 no matter."""
    if not question.kinds:
        return 0.0
    kinds = lexicon.load().kinds
    total = 0.0
    for name in question.kinds[:2]:
        kind = kinds[name]
        if kind.signs.search(text) and (kind.needs is None or kinds[kind.needs].signs.search(text)):
            total += 1.0
        elif kind.strict or kind.needs:
            total -= 1.0
        else:
            total -= 0.5
    return total / min(2, len(question.kinds))


def _topic(question: Question, shelf: Shelf, number: int) -> float:
    """How much of what the question is about the entry is about, in text or headings."""
    if not question.topics:
        return 0.0
    there = topics_of(f"{shelf.plain_texts[number]} {shelf.plain_contexts[number]}")
    share = len(question.topics & there) / len(question.topics)
    return share if share else -0.5


def _nearness(question: Question, entry: Entry) -> float:
    """How near the question is to one of the reviewed phrasings."""
    if not entry.ask:
        return 0.0
    return max(fuzz.token_ratio(question.text, ask) for ask in entry.ask) / 100
