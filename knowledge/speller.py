"""Mends what sounds or looks right and is spelled wrong: '挡案' → 档案, 'di dian' → 地点, '餐卷' → 餐券.

Only towards words that the notices or the lexicon hold, and only where the question's own spelling is in neither:
a rare word of the question stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from knowledge import lexicon
from knowledge.pinyin import split, spoken, syllables
from knowledge.text import IS_CJK, cut, cut_fine, is_word, plain, runs

_LETTERS = re.compile(r"[a-z]+(?: [a-z]+)*")
_LONGEST = 6
_LETTERS_MOST = 30
_HALF = re.compile(r"([\u4e00-\u9fff]{1,4})([a-z]{2,12})(?![a-z ])")
"""A word begun in characters and ended in letters: '毕业zheng'."""
_FOLDS = (
    (re.compile(r"^([zcs])h"), r"\1"),
    (re.compile(r"^l"), "n"),
    (re.compile(r"^f(?=u|a|e)"), "h"),
    (re.compile(r"ng$"), "n"),
)


class Speller:
    """Knows the words of the notices by their sound."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words: dict[str, int] = {}
        self._pieces: dict[str, str] = {}
        self.letters: set[str] = set()
        for text in texts:
            self._learn(plain(text))
        for word in (*lexicon.load().words, *lexicon.load().synonyms, *lexicon.load().asking):
            if IS_CJK.match(word):
                self._words[word] = self._words.get(word, 0) + 3
        self._by_sound, self._by_fold = self._sorted_by_sound()
        self._by_letters = self._sorted_by_letters()

    def _learn(self, text: str) -> None:
        for run in runs(text):
            if not IS_CJK.match(run):
                self.letters.add(run)
                continue
            for word in cut_fine(run):
                if 2 <= len(word) <= _LONGEST:
                    self._words[word] = self._words.get(word, 0) + 1
            sound = syllables(run)
            for size in (2, 3):
                for i in range(len(run) - size + 1):
                    self._pieces.setdefault(" ".join(sound[i : i + size]), run[i : i + size])

    def _sorted_by_sound(self) -> tuple[dict[str, str], dict[str, str]]:
        """Sound → the word most often meant by it, by the exact sound and by one that ears confuse with it."""
        exact: dict[str, str] = {}
        folded: dict[str, str] = {}
        for word in sorted(self._words, key=lambda word: (-self._words[word], word)):
            for sound in (spoken(word), syllables(word)):
                exact.setdefault(" ".join(sound), word)
                folded.setdefault(_fold(sound), word)
        return exact, folded

    def _sorted_by_letters(self) -> dict[str, str]:
        """Letters as they are typed → the word most often meant."""
        found: dict[str, str] = {}
        for word in sorted(self._words, key=lambda word: (-self._words[word], word)):
            found.setdefault("".join(spoken(word)), word)
        return found

    def mend(self, text: str) -> str:
        """Plain text with typed pinyin spelled out and misspelled words put right."""
        text = _HALF.sub(lambda found: self._ended(found[1], found[2]) or found[0], text)
        text = _LETTERS.sub(lambda found: self._spell(found[0]), text)
        return self._mend_words(plain(text))

    def _ended(self, before: str, letters: str) -> str | None:
        """The characters before with the word whose end the letters spell, the longest first; None: no known word."""
        if letters in self.letters:
            return None
        ending = split(letters)
        for size in range(len(before), 0, -1) if ending else ():
            begun = before[-size:]
            word = self._by_sound.get(" ".join((*syllables(begun), *ending)))
            if word and word.startswith(begun):
                return before[:-size] + word
        return None

    def _spell(self, letters: str) -> str:
        if all(part in self.letters for part in letters.split()):
            return letters
        if not all(split(part) for part in letters.split()):
            return letters
        return self._read(letters.replace(" ", "")) or letters

    def _read(self, letters: str) -> str:
        """The words that spell the letters best, long ones before short ones; '' where nothing known is in them."""
        best: list[tuple[float, str] | None] = [(0.0, "")] + [None] * len(letters)
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - _LETTERS_MOST), end):
                head = best[start]
                found = self._meant(letters[start:end]) if head is not None else None
                if head is None or found is None:
                    continue
                value, word = found
                there = best[end]
                if there is None or head[0] + value > there[0]:
                    best[end] = (head[0] + value, head[1] + word)
        text = best[-1][1] if best[-1] else ""
        return text if IS_CJK.search(text) else ""

    def _meant(self, letters: str) -> tuple[float, str] | None:
        """The word these letters spell and how much that explains; a syllable that spells none stays as it is."""
        word = self._by_letters.get(letters)
        if word is not None:
            return (len(word) ** 2, word)
        sound = split(letters)
        if len(sound) > 1 and (word := self._by_fold.get(_fold(sound))):
            return (0.8 * len(word) ** 2, word)
        piece = self._pieces.get(" ".join(sound)) if sound else None
        if piece is not None:
            return (0.6 * len(piece) ** 2, piece)
        return (-1.0, f" {letters} ") if len(sound) == 1 else None

    def _mend_words(self, text: str) -> str:
        tokens = cut(text)
        strange = [bool(IS_CJK.match(token)) and self._is_strange(token) for token in tokens]
        mended, i = "", 0
        while i < len(tokens):
            size, word = self._whole(tokens, strange, i)
            if not size and strange[i]:
                size = next((n for n, end in enumerate(self._ends(tokens, strange, i)) if end), len(tokens) - i)
                word = self._mend_run("".join(tokens[i : i + size]))
            mended += word if size else tokens[i]
            i += max(1, size)
        return mended

    def _ends(self, tokens: list[str], strange: list[bool], start: int) -> list[bool]:
        """Where a strange stretch ends: at a word of the notices, and at any other word of the language."""
        words = [len(token) > 1 and is_word(token) for token in tokens[start:]]
        return [n > 0 and (words[n] or words[0] or not odd) for n, odd in enumerate(strange[start:])]

    def _whole(self, tokens: list[str], strange: list[bool], start: int) -> tuple[int, str]:
        """Several words that together are a known long one misspelled: how many, and the right spelling."""
        for end in range(min(len(tokens), start + 4), start + 1, -1):
            piece = "".join(tokens[start:end])
            if any(strange[start:end]) and 2 < len(piece) <= _LONGEST and IS_CJK.match(piece):
                word = self._right(piece)
                if word:
                    return end - start, word
        return 0, ""

    def _is_strange(self, token: str) -> bool:
        if token in self._words:
            return False
        return len(token) > 1 or token not in lexicon.load().stop

    def _mend_run(self, run: str) -> str:
        found, i = "", 0
        while i < len(run):
            for size in range(min(_LONGEST, len(run) - i), 1, -1):
                word = self._right(run[i : i + size])
                if word:
                    found, i = found + word, i + size
                    break
            else:
                found, i = found + run[i], i + 1
        return found

    def _right(self, piece: str) -> str | None:
        if piece in self._words:
            return piece
        word = self._look_alike(piece)
        if word is None and not (len(piece) == 2 and is_word(piece)):
            sound = syllables(piece)
            word = self._by_sound.get(" ".join(sound))
            if word is None and len(piece) > 2:
                word = self._by_fold.get(_fold(sound))
        return word if word and _likely(piece, word) else None

    def _look_alike(self, piece: str) -> str | None:
        for i, character in enumerate(piece):
            for other in lexicon.load().alike.get(character, ""):
                word = piece[:i] + other + piece[i + 1 :]
                if word in self._words:
                    return word
        return None


def _likely(piece: str, word: str) -> bool:
    """Whether the change is one of rare characters: nobody misspells 是 or 的."""
    stop = lexicon.load().stop
    return len(piece) == len(word) and not any(a != b and a in stop for a, b in zip(piece, word, strict=True))


def _fold(sound: tuple[str, ...]) -> str:
    return " ".join(_folded(syllable) for syllable in sound)


@lru_cache(maxsize=1024)
def _folded(syllable: str) -> str:
    for pattern, plain_form in _FOLDS:
        syllable = pattern.sub(plain_form, syllable)
    return syllable
