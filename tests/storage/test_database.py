"""Sessions: one commits, the other only reads."""

from __future__ import annotations

from sqlalchemy import select

from storage.database import Database
from storage.models import School


async def test_what_was_read_may_be_used_afterwards(database: Database) -> None:
    async with database.begin() as session:
        session.add(School(name="江北学院"))
    async with database.read() as session:
        school = (await session.scalars(select(School))).one()
        school.rules = {"x": 1}
    assert school.name == "江北学院"
    async with database.read() as session:
        assert (await session.scalars(select(School))).one().rules == {}
