"""Whatever changes what is answered from is counted, in the same transaction; nothing else is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select, update

from storage import freshness, notices
from storage.database import Database
from storage.models import Notice, Passage, School
from tests.fakes import bulletin


async def version(database: Database) -> int:
    async with database.read() as session:
        return await freshness.version(session)


async def test_every_way_of_changing_is_counted(database: Database, tmp_path: Path, now: datetime) -> None:
    seen = [await version(database)]
    assert seen == [0]
    async with database.begin() as session:
        await bulletin.publish(session, tmp_path, now)
    seen.append(await version(database))
    async with database.begin() as session:
        notice = await session.scalar(select(Notice))
        assert notice is not None
        notice.status = "superseded"
    seen.append(await version(database))
    async with database.begin() as session:
        await session.execute(update(Passage).values(remaining="其余不变"))
    seen.append(await version(database))
    async with database.begin() as session:
        await session.execute(delete(Passage))
    seen.append(await version(database))
    assert seen == sorted(set(seen))


async def test_what_is_undone_or_concerns_others_is_not(sqlite: Database, tmp_path: Path, now: datetime) -> None:
    async with sqlite.read() as session:
        await bulletin.publish(session, tmp_path, now)
    async with sqlite.begin() as session:
        session.add(School(name="云山学院", rules={}))
        await notices.schools(session)
    assert await version(sqlite) == 0
