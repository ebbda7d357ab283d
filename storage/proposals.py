"""What notices say besides their tasks: proposed by the machine, confirmed, edited or rejected by a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Notice, Passage, Proposal, School

PROPOSED, CONFIRMED, REJECTED = "proposed", "confirmed", "rejected"


class Found(Protocol):
    """What was read (knowledge.findings.Finding is one)."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, str]: ...
    @property
    def quote(self) -> str: ...
    @property
    def line(self) -> int: ...


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A confirmed proposal of a published notice, with the place that it was read from."""

    id: UUID
    kind: str
    fields: Mapping[str, str]
    quote: str
    line: int
    section: tuple[str, ...]
    notice: str
    """Title of the notice."""
    file: str
    school_id: UUID
    school: str
    cohort: str | None
    issued_on: date | None


async def save(session: AsyncSession, notice: Notice, found: Sequence[Found]) -> int:
    """Keeps what was read out of a notice; gives how many of it are new.

    Reading again renews what nobody has looked at, and takes away what is not read any more; what a person confirmed,
    edited or rejected stays as he left it.
    """
    rows = {row.key: row for row in await session.scalars(select(Proposal).where(Proposal.notice_id == notice.id))}
    new = 0
    for position, one in enumerate(found):
        row = rows.pop(one.key, None)
        locator = f"{notice.file}:{one.line}"
        if row is None:
            row = Proposal(id=uuid4(), school_id=notice.school_id, notice_id=notice.id, key=one.key, status=PROPOSED)
            row.edited = False
            session.add(row)
            new += 1
        if row.status == PROPOSED and not row.edited:
            row.kind, row.fields, row.quote = one.kind, dict(one.fields), one.quote
        row.position, row.locator = position, locator
    gone = [row.id for row in rows.values() if row.status == PROPOSED and not row.edited]
    if gone:
        await session.execute(delete(Proposal).where(Proposal.id.in_(gone)))
    await session.flush()
    return new


async def listed(
    session: AsyncSession,
    *,
    school_id: UUID | None = None,
    notice_id: UUID | None = None,
    kind: str | None = None,
    statuses: Collection[str] = (PROPOSED, CONFIRMED),
) -> list[Proposal]:
    """The proposals of a school or a notice, in the order of the notice."""
    query = select(Proposal).join(Notice, Notice.id == Proposal.notice_id).where(Proposal.status.in_(statuses))
    query = query.order_by(Notice.imported_at, Notice.file, Proposal.position, Proposal.key)
    if school_id is not None:
        query = query.where(Proposal.school_id == school_id)
    if notice_id is not None:
        query = query.where(Proposal.notice_id == notice_id)
    if kind is not None:
        query = query.where(Proposal.kind == kind)
    return list(await session.scalars(query))


async def of_ids(session: AsyncSession, ids: Collection[UUID]) -> list[Proposal]:
    """The proposals of these ids that there are."""
    return list(await session.scalars(select(Proposal).where(Proposal.id.in_(ids)).order_by(Proposal.position)))


async def waiting(session: AsyncSession, school_id: UUID) -> dict[UUID, int]:
    """How many proposals of each notice nobody has looked at."""
    query = select(Proposal.notice_id, func.count()).where(Proposal.school_id == school_id, Proposal.status == PROPOSED)
    found = await session.execute(query.group_by(Proposal.notice_id))
    return {row[0]: row[1] for row in found}


async def decide(session: AsyncSession, ids: Collection[UUID], status: str, now: datetime, by: str) -> int:
    """Confirms or rejects; gives how many were something else before."""
    result = await session.execute(
        update(Proposal)
        .where(Proposal.id.in_(ids), Proposal.status != status)
        .values(status=status, decided_at=now, decided_by=by)
        .returning(Proposal.id)
    )
    return len(result.all())


async def edit(session: AsyncSession, proposal: Proposal, fields: Mapping[str, str]) -> tuple[str, ...]:
    """A person's word, which no reading overwrites. Gives the names of the fields that are different now."""
    old = proposal.fields
    different = tuple(sorted(name for name in {*old, *fields} if old.get(name) != fields.get(name)))
    if different:
        proposal.fields, proposal.edited = dict(fields), True
        await session.flush()
    return different


async def confirmed(session: AsyncSession, school_id: UUID | None = None) -> list[ProposalRow]:
    """What a person has confirmed in notices that are published (None: of all schools)."""
    query = (
        select(Proposal, Notice, School.name)
        .join(Notice, Notice.id == Proposal.notice_id)
        .join(School, School.id == Proposal.school_id)
        .where(Proposal.status == CONFIRMED, Notice.status == "published")
        .order_by(School.name, Notice.imported_at, Notice.file, Proposal.position)
    )
    if school_id is not None:
        query = query.where(Proposal.school_id == school_id)
    found = [(row, notice, school) for row, notice, school in await session.execute(query)]
    sections = await _sections(session, {notice.id for _, notice, _ in found})
    return [_row(row, notice, school, sections) for row, notice, school in found]


async def _sections(session: AsyncSession, notice_ids: Collection[UUID]) -> dict[tuple[UUID, int], tuple[str, ...]]:
    """The headings above each line of these notices."""
    query = select(Passage.notice_id, Passage.line, Passage.section).where(Passage.notice_id.in_(notice_ids))
    return {(notice_id, line): tuple(section) for notice_id, line, section in await session.execute(query)}


def _row(
    row: Proposal, notice: Notice, school: str, sections: Mapping[tuple[UUID, int], tuple[str, ...]]
) -> ProposalRow:
    line = int(row.locator.rpartition(":")[2])
    return ProposalRow(
        id=row.id,
        kind=row.kind,
        fields=row.fields,
        quote=row.quote,
        line=line,
        section=sections.get((notice.id, line), ()),
        notice=notice.title,
        file=notice.file,
        school_id=notice.school_id,
        school=school,
        cohort=notice.cohort,
        issued_on=notice.issued_on,
    )
