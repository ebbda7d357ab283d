"""What a question asks: its kind, what it is about, and what it takes for granted (a year, a school)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache

from knowledge import lexicon
from knowledge.attributes import Attributes, attributes_of, without
from knowledge.concepts import Concepts, concepts_of, spans_of
from knowledge.index import Bag, Views, spoken_of, views_of
from knowledge.text import cut, is_noun, plain, words

CUE_WEIGHT = 0.4
SYNONYM_WEIGHT = 0.5
EITHER_WEIGHT = 0.3
HISTORY_WEIGHT = 0.6
_STOPS = re.compile(r"[?!。;]+|,|(?:还有|另外|以及)")
_RESPECTIVELY = re.compile(r"^(?P<one>.+?)(?:和|跟|与|及)(?P<two>[^和跟与及]+?)(?:的)?(?:分别|各自|各)(?P<rest>.+)$")
_BOTH = re.compile(r"^(?P<one>.{2,8}?)(?:和|跟|与|及)(?P<two>.{2,8}?)(?P<rest>(?:都|给|发|说|告诉|是).*)$")
_YEAR = re.compile(r"(?<!\d)(20\d{2}|\d{2})(?=届)|(?<!\d)(20[0-4]\d)(?![\d级.号*×x-])")
_COHORT = re.compile(r"(?<!\d)(20\d{2}|\d{2})届")
_BATCH = re.compile(r"(?<!\d)(20\d{2})(0[1-9]|1[0-2])(?=批)")
_MONTH = re.compile(r"(20\d{2})年(\d{1,2})月(?:的|份)?(?:毕业|批|届)")
_OTHER_YEAR = re.compile(r"(明年|去年|前年|后年|上一?届|下一?届|今年)")
_EITHER = re.compile(r"还是(?=.)")
_MEASURE = re.compile(
    r"(?:多少|(?<!哪)几)个?(寸|份|字|名|工作日|元|块|分(?!钟)|学分|[km]b?|张|本|册|门|批|轮|倍|位|人|步|项|天(?!前))"
)
_THING = re.compile(r"几个(?!月|小时|工作日)([\u4e00-\u9fff])")
_SORT = re.compile(
    r"几(?=楼|层)|(?:几|哪一?[个栋间座家层号]?|什么)(楼|层|栋|教室|窗口|会议室|食堂|办公室|医院|银行|体育馆|校区"
    r"|门(?!课|考|牌))|(百分之)几|(利率|费率|比例)"
)
"""The sort of place or number asked for; what has to stand in an answer is in `_SORTS`."""
_ROOM = r"(?<![\d-])\d{3}(?![\d-])|[\u4e00-\u9fffa-z]\d{4}(?![\d年届级.-])|\d室"
_SORTS = {
    "几": rf"[一二三四五六七八九十\d][楼层]|{_ROOM}",
    **dict.fromkeys(("楼", "栋", "层"), rf"楼|[层栋幢座馆厅堂]|大厦|{_ROOM}"),
    **dict.fromkeys(("教室", "会议室", "办公室"), rf"楼|教室|会议室|办公室|[馆厅]|{_ROOM}"),
    "窗口": r"窗口?|柜台|服务台|大厅|台",
    "食堂": "食堂|餐厅",
    "医院": "医院|卫生|医务",
    "银行": "银行|[工农中建交]行|信用社",
    "体育馆": "馆",
    "校区": "校区",
    "门": r"(?<![部专热每])门",
    **dict.fromkeys(("百分之", "利率", "费率", "比例"), r"%|百分|利率|[一二三四五六七八九十]成|lpr"),
}
_FROM_TO = re.compile(r"(?:几|哪|什么)[^,。?]{1,4}[到至-](?:几|哪|什么)|起止|从(?:几|哪|什么)[^,。?]{1,6}到")
FROM_TO = re.compile(r"\d[日号点分\d:]{0,5}(?:\([^)]*\))?[上中下晚]?午?[-至到]")
"""A time with both its ends."""
_ALIKE = {
    "块": "元",
    "位": "[名位人]",
    "名": "[名位人]",
    "人": "[名位人]",
    "k": "kb?",
    "m": "mb?",
    "天": "(?:[天日晚周年]|个?月|个?工作日|星期|个?小时)",
}
_NUMBER = r"(?:\d|[一二三四五六七八九十两百])"
CLOSED = frozenset({"may", "when", "until", "clock", "phone"})
_APART = (("until", "clock", "when"), ("to", "where"), ("phone",), ("mail",), ("who",), ("bring",))
"""Kinds of question that ask different things of the same subject."""
_BETWEEN = 4
_GAP = "/"
"""Stands where the words of asking were: what was apart stays apart."""
_BESIDES = re.compile(r"除了?([^,。?]{1,12}?)(?:以外|之外|,)?(?=[^,。?]{0,4}(?:还|另|别的|其他))")
"""'除了第一会议室，还有哪…' asks for something else than what it names."""
_SPARED = re.compile(r"(?:哪些|哪几|哪种|哪类|什么|谁)[^,。?]{0,6}?(?:不用|不需要?|无需|不必|可以不|免)")
_LEADING = re.compile(r"^(那么?|然后|还有|另外|所以)")


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing the question says, and what the notices may write for it. A topic weighs more than a common word."""

    word: str
    others: tuple[str, ...] = ()
    topic: bool = False
    factor: float = 1.0
    concepts: Concepts = frozenset()
    """What it may stand for, whatever the words."""


@dataclass(frozen=True)
class Question:
    """A question taken apart. `text` is in plain spelling, misspellings mended."""

    text: str
    focus: str
    kinds: tuple[str, ...]
    topics: frozenset[str]
    views: Views
    units: tuple[Unit, ...]
    leaning: bool
    """It needs the turn before to be understood: 'and the deadline?'."""
    followed: bool = False
    """It leant on the turn before and has what it needs of it."""
    attributes: Attributes = field(default_factory=dict)
    """Which batch, level, class … it speaks of."""
    predicate: frozenset[str] = frozenset()
    """What is asked of the subject: the words beside 'when', 'where', 'how much' ('几月颁奖' → 颁奖)."""

    besides: str = ""
    """What it knows already and asks to be added to ('除了第一会议室，还有哪里')."""

    @cached_property
    def measure(self) -> re.Pattern[str] | None:
        """What a number has to be followed by, where it asks 'how many X' ('几寸')."""
        found = _MEASURE.search(self.text)
        if found:
            return re.compile(f"{_NUMBER}个?{_ALIKE.get(found[1], found[1])}")
        sort = _SORT.search(self.text)
        if sort and CLOSED.isdisjoint(self.kinds):
            return re.compile(_SORTS[next(filter(None, sort.groups()), "几")])
        thing = _THING.search(self.text)
        return re.compile(f"{_NUMBER}[个位名张份只条项枚种]?[^,。;]{{0,2}}{thing[1]}") if thing else None

    @property
    def spared(self) -> bool:
        """Whether it asks who or what is left out ('哪些学生不用填')."""
        return _SPARED.search(self.text) is not None

    @property
    def from_to(self) -> bool:
        """Whether it asks for both ends of a time ('几号到几号')."""
        return _FROM_TO.search(self.text) is not None

    @property
    def years(self) -> frozenset[str]:
        """The four-digit years it names."""
        found = (a or b for a, b in _YEAR.findall(self.text))
        return frozenset(year if len(year) == 4 else f"20{year}" for year in found)

    @property
    def cohorts(self) -> frozenset[str]:
        """The cohorts it names ('2021届')."""
        return frozenset(f"{year if len(year) == 4 else f'20{year}'}届" for year in _COHORT.findall(self.text))

    @property
    def batches(self) -> frozenset[tuple[str, str]]:
        """Year and month of the batches it names by number ('202401批次')."""
        return frozenset(_BATCH.findall(self.text))

    @property
    def months(self) -> frozenset[str]:
        """The months of graduation it names ('2023年1月毕业')."""
        return frozenset(f"{year}年{int(month)}月" for year, month in _MONTH.findall(self.text))

    @property
    def other_year(self) -> str | None:
        """A relative year other than the notice's ('明年', '上一届'), if it names one."""
        found = _OTHER_YEAR.search(self.text)
        return found[0] if found and found[0] != "今年" else None


def understand(text: str) -> Question:
    """Takes one question apart; the text should be mended already."""
    text = _LEADING.sub("", plain(text))
    besides = _BESIDES.search(text)
    text = _BESIDES.sub("", text)
    kinds, spread, cues = _kinds(text)
    focus = spread.replace(_GAP, "")
    own = views_of(spread)
    topics = topics_of(text)
    views = _sum([(own, 1.0), (views_of(" ".join(cues)), CUE_WEIGHT), (_synonyms(text, focus), SYNONYM_WEIGHT)])
    leaning = not topics and len(focus) <= 6
    units = _eased(text, _units(text, spread, cues))
    views = spoken_of(views, frozenset().union(*(unit.concepts for unit in units)))
    topics &= topics_of(" ".join(unit.word for unit in units if unit.topic))
    own_attributes, predicate, known = attributes_of(text), _predicate(text), besides[1] if besides else ""
    return Question(text, focus, kinds, topics, views, units, leaning, False, own_attributes, predicate, known)


def follow_up(question: Question, before: Iterable[Question]) -> Question:
    """The question with what it leans on: of the turns before it, newest first, one that was about something."""
    about = next((turn for turn in before if turn.topics or len(turn.focus) > 3), None)
    if about is None:
        return question
    about = understand(without(about.text, question.attributes))
    said = " ".join(unit.word for unit in about.units if unit.topic)
    leant_on = views_of(said) if said else about.views
    views = _sum([(question.views, 1.0), (leant_on, HISTORY_WEIGHT)])
    kinds = question.kinds or about.kinds
    units = (*question.units, *(replace(unit, factor=HISTORY_WEIGHT) for unit in about.units if unit.topic or not said))
    return replace(
        question,
        views=views,
        units=units,
        topics=question.topics | about.topics,
        kinds=kinds,
        followed=True,
        attributes={**about.attributes, **question.attributes},
    )


def parts_of(text: str) -> list[str]:
    """The single questions in a message, at most three; one that asks nothing by itself stays with its neighbour."""
    text = plain(text)
    together = _RESPECTIVELY.match(text) or _BOTH.match(text)
    if together and (together.re is _RESPECTIVELY or all(_kinds(together[side])[0] for side in ("one", "two"))):
        return _two(together["one"], together["two"], together["rest"])
    pieces = [piece for piece in _STOPS.split(text) if piece and len(piece) > 1]
    asking = [piece for piece in pieces if _kinds(piece)[0] and views_of(piece).grams]
    if len(asking) < 2 or len(asking) != len(pieces):
        return _twice_asked(text)
    return [_with_topic(piece, pieces[0]) for piece in pieces[:3]]


def _twice_asked(text: str) -> list[str]:
    """'毕业典礼在哪几点开始' asks two things of one subject."""
    kinds = lexicon.load().kinds
    cues: list[tuple[int, int]] = []
    for names in _APART:
        found = next((found for name in names if (found := kinds[name].cues.search(text))), None)
        if found and not any(start < found.end() and found.start() < end for start, end in cues):
            cues.append(found.span())
    if len(cues) != 2:
        return [text]
    (start, end), (other, _) = sorted(cues)
    if start < 2 or other - end > _BETWEEN or not words(text[:start]):
        return [text]
    return [text[:end], text[:start] + text[end:].lstrip(",和跟与及")]


def _two(one: str, two: str, rest: str) -> list[str]:
    return [one + rest, _with_topic(two + rest, one)]


def _with_topic(piece: str, first: str) -> str:
    """A part without a topic of its own is about what the first part was about."""
    if topics_of(piece):
        return piece
    about = max((word for word in lexicon.load().topics if word in first), key=len, default="")
    focus = _kinds(piece)[1]
    if any(is_noun(word) for word in words(focus) if len(word) > 1):
        return about + piece
    return (_kinds(first)[1].replace(_GAP, "") if not about or attributes_of(first) else about) + piece


@cache
def _topic_pattern() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, lexicon.load().topics), key=len, reverse=True)))


@cache
def _apart() -> dict[str, re.Pattern[str]]:
    return {word: re.compile(pattern) for word, pattern in lexicon.load().apart.items()}


def topics_of(text: str) -> frozenset[str]:
    """The campus topics a plain text mentions, by their usual word; the longest names first."""
    return frozenset(lexicon.load().topics[found] for found in _topic_pattern().findall(text))


@lru_cache(maxsize=8192)
def topics_in(text: str) -> frozenset[str]:
    """Every topic that occurs in a plain text, also inside the name of another: what an entry may be about. A word
    that means something else inside another does not count there (毕业照 in 毕业照片)."""
    apart = _apart()
    return frozenset(
        usual
        for word, usual in lexicon.load().topics.items()
        if word in text and (word not in apart or apart[word].search(text))
    )


@cache
def _said() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, lexicon.load().synonyms), key=len, reverse=True)))


def _synonyms(text: str, focus: str) -> Views:
    """What the notices write for what was said, the question's own words left out."""
    written = {word for found in _said().findall(text) for word in lexicon.load().synonyms[found]}
    return views_of(" ".join(sorted(word for word in written if word not in focus)))


def _units(text: str, focus: str, cues: Iterable[str]) -> tuple[Unit, ...]:
    """What the question says, piece by piece: topics, concepts and known phrases whole, the rest word by word."""
    found: dict[str, Unit] = {}
    named = [match.span() for match in _topic_pattern().finditer(text)]
    for start, end in named:
        word = text[start:end]
        siblings = (other for other in _siblings()[lexicon.load().topics[word]] if other not in _apart())
        others = (*siblings, *_written(word))
        found[word] = Unit(word, others, topic=True, concepts=concepts_of(word))
    for unit in _phrases(text, named):
        found.setdefault(unit.word, unit)
    rest = focus
    for word, unit in found.items():
        rest = rest.replace(word, _GAP)
        for part in words(word) if unit.concepts else ():
            rest = rest.replace(part, _GAP) if len(part) > 1 else rest
    for word in words(rest):
        found.setdefault(word, Unit(word))
    for word in cues:
        if len(word) > 1:
            found.setdefault(word, Unit(word, factor=CUE_WEIGHT))
    return tuple(found.values())


def _phrases(text: str, named: list[tuple[int, int]]) -> list[Unit]:
    """The concepts and known phrases beside the topics; of two that overlap wholly the longer, with both meanings."""
    alone = set(cut(_topic_pattern().sub(" ", text)))
    spans = [(span.start, span.end, span.names) for span in spans_of(text)]
    spans += [(*match.span(), Concepts()) for match in _said().finditer(text) if len(match[0]) > 1 or match[0] in alone]
    kept: list[tuple[int, int, Unit]] = []
    for start, end, names in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if any(a <= start and end <= b for a, b in named):
            continue
        word = text[start:end]
        around = next((row for row in kept if row[0] <= start and end <= row[1]), None)
        across = next((row for row in kept if row[0] < end and start < row[1]), None)
        if around is None and across is not None and (across[2].concepts & names or not names):
            low, high = min(start, across[0]), max(end, across[1])
            one = Unit(text[low:high], (*across[2].others, *_written(word)), concepts=across[2].concepts | names)
            kept[kept.index(across)] = (low, high, one)
        elif around is None:
            kept.append((start, end, Unit(word, _written(word), concepts=names)))
        elif not (around[2].concepts and around[2].word != word and names):
            one = around[2]
            others = one.others if one.concepts and one.word != word else (*one.others, *_written(word))
            more = replace(one, others=others, concepts=one.concepts | names)
            kept[kept.index(around)] = (around[0], around[1], more)
    return [unit for _, _, unit in kept]


def _eased(text: str, units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """In 'A 还是 B' one of the two is enough: neither weighs like what the question is about."""
    found = _EITHER.search(text)
    if found is None:
        return units
    before, after = text[: found.start()], text[found.end() :]
    return tuple(
        replace(unit, factor=EITHER_WEIGHT, topic=False)
        if unit.word in (before[-len(unit.word) :], before[-len(unit.word) - 1 : -1], after[: len(unit.word)])
        else unit
        for unit in units
    )


def _written(phrase: str) -> tuple[str, ...]:
    return tuple(plain(word) for word in lexicon.load().synonyms.get(phrase, ()))


@cache
def _siblings() -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for word, usual in lexicon.load().topics.items():
        groups[usual] = (*groups.get(usual, ()), word)
    return groups


def _kinds(text: str) -> tuple[tuple[str, ...], str, list[str]]:
    """The kinds of question, the text without their cues, and what the cues say themselves."""
    kinds, cues = [], []
    for kind in lexicon.load().kinds.values():
        found = kind.cues.search(text)
        if found:
            kinds.append(kind.name)
            cues.extend(words(found[0]))
            text = f"{text[: found.start()]}{_GAP}{text[found.end() :]}"
    return tuple(kinds), plain(text), cues


def _predicate(text: str) -> frozenset[str]:
    """The words right behind the first word of asking; where there are none, those right before it."""
    kinds = lexicon.load().kinds
    asked = [found for kind in kinds.values() if kind.strict and (found := kind.cues.search(text))]
    if not asked:
        return frozenset()
    first = min(asked, key=lambda found: found.start())
    cues = {word for kind in kinds.values() if (found := kind.cues.search(text)) for word in words(found[0])}
    behind = [word for word in words(text[first.end() :]) if len(word) > 1 and word not in cues]
    before = [word for word in words(text[: first.start()]) if len(word) > 1 and word not in cues]
    return frozenset(behind[:1] or before[-1:])


def _sum(parts: Iterable[tuple[Views, float]]) -> Views:
    bags: tuple[dict[str, float], ...] = ({}, {}, {})
    for views, factor in parts:
        for bag, terms in zip(bags, (views.words, views.grams, views.sounds), strict=True):
            _add(bag, terms, factor)
    return Views(*bags)


def _add(bag: dict[str, float], terms: Bag, factor: float) -> None:
    for term, weight in terms.items():
        bag[term] = max(bag.get(term, 0.0), min(weight, 1.0) * factor)
