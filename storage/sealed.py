"""Every sealed column, and how to seal it anew with the active key of the ring.

A column is sealed when its name ends in `_sealed`; the place of a cell is its table, column and row id, except where
`ROW_OF` names another column that is known before the row is written.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import SealBroken, Vault, key_of, place_of, sealed_start
from storage.database import Database, vault_of
from storage.files import FileStore
from storage.models import Attachment, Base

ROW_OF: Final = {"arrival": "token", "chat_line": "token", "delivery": "key", "reply": "token"}
"""Tables whose counting id is not known when a value is sealed: the column that names the row instead."""

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One column of sealed values."""

    table: Table
    column: Column[Any]

    @property
    def name(self) -> str:
        return f"{self.table.name}.{self.column.name}"

    @property
    def key(self) -> Column[Any]:
        """The primary key."""
        (key,) = self.table.primary_key.columns
        return key

    @property
    def row(self) -> Column[Any]:
        """What names the row in the place of a cell."""
        return self.table.c[ROW_OF.get(self.table.name, self.key.name)]

    def place(self, row: Any) -> str:
        return place_of(self.table.name, self.column.name, row)


@dataclass(frozen=True, slots=True)
class Resealed:
    """A chunk of a column: how many rows were looked at, sealed anew, and could not be opened."""

    column: str
    looked_at: int
    sealed: int
    broken: int


def columns() -> list[SealedColumn]:
    """All sealed columns, by name."""
    found = [
        SealedColumn(table, column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed")
    ]
    return sorted(found, key=lambda column: column.name)


async def count(session: AsyncSession, column: SealedColumn) -> int:
    """How many cells of the column hold a value."""
    return await session.scalar(select(func.count()).where(column.column.is_not(None))) or 0


async def keys_used(session: AsyncSession, column: SealedColumn) -> dict[str, int]:
    """How many cells of the column are sealed with which key of the ring; '?' with none of them."""
    used: dict[str, int] = {}
    for key in vault_of(session).names:
        start = sealed_start(key)
        sealed = func.substr(column.column, 1, len(start)) == start
        used[key] = await session.scalar(select(func.count()).where(sealed)) or 0
    used["?"] = await count(session, column) - sum(used.values())
    return {key: number for key, number in used.items() if number}


async def opens(session: AsyncSession, column: SealedColumn) -> bool:
    """Whether a cell of the column opens: another key under the same name does not. True where there is none."""
    query = select(column.row, column.column).where(column.column.is_not(None))
    cell = (await session.execute(query.order_by(column.key).limit(1))).one_or_none()
    if cell is None:
        return True
    try:
        vault_of(session).open(bytes(cell[1]), column.place(cell[0]))
    except SealBroken:
        return False
    return True


async def reseal(database: Database, column: SealedColumn, chunk: int = _CHUNK) -> AsyncIterator[Resealed]:
    """Seals the column anew, chunk by chunk in transactions of their own; what is done already is left alone.

    It may be stopped and started again, and run beside a working server.
    """
    last: Any = None
    while True:
        async with database.begin() as session:
            last, done = await _chunk(session, column, last, chunk)
        if done.looked_at:
            yield done
        if done.looked_at < chunk:
            return


async def _chunk(session: AsyncSession, column: SealedColumn, last: Any, chunk: int) -> tuple[Any, Resealed]:
    rows = await _rows(session, column, last, chunk)
    sealed = broken = 0
    for key, row, value in rows:
        try:
            anew = _anew(vault_of(session), bytes(value), column.place(row))
        except SealBroken:
            broken += 1
            continue
        if anew is not None:
            sealed += 1
            await session.execute(update(column.table).where(column.key == key).values({column.column: anew}))
    return (rows[-1][0] if rows else last), Resealed(column.name, len(rows), sealed, broken)


async def _rows(session: AsyncSession, column: SealedColumn, last: Any, chunk: int) -> list[Any]:
    query = select(column.key, column.row, column.column).where(column.column.is_not(None))
    if last is not None:
        query = query.where(column.key > last)
    return list(await session.execute(query.order_by(column.key).limit(chunk).with_for_update()))


def _anew(vault: Vault, value: bytes, place: str) -> bytes | None:
    """The value sealed with the active key; None: it is. Raises `SealBroken`."""
    return None if key_of(value) == vault.active else vault.seal(vault.open(value, place), place)


async def reseal_files(database: Database, files: FileStore) -> AsyncIterator[tuple[int, int, int]]:
    """Seals the bytes of every stored file anew: (done, all, 1 where this one could not be opened)."""
    async with database.read() as session:
        ids = list(await session.scalars(select(Attachment.id).order_by(Attachment.id)))
    for done, file_id in enumerate(ids, 1):
        yield done, len(ids), await _reseal_file(database, files, file_id)


async def _reseal_file(database: Database, files: FileStore, file_id: UUID) -> int:
    async with database.begin() as session:
        try:
            await files.reseal(session, file_id)
        except (LookupError, SealBroken):
            return 1
    return 0
