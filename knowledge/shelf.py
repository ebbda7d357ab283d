"""Everything that can be answered in one scope (a school, or all of them), indexed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from math import log
from uuid import UUID

from knowledge import lexicon
from knowledge.answer import Asker, Source
from knowledge.attributes import COLLEGE, Attributes, attributes_of
from knowledge.colleges import colleges_of
from knowledge.concepts import Concepts, concepts_of
from knowledge.index import CONTEXT_WEIGHT, Index, Views, spoken_of, views_of
from knowledge.question import topics_in
from knowledge.register import Register
from knowledge.speller import Speller
from knowledge.text import grams, plain

_TENTATIVE = re.compile(r"暂定|初步安排|另行通知|预计|拟于")
_ONLY_FOR = re.compile(r"^(?:对于|凡|若|如果?)?([^,。;:]{2,18}?)(?:的|之)(?:同学|学生|毕业生|研究生|人员)?(?=[,:])")
_LEAD = re.compile(r"^.{1,3}?(?=[,。;:])|^.{2,14}?(?=[在须由可要应从自凭将,。;:(]|定于|须于|时间|$)|^.{2,14}")
"""The beginning of a sentence, up to its verb or first stop, says what it is about."""
_NOISE = re.compile(
    r"(表|图|附表|附图|附件)\d{0,2}[:：.]?.{0,24}?(?<![。;!?])|.{0,12}[:：]"
    r"|(20\d\d年)?\d{1,2}月\d{1,2}日|(关于|印发).{2,60}的?(通知|公告|方案)|各.{1,30}[:：]|.{1,10}[〔\[(]20\d\d[〕\])]\d+号"
)
_DENIED = re.compile(r"(?:不再|取消|停止|停办|不办理|不发放|不需要|不用)[^,。;]{0,16}")
_ANNOUNCES = re.compile(r"(?:现将|现就|特制定|制定本(?:方案|通知)|通知如下|如下[。:]?$)")
"""'现将 … 安排如下' says that something will be said."""
_ANCHOR = re.compile(
    r"(?<=[为在是于到至须应,;。:])[^,。;:为在是于]{2,24}?(?:日期|之日|当[天日]|时间|结束|开始|截止|举行|典礼)?"
    r"(?:之?[前后]|起)(?:第?[一二两三四五六七八九十\d]+个?(?:天|日|周|工作日|月)|的?(?:周|星期))"
)
"""'X 截止日期前一周' reckons from X and says nothing of when X is."""
_SEVERAL = re.compile(r"[、及与和]")
_LABEL = re.compile(r"(?:^|[,。;)])([\u4e00-\u9fff]{2,6}):(?=.)")
_SAYS_NOTHING = re.compile(r"[^,。:;《\d]{1,14}")
"""A heading so short and without any stop only names what follows."""
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
        own, around = (" ".join(self.ask), f"{self.text} {self.context}") if self.ask else (self.shown, self.context)
        there = concepts_of(plain(own))
        beside = spoken_of(views_of(own, around), concepts_of(plain(around)), CONTEXT_WEIGHT)
        return spoken_of(beside, there)


class Shelf:
    """The entries of one scope with their index, and what is known about the scope as a whole."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = list(entries)
        self.index = Index([entry.views for entry in entries])
        self.speller = Speller(_texts(entries))
        self.plain_texts = [plain(entry.shown) for entry in entries]
        self.mixed = [_names_several(entry) for entry in self.entries]
        self.plain_contexts = [
            plain(" ".join((*entry.ask, "" if entry.ask and several else _around(entry))))
            for entry, several in zip(self.entries, self.mixed, strict=True)
        ]
        self.topics_by_text = [topics_in(text) for text in self.plain_texts]
        self.topics_by_context = [topics_in(context) for context in self.plain_contexts]
        self.topics_by_entry = [a | b for a, b in zip(self.topics_by_text, self.topics_by_context, strict=True)]
        headings, leads = [_heading(entry) for entry in entries], [_lead(entry) for entry in entries]
        self.headings = [topics_in(heading) | concepts_of(heading) for heading in headings]
        self.subject_topics = [
            _asked_about(entry) if entry.ask else topics_in(lead)
            for entry, lead in zip(self.entries, leads, strict=True)
        ]
        self.denied = [_denied(text) for text in self.plain_texts]
        self.subjects = [topics_in(lead) | concepts_of(lead) for lead in leads]
        self.lead_texts = [f"{heading} {lead}" for heading, lead in zip(headings, leads, strict=True)]
        self.labels = [_labels(entry) for entry in entries]
        self.concepts = [concepts_of(text) for text in self.plain_texts]
        self.context_concepts = [concepts_of(context) for context in self.plain_contexts]
        self.noise = [_is_noise(entry) for entry in entries]
        self.preceding = _preceding(self.entries)
        spoken = (one | two for one, two in zip(self.concepts, self.context_concepts, strict=True))
        self._holders = Counter(name for names in spoken for name in names)
        self.signs = [_signs_of(entry, text) for entry, text in zip(self.entries, self.plain_texts, strict=True)]
        self.attributes = [_attributes(text, entry) for text, entry in zip(self.plain_texts, self.entries, strict=True)]
        self.context_attributes = [attributes_of(text) for text in self.plain_contexts]
        self.anchors = [" ".join(_ANCHOR.findall(text)) for text in self.plain_texts]
        self._narrow = [_narrowed(text) for text in self.plain_texts]
        self._sections: dict[tuple[str, tuple[str, ...]], list[Entry]] = {}
        for entry in self.entries:
            if entry.source.file and not entry.ask and entry.kind != "heading":
                self._sections.setdefault((entry.source.file, entry.source.section), []).append(entry)
        self.register = Register(self.entries)
        self._numbers = {entry.key: number for number, entry in enumerate(self.entries)}

    def rarity(self, concept: str) -> float:
        """How rarely a concept is spoken of here: its inverse document frequency."""
        seen = self._holders[concept]
        return log(1 + (len(self.entries) - seen + 0.5) / (seen + 0.5))

    def speaks_of(self, concept: str) -> bool:
        """Whether anything here speaks of a concept."""
        return self._holders[concept] > 0

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

    def narrow_for(self, number: int, question: str, concepts: Concepts) -> bool:
        """Whether an entry is only for some ('考上研究生的同学，…') of whom a plain question does not speak."""
        only = self._narrow[number]
        if only is None:
            return False
        pairs, spoken = only
        return not (spoken & concepts or any(pair in question for pair in pairs))

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
    def sources(self) -> tuple[Source, ...]:
        """One place of every notice."""
        return tuple({entry.source.file: entry.source for entry in self.entries if entry.source.file}.values())

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
            said = plain(short)
            if name in self.schools and said in text and len(text) > len(said) + 2 and not placed(text, said, name):
                text = text.replace(said, "")
        return text


def placed(text: str, short: str, name: str) -> str:
    """The place right before a school's short name, or the branch right behind it, that makes it another school."""
    before, _, behind = text.partition(short)
    place = next((word for word in lexicon.load().places if before.endswith(word) and word not in name), "")
    branch = next((word for word in lexicon.load().places if behind.startswith(word) and word not in name), "")
    return place + short if place else short + branch if branch else ""


def _narrowed(text: str) -> tuple[tuple[str, ...], Concepts] | None:
    """For whom alone a text is: pairs of characters and concepts of the words that say so; None: for all."""
    found = _ONLY_FOR.match(text)
    if found is None:
        return None
    return tuple(gram for gram in grams(found[1]) if len(gram) == 2), concepts_of(found[1])


def _signs_of(entry: Entry, shown: str) -> frozenset[str]:
    """The kinds of question an entry could answer; the department put behind it says who, and not where."""
    own = plain(f"{entry.before}{entry.text}")
    return frozenset(
        kind.name for kind in lexicon.load().kinds.values() if kind.signs.search(shown if kind.name == "who" else own)
    )


def _attributes(text: str, entry: Entry) -> Attributes:
    colleges = colleges_of(text, entry.cells)
    return {**attributes_of(text), **({COLLEGE: colleges} if colleges else {})}


def _heading(entry: Entry) -> str:
    """The nearest heading, or how a reviewed question is put."""
    return plain(" ".join((*entry.source.section[-1:], *entry.ask)))


def _asked_about(entry: Entry) -> frozenset[str]:
    """The topics in every phrasing of a reviewed question."""
    return frozenset.intersection(*(topics_in(ask) for ask in entry.plain_asks))


def _lead(entry: Entry) -> str:
    """What an entry speaks of before it says anything: the name of its row, its first words."""
    if entry.kind == "row":
        return plain(next(iter(entry.cells.values()), ""))
    found = _LEAD.match(plain(entry.text))
    return found[0] if found else ""


def _names_several(entry: Entry) -> bool:
    """Whether the nearest heading names several things ('档案寄送、退寝及公物赔偿'): a sentence below is about one."""
    return bool(entry.source.section) and _is_mixed(entry.source.section[-1])


@lru_cache(maxsize=1024)
def _is_mixed(heading: str) -> bool:
    text = plain(heading)
    return _SEVERAL.search(text) is not None and len(topics_in(text) | concepts_of(text)) > 1


def _around(entry: Entry) -> str:
    """What stands around an entry; of the headings above the nearest only those that are about one thing."""
    context = entry.context
    for heading in entry.source.section[:-1]:
        if _is_mixed(heading):
            context = context.replace(heading, " ", 1)
    return context


def _is_noise(entry: Entry) -> bool:
    """A heading, a caption, a title, who signed and when: it names things and says nothing."""
    if entry.ask:
        return False
    text = plain(entry.text)
    return (
        (entry.kind == "heading" and _SAYS_NOTHING.fullmatch(text) is not None)
        or _NOISE.fullmatch(text) is not None
        or _ANNOUNCES.search(text) is not None
        or text.strip("《》") == plain(entry.source.notice).strip("《》")
        or (text.startswith(plain(entry.school)) and len(text) <= len(plain(entry.school)) + 10)
    )


def _denied(text: str) -> frozenset[str]:
    """The topics of which a plain text says that there is no such thing any more, whatever one asks of them."""
    return topics_in("".join(_DENIED.findall(text))) if _DENIED.search(text) else frozenset()


def _labels(entry: Entry) -> frozenset[str]:
    """The kinds of question that an entry answers by name: heads of its cells, labels in its text ('地点：…')."""
    if entry.ask:
        return frozenset()
    heads = [plain(head) for head, value in entry.cells.items() if value] if entry.kind == "row" else []
    return frozenset(kind for head in (*heads, *_LABEL.findall(plain(entry.text))) for kind in kinds_of_head(head))


@cache
def kinds_of_head(head: str) -> frozenset[str]:
    """The kinds of question answered below a head of a table ('办理时间': when, until, clock)."""
    return frozenset(kind.name for kind in lexicon.load().kinds.values() if kind.head and kind.head.search(head))


def _preceding(entries: Sequence[Entry]) -> list[int | None]:
    """For each entry the one it goes on from: the sentence before in the same paragraph."""
    found: list[int | None] = []
    for number, entry in enumerate(entries):
        before = entries[number - 1] if number else None
        goes_on = (
            before is not None
            and not (entry.ask or before.ask)
            and entry.kind == before.kind
            and entry.kind not in ("row", "heading")
            and (entry.source.file, entry.source.section) == (before.source.file, before.source.section)
            and entry.source.line - before.last_line <= 0
        )
        found.append(number - 1 if goes_on else None)
    return found


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
