"""A second question of a message that is answered beside the first: in the same passage, or in one near it."""

from __future__ import annotations

from knowledge import lexicon
from knowledge.judging import Judge
from knowledge.question import Question, Unit
from knowledge.shelf import Entry, Shelf

NEAR = 4
"""So many passages before and behind are still about the same."""


def beside(shelf: Shelf, part: Question, other: Question, entry: Entry) -> Entry | None:
    """The passage that says what `part` asks besides `other`, which `entry` answers: itself or one near it."""
    own = _own(part, other)
    section = shelf.beside(entry)
    if not own or entry.ask or entry not in section:
        return None
    place = section.index(entry)
    around = [one for one in section[max(0, place - NEAR) : place + NEAR + 1] if one is not entry]
    judge = Judge(shelf, part, None)
    for one in (entry, *sorted(around, key=lambda one: abs(section.index(one) - place))):
        number = shelf.number_of(one)
        fits = judge.could(number) and not shelf.noise[number]
        if fits and all(_said(unit, number, shelf) for unit in own):
            return one
    return None


def _own(part: Question, other: Question) -> list[Unit]:
    """What a question says that the other does not."""
    said = {unit.word for unit in other.units}
    known = lexicon.load()
    return [unit for unit in part.units if unit.factor == 1 and unit.word not in said | known.generic]


def _said(unit: Unit, number: int, shelf: Shelf) -> bool:
    text = shelf.plain_texts[number]
    return (
        unit.word in text or bool(unit.concepts & shelf.concepts[number]) or any(word in text for word in unit.others)
    )
