"""One question before one shelf: what speaks for and against each candidate being the answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import mul

from rapidfuzz import fuzz

from knowledge import lexicon
from knowledge.answer import Asker
from knowledge.attributes import COLLEGE, conflict
from knowledge.colleges import stem
from knowledge.concepts import concepts_of
from knowledge.question import CUE_WEIGHT, FROM_TO, Question, Unit
from knowledge.shelf import Entry, Shelf
from knowledge.signals import Signals
from knowledge.text import grams, is_noun

STRANGE, STRANGE_NOUN = 0.6, 1.1
"""How much a word counts that no notice has: people wrap a question in other words, but what they name they mean."""

ANYTHING = "what"
"""The kind that any text may answer: that one does says nothing."""
HAPPENED = frozenset(["lost", "broken", "wrong", "rain", "not_received", "reissue", "unopenable"]) | frozenset(
    ["repay_early", "go_abroad", "weekend", "ending"]
)
"""What makes a question one of its own: the usual rule does not answer it."""
ENDING = frozenset(["ending"])
"""A time with both its ends speaks of the end, whatever its words."""
TIMES = frozenset({"when", "until", "clock"})
DENIED = 0.5
"""What a text that says 'there is none any more' is worth as an answer to where or when."""
LONG = 4
"""A longer wording of a concept is not looked for in pieces."""
ENDS = 0.4
"""How much better a time with both ends answers 'from when till when'; a single day is not refused."""
MORE = re.compile(r"[、;]|和|及|并|还|另|其他|其它|或")
SPARES = re.compile(r"不用|不需|无需|无须|不必|不再|免|除外|除.{1,12}外|可以?不|不参加|不办|不填|不交|不列|不在")
HALF, LOST = 0.5, 0.22
ENOUGH = 8.0
"""The weight of words from which on a question says enough."""
GENERIC = 0.3
"""How much a word counts that everything here is about (学院, 毕业生)."""
ALONE = 0.5
"""How much a single character counts that is no known word for anything."""
OTHER_WORD, SAME_CONCEPT = 0.9, 0.92
ABOVE, ABOVE_SEVERAL, BEFORE = 0.88, 0.45, 0.75
"""How much a word counts that stands in the headings only, or in the sentence before."""
PARTLY, TOPIC_PARTLY = 0.6, 0.3
_PIECES = re.compile(r"[。;；]|(?<!\d)\.")


@dataclass(frozen=True, slots=True)
class _Held:
    """How far an entry has one thing the question says: in its text, and with what stands around it."""

    own: float
    whole: float


class Judge:
    """What can be weighed once for a question is weighed here."""

    def __init__(self, shelf: Shelf, question: Question, asker: Asker | None) -> None:
        self._shelf, self._question = shelf, question
        self._cohort = shelf.cohort_for(question.years, asker.cohort if asker else None)
        self._said_of = question.text + " ".join(asker.words if asker else ())
        spoken = frozenset().union(*(unit.concepts for unit in question.units))
        self._said_concepts = spoken | concepts_of(" ".join(asker.words) if asker else "")
        own = {COLLEGE: frozenset({stem(asker.college)})} if asker and asker.college else {}
        self._attributes = {**own, **question.attributes}
        self._unlike = [word for word in asker.unlike if word not in question.text] if asker else []
        self._cover = shelf.index.cover(question.views)
        self._units = [(unit, [] if _is_apart(unit) else _pairs(unit), _weight(unit, shelf)) for unit in question.units]
        self._weights = [weight for _, _, weight in self._units]
        self._whole = sum(self._weights) or 1.0
        self._asked = [
            number
            for number, unit in enumerate(question.units)
            if unit.factor == 1
            and unit.word not in lexicon.load().generic
            and any(word in unit.word or unit.word in word for word in question.predicate)
        ]
        self._asks_of_nothing = bool(self._asked) and all(
            self._is_nowhere(question.units[number]) for number in self._asked
        )
        self._named = frozenset().union(*(unit.concepts for unit in question.units if not unit.topic))
        self._wanted, self._from_to = question.measure, question.from_to
        self._kinds = [lexicon.load().kinds[name] for name in question.kinds[:2]]

    @property
    def has_kind(self) -> bool:
        return bool(self._kinds)

    def could(self, number: int) -> bool:
        """Whether an entry may hold what the first kind of the question asks for: quickly told."""
        return not self._kinds or self._kinds[0].name in self._shelf.signs[number]

    def signals(self, number: int, relative: float) -> Signals:
        """What speaks for and against an entry; `relative` is its share of the best index score."""
        shelf, entry = self._shelf, self._shelf.entries[number]
        held = [self._held(unit, pairs, number) for unit, pairs, _ in self._units]
        topics = self._question.topics
        about = len(topics & shelf.topics_by_entry[number]) / len(topics) if topics else 0.0
        lost, strange, unknown = self._missing(held)
        about_it, lead_topics = topics | self._named, shelf.subject_topics[number]
        lead, heading = shelf.subjects[number], shelf.headings[number]
        unasked = bool(self._asked) and all(held[number].whole < HALF for number in self._asked)
        unmet = self._unmet(held)
        narrow = shelf.narrow_for(number, self._said_of, self._said_concepts)
        return Signals(
            told=sum(map(mul, self._weights, [one.whole for one in held])) / self._whole,
            own=sum(map(mul, self._weights, [one.own for one in held])) / self._whole,
            near=self._nearness(entry),
            sign=self._signs(number),
            measure=self._measure(number),
            conflict=float(self._conflict(number)),
            topic=about,
            off_topic=float(bool(topics) and not about),
            subject=float(bool(topics & lead_topics if topics else about_it & lead)),
            other_subject=float(bool(lead_topics - topics)),
            section=float(bool(about_it & heading)),
            other_section=float(bool(heading) and not about_it & heading),
            labelled=float(any(kind.name in shelf.labels[number] for kind in self._kinds)),
            cover=self._cover.of(shelf.index.texts[number]),
            reviewed=float(bool(entry.ask)),
            lost=lost,
            strange=strange,
            unknown=unknown,
            unmet=unmet,
            absent=float(unasked and self._asks_of_nothing),
            missed=float(lost >= LOST and (unasked or unmet >= 1 or unknown >= LOST or narrow)),
            elsewise=float(self._is_elsewise(held) or self._is_beside(number)),
            soft=self._soft(number),
            weight=min(1.0, self._whole / ENOUGH),
            unasked=float(unasked),
            relative=relative,
            narrow=float(narrow),
            past=float(entry.source.cohort not in (None, self._cohort)),
            noise=float(shelf.noise[number]),
        )

    def close(self, number: int) -> float:
        """How much the sentence that holds what is asked for says of the question."""
        text, whole = self._shelf.plain_texts[number], self._shelf.plain_texts[number]
        strict = [kind for kind in self._kinds if kind.strict or kind.needs]
        pieces = _PIECES.split(text) if self._kinds else [text]
        if len(pieces) > 1 and strict:
            pieces = [piece for piece in pieces if any(kind.signs.search(piece) for kind in strict)]
        return max((self._said_in(piece, number, piece == whole) for piece in pieces), default=0.0)

    def _said_in(self, piece: str, number: int, whole: bool) -> float:
        shelf = self._shelf
        spoken = shelf.concepts[number] if whole else concepts_of(piece)
        context, beside = shelf.plain_contexts[number], shelf.context_concepts[number]
        above = ABOVE_SEVERAL if shelf.mixed[number] else ABOVE
        said = 0.0
        for unit, pairs, weight in self._units:
            inside = _holds(unit, pairs, piece, spoken)
            said += weight * (inside if inside >= 1 else max(inside, above * _holds(unit, pairs, context, beside)))
        return said / self._whole

    def _held(self, unit: Unit, pairs: list[str], number: int) -> _Held:
        shelf = self._shelf
        if unit.topic:
            usual = lexicon.load().topics[unit.word]
            own = 1.0 if usual in shelf.topics_by_text[number] else 0.0
            if not own:
                own = min(_holds(unit, pairs, shelf.plain_texts[number], shelf.concepts[number]), _most(unit))
            above = 1.0 if usual in shelf.topics_by_context[number] else 0.0
        else:
            own = _holds(unit, pairs, shelf.plain_texts[number], shelf.concepts[number])
            if own < SAME_CONCEPT and unit.concepts == ENDING and FROM_TO.search(shelf.plain_texts[number]):
                own = SAME_CONCEPT
            above = 0.0
            if own < 1:
                above = _holds(unit, pairs, shelf.plain_contexts[number], shelf.context_concepts[number])
        whole = max(own, (ABOVE_SEVERAL if shelf.mixed[number] else ABOVE) * above)
        before = shelf.preceding[number]
        if whole < BEFORE and before is not None:
            whole = max(whole, BEFORE * _holds(unit, pairs, shelf.plain_texts[before], shelf.concepts[before]))
        return _Held(own, whole)

    def _missing(self, held: list[_Held]) -> tuple[float, float, float]:
        """The share of the heaviest word the entry has not, of the nouns that nothing has, and of any such words."""
        lost = [
            (unit, weight)
            for one, (unit, _, weight) in zip(held, self._units, strict=True)
            if one.whole < HALF and unit.factor != CUE_WEIGHT
        ]
        heaviest = max((weight for _, weight in lost), default=0.0)
        nowhere = [(unit, weight) for unit, weight in lost if self._is_nowhere(unit)]
        strange = sum(weight for unit, weight in nowhere if unit.concepts or is_noun(unit.word))
        unknown = sum(weight for _, weight in nowhere)
        return heaviest / self._whole, strange / self._whole, unknown / self._whole

    def _unmet(self, held: list[_Held]) -> float:
        """The share of the concepts of the question that the entry does not speak of."""
        concepts = [one.whole < HALF for one, (unit, _, _) in zip(held, self._units, strict=True) if unit.concepts]
        return sum(concepts) / len(concepts) if concepts else 0.0

    def _is_elsewise(self, held: list[_Held]) -> bool:
        """Whether something has happened to the asker ('lost') of which the entry does not speak."""
        pairs = zip(held, self._units, strict=True)
        return any(unit.concepts & HAPPENED and one.whole < HALF for one, (unit, _, _) in pairs)

    def _is_beside(self, number: int) -> bool:
        """Whether it says only what is known ('除了第一会议室…'), or who has to where it is asked who has not to."""
        text, known = self._shelf.plain_texts[number], self._question.besides
        if known and known in text and not MORE.search(text):
            return True
        return self._question.spared and not SPARES.search(text)

    def _is_nowhere(self, unit: Unit) -> bool:
        """Whether nothing published speaks of what the question names."""
        if unit.concepts:
            return not any(map(self._shelf.speaks_of, unit.concepts))
        return unit.word not in self._shelf.index.words

    def _measure(self, number: int) -> float:
        if self._from_to:
            return ENDS if FROM_TO.search(self._shelf.plain_texts[number]) else -ENDS
        wanted = self._wanted
        if wanted is None:
            return 0.0
        return 1.0 if wanted.search(self._shelf.plain_texts[number]) else -1.0

    def _conflict(self, number: int) -> bool:
        shelf = self._shelf
        if self._unlike and any(word in shelf.lead_texts[number] for word in self._unlike):
            return True
        if shelf.anchors[number] and self._only_reckoned(number):
            return True
        return bool(self._attributes) and conflict(
            self._attributes, shelf.attributes[number], shelf.context_attributes[number]
        )

    def _only_reckoned(self, number: int) -> bool:
        """Whether the time asked for is only what the text reckons from ('招生截止日期前一周')."""
        if not self._kinds or self._kinds[0].name not in TIMES:
            return False
        anchor = self._shelf.anchors[number]
        rest = self._shelf.plain_texts[number].replace(anchor, "")
        said = [unit.word for unit, _, weight in self._units if unit.factor == 1 and weight > 1]
        return bool(said) and all(word in anchor for word in said) and any(word not in rest for word in said)

    def _signs(self, number: int) -> float:
        """Whether the text holds what this kind of question asks for: 1 yes, -1 no, 0 no matter."""
        shelf = self._shelf
        strict = [kind for kind in self._kinds if kind.strict or kind.needs]
        there = shelf.signs[number]
        sign = sum(_sign(kind, there) for kind in strict) / len(strict) if strict else 0.0
        return max(DENIED, sign) if self._question.topics & shelf.denied[number] else sign

    def _soft(self, number: int) -> float:
        """The same where the signs are weak: how, may, what to bring."""
        loose = [kind for kind in self._kinds if not (kind.strict or kind.needs or kind.name == ANYTHING)]
        there = self._shelf.signs[number]
        return sum(1.0 if kind.name in there else -1.0 for kind in loose) / len(loose) if loose else 0.0

    def _nearness(self, entry: Entry) -> float:
        """How near the question is to one of the reviewed phrasings."""
        if not entry.ask:
            return 0.0
        return max(fuzz.token_ratio(self._question.text, ask) for ask in entry.plain_asks) / 100


def _sign(kind: lexicon.Kind, there: frozenset[str]) -> float:
    if kind.name in there and (kind.needs is None or kind.needs in there):
        return 1.0
    return -1.0


def _weight(unit: Unit, shelf: Shelf) -> float:
    if unit.concepts and not unit.topic:
        rarity = min(shelf.rarity(name) for name in unit.concepts)
        return max(1.0, min(rarity, 4.0)) * unit.factor
    rarity = max(1.0, min(shelf.index.words.rarity(unit.word), 4.0)) * unit.factor
    if unit.topic:
        return 1.3 * rarity
    if unit.word in lexicon.load().generic:
        return GENERIC * rarity
    if len(unit.word) == 1:
        return (0.8 if unit.others else ALONE) * rarity
    if unit.word in shelf.index.words or unit.others:
        return rarity
    return (STRANGE_NOUN if is_noun(unit.word) else STRANGE) * rarity


def _most(unit: Unit) -> float:
    """What a topic counts at most where only its characters or its concept are there."""
    return SAME_CONCEPT if unit.concepts else 0.0 if _is_apart(unit) else TOPIC_PARTLY


def _is_apart(unit: Unit) -> bool:
    """Whether it is a topic that means something else inside other words."""
    return unit.topic and unit.word in lexicon.load().apart


def _pairs(unit: Unit) -> list[str]:
    if unit.concepts and len(unit.word) > LONG:
        return []
    pairs = [gram for gram in grams(unit.word) if len(gram) == 2]
    return pairs if len(pairs) > 1 else []


def _holds(unit: Unit, pairs: list[str], text: str, spoken: frozenset[str]) -> float:
    """1 where the text has the word, less where it has another word for it or only a part of it."""
    if unit.word in text and not _is_apart(unit):
        return 1.0
    if unit.concepts & spoken:
        return SAME_CONCEPT
    for other in unit.others:
        if other in text:
            return OTHER_WORD
    return PARTLY * sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0
