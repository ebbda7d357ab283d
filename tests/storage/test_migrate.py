"""Migrations: from nothing, on a filled database, and models against migrations."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, Inspector, inspect, text
from sqlalchemy.exc import IntegrityError

from storage import migrate
from storage.database import Database
from storage.models import Base, ClassGroup, School

LATER = """
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None
def upgrade():
    {first}
    with op.batch_alter_table("school") as table:
        table.add_column(sa.Column("short", sa.String(), nullable=False, server_default="校"))
        table.create_check_constraint("named", "name <> ''")
def downgrade():
    pass
"""
"""A step of later days that changes a table others point to: on SQLite the table is made anew."""


def later_step(folder: Path, first: str = "pass") -> Config:
    """Alembic's configuration with that step; `first` is done before."""
    (folder / "9999_later.py").write_text(LATER.format(head=migrate.head(), first=first))
    return migrate.config(folder)


async def fill(database: Database) -> None:
    async with database.begin() as session:
        school = School(name="晴川学院")
        session.add(school)
        await session.flush()
        session.add(ClassGroup(school_id=school.id, cohort="2023届", college="会计学院", name="会计1班"))


async def rows(database: Database, table: str) -> int:
    async with database.read() as session:
        return int(await session.scalar(text(f"select count(*) from {table}")) or 0)


async def tables(database: Database) -> set[str]:
    async with database.engine.connect() as connection:
        return set(await connection.run_sync(lambda c: inspect(c).get_table_names()))


async def test_from_nothing_to_head(empty: Database) -> None:
    assert await migrate.current(empty) is None
    await migrate.upgrade(empty)
    assert await migrate.current(empty) == migrate.head()
    assert await migrate.differences(empty) == []


async def test_check_constraints_are_those_of_the_models(empty: Database) -> None:
    await migrate.upgrade(empty)

    def found(connection: Connection) -> set[str]:
        inspector: Inspector = inspect(connection)
        names = inspector.get_table_names()
        return {str(check["name"]) for table in names for check in inspector.get_check_constraints(table)}

    wanted = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    async with empty.engine.connect() as connection:
        assert await connection.run_sync(found) == wanted


async def test_every_step_on_the_way_goes_up_and_back(empty: Database) -> None:
    script = ScriptDirectory.from_config(migrate.config())
    for step in reversed(list(script.walk_revisions())):
        await migrate.upgrade(empty, step.revision)
        await migrate.downgrade(empty, step.down_revision or "base")
        await migrate.upgrade(empty, step.revision)
    assert await migrate.differences(empty) == []
    await migrate.downgrade(empty, "base")
    assert await tables(empty) == {"alembic_version"}


async def test_filled_database_keeps_its_rows(empty: Database) -> None:
    await migrate.upgrade(empty)
    await fill(empty)
    await migrate.upgrade(empty)
    assert (await rows(empty, "school"), await rows(empty, "class_group")) == (1, 1)


async def test_a_later_step_may_change_a_table_others_point_to(empty: Database, tmp_path: Path) -> None:
    await migrate.upgrade(empty)
    await fill(empty)
    await migrate.upgrade(empty, steps=later_step(tmp_path))
    assert (await rows(empty, "school"), await rows(empty, "class_group")) == (1, 1)
    assert any("short" in line for line in await migrate.differences(empty))
    assert await foreign_keys_hold(empty)


async def test_a_step_that_leaves_rows_pointing_nowhere_changes_nothing(empty: Database, tmp_path: Path) -> None:
    await migrate.upgrade(empty)
    await fill(empty)
    with pytest.raises((migrate.BrokenReferences, IntegrityError), match="class_group"):
        await migrate.upgrade(empty, steps=later_step(tmp_path, 'op.execute("delete from school")'))
    assert await migrate.current(empty) == migrate.head()
    assert await rows(empty, "school") == 1
    assert await foreign_keys_hold(empty)


async def foreign_keys_hold(database: Database) -> bool:
    """Whether the connections that migrated check references again."""
    if not database.is_sqlite:
        return True
    async with database.read() as session:
        return bool(await session.scalar(text("PRAGMA foreign_keys")))


async def test_two_processes_that_start_together_migrate_once(empty: Database) -> None:
    await asyncio.gather(migrate.upgrade(empty), migrate.upgrade(empty))
    assert await migrate.current(empty) == migrate.head()


async def test_difference_is_named(empty: Database) -> None:
    await migrate.upgrade(empty)
    async with empty.engine.begin() as connection:
        await connection.execute(text("alter table school add column extra varchar"))
    (line,) = await migrate.differences(empty)
    assert "extra" in line
