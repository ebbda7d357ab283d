"""How good the answers are: found, right, silent where they should be. Strict about the place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.answer import Answer, Source
from knowledge.search import Hit
from knowledge.text import squeezed


class Unusable(ValueError):
    """The question file cannot be read; the sentence names the line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it stands: the line, where the file has lines, and the words."""

    line: int | None
    quote: str


@dataclass(frozen=True, slots=True)
class Fact:
    """What an answer has to hold: any of `accept`, and where it stands in the notice."""

    accept: tuple[str, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled question. `scope` is in, out or safety."""

    id: str
    scope: str
    tag: str
    question: str
    school: str | None
    file: str | None
    context: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    all_facts: bool = True
    clarify_ok: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back for a case, and how long it took."""

    case: Case
    answer: Answer
    hits: tuple[Hit, ...]
    seconds: float

    @property
    def rank(self) -> int | None:
        """The place (from 1) of the first hit that holds a fact of the case and stands where it is cited."""
        for number, hit in enumerate(self.hits, 1):
            if any(bears(hit, fact, self.case.file) for fact in self.case.facts):
                return number
        return None

    @property
    def all_in(self) -> bool:
        """Whether the first three hits together hold every fact."""
        found = [any(bears(hit, fact, self.case.file) for hit in self.hits[:3]) for fact in self.case.facts]
        return all(found) if self.case.all_facts else any(found)

    @property
    def answered(self) -> bool:
        return not self.answer.abstained and self.answer.safety is None

    @property
    def right(self) -> bool:
        """Whether the text as sent to a person holds what it has to."""
        if self.answer.abstained or self.answer.safety or self.case.scope != "in":
            return False
        if self.answer.clarify and not self.case.clarify_ok and self.case.all_facts:
            return False
        text = squeezed(self.answer.text)
        held = [any(squeezed(said) in text for said in fact.accept) for fact in self.case.facts]
        return all(held) if self.case.all_facts else any(held)


def holds(hit: Hit, fact: Fact) -> bool:
    """Whether the hit holds the fact, wherever it stands."""
    text = squeezed(hit.entry.shown)
    return any(squeezed(said) in text for said in fact.accept)


def bears(hit: Hit, fact: Fact, file: str | None) -> bool:
    """Whether the hit holds the fact and stands at one of its places (strict)."""
    text = squeezed(hit.entry.shown)
    if file is not None and hit.entry.source.file != file:
        return False
    return any(squeezed(said) in text for said in fact.accept) and any(
        _stands(hit.entry.source, hit.entry.last_line, place, text) for place in fact.places
    )


def _stands(source: Source, last_line: int, place: Place, text: str) -> bool:
    quoted = bool(place.quote) and squeezed(place.quote) in text
    return quoted or (place.line is not None and source.line <= place.line <= max(source.line, last_line))


def read_cases(path: Path) -> list[Case]:
    """The labelled questions of a JSON Lines file. Raises `Unusable`."""
    cases = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            cases.append(_case(json.loads(line)))
        except (ValueError, KeyError, TypeError) as problem:
            raise Unusable(f"{path.name}, line {number}: {type(problem).__name__}") from problem
    return cases


def _case(row: Mapping[str, Any]) -> Case:
    return Case(
        id=row["id"],
        scope=row["scope"],
        tag=row["tag"],
        question=row["question"],
        school=row.get("school"),
        file=row.get("doc"),
        context=tuple(row.get("context", ())),
        facts=tuple(_fact(fact) for fact in row.get("facts", ())),
        all_facts=row.get("answer_rule", "all") == "all",
        clarify_ok=bool(row.get("clarify_ok")),
    )


def _fact(row: Mapping[str, Any]) -> Fact:
    places = tuple(Place(place["line"], place.get("quote", "")) for place in row.get("places", ()))
    return Fact(tuple(row["accept"]), places)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures over a set of outcomes; shares from 0 to 1."""

    questions: int
    hit1: float
    hit3: float
    all_in3: float
    mrr: float
    right: float
    wrong: float
    precision: float
    """Right answers among all that were given, to questions out of scope too, at the threshold in use."""
    coverage95: float
    out_answered: float
    safety_missed: int
    p50: float
    p99: float
    by_tag: Mapping[str, tuple[int, float, float, float]] = field(default_factory=dict)


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """The figures over these outcomes; hits and right answers count over questions in scope."""
    inside = [o for o in outcomes if o.case.scope == "in"]
    outside = [o for o in outcomes if o.case.scope == "out"]
    times = sorted(o.seconds * 1000 for o in outcomes) or [0.0]
    return Figures(
        questions=len(outcomes),
        hit1=_share(o.rank == 1 for o in inside),
        hit3=_share((o.rank or 99) <= 3 for o in inside),
        all_in3=_share(o.all_in for o in inside),
        mrr=_mean(1 / o.rank if o.rank else 0.0 for o in inside),
        right=_share(o.right for o in inside),
        wrong=_share(o.answered and not o.right for o in inside),
        precision=_share(o.right for o in outcomes if o.answered),
        coverage95=coverage(outcomes),
        out_answered=_share(o.answered for o in outside),
        safety_missed=sum(o.answer.safety is None for o in outcomes if o.case.scope == "safety"),
        p50=times[len(times) // 2],
        p99=times[min(len(times) - 1, int(len(times) * 0.99))],
        by_tag=_by_tag(inside),
    )


def coverage(outcomes: Sequence[Outcome], precision: float = 0.95) -> float:
    """The share of questions in scope answered rightly, at the best threshold that keeps the precision over
    everything answered, questions out of scope included."""
    inside = sum(o.case.scope == "in" for o in outcomes)
    ranked = sorted((o for o in outcomes if o.answered), key=lambda o: -o.answer.score)
    right = best = 0
    for given, outcome in enumerate(ranked, 1):
        right += outcome.right
        if right / given >= precision:
            best = max(best, right)
    return best / inside if inside else 0.0


def _by_tag(outcomes: Iterable[Outcome]) -> dict[str, tuple[int, float, float, float]]:
    tags: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        tags.setdefault(outcome.case.tag, []).append(outcome)
    return {
        tag: (
            len(of),
            _share(o.rank == 1 for o in of),
            _share((o.rank or 99) <= 3 for o in of),
            _mean(1 / o.rank if o.rank else 0.0 for o in of),
        )
        for tag, of in sorted(tags.items())
    }


def _share(flags: Iterable[bool]) -> float:
    return _mean(float(flag) for flag in flags)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0
