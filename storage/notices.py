"""Notices and their passages: saved once per text, published by a person, read by the answering part."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Notice, Passage, School


class NoticeFields(Protocol):
    """What a notice must say about itself (knowledge.blocks.Document does)."""

    @property
    def file(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def cohort(self) -> str | None: ...
    @property
    def document_number(self) -> str | None: ...
    @property
    def issued_on(self) -> date | None: ...
    @property
    def digest(self) -> str: ...
    @property
    def problems(self) -> Sequence[str]: ...


class PassageFields(Protocol):
    """What a passage must say (knowledge.blocks.Block does)."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def section(self) -> Sequence[str]: ...
    @property
    def line(self) -> int: ...
    @property
    def last_line(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def cells(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A published passage with the notice it comes from."""

    id: UUID
    notice_id: UUID
    notice: str
    """Title of the notice."""
    file: str
    issuer: str
    school_id: UUID
    school: str
    cohort: str | None
    issued_on: date | None
    section: tuple[str, ...]
    text: str
    kind: str
    cells: Mapping[str, str]
    line: int
    last_line: int
    superseded: bool = False
    """Whether a later notice says otherwise about some of it."""
    remaining: str | None = None
    """What of a superseded passage still holds."""


async def save(
    session: AsyncSession,
    school_id: UUID,
    document: NoticeFields,
    passages: Sequence[PassageFields],
    now: datetime,
) -> Notice:
    """The notice with its passages, as proposed. The same text twice is the same notice: its passages are read
    again (a better reader may have found more), its state stays."""
    notice = await session.scalar(select(Notice).where(Notice.school_id == school_id, Notice.digest == document.digest))
    if notice is None:
        notice = Notice(
            id=uuid4(), school_id=school_id, digest=document.digest, status="proposed", imported_at=now, file=""
        )
        session.add(notice)
    _describe(notice, document)
    await session.flush()
    ended = await _ended(session, notice.id)
    await session.execute(delete(Passage).where(Passage.notice_id == notice.id))
    session.add_all(_passage(notice.id, position, piece, ended) for position, piece in enumerate(passages))
    await session.flush()
    return notice


async def _ended(session: AsyncSession, notice_id: UUID) -> dict[str, tuple[UUID | None, str | None]]:
    """What of a notice is superseded, by its words: reading the file once more does not bring it back."""
    rows = await session.scalars(
        select(Passage).where(Passage.notice_id == notice_id, Passage.superseded_by_id.is_not(None))
    )
    return {row.text: (row.superseded_by_id, row.remaining) for row in rows}


def _describe(notice: Notice, document: NoticeFields) -> None:
    notice.file = document.file
    notice.title = document.title
    notice.issuer = document.issuer
    notice.cohort = document.cohort
    notice.document_number = document.document_number
    notice.issued_on = document.issued_on
    notice.problems = list(document.problems)


def _passage(
    notice_id: UUID, position: int, piece: PassageFields, ended: Mapping[str, tuple[UUID | None, str | None]]
) -> Passage:
    superseded_by_id, remaining = ended.get(piece.text, (None, None))
    return Passage(
        superseded_by_id=superseded_by_id,
        remaining=remaining,
        id=uuid4(),
        notice_id=notice_id,
        position=position,
        kind=piece.kind,
        section=list(piece.section),
        text=piece.text,
        cells=dict(piece.cells),
        line=piece.line,
        last_line=piece.last_line,
        offset=piece.offset,
    )


async def notice(session: AsyncSession, notice_id: UUID) -> Notice | None:
    """The notice of this id, or None."""
    return await session.get(Notice, notice_id)


async def publish(session: AsyncSession, notice_id: UUID, now: datetime | None = None) -> bool:
    """Makes a notice's passages answer questions; False when there is no such notice.

    What it changes in other notices is `knowledge.publishing`'s to do. One that was replaced stays so.
    """
    notice = await session.get(Notice, notice_id)
    if notice is None:
        return False
    if notice.status != "superseded":
        notice.status = "published"
        notice.published_at = notice.published_at or now
    await session.flush()
    return True


async def published_passages(session: AsyncSession, school_id: UUID | None = None) -> list[PassageRow]:
    """Every published passage of a school (None: of all schools), in the order of the notices.

    One that a later notice supersedes is left out; where it spoke of other things too, these are left of it.
    """
    query = _passages().where(Notice.status == "published")
    query = query.where(Passage.superseded_by_id.is_(None) | Passage.remaining.is_not(None))
    if school_id is not None:
        query = query.where(Notice.school_id == school_id)
    return [_row(*found, holds=True) for found in await session.execute(query)]


async def retired_passages(session: AsyncSession, school_id: UUID | None = None) -> list[PassageRow]:
    """What published notices said and later ones supersede, whole and as it was written."""
    query = _passages().where(Notice.status == "published", Passage.superseded_by_id.is_not(None))
    if school_id is not None:
        query = query.where(Notice.school_id == school_id)
    return [_row(*found) for found in await session.execute(query)]


async def passages_of(session: AsyncSession, notice_id: UUID) -> list[PassageRow]:
    """The passages of one notice, published or not."""
    query = _passages().where(Notice.id == notice_id)
    return [_row(*found) for found in await session.execute(query)]


def _passages() -> Select[Passage, Notice, str]:
    return (
        select(Passage, Notice, School.name)
        .join(Notice, Passage.notice_id == Notice.id)
        .join(School, Notice.school_id == School.id)
        .order_by(School.name, Notice.imported_at, Notice.file, Passage.position)
    )


def _row(passage: Passage, notice: Notice, school: str, *, holds: bool = False) -> PassageRow:
    """A passage as it was written, or (`holds`) what of it still holds."""
    cut = holds and passage.remaining is not None
    return PassageRow(
        id=passage.id,
        notice_id=notice.id,
        notice=notice.title,
        file=notice.file,
        issuer=notice.issuer,
        school_id=notice.school_id,
        school=school,
        cohort=notice.cohort,
        issued_on=notice.issued_on,
        section=tuple(passage.section),
        text=(passage.remaining or "") if cut else passage.text,
        kind=passage.kind,
        cells={} if cut else passage.cells,
        line=passage.line,
        last_line=passage.last_line,
        superseded=passage.superseded_by_id is not None,
        remaining=passage.remaining,
    )


async def published_version(session: AsyncSession) -> tuple[Any, ...]:
    """Changes whenever what is published may have changed: cheap enough to ask before every question."""
    found = await session.execute(
        select(func.count(Notice.id), func.max(Notice.imported_at), func.max(Notice.published_at)).where(
            Notice.status == "published"
        )
    )
    return tuple(found.one())


async def notices(session: AsyncSession, school_id: UUID | None = None) -> list[tuple[Notice, str]]:
    """All notices with their school's name, oldest first."""
    query = select(Notice, School.name).join(School, Notice.school_id == School.id)
    if school_id is not None:
        query = query.where(Notice.school_id == school_id)
    query = query.order_by(Notice.imported_at, Notice.file)
    return [(notice, name) for notice, name in await session.execute(query)]


async def schools(session: AsyncSession) -> list[School]:
    """All schools by name."""
    return list(await session.scalars(select(School).order_by(School.name)))


async def school_named(session: AsyncSession, name: str, *, create: bool = False) -> School | None:
    """The school of that name, or whose name the words begin with, or the only one that contains them."""
    wanted = _plain(name)
    known = await schools(session)
    named = [s for s in known if _plain(s.name) == wanted] or [s for s in known if wanted.startswith(_plain(s.name))]
    if named:
        return named[0]
    if not create:
        part_of = [school for school in known if wanted and wanted in _plain(school.name)]
        return part_of[0] if len(part_of) == 1 else None
    school = School(id=uuid4(), name=name.strip(), rules={})
    session.add(school)
    await session.flush()
    return school


def _plain(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()
