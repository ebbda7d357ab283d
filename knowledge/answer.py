"""The answer to a question: the sentence that answers, where it stands, and whether it still holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Source:
    """Where an answer stands."""

    notice: str
    """Title of the notice."""
    file: str
    section: tuple[str, ...]
    cohort: str | None
    issued_on: date | None
    line: int
    """1-based line in the source file; 0 where the format has none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot says to a question.

    `text` is what the person reads: the answer first, source last. Where the knowledge base abstains, `sources` is
    empty, `abstained` true and `nearest` holds up to three questions it could answer.
    """

    text: str
    sources: tuple[Source, ...] = ()
    tentative: bool = False
    abstained: bool = False
    clarify: bool = False
    nearest: tuple[str, ...] = ()
    score: float = 0.0
    more: str | None = None
    """Names what else stands there, for `Answerer.more`; None where this is all."""
    safety: str | None = None
    """Set where the message needed care instead of an answer: distress, strain, fraud, others, cheating."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as far as it matters to what is true for him."""

    class_id: UUID | None = None
    cohort: str | None = None
    words: tuple[str, ...] = ()
    """What is said of people like him in notices: 党员, 贷款 …"""
    unlike: tuple[str, ...] = ()
    """What is said of people he is known not to be one of."""
    college: str | None = None


class Answerer(Protocol):
    """Answers questions from the published knowledge of a school."""

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
        """The answer, or an abstention; never raises on odd input. `history` is the person's earlier questions,
        oldest first."""
        ...

    async def more(
        self, session: AsyncSession, key: str, *, school_id: UUID | None, today: date, asker: Asker | None = None
    ) -> Answer | None:
        """What else stands beside an answer (`Answer.more`); None where it is no longer published."""
        ...
