"""`python -m tests.knowledge.fit`: fits the weights of `knowledge.signals` by logistic regression and prints them.

Read are the tuning half of the questions in `fixtures` about the invented notices and, where `../shared` is there, the
questions about the five notices; never the half kept aside. Negative examples are what is found for questions that no
notice answers. Weights that would count for the wrong side are kept at zero.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import exp
from pathlib import Path

from knowledge.answer import Source
from knowledge.composing import understood
from knowledge.documents import read
from knowledge.doubt import absent, is_bare
from knowledge.evaluation import Case, bears, read_cases
from knowledge.passages import passages_of
from knowledge.search import search
from knowledge.shelf import Entry, Shelf
from knowledge.signals import WEIGHTS

HERE = Path(__file__).parent / "fixtures"
SHARED = Path(__file__).resolve().parents[3] / "shared"
RIDGE, RATE, STEPS = 0.002, 0.5, 4000

Example = tuple[dict[str, float], bool]


def shelf_of(path: Path) -> Shelf:
    """What can be answered from one notice alone, without any pack."""
    document = read(path)
    sources = (
        (block, Source(document.title, document.file, block.section, document.cohort, document.issued_on, block.line))
        for block in passages_of(document)
    )
    return Shelf(
        [
            Entry(
                str(number),
                block.text,
                source,
                document.issuer,
                block.kind,
                " ".join((*block.section, *(cell for cell in block.cells.values() if cell not in block.text))),
                block.cells,
                last_line=block.last_line,
            )
            for number, (block, source) in enumerate(sources)
        ]
    )


def cases_of(half: str) -> list[Case]:
    """The questions of one half: 'tune' or 'aside'."""
    return read_cases(HERE / "questions" / f"{half}.jsonl")


def shelves() -> dict[str, Shelf]:
    """A shelf for every notice that is there, by file name."""
    paths = [*(HERE / "notices").iterdir(), *(SHARED / "notices").glob("*.txt")]
    return {path.name: shelf_of(path) for path in sorted(paths)}


def examples(found: dict[str, Shelf], cases: Sequence[Case]) -> Iterator[Example]:
    """The signals of what is found first for every question that is not refused before, and whether it is right."""
    for case in cases:
        shelf = found.get(case.file or "")
        parts = understood(shelf, case.question, case.context) if shelf else []
        if shelf is None or len(parts) != 1 or is_bare(parts[0]) or absent(shelf, parts[0]):
            continue
        hits = search(shelf, parts[0])
        if hits:
            right = case.scope == "in" and any(bears(hits[0], fact, case.file) for fact in case.facts)
            yield asdict(hits[0].signals), right


def fitted(rows: Sequence[Example]) -> tuple[dict[str, float], float]:
    """Weights and bias that tell right from wrong best."""
    weights, bias = dict.fromkeys(WEIGHTS, 0.0), 0.0
    for _ in range(STEPS):
        errors = [_chance(weights, bias, signals) - right for signals, right in rows]
        for name in weights:
            slope = sum(e * signals[name] for e, (signals, _) in zip(errors, rows, strict=True)) / len(rows)
            moved = weights[name] - RATE * (slope + RIDGE * weights[name])
            weights[name] = max(0.0, moved) if WEIGHTS[name] > 0 else min(0.0, moved)
        bias -= RATE * sum(errors) / len(rows)
    return weights, bias


def _chance(weights: dict[str, float], bias: float, signals: dict[str, float]) -> float:
    return 1 / (1 + exp(-bias - sum(weight * signals[name] for name, weight in weights.items())))


def main() -> None:
    """Prints the weights."""
    cases = cases_of("tune")
    if (SHARED / "eval").is_dir():
        cases += [case for case in read_cases(SHARED / "eval" / "questions.jsonl") if case.scope != "safety"]
    weights, bias = fitted(list(examples(shelves(), cases)))
    print(json.dumps({name: round(value, 2) for name, value in weights.items()}), "bias", round(bias, 2))


if __name__ == "__main__":
    main()
