"""Brings a database to the tables of this version; the steps lie in `storage/migrations/versions`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.models import Base

MIGRATIONS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = 7162535
"""Advisory lock on PostgreSQL: two processes that start together must not both migrate."""

T = TypeVar("T")


class BrokenReferences(RuntimeError):
    """After a migration rows point to rows that are not there; nothing was changed. Names the tables."""


def config(*more_versions: Path) -> Config:
    """Alembic's configuration, made here: there is no ini file to find. `more_versions` are further step folders."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.set_main_option("path_separator", "newline")
    folders = "\n".join(str(folder) for folder in (MIGRATIONS / "versions", *more_versions))
    made.set_main_option("version_locations", folders.replace("%", "%%"))
    return made


def head() -> str:
    """The revision this version of the program works with."""
    found = ScriptDirectory.from_config(config()).get_current_head()
    if found is None:
        raise RuntimeError("storage/migrations/versions holds no revision")
    return found


async def current(database: Database) -> str | None:
    """The revision the database is at; None: no tables yet."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())


async def upgrade(database: Database, revision: str = "head", steps: Config | None = None) -> None:
    """Migrates to `revision` in one transaction: all of it or nothing. Raises `BrokenReferences`."""
    await _run(database, lambda settings: command.upgrade(settings, revision), steps)


async def downgrade(database: Database, revision: str) -> None:
    """Back to `revision` ('base': no tables). Rows of dropped tables are gone."""
    await _run(database, lambda settings: command.downgrade(settings, revision))


async def differences(database: Database) -> list[str]:
    """What the models say otherwise than the database; empty: they agree."""
    async with database.engine.connect() as connection:
        return [_sentence(found) for found in await connection.run_sync(_compare)]


async def revise(database: Database, message: str) -> None:
    """Writes a new step from the differences between models and database, for a person to read and mend."""
    await _run(database, lambda settings: command.revision(settings, message, autogenerate=True))


async def _run(database: Database, act: Callable[[Config], object], steps: Config | None = None) -> None:
    settings = steps or config()

    def with_connection(connection: Connection) -> None:
        settings.attributes["connection"] = connection
        act(settings)

    async with _exclusive(database) as connection:
        await connection.run_sync(with_connection)


@asynccontextmanager
async def _exclusive(database: Database) -> AsyncIterator[AsyncConnection]:
    """One transaction that nobody else migrates beside."""
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            async with _sqlite(connection):
                yield connection
        else:
            await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})
            yield connection
            await connection.commit()


@asynccontextmanager
async def _sqlite(connection: AsyncConnection) -> AsyncIterator[None]:
    """SQLite changes a table by copying it: references are off meanwhile (or they would cascade) and checked after."""
    await _pragma(connection, "foreign_keys=OFF")
    try:
        await connection.execute(text("BEGIN IMMEDIATE"))
        yield
        broken = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
        if broken:
            raise BrokenReferences(", ".join(sorted({str(row[0]) for row in broken})))
        await connection.commit()
    finally:
        await connection.rollback()
        await _pragma(connection, "foreign_keys=ON")


async def _pragma(connection: AsyncConnection, setting: str) -> None:
    """Foreign keys can only be switched outside a transaction."""
    await connection.exec_driver_sql(f"PRAGMA {setting}")
    await connection.commit()


def _compare(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


def _sentence(found: Any) -> str:
    return "; ".join(map(str, found)) if isinstance(found, list) else " ".join(map(str, found))
