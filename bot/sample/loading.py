"""The sample school into the store: written as files, read back by the real readers, published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import anyio
from sqlalchemy.ext.asyncio import AsyncSession

from bot.sample.days import Days
from bot.sample.enrolling import enrol
from bot.sample.histories import give_histories
from bot.sample.items import items, located
from bot.sample.notices import write_notices
from bot.sample.people import SCHOOL, Class, Graduate, classes, graduates
from bot.sample.personas import personas
from bot.sample.rosters import write_rosters
from bot.sample.school import Progress, SampleSchool
from handlers.handler import Files
from knowledge import documents
from knowledge.blocks import Document
from knowledge.packs import PackItem
from knowledge.passages import passages_of
from storage import items as store
from storage import notices
from storage.database import Database
from storage.models import School

_MADE_ON = "sample_made_on"
"""The school's rule that says it is the sample, and from which day its dates count."""

RULES = {
    "archive": {"person": False, "channel": "EMS"},
    "proxy": {"may": ["办理离校手续", "领取毕业证书", "退宿", "领取户口迁移证"], "most": 3},
}
"""What holds at the sample school, as data."""


async def load(
    database: Database, files: Files, today: date, now: datetime, progress: Progress, folder: Path | None = None
) -> SampleSchool:
    """The sample school, made on `today` where the store has none yet; again changes nothing but the personal codes.

    All in one transaction: a start that was killed has left nothing. The files it is read from stay in `folder`
    where one is given.
    """
    async with database.begin() as session:
        school = await notices.school_named(session, SCHOOL, create=True)
        assert school is not None
        made_on = school.rules.get(_MADE_ON)
        if made_on is None:
            school.rules = {**school.rules, **RULES, _MADE_ON: today.isoformat()}
            await _make(session, files, school, Days(today), now, progress, folder)
        since = date.fromisoformat(made_on) if made_on else today
        return await personas(session, school.id, Days(since), now, created=made_on is None)


async def _make(
    session: AsyncSession,
    files: Files,
    school: School,
    days: Days,
    now: datetime,
    progress: Progress,
    folder: Path | None,
) -> None:
    groups = classes(days.year)
    students = graduates(groups, days.year)
    read, rosters = await _read_back(groups, students, days, progress, folder)
    await enrol(session, school, rosters, students, days.cohort, now, progress)
    lines = await _publish_notices(session, school.id, read, now, progress)
    await _publish_items(session, school.id, days, lines)
    await give_histories(session, files, school.id, days, now, progress)


async def _read_back(
    groups: Sequence[Class], students: Sequence[Graduate], days: Days, progress: Progress, folder: Path | None
) -> tuple[list[Document], list[Document]]:
    """Notices and rosters as the real readers understand the files written from them."""

    def work() -> tuple[list[Document], list[Document]]:
        with TemporaryDirectory() as spare:
            into = folder or Path(spare)
            rosters = write_rosters(into / "rosters", days, groups, students)
            written = write_notices(into / "notices", days)
            with ThreadPoolExecutor(4) as readers:  # each file is read in a process of its own
                read = list(readers.map(documents.read, [*written, *rosters]))
            return read[: len(written)], read[len(written) :]

    progress("写出并读回示例文件", 0, 1)
    read = await anyio.to_thread.run_sync(work)
    progress("写出并读回示例文件", 1, 1)
    return read


async def _publish_notices(
    session: AsyncSession, school_id: UUID, read: Sequence[Document], now: datetime, progress: Progress
) -> dict[str, tuple[UUID, dict[int, str]]]:
    """Saves and publishes; gives each file's notice and its text by line."""
    made = {}
    for done, document in enumerate(read, 1):
        passages = passages_of(document)
        notice = await notices.save(session, school_id, document, passages, now)
        await notices.publish(session, notice.id)
        made[document.file] = (notice.id, _text_by_line(document))
        progress("发布示例通知", done, len(read))
    return made


def _text_by_line(document: Document) -> dict[int, str]:
    texts: dict[int, str] = defaultdict(str)
    for block in document.blocks:
        texts[block.line] += block.text + "".join(block.cells.values())
    return texts


async def _publish_items(
    session: AsyncSession, school_id: UUID, days: Days, read: dict[str, tuple[UUID, dict[int, str]]]
) -> None:
    by_file: dict[str, list[PackItem]] = defaultdict(list)
    for file, item in items(days):
        by_file[file].append(located(item, file, read[file][1]))
    for file, found in by_file.items():
        await store.save_items(session, school_id, days.cohort, found, read[file][0], "published")
