"""Retrieval as others do it, over the same entries: what our own search is measured against."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from rapidfuzz import fuzz, process

from knowledge.index import Bm25
from knowledge.search import Hit
from knowledge.shelf import Entry, Shelf
from knowledge.text import cut, grams, plain

LIMIT = 10


class Peer(Protocol):
    """Ranks entries for a plain question: their numbers and scores, best first."""

    def best(self, question: str) -> list[tuple[int, float]]: ...


class Fuzzy:
    """rapidfuzz's WRatio of question and text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def best(self, question: str) -> list[tuple[int, float]]:
        found = process.extract(question, self._texts, scorer=fuzz.WRatio, limit=LIMIT)
        return [(number, score / 100) for _, score, number in found]


class _Bags:
    """BM25 over the bags that a cutter makes, with the usual k1 = 1.5 and b = 0.75."""

    def __init__(self, texts: Sequence[str], cutter: Callable[[str], list[str]]) -> None:
        self._cutter = cutter
        self._index = Bm25([_counted(cutter(text)) for text in texts], k1=1.5, b=0.75)

    def best(self, question: str) -> list[tuple[int, float]]:
        scores: dict[int, float] = {}
        self._index.add(_counted(self._cutter(question)), 1.0, scores)
        return sorted(scores.items(), key=lambda found: (-found[1], found[0]))[:LIMIT]


class Words(_Bags):
    """BM25 over the words that jieba finds."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(texts, lambda text: [word for word in cut(text) if word.strip()])


class Characters(_Bags):
    """BM25 over single characters and pairs."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(texts, grams)


class Trigrams:
    """SQLite's FTS5 with its trigram tokenizer; any trigram of the question may match."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._store = sqlite3.connect(":memory:", check_same_thread=False)
        self._store.execute("create virtual table passage using fts5(text, tokenize='trigram')")
        self._store.executemany("insert into passage(rowid, text) values (?, ?)", enumerate(texts))

    def best(self, question: str) -> list[tuple[int, float]]:
        pieces = dict.fromkeys(question[i : i + 3] for i in range(len(question) - 2))
        wanted = " OR ".join('"' + piece.replace('"', '""') + '"' for piece in pieces)
        if not wanted:
            return []
        query = "select rowid, -bm25(passage) from passage where passage match ? order by rank limit ?"
        return [(number, score) for number, score in self._store.execute(query, (wanted, LIMIT))]


PEERS: Mapping[str, Callable[[Sequence[str]], Peer]] = {
    "wratio": Fuzzy,
    "words": Words,
    "characters": Characters,
    "trigrams": Trigrams,
}
"""By the name `lixiao eval --retriever` knows them under."""


def peer_of(name: str, shelf: Shelf) -> Peer:
    """A peer over the texts of a shelf as a reader sees them, headings included. Raises `KeyError`."""
    return PEERS[name]([_read(entry) for entry in shelf.entries])


def hits_of(peer: Peer, shelf: Shelf, question: str) -> list[Hit]:
    """What a peer finds, as hits; peers never doubt."""
    return [Hit(shelf.entries[number], score, 1.0) for number, score in peer.best(plain(question))]


def _read(entry: Entry) -> str:
    return plain(f"{' '.join(entry.ask)} {entry.context} {entry.shown}")


def _counted(terms: Sequence[str]) -> dict[str, float]:
    return dict(Counter(terms))
