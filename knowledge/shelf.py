"""Everything that can be answered in one scope (a school, or all of them), indexed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from uuid import UUID

from knowledge import lexicon
from knowledge.answer import Asker, Source
from knowledge.attributes import Attributes, attributes_of
from knowledge.index import Index, Views, views_of
from knowledge.question import topics_in
from knowledge.speller import Speller
from knowledge.text import grams, plain

_TENTATIVE = re.compile(r"暂定|初步安排|另行通知|预计|拟于")
_ONLY_FOR = re.compile(r"^(?:对于|凡|若|如果?)?([^,。;:]{2,16}?)(?:的|之)(?:同学|学生|毕业生|研究生|人员)?(?=,)")
_SHOWN = ("责任部门", "负责人员", "负责部门")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be answered: a passage of a notice, or a reviewed question with its answer."""

    key: str
    text: str
    source: Source
    school: str
    kind: str = "passage"
    context: str = ""
    cells: Mapping[str, str] = field(default_factory=dict)
    ask: tuple[str, ...] = ()
    before: str = ""
    """The clause it continues, where the passage begins in the middle of a sentence."""
    marked_tentative: bool = False
    last_line: int = 0
    classes: frozenset[UUID] = frozenset()
    """Whom alone it is for; empty: everybody."""

    def is_for(self, asker: Asker | None) -> bool:
        """Whether this person may be told."""
        return not self.classes or (asker is not None and asker.class_id in self.classes)

    @property
    def shown(self) -> str:
        """The text as a person reads it: whole, with the department that is responsible."""
        whole = f"{self.before}{self.text}".strip()
        extra = [f"{head}：{self.cells[head]}" for head in _SHOWN if self.cells.get(head) and not self.ask]
        missing = [part for part in extra if part.split("：", 1)[1] not in whole]
        return f"{whole}（{'；'.join(missing)}）" if missing else whole

    @property
    def plain_asks(self) -> tuple[str, ...]:
        """The reviewed phrasings in plain spelling."""
        return tuple(plain(ask) for ask in self.ask)

    @property
    def tentative(self) -> bool:
        return self.marked_tentative or _TENTATIVE.search(self.text) is not None

    @property
    def views(self) -> Views:
        """What it is found by."""
        if self.ask:
            return views_of(" ".join(self.ask), f"{self.text} {self.context}")
        return views_of(self.shown, self.context)


class Shelf:
    """The entries of one scope with their index, and what is known about the scope as a whole."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = list(entries)
        self.index = Index([entry.views for entry in entries])
        self.speller = Speller(_texts(entries))
        self.plain_texts = [plain(entry.shown) for entry in entries]
        self.plain_contexts = [plain(f"{' '.join(entry.ask)} {entry.context}") for entry in entries]
        self.topics_by_entry = [
            topics_in(f"{text} {context}") for text, context in zip(self.plain_texts, self.plain_contexts, strict=True)
        ]
        self.signs = [_signs_of(text) for text in self.plain_texts]
        self.attributes = [attributes_of(text) for text in self.plain_texts]
        self.context_attributes = [attributes_of(text) for text in self.plain_contexts]
        self._narrow = [_narrowed(text) for text in self.plain_texts]
        self._sections: dict[tuple[str, tuple[str, ...]], list[Entry]] = {}
        for entry in self.entries:
            if entry.source.file and not entry.ask and entry.kind != "heading":
                self._sections.setdefault((entry.source.file, entry.source.section), []).append(entry)
        self._numbers = {entry.key: number for number, entry in enumerate(self.entries)}

    def entry(self, key: str) -> Entry | None:
        """The entry of this key, where it is still published."""
        number = self._numbers.get(key)
        return None if number is None else self.entries[number]

    def beside(self, entry: Entry) -> Sequence[Entry]:
        """The passages of the entry's section, in the notice's order."""
        return self._sections.get((entry.source.file, entry.source.section), ())

    def number_of(self, entry: Entry) -> int:
        """Where an entry stands in `entries`."""
        return self._numbers[entry.key]

    def narrow_for(self, number: int, question: str) -> bool:
        """Whether an entry is only for some ('考上研究生的同学，…') of whom a plain question does not speak."""
        only = self._narrow[number]
        return bool(only) and not any(pair in question for pair in only)

    @cached_property
    def text(self) -> str:
        """All of it in plain spelling: to see whether a word occurs at all."""
        return "\n".join(plain(f"{e.context} {e.shown} {e.source.cohort or ''}") for e in self.entries)

    @cached_property
    def topics(self) -> frozenset[str]:
        """The topics anything here is about."""
        return frozenset().union(*self.topics_by_entry)

    @cached_property
    def known_attributes(self) -> Attributes:
        """Every batch, level, class … that is spoken of."""
        known: dict[str, frozenset[str]] = {}
        for found in (*self.attributes, *self.context_attributes):
            for name, values in found.items():
                known[name] = known.get(name, frozenset()) | values
        return known

    @cached_property
    def schools(self) -> frozenset[str]:
        return frozenset(entry.school for entry in self.entries)

    @cached_property
    def cohorts(self) -> frozenset[str]:
        return frozenset(entry.source.cohort for entry in self.entries if entry.source.cohort)

    def cohort_for(self, years: frozenset[str], own: str | None) -> str | None:
        """The cohort a question is about: the year it names, the asker's own, else the newest there is."""
        known = sorted(self.cohorts)
        named = [cohort for cohort in known if any(year in cohort for year in years)]
        return named[-1] if named else own if own in self.cohorts else known[-1] if known else None

    def of_school(self, text: str) -> frozenset[str]:
        """The schools of this shelf that a plain question names."""
        named = {name for short, name in lexicon.load().schools.items() if plain(short) in text}
        return frozenset(named & self.schools)

    def without_school(self, text: str) -> str:
        """A plain question without the name of the shelf's own school: it says nothing here."""
        for short, name in lexicon.load().schools.items():
            if name in self.schools and plain(short) in text and len(text) > len(plain(short)) + 2:
                text = text.replace(plain(short), "")
        return text


def _narrowed(text: str) -> tuple[str, ...]:
    """The pairs of characters of the words that say for whom alone a text is; () where it is for all."""
    found = _ONLY_FOR.match(text)
    return tuple(gram for gram in grams(found[1]) if len(gram) == 2) if found else ()


def _signs_of(text: str) -> frozenset[str]:
    """The kinds of question a plain text could answer."""
    return frozenset(kind.name for kind in lexicon.load().kinds.values() if kind.signs.search(text))


def _texts(entries: Sequence[Entry]) -> Iterable[str]:
    for entry in entries:
        yield from (entry.text, entry.context, *entry.ask)


def joined(entries: Sequence[Entry]) -> list[str]:
    """For each entry the clause it continues: the entry before ends with a comma in the same line."""
    befores = [""]
    for one, two in pairwise(entries):
        same = one.source.file == two.source.file and one.source.line == two.source.line
        befores.append(one.text if same and one.text.rstrip().endswith((",", "，")) else "")
    return befores[: len(entries)]
