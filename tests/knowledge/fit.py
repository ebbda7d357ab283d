"""`python -m tests.knowledge.fit`: fits the weights of `knowledge.signals` and prints them; minutes of one core.

Read are the tuning half of the questions in `fixtures` about the invented notices, two thirds of those about the sample
school and, where `../shared` is there, two thirds of the questions about the five notices; never what is kept aside.
Two fits: in which order candidates stand (the chance that a right one is first), and how sure the first one is (the
chance that it is the answer). Weights that would count for the wrong side are kept at zero. The numbers in use are
rounded and come from a few more questions of the same kind that are not shipped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from math import exp
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.sample.days import Days
from bot.sample.notices import write_notices
from knowledge.answer import Source
from knowledge.blocks import Document
from knowledge.composing import understood
from knowledge.documents import read
from knowledge.doubt import absent, is_bare
from knowledge.evaluation import Case, bears, holds, read_cases
from knowledge.passages import passages_of
from knowledge.search import CANDIDATES, LEAD, search
from knowledge.shelf import Entry, Shelf
from knowledge.signals import ORDER, WEIGHTS, Signals

HERE = Path(__file__).parent / "fixtures"
SHARED = Path(__file__).resolve().parents[3] / "shared"
SAMPLE = "sample"
SAMPLE_DAY = date(2026, 5, 20)
"""The day on which the sample school of the questions is made."""
RIDGE, ORDER_RIDGE, STEPS, ORDER_STEPS, SHARP = 0.008, 0.04, 1500, 150, 8.0


def entries_of(document: Document, first: int = 0) -> list[Entry]:
    """The entries of one notice, without any pack."""
    found = []
    for number, block in enumerate(passages_of(document), first):
        source = Source(document.title, document.file, block.section, document.cohort, document.issued_on, block.line)
        context = " ".join((*block.section, *(cell for cell in block.cells.values() if cell not in block.text)))
        kind, cells, last = block.kind, block.cells, block.last_line
        found.append(Entry(str(number), block.text, source, document.issuer, kind, context, cells, last_line=last))
    return found


def shelf_of(path: Path) -> Shelf:
    """What can be answered from one notice alone, without any pack."""
    return Shelf(entries_of(read(path)))


@cache
def sample_shelf() -> Shelf:
    """What can be answered at the sample school, from its files as they are written and read."""
    entries: list[Entry] = []
    with TemporaryDirectory() as folder:
        for path in write_notices(Path(folder), Days(SAMPLE_DAY)):
            entries += entries_of(read(path), len(entries))
    return Shelf([replace(entry, school="云岭职业技术学院") for entry in entries])


def cases_of(half: str) -> list[Case]:
    """The questions of one half: 'tune' or 'aside'."""
    return read_cases(HERE / "questions" / f"{half}.jsonl")


def sample_cases() -> list[Case]:
    """The questions about the sample school, the days of its calendar filled in."""
    days = Days(SAMPLE_DAY)
    return [
        replace(
            case,
            file=SAMPLE,
            facts=tuple(
                replace(fact, accept=tuple(said.format(**days) for said in fact.accept)) for fact in case.facts
            ),
        )
        for case in cases_of(SAMPLE)
    ]


def shelves() -> dict[str, Shelf]:
    """A shelf for every notice that is there, by file name, and for the sample school."""
    paths = [*(HERE / "notices").iterdir(), *(SHARED / "notices").glob("*.txt")]
    return {SAMPLE: sample_shelf(), **{path.name: shelf_of(path) for path in sorted(paths)}}


def two_thirds(cases: Sequence[Case]) -> list[Case]:
    """All but every third, which is kept aside."""
    return [case for number, case in enumerate(cases) if number % 3 != 2]


@dataclass(frozen=True)
class Example:
    """One question: the signals of its candidates, which of them stand where the answer is, and which are it."""

    signals: Sequence[Signals]
    stands: Sequence[bool]
    answers: Sequence[bool]


def examples(found: Mapping[str, Shelf], cases: Sequence[Case]) -> Iterator[Example]:
    """What is found for every single question that is not refused before."""
    for case in cases:
        shelf = found.get(case.file or "")
        parts = understood(shelf, case.question, case.context) if shelf else []
        if shelf is None or len(parts) != 1 or is_bare(parts[0]) or absent(shelf, parts[0]):
            continue
        hits = search(shelf, parts[0], limit=CANDIDATES, weighed=CANDIDATES)
        if hits:
            strict = case.file != SAMPLE and case.scope == "in"
            stands = [any((bears(h, f, case.file) if strict else holds(h, f)) for f in case.facts) for h in hits]
            answers = [bool(case.facts) and all(holds(hit, fact) for fact in case.facts) for hit in hits]
            yield Example([hit.signals for hit in hits], stands, answers)


def ordered(rows: Sequence[Example]) -> dict[str, float]:
    """The weights of `ORDER` that put a right candidate first."""
    names = list(ORDER)
    usable = [row for row in rows if any(row.stands)]

    def slopes(weights: Mapping[str, float]) -> dict[str, float]:
        total = dict.fromkeys(names, 0.0)
        for row in usable:
            scores = [SHARP * _value(weights, one) for one in row.signals]
            chances = [exp(score - max(scores)) for score in scores]
            whole = sum(chances)
            right = sum(chance for chance, stands in zip(chances, row.stands, strict=True) if stands) or 1e-9
            for one, chance, stands in zip(row.signals, chances, row.stands, strict=True):
                pull = SHARP * (chance / right * stands - chance / whole)
                for name in names:
                    total[name] += pull * getattr(one, name)
        return {name: total[name] / len(usable) - ORDER_RIDGE * weights[name] for name in names}

    return _climbed(ORDER, slopes, 0.02, ORDER_STEPS)


def sure(rows: Sequence[Example], order: Mapping[str, float]) -> dict[str, float]:
    """The weights of `WEIGHTS`, and the bias, that tell an answer from none among the first candidates."""
    firsts = [_first(row, order) for row in rows]
    signs = {**WEIGHTS, "bias": 0.0}

    def slopes(weights: Mapping[str, float]) -> dict[str, float]:
        total = {name: -RIDGE * weights[name] for name in WEIGHTS} | {"bias": 0.0}
        for signals, right in firsts:
            error = (right - 1 / (1 + exp(-weights["bias"] - _value(weights, signals)))) / len(firsts)
            total["bias"] += error
            for name in WEIGHTS:
                total[name] += error * getattr(signals, name)
        return total

    return _climbed(signs, slopes, 0.5, STEPS)


def _first(row: Example, order: Mapping[str, float]) -> tuple[Signals, bool]:
    scores = [_value(order, one) for one in row.signals]
    best = max(range(len(scores)), key=scores.__getitem__)
    behind = max((score for number, score in enumerate(scores) if number != best), default=0.0)
    lead = max(0.0, min(LEAD, 1 - behind / scores[best])) if scores[best] > 0 else 0.0
    return replace(row.signals[best], lead=lead), row.answers[best]


def _value(weights: Mapping[str, float], signals: Signals) -> float:
    return float(sum(weight * getattr(signals, name) for name, weight in weights.items() if name != "bias"))


def _climbed(
    start: Mapping[str, float], slopes: Callable[[Mapping[str, float]], Mapping[str, float]], rate: float, steps: int
) -> dict[str, float]:
    """Uphill from `start`; a weight never changes its side."""
    weights = dict(start)
    for _ in range(steps):
        slope = slopes(weights)
        for name, side in start.items():
            moved = weights[name] + rate * slope[name]
            weights[name] = moved if name == "bias" else max(0.0, moved) if side > 0 else min(0.0, moved)
    return weights


def main() -> None:
    """Prints the weights."""
    cases = cases_of("tune") + two_thirds(sample_cases())
    if (SHARED / "eval").is_dir():
        cases += two_thirds(read_cases(SHARED / "eval" / "questions.jsonl"))
    rows = list(examples(shelves(), [case for case in cases if case.scope != "safety"]))
    order = ordered(rows)
    for name, weights in (("order", order), ("sure", sure(rows, order))):
        print(name, json.dumps({key: round(value, 2) for key, value in weights.items()}))


if __name__ == "__main__":
    main()
