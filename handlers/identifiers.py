"""Student numbers, names and personal codes as people type them: one spelling (NFKC), then a strict pattern (T21).

What does not fit is None: nothing is repaired by guessing. Full-width signs are how Chinese input methods write and
become plain; other scripts' digits, look-alike letters and invisible signs do not pass.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_NUMBER = re.compile(r"(?=[0-9A-Z]*[0-9])[0-9A-Z]{3,20}")
_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{8}")
_HYPHENS = dict.fromkeys(map(ord, "-‐‒–—−"))
_MISREAD = str.maketrans("OIL", "011")
_NAME_MARKS = frozenset("·•・‧∙ -'’.")
_BETWEEN = re.compile(r"[\s,、;:。/|]+")
_LABEL = re.compile(r"^(?:我要|我想)?(?:绑定码|个人码|绑定|学号|工号|姓名|名字|编码|码)+[是为]?")
_ASKING = re.compile(r"[?吗呢么怎哪啥]|如何|为何|多少|什么|几[时点号天]")


@dataclass(frozen=True, slots=True)
class Claim:
    """Who someone says he is, as far as he has said it."""

    number: str | None = None
    name: str | None = None
    code: str | None = None


def plain(text: str) -> str | None:
    """One spelling of the text, or None: there are invisible or control signs in it."""
    folded = unicodedata.normalize("NFKC", text).strip()
    spaced = re.sub(r"[\t\r\n]", " ", folded)
    return None if any(unicodedata.category(sign).startswith("C") for sign in spaced) else spaced


def number_in(text: str) -> str | None:
    """A student or staff number: 3 to 20 letters and digits of ASCII, one digit at least; blanks are dropped."""
    folded = plain(text)
    return _fit(_NUMBER, "".join(folded.split())) if folded and folded.isascii() else None


def code_in(text: str) -> str | None:
    """A personal code without hyphen; O is read as 0, I and L as 1, as Crockford's alphabet means it."""
    folded = plain(text)
    if not folded:
        return None
    signs = "".join(folded.split()).translate(_HYPHENS)
    return _fit(_CODE, signs.upper().translate(_MISREAD)) if signs.isascii() else None


def name_in(text: str) -> str | None:
    """A person's name: 2 to 40 letters of any script with the marks that names have."""
    folded = plain(text)
    if not folded:
        return None
    name = " ".join(folded.split())
    letters = sum(sign.isalpha() for sign in name)
    return name if 2 <= letters <= len(name) <= 40 and all(s.isalpha() or s in _NAME_MARKS for s in name) else None


def is_question(text: str) -> bool:
    """Whether this is rather asked than told: such words are in no name and no number."""
    return bool(_ASKING.search(unicodedata.normalize("NFKC", text)))


def claim_in(text: str) -> Claim | None:
    """What one message tells of number, name and code, in the usual orders; None: something in it fits nothing."""
    folded = plain(text)
    if folded is None:
        return None
    words = [word for word in map(_unlabelled, _BETWEEN.split(folded)) if word]
    number, rest = _take_number(words)
    code, rest = _take_code(rest)
    name = name_in(" ".join(rest))
    return None if rest and name is None else Claim(number, name, code)


def _unlabelled(word: str) -> str:
    return _LABEL.sub("", word)


def _take_number(words: list[str]) -> tuple[str | None, list[str]]:
    """The first word that is a number: it is told before the code."""
    for index, word in enumerate(words):
        if number := number_in(word):
            return number, words[:index] + words[index + 1 :]
    return None, words


def _take_code(words: list[str]) -> tuple[str | None, list[str]]:
    """The code stands last, in one piece or in two ('ABCD 1234')."""
    for pieces in (1, 2):
        tail = words[-pieces:]
        if len(tail) == pieces and (code := code_in("".join(tail))):
            return code, words[:-pieces]
    return None, words


def _fit(pattern: re.Pattern[str], text: str) -> str | None:
    upper = text.upper()
    return upper if pattern.fullmatch(upper) else None
