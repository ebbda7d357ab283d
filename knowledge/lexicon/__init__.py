"""The words of leaving school, as data: topics, synonyms, kinds of question, names of schools."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question: how it is asked, and what a sentence holds that answers it."""

    name: str
    cues: re.Pattern[str]
    signs: re.Pattern[str]
    strict: bool
    needs: str | None
    head: re.Pattern[str] | None
    """How a column is headed that answers it."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything under `knowledge/lexicon`, read once."""

    topics: Mapping[str, str]
    """Word → the usual word of its topic."""
    words: frozenset[str]
    stop: frozenset[str]
    generic: frozenset[str]
    """Words that everything here is about: they tell little."""
    asking: tuple[str, ...]
    alike: Mapping[str, str]
    """Character → the characters it is mixed up with."""
    apart: Mapping[str, str]
    """Topic → what it looks like where it is not a part of another word."""
    concepts: Mapping[str, str]
    """Name → everything that says it, as a regular expression over plain spelling."""
    synonyms: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, Kind]
    schools: Mapping[str, str]
    """Short name of one of our schools → its name."""
    other_schools: frozenset[str]
    places: frozenset[str]
    """What, before the short name of a school, makes it another one."""
    syllables: frozenset[str]


def read(name: str) -> Any:
    """The content of a YAML file of the lexicon."""
    return yaml.load(files(__package__).joinpath(name).read_text("utf-8"), _Loader)  # noqa: S506  (safe loader)


@cache
def load() -> Lexicon:
    """The lexicon."""
    data, schools = read("words.yaml"), read("schools.yaml")
    topics = {word: line[0] for line in data["topics"] for word in line}
    return Lexicon(
        topics=topics,
        words=frozenset(topics) | frozenset(data["words"]),
        stop=frozenset(data["stop"].split()),
        generic=frozenset(data["generic"].split()),
        asking=tuple(data["asking"].split()),
        alike=_alike(data["alike"]),
        apart=data["apart"],
        concepts=read("concepts.yaml"),
        synonyms={said.lower(): tuple(written) for said, written in read("synonyms.yaml").items()},
        kinds={name: _kind(name, entry) for name, entry in read("types.yaml").items()},
        schools={short: name for name, shorts in schools["ours"].items() for short in (name, *shorts)},
        other_schools=frozenset(schools["others"]),
        places=frozenset(schools["places"]),
        syllables=frozenset(files(__package__).joinpath("syllables.txt").read_text("ascii").split()),
    )


def _alike(groups: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for group in groups:
        for character in group:
            found[character] = found.get(character, "") + group.replace(character, "")
    return found


def _kind(name: str, entry: Mapping[str, Any]) -> Kind:
    return Kind(
        name=name,
        cues=re.compile("|".join(f"(?:{cue})" for cue in entry["cues"])),
        signs=re.compile(entry["signs"]),
        strict=bool(entry.get("strict", False)),
        needs=entry.get("needs"),
        head=re.compile(entry["head"]) if "head" in entry else None,
    )
