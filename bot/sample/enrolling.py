"""The sample school's people into the store, out of the rosters the real reader read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.sample.people import OFFICE, Graduate
from bot.sample.school import Progress
from knowledge.blocks import Document
from knowledge.roster import Roster, read_roster
from storage import roll, rosters
from storage.models import School


async def enrol(
    session: AsyncSession,
    school: School,
    read: Sequence[Document],
    students: Sequence[Graduate],
    cohort: str,
    now: datetime,
    progress: Progress,
) -> None:
    """Adds the classes and students of the rosters, and somebody of the office, who stands in none."""
    for document in read:
        roster = _with_facts(read_roster(document), students)
        await rosters.import_roster(
            session, school, roster, cohort, now, by="system:sample", progress=_told(progress, "登记毕业生")
        )
    await roll.add_staff(
        session, school_id=school.id, name=OFFICE.name, number=OFFICE.number, phone=OFFICE.phone, role="office"
    )


def _with_facts(roster: Roster, students: Sequence[Graduate]) -> Roster:
    """The roster with what other offices know of its students: the library, the dormitories, the finance office."""
    known = {student.number: student.attributes for student in students}
    return replace(
        roster,
        students=tuple(replace(s, attributes={**known[s.number], **s.attributes}) for s in roster.students),
    )


def _told(progress: Progress, what: str) -> rosters.Progress:
    return lambda done, total: progress(what, done, total)
