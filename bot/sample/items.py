"""The sample school's items, with their days and their places in the notices filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.sample.days import Days
from bot.sample.notices import NOTICES
from knowledge.packs import PackItem, read_rows

_FILE = Path(__file__).parent / "items.yaml"
_DAYS = ("opens_on", "due_on")


def items(days: Days) -> list[tuple[str, PackItem]]:
    """Every item with the name of the notice file it stands in. Raises `PackBroken`, and `KeyError` for a day that
    days.yaml does not name."""
    files: list[str] = []

    def prepare(row: dict[str, Any]) -> dict[str, Any]:
        files.append(NOTICES[row["file"]])
        return {name: value for name, value in _dated(row, days).items() if name != "file"}

    made = read_rows(_FILE, PackItem, "key", {"cohort": days.cohort}, prepare)
    return list(zip(files, made, strict=True))


def located(item: PackItem, file: str, lines: Mapping[int, str]) -> PackItem:
    """The item with its place: the first line of the read notice that holds its quote, 0 where none does."""
    quote = _plain(item.quote or "")
    line = next((number for number, text in lines.items() if quote in _plain(text)), 0)
    return replace(item, locator=f"{file}:{line}")


def _dated(row: dict[str, Any], days: Days) -> dict[str, Any]:
    return row | {name: days[row[name]].on for name in _DAYS if name in row}


def _plain(text: str) -> str:
    return "".join(text.split())
