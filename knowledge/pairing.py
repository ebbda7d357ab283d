"""Which task is which: how alike two tasks are, by the words that tell the tasks of a notice apart."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Protocol

from rapidfuzz import fuzz

from knowledge.text import grams, plain, words

SURE = 0.68
"""From here on two tasks are taken for the same."""
UNSURE = 0.46
"""From here on a person is asked."""
MARGIN = 0.07
"""So much better than the next one the best has to be."""

_EMPTY = re.compile(
    r"(?:20\d\d)?届?毕业生|(?:20\d\d)\s*届|全体|各位|本届|我校|有关|相关|工作|时间段?|日期|截止|截至|期限|安排|事项|通知|办理|进行"
    r"|举行|举办|开展|组织|集中|统一|完成|学生|暂定|提交|须|请"
)
_NUMERALS = re.compile(r"[\d年月日号:.\-]+")


class Shown(Protocol):
    """What of an item, proposed or stored, stands in a list."""

    @property
    def title(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def department(self) -> str | None: ...
    @property
    def opens_on(self) -> date | None: ...
    @property
    def due_on(self) -> date | None: ...
    @property
    def due_text(self) -> str | None: ...
    @property
    def tentative(self) -> bool: ...
    @property
    def locator(self) -> str | None: ...


class Task(Shown, Protocol):
    """An item, proposed or stored, as it is compared with another."""

    @property
    def key(self) -> str: ...
    @property
    def contact(self) -> str | None: ...
    @property
    def due_time(self) -> time | None: ...
    @property
    def start_time(self) -> time | None: ...
    @property
    def is_deadline(self) -> bool: ...
    @property
    def audience(self) -> Mapping[str, Any]: ...
    @property
    def how(self) -> str: ...
    @property
    def place(self) -> str | None: ...
    @property
    def steps(self) -> str | None: ...
    @property
    def quote(self) -> str | None: ...


def essence(text: str) -> str:
    """A title without the words that any task of leaving school has; whole where nothing else is left."""
    bare = _NUMERALS.sub("", _EMPTY.sub("", plain(text)))
    return bare if len(bare) >= 2 else plain(text)


class Likeness:
    """How alike a task is to each of these tasks; a word that many of them have counts little."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._bags = {id(task): _terms(f"{task.title} {task.quote or ''}") for task in tasks}
        self._titles = {id(task): essence(task.title) for task in tasks}
        self._seen = Counter(term for bag in self._bags.values() for term in bag)
        self._size = len(tasks)
        self._tasks = tasks  # keeps the ids taken

    def of(self, subject: str, task: Task) -> float:
        """0 nothing in common … 1 the same words."""
        name, title = essence(subject), self._titles[id(task)]
        shared = self._share(_terms(subject), self._bags[id(task)])
        near = max(fuzz.ratio(name, title), 0.92 * _partial(name, title), _any_order(name, title)) / 100
        return 0.5 * shared + 0.5 * near

    def share_of(self, task: Task, text: str) -> float:
        """How much of a task's title a text holds."""
        return self._share(_terms(task.title), _terms(text) | frozenset(words(plain(text))))

    def _share(self, wanted: frozenset[str], there: frozenset[str]) -> float:
        whole = sum(map(self._rarity, wanted))
        return sum(map(self._rarity, wanted & there)) / whole if whole else 0.0

    def _rarity(self, term: str) -> float:
        return math.log(1 + (self._size + 1) / (0.5 + self._seen.get(term, 0)))


def _partial(one: str, two: str) -> float:
    """The shorter inside the longer; two characters inside many prove nothing."""
    return fuzz.partial_ratio(one, two) if min(len(one), len(two)) >= 3 else 0.0


def _any_order(one: str, two: str) -> float:
    """归还图书 is 图书归还."""
    return fuzz.token_sort_ratio(" ".join(words(one)), " ".join(words(two)))


def _terms(text: str) -> frozenset[str]:
    """The words that carry meaning; characters where there is no word."""
    bare = essence(text)
    return frozenset(words(bare)) or frozenset(grams(bare))


def same_office(one: str | None, two: str | None) -> bool | None:
    """Whether two departments are one; None where one is not named."""
    if not one or not two:
        return None
    return fuzz.partial_ratio(plain(one), plain(two)) >= 80
