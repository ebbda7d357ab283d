"""Stores for benchmarks: a fresh SQLite file and a fresh schema on PostgreSQL, with students."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from storage.crypto import Vault
from storage.database import Database
from storage.models import Base

VAULT = Vault({"bench": b"\x01" * 32}, b"\x02" * 32)
POSTGRES = os.environ.get("LIXIAO_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


@asynccontextmanager
async def store(kind: str) -> AsyncIterator[Database]:
    """An empty store with all tables: 'SQLite' or 'PostgreSQL'."""
    async with _sqlite() if kind == "SQLite" else _postgres() as database:
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        yield database
        await database.close()


@asynccontextmanager
async def _sqlite() -> AsyncIterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        yield Database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}", VAULT)


@asynccontextmanager
async def _postgres() -> AsyncIterator[Database]:
    schema, admin = f"b_{uuid4().hex}", create_async_engine(POSTGRES)
    async with admin.begin() as connection:
        await connection.execute(text(f'create schema "{schema}"'))
    url = make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={schema}"})
    try:
        yield Database(url.render_as_string(hide_password=False), VAULT)
    finally:
        async with admin.begin() as connection:
            await connection.execute(text(f'drop schema "{schema}" cascade'))
        await admin.dispose()


async def students(database: Database, count: int, channel: str | None = "web") -> tuple[UUID, UUID]:
    """So many students in classes of 50, each bound; gives the school and its office."""
    school, office, cohort = uuid4(), uuid4(), "2023届"
    hexed = "lower(hex(randomblob(16)))" if database.is_sqlite else "gen_random_uuid()"
    numbers = (
        "with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < {count}) select i from n"
        if database.is_sqlite
        else "select i from generate_series(0, {count} - 1) i"
    )
    blob = "x'00'" if database.is_sqlite else "'\\x00'::bytea"
    unique = "cast(i as blob)" if database.is_sqlite else "int4send(i)"
    at = "'2023-05-01 00:00:00.000000'" if database.is_sqlite else "timestamptz '2023-05-01 00:00:00Z'"
    sid = school.hex if database.is_sqlite else str(school)
    oid = office.hex if database.is_sqlite else str(office)
    steps = [
        f"insert into school (id, name, rules) values ('{sid}', 'bench', '{{}}')",
        f"insert into staff (id, school_id, role, number_hash, name_sealed)"
        f" values ('{oid}', '{sid}', 'office', {blob}, {blob})",
        f"insert into class_group (id, school_id, cohort, college, name, position)"
        f" select {hexed}, '{sid}', '{cohort}', '会计学院', 'class ' || i, i from"
        f" ({numbers.format(count=max(count // 50, 1))}) t",
        f"insert into student (id, school_id, class_id, position, number_hash, number_sealed, name_sealed, attributes)"
        f" select {hexed}, '{sid}', c.id, i % 50, {unique}, {blob}, {blob}, '{{}}'"
        f" from ({numbers.format(count=count)}) t join class_group c on c.position = i / 50",
    ]
    if channel:
        name = "cast(id as text)"
        steps.append(
            f'insert into binding (id, channel, chat, "user", student_id, bound_at, approved_at)'
            f" select {hexed}, '{channel}', {name}, {name}, id, {at}, {at} from student"
        )
    async with database.begin() as session:
        for step in steps:
            await session.execute(text(step))
    if not database.is_sqlite:
        async with database.begin() as session:
            await session.execute(text("analyze"))
    return school, office
