"""Curated knowledge shipped with the program: one folder per notice, reviewed by a person, in our own words.

A pack holds `pack.yaml` (whose notice it is), `items.yaml` (what has to be done) and `questions.yaml` (questions and
answers). Every entry names its place in the notice as 'file:line'.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from knowledge.packs.rows import Pack, PackItem, PackQuestion, PackSource

__all__ = [
    "Pack",
    "PackBroken",
    "PackItem",
    "PackQuestion",
    "PackSource",
    "UnknownPack",
    "load_items",
    "load_pack",
    "load_questions",
    "packs",
    "read_rows",
]

_HERE = Path(__file__).parent
Row = TypeVar("Row")


class UnknownPack(LookupError):
    """There is no pack of this name; the sentence names those there are."""


class PackBroken(ValueError):
    """A pack's file cannot be used; the sentence names the file, the entry and what is wrong with it."""


def packs() -> list[Pack]:
    """Every shipped pack, ordered by slug. Raises `PackBroken`."""
    return [load_pack(slug) for slug in _slugs()]


@cache
def load_pack(slug: str) -> Pack:
    """The pack of this name. Raises `PackBroken`, and `UnknownPack` where there is none."""
    path = _HERE / slug / "pack.yaml"
    if "/" in slug or not path.is_file():
        raise UnknownPack(f"没有名为 {slug} 的资料包；现有：{'、'.join(_slugs())}")
    content = _parse(path)
    if not isinstance(content, dict):
        raise PackBroken(f"{_name(path)}: must be a mapping")
    return _checked(TypeAdapter(Pack), {"slug": slug, **content}, f"{_name(path)}")


def load_items(slug: str) -> list[PackItem]:
    """The reviewed items of a pack, in the notice's order. Raises `PackBroken`, `UnknownPack`."""
    pack = load_pack(slug)
    path = _HERE / slug / "items.yaml"
    return read_rows(path, PackItem, "key", {"cohort": pack.cohort}) if path.exists() else []


def load_questions(slug: str) -> list[PackQuestion]:
    """The reviewed questions and answers of a pack. Raises `PackBroken`, `UnknownPack`."""
    pack = load_pack(slug)
    path = _HERE / slug / "questions.yaml"
    return read_rows(path, PackQuestion, "id", {"cohort": pack.cohort}) if path.exists() else []


def read_rows(
    path: Path,
    kind: type[Row],
    key: str,
    defaults: dict[str, Any],
    prepare: Callable[[dict[str, Any]], dict[str, Any]] = lambda row: row,
) -> list[Row]:
    """The entries of a YAML list, each checked against `kind`; `key` names an entry and occurs once.

    `prepare` changes a raw entry before it is checked. Raises `PackBroken` with file, entry and reason.
    """
    rows = _parse(path) or []
    if not isinstance(rows, list):
        raise PackBroken(f"{_name(path)}: must be a list of entries")
    adapter = TypeAdapter(kind)
    seen: set[str] = set()
    made = []
    for number, row in enumerate(rows, 1):
        where = _entry(path, number, row, key)
        if row[key] in seen:
            raise PackBroken(f"{where}: this {key} occurs twice")
        seen.add(row[key])
        made.append(_checked(adapter, {**defaults, **prepare(row)}, where))
    return made


def _slugs() -> list[str]:
    return sorted(path.parent.name for path in _HERE.glob("*/pack.yaml"))


def _entry(path: Path, number: int, row: object, key: str) -> str:
    if not isinstance(row, dict) or not isinstance(row.get(key), str):
        raise PackBroken(f"{_name(path)}, entry {number}: must be a mapping with a {key!r}")
    return f"{_name(path)}, {row[key]!r}"


def _parse(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise PackBroken(f"{_name(path)}: {error}") from error


def _checked(adapter: TypeAdapter[Row], value: dict[str, Any], where: str) -> Row:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'entry'}: {e['msg']}" for e in error.errors())
        raise PackBroken(f"{where}: {reasons}") from error


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
