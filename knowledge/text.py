"""One spelling for equal text, and the pieces it is compared by: words, characters, syllables.

Notices come with blanks between characters and digits ('6 月 8 日'), full-width forms and five kinds of dash;
questions come without. Everything is compared in the spelling of `plain`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

import rjieba

from knowledge import lexicon

_DASHES = re.compile(r"[‐‑‒–—―−⁓∼〜~]+")
_LOOSE_BLANK = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])|(?<=\d)\s+(?=\d)|(?<=[^\w\s])\s+|\s+(?=[^\w\s])")
_BLANKS = re.compile(r"\s+")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_CJK = "\u3400-\u9fff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{_CJK}]+|[a-z]+|\d+(?:\.\d+)?%?")
_HOW_IT_ENDS = re.compile(r"(?<=^.)[好完掉]$")
"""填好, 交完: what is done is the same, whether it is finished or not."""
IS_CJK = re.compile(rf"[{_CJK}]")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """`text` in the one spelling: NFKC, small letters, '-' for every dash, no blank beside a character or digit."""
    text = _MARKUP.sub(" ", unicodedata.normalize("NFKC", text)).lower()
    text = _DASHES.sub("-", text)
    text = _BLANKS.sub(" ", text).strip()
    return unicodedata.normalize("NFKC", _LOOSE_BLANK.sub("", text))


def squeezed(text: str) -> str:
    """`text` without any blank and width difference: how a quote and its place are compared."""
    return "".join(_DASHES.sub("-", unicodedata.normalize("NFKC", text)).lower().split())


def runs(text: str) -> Iterator[str]:
    """The unbroken stretches of characters, of letters and of digits in plain text."""
    return iter(_RUN.findall(text))


@cache
def _cutter() -> rjieba.Jieba:
    cutter = rjieba.Jieba()
    for word in lexicon.load().words:
        cutter.add_word(word, 20000, "n")
    return cutter


def cut(text: str) -> list[str]:
    """Plain text cut into words, the lexicon's words kept whole."""
    return list(_cutter().cut(text))


def cut_fine(text: str) -> list[str]:
    """Like `cut`, with the words inside long words too."""
    return list(_cutter().cut_for_search(text))


def is_word(text: str) -> bool:
    """Whether the general dictionary or the lexicon knows this word."""
    return bool(_cutter().has_word(text))


@lru_cache(maxsize=8192)
def is_noun(word: str) -> bool:
    """Whether the dictionary takes this word for a noun (also one made of a verb)."""
    return all(tag.startswith(("n", "vn", "j")) for _, tag in _cutter().tag(word))


def words(text: str) -> list[str]:
    """The words of plain text that carry meaning: no punctuation, no stop words."""
    stop = lexicon.load().stop
    heads = (_head(word) for word in cut(text) if _RUN.fullmatch(word))
    return [word for word in heads if word not in stop]


@lru_cache(maxsize=8192)
def _head(word: str) -> str:
    """What of a word means something: 填好 → 填, 能补 → 补."""
    word = _HOW_IT_ENDS.sub("", word)
    if len(word) == 2 and not is_word(word):
        kept = [char for char in word if char not in lexicon.load().stop]
        return kept[0] if len(kept) == 1 else word
    return word


def grams(text: str) -> list[str]:
    """Characters and pairs of characters of plain text; letters and digits stay whole."""
    found: list[str] = []
    for run in runs(text):
        if IS_CJK.match(run):
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.append(run)
    return found
