"""A notice that was read into the store: passages, items, what else is proposed, and what it changes in others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.amend import match
from knowledge.blocks import Document
from knowledge.changes import kind_of
from knowledge.extract import propose_items
from knowledge.findings import findings_of
from knowledge.passages import passages_of
from knowledge.publishing import Plan, Published, document_of, plan, publish, relate, renew, settle_duplicates
from storage import amendments, audit, items, notices, proposals
from storage.models import Notice, School


class NoSchool(LookupError):
    """看不出是哪所学校的通知，没有导入；请加上 --school 学校名。"""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What an import did. `plan`: what the notice changes in another one; `published`: what came of it, None: a person
    has to look first."""

    notice: Notice
    school: str
    passages: int
    proposals: int
    new: int
    findings: int
    """Contacts, conditions, file specifications and questions with their answers."""
    plan: Plan | None
    published: Published | None


async def take_in(
    session: AsyncSession, document: Document, school: str | None, now: datetime, by: str, *, publishing: bool | None
) -> TakenIn:
    """Saves a notice and its proposals; the same one again is the same one, and what a person edited stays.

    `publishing`: at once, not at all, or (None) at once unless it changes something that students were told: then a
    person looks first. Raises `NoSchool`, and `Undecided` where it is to be published at once and cannot be.
    """
    owner = await _owner(session, document, school)
    passages, proposed, found = passages_of(document), propose_items(document), findings_of(document)
    notice = await notices.save(session, owner.id, document, passages, now)
    saved = await items.save_items(session, owner.id, document.cohort or "", proposed, notice.id)
    await proposals.save(session, notice, found)
    await _record(session, notice, now, by, passages=len(passages), proposals=len(proposed), new=len(saved.new))
    await relate(session, notice)
    await renew(session, notice)
    await settle_duplicates(session, owner.id, document.cohort or "")
    change = await plan(session, notice) if notice.published_at is None else None
    done = None
    if publishing or (publishing is None and _touches_nobody(change)):
        done = await publish(session, notice, now, by, leave_unsure=not publishing)
    await _follow(session, notice, now, by)
    return TakenIn(notice, owner.name, len(passages), len(proposed), len(saved.new), len(found), change, done)


async def _record(session: AsyncSession, notice: Notice, now: datetime, by: str, **counts: int) -> None:
    await audit.record(
        session,
        now=now,
        actor=by,
        action="notice.imported",
        target=f"notice:{notice.id}",
        school_id=notice.school_id,
        counts=counts,
    )


async def _owner(session: AsyncSession, document: Document, school: str | None) -> School:
    name = school or document.school or document.issuer
    owner = await notices.school_named(session, name, create=True) if name else None
    if owner is None:
        raise NoSchool
    return owner


def _touches_nobody(found: Plan | None) -> bool:
    return found is None or found.concerned == found.perhaps == 0


async def _follow(session: AsyncSession, notice: Notice, now: datetime, by: str) -> None:
    """A notice that came before the one it changes: now that this is there, it changes it."""
    document = document_of(notice, await notices.passages_of(session, notice.id))
    for other, _ in await notices.notices(session, notice.school_id):
        if other.id == notice.id or other.amends_id is not None or notice.amends_id == other.id:
            continue
        later = document_of(other, await notices.passages_of(session, other.id))
        found = match(later, [document]) if kind_of(later) is not None else None
        if found is None:
            continue
        await amendments.relate(session, other, notice.id, found.kind)
        if other.published_at is not None:
            other.published_at = None  # what it changes has yet to take effect
            if _touches_nobody(await plan(session, other)):
                await publish(session, other, now, by, leave_unsure=True)
