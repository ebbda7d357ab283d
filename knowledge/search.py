"""Candidates from the index, put in order by whether they answer: kind of question, topic, near spelling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.answer import Asker
from knowledge.judging import Judge
from knowledge.question import Question
from knowledge.shelf import Entry, Shelf
from knowledge.signals import Signals, standing, sureness

CANDIDATES = 20
LOOKED_THROUGH = 300
"""So many entries of the kind asked for are ordered for a bare question ('几号截止')."""
WEIGHED = 5
"""So many of the best are weighed in full; only the first can become the answer."""
LEAD = 0.5
"""A lead greater than this says no more: among few passages anything is far ahead."""

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
    shelf: Shelf, question: Question, limit: int = 10, asker: Asker | None = None, weighed: int = WEIGHED
) -> list[Hit]:
    """The entries that answer best, best first; what is for others only is left out. So many as `weighed` are known
    how sure they are."""
    found = shelf.index.best(question.views, CANDIDATES)
    found = [(number, score) for number, score in found if shelf.entries[number].is_for(asker)]
    if not found:
        return []
    judge = Judge(shelf, question, asker)
    best = found[0][1]
    hits = sorted((_hit(judge, shelf, number, score / best) for number, score in found), key=lambda hit: -hit.score)
    return [*(_weighed(judge, shelf, hits, place) for place in range(min(weighed, len(hits)))), *hits[weighed:limit]]


def fitting(shelf: Shelf, question: Question, asker: Asker | None = None) -> list[Hit]:
    """The entries that hold what this kind of question asks for, whatever they are about, best first."""
    judge = Judge(shelf, question, asker)
    wanted = [number for number, entry in enumerate(shelf.entries) if entry.is_for(asker) and judge.could(number)]
    hits = (_hit(judge, shelf, number, 0.0) for number in wanted[:LOOKED_THROUGH])
    return sorted((hit for hit in hits if hit.fits), key=lambda hit: -hit.score)


def _hit(judge: Judge, shelf: Shelf, number: int, relative: float) -> Hit:
    signals = judge.signals(number, relative)
    fits = signals.sign > 0 or not judge.has_kind
    return Hit(shelf.entries[number], standing(signals), 0.0, fits, signals)


def _weighed(judge: Judge, shelf: Shelf, hits: Sequence[Hit], place: int) -> Hit:
    """The hit at a place with how sure it is: what costs time is looked at only here."""
    hit = hits[place]
    behind = hits[place + 1].score if place + 1 < len(hits) else 0.0
    signals = replace(
        hit.signals,
        close=judge.close(shelf.number_of(hit.entry)),
        lead=max(0.0, min(LEAD, 1 - behind / hit.score)) if hit.score > 0 else 0.0,
    )
    return replace(hit, signals=signals, sure=sureness(signals))
