"""The sample school's calendar: every date is so many days from the day the school is made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "days.yaml"
_SEAM = re.compile(r"(?<=[\u4e00-\u9fff])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z])(?=[\u4e00-\u9fff])")


@dataclass(frozen=True, slots=True)
class Day:
    """A day as notices write it: '{day}' 2027 年 6 月 8 日, '{day:md}' 6 月 8 日."""

    on: date

    def __format__(self, spec: str) -> str:
        short = f"{self.on.month} 月 {self.on.day} 日"
        return short if spec == "md" else f"{self.on.year} 年 {short}"


@dataclass(frozen=True, slots=True)
class Days(Mapping[str, Day]):
    """The named days of the sample school made on `today`."""

    today: date

    def __getitem__(self, name: str) -> Day:
        return Day(self.today + timedelta(days=_offsets()[name]))

    def __iter__(self) -> Iterator[str]:
        return iter(_offsets())

    def __len__(self) -> int:
        return len(_offsets())

    @property
    def year(self) -> int:
        """The year in which this cohort graduates: from September on people speak of the next one."""
        return self.today.year + (self.today.month >= 9)

    @property
    def cohort(self) -> str:
        return f"{self.year}届"

    def fill(self, text: str) -> str:
        """`text` with {names of days}, {cohort} and {year} filled in. Raises `KeyError` for an unknown name."""
        return _spaced(text.format(**self, cohort=self.cohort, year=self.today.year))


def _spaced(text: str) -> str:
    """A space between Chinese and digits, as print has it; document numbers have none."""
    return "\n".join(line if "〔" in line else _SEAM.sub(" ", line) for line in text.split("\n"))


@cache
def _offsets() -> Mapping[str, int]:
    offsets: dict[str, int] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return offsets
