"""Candidates from the index, put in order by whether they answer: kind of question, topic, near spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from knowledge import lexicon
from knowledge.question import Question, topics_of
from knowledge.shelf import Entry, Shelf

CANDIDATES = 40
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


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found. `score` orders; `sure` (0 to 1) says how far the entry answers the question."""

    entry: Entry
    score: float
    sure: float


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
    sure = max(cover, near) + 0.15 * min(signs, 0.0) - 0.2 * (topic < 0)
    return Hit(entry, score, max(0.0, min(1.0, sure)))


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
            total -= 0.3
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
