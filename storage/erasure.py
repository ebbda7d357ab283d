"""Erasing what a student gave and the school has not approved yet: what follows when he withdraws consent (PIPL 47)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import conversations, offers, unanswered
from storage.crypto import place_of
from storage.database import vault_of
from storage.dossier import conversations_of
from storage.models import Attachment, Binding, ChatLine, Conversation, Submission

KEPT = ("approved", "revoked")
"""The school acts on these, or has acted: they stay until their retention ends."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: the forms that are open again, and the files whose bytes the caller has to remove."""

    forms: tuple[str, ...]
    drafts: int
    questions: int
    files: tuple[UUID, ...]


async def erase_unfinished(session: AsyncSession, student_id: UUID, now: datetime) -> Erased:
    """Empties every submission that is not approved, every draft and the chat log of the student's addresses, and
    forgets his questions that nobody could answer, with his wordings in the answers they got.

    The rows of submissions stay, empty and withdrawn, as the record that something was there.
    """
    bindings = await session.scalars(select(Binding).where(Binding.student_id == student_id))
    addresses = [b for b in bindings if b.ended_at is None and b.approved_at is not None]
    submissions = (await session.scalars(select(Submission).where(Submission.student_id == student_id))).all()
    drafts = (await session.scalars(conversations_of(addresses))).all()
    forms = [await _empty(session, row, now) for row in submissions if row.status not in KEPT]
    erased = [await _forget(session, row, now) for row in drafts]
    conversations.read_anew(session)
    await _silence(session, addresses)
    await offers.forget_at(session, addresses)
    needed = {found for row in submissions if row.status in KEPT for found in _ids(_opened(session, row))}
    files = await _files_but(session, student_id, needed)
    questions = await unanswered.erase_of(session, student_id)
    return Erased(tuple(sorted({form for form in forms if form})), sum(erased), questions, files)


def _opened(session: AsyncSession, row: Submission) -> dict[str, Any]:
    opened: dict[str, Any] = vault_of(session).open_json(
        row.answers_sealed, place_of("submission", "answers_sealed", row.id)
    )
    return opened


async def _empty(session: AsyncSession, row: Submission, now: datetime) -> str | None:
    """Empties one submission and gives its form, if it was a live one."""
    was_live = row.status in ("handed_in", "returned")
    await session.execute(
        update(Submission)
        .where(Submission.id == row.id)
        .values(
            answers_sealed=vault_of(session).seal_json({}, place_of("submission", "answers_sealed", row.id)),
            status="withdrawn" if was_live else row.status,
            reason=None,
            changed_at=now,
            erased_at=now,
            person_hash=None,
        )
    )
    return row.form if was_live else None


async def _forget(session: AsyncSession, row: Conversation, now: datetime) -> bool:
    """Forgets one conversation, its last questions too; whether there was a draft in it."""
    had_draft = row.state_sealed is not None
    await session.execute(
        update(Conversation)
        .where(Conversation.id == row.id)
        .values(
            form=None,
            state_sealed=None,
            turns_sealed=None,
            held_at=None,
            updated_at=now,
            version=Conversation.version + 1,
        )
    )
    return had_draft


async def _silence(session: AsyncSession, addresses: Iterable[Binding]) -> None:
    for place in addresses:
        await session.execute(delete(ChatLine).where(ChatLine.channel == place.channel, ChatLine.chat == place.chat))


async def _files_but(session: AsyncSession, student_id: UUID, needed: set[UUID]) -> tuple[UUID, ...]:
    """The student's files without those that an approved form needs (the photo of a signed letter)."""
    found = await session.scalars(select(Attachment.id).where(Attachment.student_id == student_id))
    return tuple(sorted(set(found.all()) - needed))


def _ids(answers: Mapping[str, Any]) -> set[UUID]:
    """Every answer that reads as an id: the answer of a file step is the id of an attachment."""
    return {UUID(value) for value in answers.values() if isinstance(value, str) and _is_id(value)}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
