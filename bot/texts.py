"""Text in the platforms' own units: how long it is, and how it is cut on the border of a sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

_UNITS: Final[Mapping[str, Callable[[str], int]]] = {
    "chars": lambda _sign: 1,
    "utf16": lambda sign: 2 if sign > "\uffff" else 1,
    "bytes": lambda sign: len(sign.encode("utf-8", "surrogatepass")),
}
"""How much one character counts: Telegram and the Official Account count UTF-16 units, 企业微信 counts bytes."""

_BORDERS: Final = ("\n\n", "\n", "。！？!?…", "；;", "，,、：:", " \t\u3000")
"""Where a text is cut, best first; the cut comes behind the sign."""

_CLINGING: Final = frozenset("\u200d\ufe0e\ufe0f\u20e3")
"""Joiner, variation selectors, keycap: they belong to the character before them."""

_LEAST: Final = 0.5
"""A border is taken when the part is at least half full; a page with one word on it is a worse cut than a late one."""


def length(text: str, unit: str) -> int:
    """How long a text is in 'chars', 'utf16' or 'bytes'."""
    weigh = _UNITS[unit]
    return sum(map(weigh, text))


def cut(text: str, limit: int, unit: str, end: str = "…") -> str:
    """The text, shortened to `limit` with `end` behind it where it is too long."""
    if length(text, unit) <= limit:
        return text
    room = _fitting(text, limit - length(end, unit), unit)
    return text[: _whole(text, room)].rstrip() + end


def split(text: str, limit: int, unit: str) -> list[str]:
    """The text in parts of at most `limit`, cut on the best border there is; whitespace at the cuts is dropped.

    No part is empty; an empty text has none. Raises `ValueError` where `limit` does not hold a single character.
    """
    parts, rest = [], text.strip()
    while rest:
        room = _fitting(rest, limit, unit)
        if room == 0:
            raise ValueError("the limit does not hold one character")
        place = room if room == len(rest) else _border(rest, room)
        parts.append(rest[:place].rstrip())
        rest = rest[place:].lstrip()
    return parts


def _fitting(text: str, limit: int, unit: str) -> int:
    """How many characters from the beginning fit."""
    weigh, used = _UNITS[unit], 0
    for place, sign in enumerate(text):
        used += weigh(sign)
        if used > limit:
            return place
    return len(text)


def _border(text: str, room: int) -> int:
    """Where to cut within the first `room` characters."""
    for signs in _BORDERS:
        place = _last(text, signs, room)
        if place > room * _LEAST:
            return place
    return _whole(text, room)


def _last(text: str, signs: str, room: int) -> int:
    """Behind the last of these signs (newlines as they stand, of the others any one); 0: there is none."""
    if signs.startswith("\n"):
        return text.rfind(signs, 0, room) + len(signs) if signs in text[:room] else 0
    return max(text.rfind(sign, 0, room) for sign in signs) + 1


def _whole(text: str, room: int) -> int:
    """Moves a cut back out of a character that is drawn from several (a flag or family is left to chance)."""
    place = room
    while 0 < place < len(text) and (_clings(text[place]) or text[place - 1] == "\u200d"):
        place -= 1
    return place or room


def _clings(sign: str) -> bool:
    return sign in _CLINGING or unicodedata.combining(sign) != 0 or "\U0001f3fb" <= sign <= "\U0001f3ff"
