"""Rows looked up by their name: 'how many are in class 1 of …' is a cell of a table, not a matter of likeness."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from knowledge.text import plain

if TYPE_CHECKING:
    from knowledge.shelf import Entry

MOST = 3
"""So many rows of one name (two years, two campuses) are told together."""
NEAR = 78
"""A misspelt name is at least so like that of its row (0 to 100)."""
APART = 8
"""The next name has to be so much less like it."""
_SHORTEST = 4
"""A shorter name is not guessed at when misspelt: '会计' and '审计' differ by one character, too."""

_CLASS = re.compile(r"(?P<number>(?<!\d)\d{1,2})班(?!会|车)")
_WHOLE_NAME = re.compile(r"(?P<stem>.*?\D)(?P<number>\d{1,2})班?$")
_NOBODY = re.compile(r"^(?:[我你您咱他她]们?|请问|是|在|的|那|这|学院|系|专业)*$")
_BRACKETS = re.compile(r"\(([^()]+)\)")
_GRADE = re.compile(r"(?:20)?(\d{2})(?:级|届)")
_BETWEEN = re.compile(r"[\s()\[\]·\-_、]")
_NUMERALS = {name: str(number) for number, name in enumerate("一二三四五六七八九", 1)}
_SPOKEN_NUMBER = re.compile(r"([一二三四五六七八九])班")
_BEFORE = re.compile(
    r"(?:^|[,。;?!]|[我你您咱]们?(?:是|在)?|请问|问一?下|查一?下|知道|那么?|是|在|和|跟|与|的|老师|你好|学院|系|专业|找|看)$"
)
"""What may stand before the name of a class; anything else belongs to the name, and then it is another class."""

_CLASS_HEAD = re.compile(r"^(?:班级(?:全称|名称)?|行政班级?|所在班级)$")
_OF_PEOPLE = re.compile(r"^(?:姓名|学生姓名|学号)$")
"""A list of students is no register of classes: nothing of it is told."""

_ASKED = (
    (
        "counselor",
        re.compile(
            r"(?:导员|班主任)(?:老师)?(?:$|[,?是叫姓谁哪呢和跟]|的?(?:名字|电话|手机|联系|号码))|(?:谁|哪[个位])是?(?:他们|我们)?的?(?:辅?导员|班主任)|(?:哪个|哪位|什么|啥)老师|谁(?:在)?(?:带|管)|归谁|老师(?:是谁|叫|姓)"
        ),
        re.compile(r"^(?:毕业班)?(?:辅导员|班主任)(?:姓名)?$"),
    ),
    (
        "phone",
        re.compile(r"电话|手机|联系方式|号码|怎么联系|联系他|联系她"),
        re.compile(r"^(?:辅导员)?(?:联系)?(?:电话|手机|方式)(?:号码?)?$"),
    ),
    (
        "size",
        re.compile(r"^(?!.*(?:派|参加|代表|报名)).*(?:(?:几|多少)个?(?:人|学生|同学)|人数)"),
        re.compile(r"^(?:班级|学生|毕业生)?人数$"),
    ),
    (
        "college",
        re.compile(r"(?:哪个|哪一个|什么|啥)(?:二级)?(?:学院|院系|系)"),
        re.compile(r"^(?:二级学院|(?:所在|所属)?学院|院系|系部)$"),
    ),
)
"""What is asked of a class, how it is asked for, and the heads of its column."""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class as a table of a notice has it."""

    entry: Entry
    name: str
    """As it is written, without blanks."""
    stems: tuple[str, ...]
    """Its name without grade and number, and shorter ways to say it: without what is in brackets, only that."""
    grade: str
    number: str
    cells: dict[str, str]
    """What is known of it, by what it is asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message asks of the classes of a table: `rows` is empty where there is no such class."""

    rows: tuple[ClassRow, ...]
    wanted: tuple[str, ...]


class Register:
    """The classes of one shelf's tables."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._by_number: dict[str, list[ClassRow]] = {}
        for row in _rows(entries):
            self._by_number.setdefault(row.number, []).append(row)

    def asked(self, text: str, before: Sequence[str] = ()) -> Asked | None:
        """The classes a message (plain, mended) asks a column of, the turns `before` it newest first; None where it
        does not ask that, or nothing is known of any class."""
        wanted = tuple(name for name, asks, _ in _ASKED if asks.search(text))
        if not wanted or not self._by_number:
            return None
        said = _leveled(text)
        found = _CLASS.search(said)
        if found is None and before and _leans(said):
            said = _leveled(before[0])
            found = _CLASS.search(said)
        if found is None or _NOBODY.match(_name_before(said, found)):
            return None
        rows = tuple(self._named(said, found))[:MOST]
        told = tuple(row for row in rows if all(row.cells.get(name) for name in wanted))
        return None if rows and not told else Asked(told, wanted)

    def _named(self, said: str, found: re.Match[str]) -> list[ClassRow]:
        """The classes a message names, in the same words or in nearly the same."""
        grade = next(iter(_GRADE.findall(said[: found.start()])), "")
        tail = _name_before(said, found)
        rows = [row for row in self._by_number.get(found["number"], ()) if not grade or row.grade in ("", grade)]
        exact = {id(row): size for row in rows if (size := _said_exactly(row, tail))}
        if exact:
            return [row for row in rows if exact.get(id(row)) == max(exact.values())]
        likeness = {row.stems[0]: _likeness(row.stems[0], tail) for row in rows}
        best = sorted(likeness.values(), reverse=True)[:2]
        if not best or best[0] < NEAR or (len(best) > 1 and best[0] - best[1] < APART):
            return []
        return [row for row in rows if likeness[row.stems[0]] == best[0]]


def _name_before(said: str, found: re.Match[str]) -> str:
    """What stands before the number of a class: its name, and what comes before that."""
    return _BETWEEN.sub("", _GRADE.sub("", re.split(r"[,。;?!]", said[: found.start()])[-1]))


def _said_exactly(row: ClassRow, tail: str) -> tuple[int, bool] | None:
    """How much of the end of a message is the name of this class, and whether the whole name; None: it is not."""
    said = [
        (len(stem), number == 0)
        for number, stem in enumerate(row.stems)
        if tail.endswith(stem) and _BEFORE.search(tail[: -len(stem)])
    ]
    return max(said, default=None)


def _likeness(stem: str, tail: str) -> float:
    """How like the end of a message is to a name (0 to 100); 0 for what is too short to be guessed."""
    if len(stem) < _SHORTEST:
        return 0.0
    own = min(len(stem), len(tail))
    return (
        max(
            (fuzz.ratio(stem, tail[-size:]) for size in (own - 1, own, own + 1) if _SHORTEST <= size <= len(tail)),
            default=0.0,
        )
        if own >= _SHORTEST
        else 0.0
    )


def _leans(text: str) -> bool:
    return text.startswith(("那", "他", "她")) or text.endswith("呢")


def _leveled(text: str) -> str:
    """One spelling: '一班' is '1班', no blanks before a number."""
    said = _SPOKEN_NUMBER.sub(lambda found: f"{_NUMERALS[found[1]]}班", plain(text))
    return re.sub(r"\s+", "", said)


def _rows(entries: Iterable[Entry]) -> Iterator[ClassRow]:
    for entry in entries:
        if entry.kind != "row" or entry.ask or not entry.cells or entry.classes:
            continue
        heads = {plain(head): value for head, value in entry.cells.items()}
        if any(map(_OF_PEOPLE.match, heads)):
            continue
        name = next((value for head, value in heads.items() if _CLASS_HEAD.match(head)), "")
        found = _WHOLE_NAME.match(_GRADE.sub("", _leveled(name)))
        if found is None:
            continue
        cells = {
            asked: value
            for asked, _, column in _ASKED
            if (value := next((value for head, value in heads.items() if value and column.match(head)), ""))
        }
        grade = next(iter(_GRADE.findall(_leveled(name))), "")
        yield ClassRow(entry, re.sub(r"\s+", "", name), _stems(found["stem"]), grade, found["number"], cells)


def _stems(name: str) -> tuple[str, ...]:
    """'电子商务(专本贯通)' is called so, and '电子商务', and '专本贯通'."""
    ways = (name, _BRACKETS.sub("", name), *_BRACKETS.findall(name))
    return tuple(dict.fromkeys(stem for way in ways if len(stem := _BETWEEN.sub("", way)) > 1)) or (name,)


def told(row: ClassRow, wanted: Sequence[str]) -> str:
    """'2020 级国际商务 1 班的辅导员是李老师，电话 …。'"""
    name = re.sub(r"(?<=\d)(?=[级班])|(?<=[\u4e00-\u9fff）)])(?=\d)", " ", row.name)
    said = {
        "counselor": "的辅导员是{}",
        "phone": "电话 {}" if "counselor" in wanted else "辅导员的电话是 {}",
        "size": "有 {} 人" if not row.cells.get("size", "").endswith("人") else "有 {}",
        "college": "在{}",
    }
    parts = [said[one].format(row.cells[one].strip()) for one in wanted]
    first = parts[0] if parts[0][0] == "的" else f" {parts[0]}" if name[-1].isascii() else parts[0]
    return f"{name}{first}{''.join(f'，{part}' for part in parts[1:])}。"
