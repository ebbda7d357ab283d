"""Engine and sessions; `Database.begin` is the one place that commits."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any, cast

import aiosqlite
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from storage.crypto import Vault
from storage.freshness import WatchedSession
from storage.writers import Writers

NOT_ANSWERING = (
    OperationalError,
    sqlite3.OperationalError,  # BEGIN goes straight to the driver
    InterfaceError,
    InternalError,
    NoConnectionFree,
    OSError,
)
"""The store is away, locked, full or only to be read: the same question may be answered a little later."""


class Database:
    """One database, SQLite or PostgreSQL, and the vault that opens its sealed columns."""

    def __init__(self, url: str, vault: Vault, *, pool_size: int = 10) -> None:
        parsed = make_url(url)
        self.vault = vault
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        options: dict[str, Any] = (
            {"pool_reset_on_return": None} if self.is_sqlite else {"pool_size": pool_size, "pool_pre_ping": True}
        )
        # Values of people must not stand in an error's message (T13).
        self.engine: AsyncEngine = create_async_engine(parsed, hide_parameters=True, **options)
        # SQLite has one writer. Whoever waits for it in SQLite looks again after ever longer pauses, and who has just
        # come may be first; here they queue. Other processes still wait there (`busy_timeout`).
        self._writers = Writers() if self.is_sqlite else None
        if self.is_sqlite:
            _prepare_sqlite(self.engine)
        else:
            _prepare_postgres(self.engine)

    @asynccontextmanager
    async def begin(self, *, first: bool = False) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed at the end, rolled back on an error.

        `first`: before the other writers of this process, for what a platform waits for.
        """
        turn = self._writers.turn(first=first) if self._writers else nullcontext()
        async with turn, self._session() as session:
            if self.is_sqlite:
                # A writer that starts as a reader can be refused in the middle (SQLITE_BUSY_SNAPSHOT): ask at once.
                await _say(session, "BEGIN IMMEDIATE")
            async with _transaction(session):
                yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads; whatever it changed is rolled back."""
        async with self._session() as session:
            if self.is_sqlite:
                await _say(session, "BEGIN")
            try:
                yield session
            finally:
                session.expunge_all()  # a rollback would expire the rows that were read, and they are used afterwards
                await session.rollback()

    def _session(self) -> AsyncSession:
        return AsyncSession(
            self.engine, sync_session_class=WatchedSession, expire_on_commit=False, info={"vault": self.vault}
        )

    async def close(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()


async def _say(session: AsyncSession, statement: str) -> None:
    """Straight to the driver: each cursor would be made, used and closed in the driver's thread, one after another."""
    raw = await (await session.connection()).get_raw_connection()
    await cast("aiosqlite.Connection", raw.driver_connection).execute(statement)


@asynccontextmanager
async def _transaction(session: AsyncSession) -> AsyncIterator[None]:
    try:
        yield
    except BaseException:
        await session.rollback()
        raise
    await session.commit()


def vault_of(session: AsyncSession) -> Vault:
    """The vault that belongs to this session's database."""
    return cast("Vault", session.info["vault"])


def _prepare_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the session says BEGIN itself
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "busy_timeout=10000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _prepare_postgres(engine: AsyncEngine) -> None:
    """Statements are not compiled: for a claim of a few milliseconds that takes ten times as long as it does."""

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("SET jit = off")
        cursor.close()
        connection.commit()
