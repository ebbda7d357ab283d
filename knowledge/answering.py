"""The knowledge base: published notices and reviewed questions in, one answer or an honest 'not there' out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge import safety, wording
from knowledge.answer import Answer
from knowledge.doubt import SURE_ENOUGH, absent, is_bare
from knowledge.question import Question, follow_up, parts_of, understand
from knowledge.search import Hit, fitting, search
from knowledge.shelf import Shelf
from knowledge.shelving import entries_of
from knowledge.text import plain
from storage import notices
from storage.database import Database
from storage.notices import PassageRow

NOT_STATED = "通知里没有写到这个。"
NEAREST = 3
CHOICES = 4
SHORT = 60
_ECHO = 20


class KnowledgeBase:
    """Answers from what is published; reads it again when that changes.

    A shelf (index of one school) is built at the first question to it and kept until something is published.
    """

    def __init__(self, *, reviewed: bool = True) -> None:
        self._reviewed = reviewed
        self._version: tuple[Any, ...] | None = None
        self._rows: list[PassageRow] = []
        self._retired: list[PassageRow] = []
        self._shelves: dict[UUID | None, Shelf] = {}
        self._lock = asyncio.Lock()

    @classmethod
    async def load(cls, source: Database | AsyncSession, *, reviewed: bool = True) -> KnowledgeBase:
        """A knowledge base over what is published now; without the shipped packs where not `reviewed`."""
        base = cls(reviewed=reviewed)
        if isinstance(source, Database):
            async with source.read() as session:
                await base.refresh(session)
        else:
            await base.refresh(source)
        return base

    async def refresh(self, session: AsyncSession) -> None:
        """Reads the published passages again if they may have changed."""
        version = await notices.published_version(session)
        if version == self._version:
            return
        self._rows = await notices.published_passages(session)
        self._retired = await notices.retired_passages(session)
        self._shelves = {}
        self._version = version

    async def shelf(self, session: AsyncSession, school_id: UUID | None) -> Shelf:
        """What can be answered for a school (None: for all)."""
        await self.refresh(session)
        if school_id not in self._shelves:
            async with self._lock:
                if school_id not in self._shelves:
                    rows = [row for row in self._rows if school_id is None or row.school_id == school_id]
                    self._shelves[school_id] = await asyncio.to_thread(_filled, rows, self._reviewed, self._retired)
        return self._shelves[school_id]

    async def ask(
        self,
        session: AsyncSession,
        question: str,
        *,
        school_id: UUID | None,
        today: date,
        history: tuple[str, ...] = (),
    ) -> Answer:
        """See `knowledge.answer.Answerer.ask`."""
        care = safety.check(question)
        if care is not None:
            return Answer(care.reply, safety=care.kind, score=1.0)
        shelf = await self.shelf(session, await self._scope(session, question, school_id))
        return answer_from(shelf, question, today=today, history=history)

    async def find(
        self, session: AsyncSession, question: str, *, school_id: UUID | None, history: tuple[str, ...] = ()
    ) -> list[Hit]:
        """The entries that come nearest, best first, whatever the answer would be: for evaluation."""
        shelf = await self.shelf(session, await self._scope(session, question, school_id))
        return _merged([search(shelf, part) for part in _understood(shelf, question, history)])

    async def _scope(self, session: AsyncSession, question: str, school_id: UUID | None) -> UUID | None:
        """The school asked of: the person's own, or the one that the question names."""
        if school_id is not None:
            return school_id
        named = (await self.shelf(session, None)).of_school(plain(question))
        return next((row.school_id for row in self._rows if len(named) == 1 and row.school in named), None)


def _filled(rows: Sequence[PassageRow], reviewed: bool, retired: Sequence[PassageRow]) -> Shelf:
    """A shelf that has answered once: what is compiled or loaded at the first question is there."""
    shelf = Shelf(entries_of(rows, reviewed=reviewed, retired=retired))
    answer_from(shelf, "dang an 什么时候寄，2023届 证是有没有直播", today=date.min)
    return shelf


def answer_from(shelf: Shelf, question: str, *, today: date, history: tuple[str, ...] = ()) -> Answer:
    """The answer of one shelf to a message; it may hold more than one question."""
    parts = _understood(shelf, question, history)
    if len(parts) == 1 and is_bare(parts[0]):
        return _choices(shelf, parts[0], today)
    found = [_answered(shelf, part, today) for part in parts]
    answered = [answer for answer in found if not answer.abstained]
    if not answered:
        return found[0] if found else Answer(NOT_STATED, abstained=True)
    return answered[0] if len(answered) == 1 == len(found) else _both(found)


def _understood(shelf: Shelf, text: str, history: Iterable[str]) -> list[Question]:
    turns = [understand(shelf.speller.mend(plain(turn))) for turn in history]
    parts = [understand(part) for part in parts_of(shelf.speller.mend(shelf.without_school(plain(text))))]
    return [follow_up(part, turns) if turns and part.leaning else part for part in parts]


def _answered(shelf: Shelf, question: Question, today: date) -> Answer:
    missing = absent(shelf, question)
    hits = search(shelf, question)
    if missing is not None or not hits or hits[0].sure < SURE_ENOUGH:
        return _abstained(hits, missing or NOT_STATED)
    return _stated(shelf, question, hits[0], today)


def _stated(shelf: Shelf, question: Question, hit: Hit, today: date) -> Answer:
    entry = hit.entry
    limit = "" if entry.ask else wording.limit_after(shelf.entries, shelf.number_of(entry))
    note = wording.validity(entry.source, today, entry.tentative)
    lines = (wording.quoted(entry, question), limit, note, wording.source_line(entry.source))
    text = "\n".join(line for line in lines if line)
    return Answer(text, (entry.source,), tentative=entry.tentative, score=hit.sure)


def _both(found: Sequence[Answer]) -> Answer:
    """Several answers as one message; the same one twice is said once."""
    texts = list(dict.fromkeys(answer.text for answer in found))
    text = texts[0] if len(texts) == 1 else "\n\n".join(f"{n}. {text}" for n, text in enumerate(texts, 1))
    return Answer(
        text,
        tuple(dict.fromkeys(source for answer in found for source in answer.sources)),
        tentative=any(answer.tentative for answer in found),
        score=min(answer.score for answer in found),
        nearest=tuple(near for answer in found for near in answer.nearest)[:NEAREST],
    )


def _abstained(hits: Sequence[Hit], why: str) -> Answer:
    score = hits[0].sure if hits else 0.0
    return Answer(why, abstained=True, nearest=_nearest(hits), score=score)


def _nearest(hits: Sequence[Hit]) -> tuple[str, ...]:
    """Up to three things that could be asked instead, reviewed questions before headings."""
    reviewed = [hit.entry.ask[0] for hit in hits if hit.entry.ask]
    headings = [_heading(hit) for hit in hits if not hit.entry.ask]
    return tuple(dict.fromkeys(name for name in (*reviewed, *headings) if 2 < len(name) <= _ECHO))[:NEAREST]


def _heading(hit: Hit) -> str:
    section = hit.entry.source.section
    return wording.heading(section[-1]) if section else ""


def _choices(shelf: Shelf, question: Question, today: date) -> Answer:
    """A question that may mean several things gets the likeliest of them."""
    hits = _fitting(shelf, question)[:CHOICES]
    if not hits:
        return _abstained([], "想问哪一件事呢？比如「档案什么时候寄」「离校手续几号办」。")
    found = [_short(hit, question) for hit in hits]
    text = "你问的可能是：\n" + "\n".join(f"{n}. {line}" for n, line in enumerate(dict.fromkeys(found), 1))
    note = wording.validity(hits[0].entry.source, today, False)
    lines = (text, note, wording.source_line(replace(hits[0].entry.source, section=())))
    sources = tuple(dict.fromkeys(hit.entry.source for hit in hits))
    return Answer("\n".join(filter(None, lines)), sources, clarify=True, nearest=_nearest(hits), score=hits[0].sure)


def _fitting(shelf: Shelf, question: Question) -> list[Hit]:
    """What is of the kind asked for, in different places of the notices."""
    hits = [hit for hit in fitting(shelf, question) if hit.entry.kind != "heading"]
    return list({hit.entry.source.section: hit for hit in reversed(hits)}.values())[::-1]


def _short(hit: Hit, question: Question) -> str:
    return wording.quoted(hit.entry, question, longest=SHORT)


def _merged(found: Sequence[Sequence[Hit]]) -> list[Hit]:
    """The hits of several questions in turn: the best of each first."""
    longest = max((len(hits) for hits in found), default=0)
    turns = (hits[i] for i in range(longest) for hits in found if i < len(hits))
    return list({hit.entry.key: hit for hit in turns}.values())
