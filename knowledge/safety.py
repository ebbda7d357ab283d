"""What comes before every look-up: a person in distress, a fraud, a request for somebody else's data, cheating."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from knowledge import lexicon
from knowledge.text import plain

STRAIN = "strain"
"""Exasperation: whoever only sighs while he asks is answered, and offered help beside the answer."""
COMFORT = "辛苦了。心里难受的话，可以打 12356（心理援助热线，可以匿名），也可以找辅导员聊聊。"


@dataclass(frozen=True, slots=True)
class Care:
    """What is said instead of an answer. `kind` is distress, strain, fraud, others or cheating."""

    kind: str
    reply: str


@dataclass(frozen=True, slots=True)
class _Rule:
    care: Care
    signs: re.Pattern[str]
    together: tuple[tuple[re.Pattern[str], ...], ...]
    faint: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None
    ignoring: re.Pattern[str] | None

    def fits(self, text: str) -> bool:
        """Whether this is what a plain text needs."""
        read = self.ignoring.sub("", text) if self.ignoring else text
        return self._shows(read) and not (self.unless and self.unless.search(text))

    def _shows(self, text: str) -> bool:
        if self.signs.search(text):
            return True
        if any(all(part.search(text) for part in parts) for parts in self.together):
            return True
        return sum(sign.search(text) is not None for sign in self.faint) > 1


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(_rule(**entry) for entry in lexicon.read("safety.yaml"))


def _rule(
    kind: str,
    signs: list[str],
    reply: str,
    together: list[list[str]] | None = None,
    faint: list[str] | None = None,
    unless: str | None = None,
    ignoring: str | None = None,
) -> _Rule:
    joined = "|".join(f"(?:{sign})" for sign in signs)
    return _Rule(
        Care(kind, reply),
        re.compile(joined),
        tuple(tuple(re.compile(part) for part in parts) for parts in together or ()),
        tuple(re.compile(sign) for sign in faint or ()),
        re.compile(unless) if unless else None,
        re.compile(ignoring) if ignoring else None,
    )


def check(text: str) -> Care | None:
    """What a message needs instead of an answer from the notices, or None."""
    text = plain(text)
    for rule in _rules():
        if rule.fits(text):
            return rule.care
    return None
