"""The ladder of reminders: on which days a student hears of an item, and when others do. Data of the school."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import School

RULE = "reminders"
"""The key of `School.rules` that holds a school's own ladder."""
_DAY = timedelta(days=1)
_LONGEST = 365


class LadderBroken(ValueError):
    """A ladder that cannot be meant; the sentence (Chinese) says what would fit."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Days are school days' counts from an item's due date."""

    before: tuple[int, ...] = (7, 3, 1, 0)
    """So many days ahead; 0 is the day itself."""
    every: int = 2
    """From the first day after it, again and again with so many days between …"""
    until: int = 30
    """… for so many days."""
    committee: int = 5
    """So many days overdue, the class committee is told how many, not who; and every week after."""
    phone: int = 9
    """So many days overdue, the student is on the counselor's phone list."""

    @property
    def catches_up(self) -> int:
        """For so many days a step that was missed (no process, no address) is still taken: never two steps' time."""
        return max(1, self.every - 1)

    def step(self, opens_on: date | None, due_on: date | None, published_on: date | None, today: date) -> date | None:
        """The latest day up to `today` on which an item is to be told of; None: not yet, or no more.

        First on the day it opens, or the morning after it was published where that is later; then before its date,
        on it and after it.
        """
        first = max((day for day in (opens_on, published_on and published_on + _DAY) if day is not None), default=None)
        if opens_on is not None and today < opens_on:
            return None
        days = [day for day in self._days(due_on, today) if opens_on is None or day >= opens_on]
        if first is not None and first <= today:
            days.append(first)
        return max(days, default=None)

    def due_step(
        self, opens_on: date | None, due_on: date | None, published_on: date | None, today: date
    ) -> date | None:
        """`step` where it is today's, or one that can still be caught up with."""
        found = self.step(opens_on, due_on, published_on, today)
        return found if found is not None and (today - found).days <= self.catches_up else None

    def tells_committee(self, due_on: date | None, today: date) -> bool:
        """Whether this is a day on which the class committee hears of what is overdue since `due_on`."""
        late = (today - due_on).days if due_on is not None else -1
        return self.committee <= late <= self.until and (late - self.committee) % 7 == 0

    def _days(self, due_on: date | None, today: date) -> Iterator[date]:
        if due_on is None:
            return
        yield from (day for left in self.before if (day := due_on - left * _DAY) <= today)
        late = min((today - due_on).days, self.until)
        if late >= 1:
            yield due_on + (late - (late - 1) % self.every) * _DAY


def ladder_of(rules: Mapping[str, Any]) -> Ladder:
    """The ladder in a school's rules; what they don't say is as everywhere. Raises `LadderBroken`."""
    said = rules.get(RULE, {})
    if not isinstance(said, Mapping):
        raise LadderBroken("提醒规则要写成一组名字和数字")
    values: dict[str, Any] = {}
    for name, usual in asdict(Ladder()).items():
        value = said.get(name, usual)
        values[name] = _before(value) if name == "before" else _count(name, value)
    return Ladder(**values)


def _before(value: object) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)) or not all(_is_count(day, 0) for day in value):
        raise LadderBroken(f"提前的天数写成 0 到 {_LONGEST} 之间的整数，如 7,3,1,0")
    return tuple(sorted(set(value), reverse=True))


def _count(name: str, value: object) -> int:
    if not _is_count(value, 1):
        raise LadderBroken(f"{name} 写成 1 到 {_LONGEST} 之间的整数")
    assert isinstance(value, int)
    return value


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= _LONGEST


async def ladders(session: AsyncSession) -> dict[UUID, Ladder]:
    """Every school's ladder; rules that are broken count as none, the command that sets them refuses them."""
    rows = await session.execute(select(School.id, School.rules))
    return {school_id: _or_usual(rules) for school_id, rules in rows}


async def ladder_at(session: AsyncSession, school_id: UUID) -> Ladder:
    """One school's ladder."""
    return _or_usual(await session.scalar(select(School.rules).where(School.id == school_id)) or {})


async def set_ladder(session: AsyncSession, school_id: UUID, **steps: Any) -> Ladder:
    """Changes some of a school's steps and gives the whole ladder. Raises `LadderBroken`, `LookupError`."""
    school = await session.get(School, school_id)
    if school is None:
        raise LookupError("no such school")
    rules = {**school.rules, RULE: {**school.rules.get(RULE, {}), **steps}}
    found = ladder_of(rules)
    school.rules = rules
    await session.flush()
    return found


def _or_usual(rules: Mapping[str, Any]) -> Ladder:
    try:
        return ladder_of(rules)
    except LadderBroken:
        return Ladder()
