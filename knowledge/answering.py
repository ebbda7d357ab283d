"""The knowledge base: published notices and reviewed questions in, one answer or an honest 'not there' out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge import safety
from knowledge.answer import Answer, Asker
from knowledge.composing import answer_from, understood, unfolded
from knowledge.model import Model, second_look
from knowledge.search import Hit, search
from knowledge.shelf import Shelf
from knowledge.shelving import entries_of
from knowledge.text import plain
from storage import entries, freshness, notices, proposals
from storage.database import Database
from storage.entries import EntryRow
from storage.notices import PassageRow
from storage.proposals import ProposalRow

__all__ = ["KnowledgeBase", "answer_from"]


class KnowledgeBase:
    """Answers from what is published; reads it again when that changes.

    A shelf (index of one school) is built at the first question to it and kept until something is published.
    """

    def __init__(self, *, reviewed: bool = True, model: Model | None = None) -> None:
        self._reviewed = reviewed
        self._model = model
        self._version: int | None = None
        self._rows: list[PassageRow] = []
        self._retired: list[PassageRow] = []
        self._answers: list[EntryRow] = []
        self._confirmed: list[ProposalRow] = []
        self._shelves: dict[UUID | None, Shelf] = {}
        self._lock = asyncio.Lock()

    @classmethod
    async def load(
        cls, source: Database | AsyncSession, *, reviewed: bool = True, model: Model | None = None
    ) -> KnowledgeBase:
        """A knowledge base over what is published now; without the shipped packs where not `reviewed`."""
        base = cls(reviewed=reviewed, model=model)
        if isinstance(source, Database):
            async with source.read() as session:
                await base.refresh(session)
        else:
            await base.refresh(source)
        return base

    async def refresh(self, session: AsyncSession) -> None:
        """Reads what is published again if anything of it has changed."""
        version = await freshness.version(session)
        if version == self._version:
            return
        self._rows = await notices.published_passages(session)
        self._retired = await notices.retired_passages(session)
        self._answers = await entries.published(session)
        self._confirmed = await proposals.confirmed(session)
        self._shelves = {}
        self._version = version

    async def shelf(self, session: AsyncSession, school_id: UUID | None) -> Shelf:
        """What can be answered for a school (None: for all)."""
        await self.refresh(session)
        if school_id not in self._shelves:
            async with self._lock:
                if school_id not in self._shelves:
                    self._shelves[school_id] = await asyncio.to_thread(self._filled, school_id)
        return self._shelves[school_id]

    def _filled(self, school_id: UUID | None) -> Shelf:
        """A shelf that has answered once: what is compiled or loaded at the first question is there."""
        rows = [row for row in self._rows if school_id is None or row.school_id == school_id]
        answers = [row for row in self._answers if school_id is None or row.school_id == school_id]
        confirmed = [row for row in self._confirmed if school_id is None or row.school_id == school_id]
        shelf = Shelf(entries_of(rows, answers, reviewed=self._reviewed, retired=self._retired, confirmed=confirmed))
        answer_from(shelf, "dang an 什么时候寄，2023届 证是有没有直播", today=date.min)
        return shelf

    async def ask(
        self,
        session: AsyncSession,
        question: str,
        *,
        school_id: UUID | None,
        today: date,
        history: tuple[str, ...] = (),
        asker: Asker | None = None,
    ) -> Answer:
        """See `knowledge.answer.Answerer.ask`."""
        care = safety.check(question)
        if care is not None and care.kind != safety.STRAIN:
            return Answer(care.reply, safety=care.kind, score=1.0)
        answer = await self._found(session, question, school_id, today, history, asker)
        if care is None:
            return answer
        if answer.abstained or answer.clarify:
            return Answer(care.reply, safety=care.kind, score=1.0)
        return replace(answer, text=f"{answer.text}\n{safety.COMFORT}")

    async def _found(
        self,
        session: AsyncSession,
        question: str,
        school_id: UUID | None,
        today: date,
        history: tuple[str, ...],
        asker: Asker | None,
    ) -> Answer:
        shelf = await self.shelf(session, await self._scope(session, question, school_id))
        answer = answer_from(shelf, question, today=today, history=history, asker=asker)
        if answer.abstained and self._model is not None:
            return await second_look(self._model, shelf, question, answer, today, history, asker)
        return answer

    async def more(
        self, session: AsyncSession, key: str, *, school_id: UUID | None, today: date, asker: Asker | None = None
    ) -> Answer | None:
        """See `knowledge.answer.Answerer.more`."""
        shelf = await self.shelf(session, school_id)
        entry = shelf.entry(key)
        return unfolded(shelf, entry, today) if entry is not None and entry.is_for(asker) else None

    async def find(
        self, session: AsyncSession, question: str, *, school_id: UUID | None, history: tuple[str, ...] = ()
    ) -> list[Hit]:
        """The entries that come nearest, best first, whatever the answer would be: for evaluation."""
        shelf = await self.shelf(session, await self._scope(session, question, school_id))
        return _merged([search(shelf, part) for part in understood(shelf, question, history)])

    async def _scope(self, session: AsyncSession, question: str, school_id: UUID | None) -> UUID | None:
        """The school asked of: the person's own, or the one that the question names."""
        if school_id is not None:
            return school_id
        named = (await self.shelf(session, None)).of_school(plain(question))
        return next((row.school_id for row in self._rows if len(named) == 1 and row.school in named), None)


def _merged(found: Sequence[Sequence[Hit]]) -> list[Hit]:
    """The hits of several questions in turn: the best of each first."""
    longest = max((len(hits) for hits in found), default=0)
    turns = (hits[i] for i in range(longest) for hits in found if i < len(hits))
    return list({hit.entry.key: hit for hit in turns}.values())
