"""A shipped pack into the store: its reviewed items, published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.packs import Pack, load_items
from knowledge.publishing import catch_up, settle_duplicates
from storage import audit, items, notices


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation did. `kept`: items a person had edited since, left as they are."""

    school: str
    new: int
    changed: int
    kept: int
    linked: bool
    """Whether the pack's notice is in the store, so that the items point to it."""


async def install(session: AsyncSession, pack: Pack, now: datetime) -> Installed:
    """Publishes the pack's items at its school, which is made where it is not known; again changes nothing.

    Raises `PackBroken`.
    """
    school = await notices.school_named(session, pack.school, create=True)
    assert school is not None
    notice_id = await _notice_of(session, school.id, pack)
    saved = await items.save_items(session, school.id, pack.cohort, load_items(pack.slug), notice_id, "published", now)
    await catch_up(session, school.id, pack.cohort, saved.new)
    await settle_duplicates(session, school.id, pack.cohort)
    if saved.new or saved.changed:
        await _record(session, school.id, pack, saved, now)
    return Installed(school.name, len(saved.new), len(saved.changed), saved.kept, notice_id is not None)


async def _notice_of(session: AsyncSession, school_id: UUID, pack: Pack) -> UUID | None:
    found = await notices.notices(session, school_id)
    return next((notice.id for notice, _ in found if notice.file == pack.file), None)


async def _record(session: AsyncSession, school_id: UUID, pack: Pack, saved: items.Saved, now: datetime) -> None:
    await audit.record(
        session,
        now=now,
        actor="system:pack",
        action="pack.installed",
        target=f"pack:{pack.slug}",
        school_id=school_id,
        new=len(saved.new),
        changed=len(saved.changed),
        kept=saved.kept,
    )
