"""Everything of one database into another, empty one: from SQLite to PostgreSQL, and back.

All or nothing: the source stands still meanwhile (nobody writes there), the target is written in one transaction, read
again and compared row by row before it is committed. Ids stay, so sealed cells open where they arrive (the row id is
part of their seal); bytes are never opened on the way.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Column, Table, bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import migrate, posts
from storage.database import Database
from storage.models import Base, Delivery, HeldReply

CHUNK: Final = 2_000
"""Rows that are in memory at a time."""
_HASH: Final = 1 << 256


class NotCopied(RuntimeError):
    """Nothing was copied; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One table that arrived: how many rows, and the checksum that both sides have (hexadecimal)."""

    table: str
    rows: int
    checksum: str


async def copy(source: Database, target: Database, now: datetime, told: Callable[[Copied], object]) -> None:
    """Copies every table, telling of each; migrates the target first. Raises `NotCopied`, with the target empty."""
    await _ready(source, target)
    async with source.begin() as reading, target.begin() as writing:
        await _freeze(reading, source)
        await _at_rest(reading, now)
        await _lock(writing, target, "exclusive")
        await _is_empty(writing)
        for table in Base.metadata.sorted_tables:
            told(await _table(reading, writing, table))
        await _sequences(reading, source, writing, target)


async def _ready(source: Database, target: Database) -> None:
    head, found = migrate.head(), await migrate.current(source)
    if found != head:
        raise NotCopied(f"原数据库在 {found or '空'}，本版本需要 {head}：请先运行 lixiao db upgrade。")
    there = await migrate.current(target)
    if there not in (None, head):
        raise NotCopied(f"目标数据库里已有别的版本的表（{there}）：请给一个空的数据库。")
    await migrate.upgrade(target)


async def _freeze(session: AsyncSession, source: Database) -> None:
    """Nobody writes until the end of the transaction; SQLite's has the only pen already."""
    await _lock(session, source, "share")


async def _lock(session: AsyncSession, database: Database, mode: str) -> None:
    if database.is_sqlite:
        return
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    await session.execute(text("set local lock_timeout = '10s'"))
    await session.execute(text(f"lock table {tables} in {mode} mode"))


async def _at_rest(session: AsyncSession, now: datetime) -> None:
    """Refuses while a process serves or holds what it sends: what it writes afterwards would stay behind."""
    running = await posts.present(session, now)
    if running:
        who = "、".join(f"{role} × {count}" for role, count in running.items())
        raise NotCopied(f"服务还在运行（{who}）：请先停掉所有 lixiao serve，{posts.TERM.seconds} 秒后再来。")
    for model in (Delivery, HeldReply):
        held = await session.scalar(
            select(func.count()).select_from(model).where(model.status == "leased", model.leased_until > now)
        )
        if held:
            raise NotCopied(f"有 {held} 条消息正在发送：请先停掉所有 lixiao serve，一分钟后再来。")


async def _is_empty(session: AsyncSession) -> None:
    for table in Base.metadata.sorted_tables:
        if (await session.execute(select(1).select_from(table).limit(1))).first() is not None:
            raise NotCopied(f"目标数据库不是空的（{table.name} 里有数据）：请给一个空的数据库，免得混在一起。")


async def _table(reading: AsyncSession, writing: AsyncSession, table: Table) -> Copied:
    own = [key.parent for key in table.foreign_keys if key.column.table is table]
    rows, checksum, later = 0, 0, list[dict[str, Any]]()
    async for chunk in _chunks(reading, table):
        rows, checksum = rows + len(chunk), (checksum + _sum(chunk)) % _HASH
        values = [dict(zip(table.columns.keys(), row, strict=True)) for row in chunk]
        later += [pointing for value in values if (pointing := _pointing(table, own, value))]
        await writing.execute(insert(table), [value | dict.fromkeys(key.name for key in own) for value in values])
    await _point(writing, table, own, later)
    arrived, there = 0, 0
    async for chunk in _chunks(writing, table):
        arrived, there = arrived + len(chunk), (there + _sum(chunk)) % _HASH
    if (arrived, there) != (rows, checksum):
        raise NotCopied(
            f"{table.name} 到了那边不一样（{rows} 行，那边 {arrived} 行）：什么都没有留下，请把这句话交给维护者。"
        )
    return Copied(table.name, rows, f"{checksum:064x}")


def _pointing(table: Table, own: list[Column[Any]], value: dict[str, Any]) -> dict[str, Any] | None:
    """What a row says of other rows of its own table, which may come after it."""
    if all(value[key.name] is None for key in own):
        return None
    return {f"of_{key.name}": value[key.name] for key in (*table.primary_key, *own)}


async def _point(session: AsyncSession, table: Table, own: list[Column[Any]], later: list[dict[str, Any]]) -> None:
    if not later:
        return
    keys = [column == bindparam(f"of_{column.name}") for column in table.primary_key]
    # The connection's own: an ORM session takes an update of many rows for one by primary key.
    connection = await session.connection()
    await connection.execute(
        update(table).where(*keys).values({column: bindparam(f"of_{column.name}") for column in own}), later
    )


async def _chunks(session: AsyncSession, table: Table) -> AsyncIterator[list[Any]]:
    found = await session.stream(select(table).execution_options(yield_per=CHUNK))
    async for chunk in found.partitions():
        yield list(chunk)


def _sum(rows: list[Any]) -> int:
    """Equal for equal rows in any order: the two stores sort text differently."""
    return sum(int.from_bytes(sha256(repr([_spelled(value) for value in row]).encode()).digest()) for row in rows)


def _spelled(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(_whole(value), sort_keys=True, ensure_ascii=False)
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def _whole(value: Any) -> Any:
    """JSONB keeps no difference between 1e20 and its digits."""
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


async def _sequences(reading: AsyncSession, source: Database, writing: AsyncSession, target: Database) -> None:
    """Counting ids go on where they were: an id of an erased row never comes again."""
    for table in Base.metadata.sorted_tables:
        if table.autoincrement_column is None:
            continue
        last = max(await _last(reading, source, table), await _last(writing, target, table))
        if last:
            await _go_on(writing, target, table, last)


async def _last(session: AsyncSession, database: Database, table: Table) -> int:
    """The highest id that was ever given, as far as the store knows."""
    (key,) = table.primary_key
    highest = await session.scalar(select(func.max(key))) or 0
    if not database.is_sqlite:
        sequence = await _sequence(session, table)
        if sequence is None:
            return int(highest)
        given = (await session.execute(text(f"select last_value, is_called from {sequence}"))).one()  # noqa: S608 - the store's own name
        return max(highest, given.last_value if given.is_called else 0)
    if not table.dialect_options["sqlite"]["autoincrement"]:
        return int(highest)
    given_ids = await session.scalar(text("select seq from sqlite_sequence where name = :name"), {"name": table.name})
    return max(highest, given_ids or 0)


async def _go_on(session: AsyncSession, database: Database, table: Table, last: int) -> None:
    if not database.is_sqlite:
        sequence = await _sequence(session, table)
        if sequence is not None:
            await session.execute(text("select setval(:sequence, :last)"), {"sequence": sequence, "last": last})
    elif table.dialect_options["sqlite"]["autoincrement"]:
        await session.execute(text("delete from sqlite_sequence where name = :name"), {"name": table.name})
        put = text("insert into sqlite_sequence (name, seq) values (:name, :last)")
        await session.execute(put, {"name": table.name, "last": last})


async def _sequence(session: AsyncSession, table: Table) -> str | None:
    (key,) = table.primary_key
    asked = text("select pg_get_serial_sequence(:table, :column)")
    found: str | None = await session.scalar(asked, {"table": table.name, "column": key.name})
    return found
