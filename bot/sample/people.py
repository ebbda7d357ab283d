"""The sample school's people: invented, the same every time. Their phone numbers belong to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

SCHOOL = "云岭职业技术学院"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹喻柏水窦章云苏潘葛范彭郎鲁韦马苗凤方俞"
_FIRST = "晓子雨思一嘉明文志佳欣雅俊浩宇梓若诗海春秋立永新安国建家天泽景书怡静"
_SECOND = "涵轩怡然琪宁航博妍彤瑶杰豪琳雪峰磊婷颖敏慧娟超鹏辉丽燕娜强勇军洋艳萍玲桐"
_RARE = {17: "陈𠮷祥", 96: "刘䶮"}
"""Names with characters that fonts and databases like to lose, at these places of the roster."""

_SHARES: Mapping[str, float] = {
    "party_member": 0.08,
    "league_member": 0.7,
    "loan": 0.22,
    "owes_fees": 0.08,
    "owes_damage": 0.06,
    "borrowed_books": 0.2,
    "household": 0.15,
    "dorm": 0.9,
    "employed": 0.55,
    "absent": 0.07,
}
"""Which part of the graduates an attribute fits."""


@dataclass(frozen=True, slots=True)
class Counselor:
    """A counselor; `number` is his staff number."""

    number: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Class:
    """A class with its counselor."""

    college: str
    name: str
    campus: str
    size: int
    counselor: Counselor


@dataclass(frozen=True, slots=True)
class Graduate:
    """A student of the sample school; `position` is his place in the class, from 1."""

    number: str
    name: str
    phone: str
    class_name: str
    position: int
    attributes: Mapping[str, Any]


OFFICE = Counselor("B001", "云小岭", "13800000009")
"""Who imports notices and sees every class."""

COUNSELORS = (
    Counselor("F001", "林知远", "13800000001"),
    Counselor("F002", "苏青禾", "13800000002"),
    Counselor("F003", "周望舒", "13800000003"),
    Counselor("F004", "顾南乔", "13800000004"),
)

_CLASSES = (
    ("信息工程学院", "软件技术1班", "主校区", 35, 0),
    ("信息工程学院", "软件技术2班", "主校区", 34, 0),
    ("商贸学院", "电子商务1班", "主校区", 33, 1),
    ("商贸学院", "大数据与会计1班", "主校区", 34, 1),
    ("健康与旅游学院", "护理1班", "南校区", 33, 2),
    ("健康与旅游学院", "旅游管理1班", "南校区", 31, 3),
)


def classes(year: int) -> list[Class]:
    """The six classes that graduate in `year` after three years."""
    return [
        Class(college, f"{year - 3}级{name}", campus, size, COUNSELORS[counselor])
        for college, name, campus, size, counselor in _CLASSES
    ]


def graduates(groups: Sequence[Class], year: int) -> list[Graduate]:
    """Every student of the classes, by class and position."""
    random = Random(f"{SCHOOL}")  # noqa: S311 - an invented roster, not a secret
    names = _names(random)
    return [
        Graduate(
            number=f"{year - 3}{order:02}{position:03}",
            name=_RARE.get(index) or next(names),
            phone=f"1390000{index:04}",
            class_name=group.name,
            position=position,
            attributes=_attributes(random, group),
        )
        for index, (order, position, group) in enumerate(_places(groups), 1)
    ]


def _places(groups: Iterable[Class]) -> Iterator[tuple[int, int, Class]]:
    for order, group in enumerate(groups, 1):
        for position in range(1, group.size + 1):
            yield order, position, group


def _names(random: Random) -> Iterator[str]:
    """Names of two and three characters, none twice."""
    seen: set[str] = set()
    while True:
        middle = random.choice(_FIRST) if random.random() < 0.8 else ""
        name = random.choice(_SURNAMES) + middle + random.choice(_SECOND)
        if name not in seen:
            seen.add(name)
            yield name


def _attributes(random: Random, group: Class) -> dict[str, Any]:
    drawn: dict[str, Any] = {name: random.random() < share for name, share in _SHARES.items()}
    drawn["league_member"] = drawn["league_member"] and not drawn["party_member"]
    return drawn | {"campus": group.campus}
