"""A database copied into another: all of it or nothing, from SQLite to PostgreSQL and back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, func, select

from storage import audit, chat, copying, deliveries, migrate, posts, sealed
from storage.copying import Copied, NotCopied
from storage.crypto import Vault
from storage.database import Database
from storage.models import Base, ChatLine, Delivery, Notice
from tests.conftest import _schema
from tests.fakes import campus

Open = Callable[[str], Database]


@pytest.fixture
async def fresh(tmp_path: Path, vault: Vault) -> AsyncIterator[Open]:
    """Databases without a table, of the kind that is asked for."""
    opened: list[Database] = []
    with ExitStack() as stack:

        def make(kind: str) -> Database:
            on_disk = f"sqlite+aiosqlite:///{tmp_path / uuid4().hex}.db"
            opened.append(Database(on_disk if kind == "sqlite" else stack.enter_context(_schema()), vault))
            return opened[-1]

        yield make
        for database in opened:
            await database.close()


BOTH_WAYS = pytest.mark.parametrize(
    ("there", "here"),
    [
        pytest.param("sqlite", "postgresql", marks=pytest.mark.postgres),
        pytest.param("postgresql", "sqlite", marks=pytest.mark.postgres),
        ("sqlite", "sqlite"),
    ],
)


async def school_in(database: Database, now: datetime) -> campus.Campus:
    """A school with students, a chat, an audit chain, planned messages, and a notice that points to a later one."""
    await migrate.upgrade(database)
    school = await campus.build(database)
    ids = [await school.student(name, 份=1e20, 名="㐂") for name in ("林小满", "𠮷田")]
    early, late = sorted([uuid4(), uuid4()])
    async with database.begin() as session:
        for notice_id, amends in ((late, None), (early, late)):
            session.add(_notice(notice_id, school.school_id, amends, now))
            await session.flush()
        for text in ("在吗", "地址是人民路 1 号"):
            await chat.add(session, "web", "lin", inward=True, text=text, buttons=[], files=[], now=now)
        for number in range(3):
            await audit.record(session, now=now, actor="staff:1", action="look", target="x", 数=[number, 2.5])
        for person in ids:
            await deliveries.enqueue(session, key=f"k-{person}", kind="notice", student_id=person, text="提醒", now=now)
    return school


def _notice(notice_id: UUID, school_id: UUID, amends: UUID | None, now: datetime) -> Notice:
    return Notice(
        id=notice_id,
        school_id=school_id,
        digest=notice_id.hex,
        file="a.docx",
        title="通知",
        issuer="学工处",
        cohort="2023届",
        status="published",
        imported_at=now,
        amends_id=amends,
    )


async def arrived(source: Database, target: Database, now: datetime) -> dict[str, Copied]:
    told: list[Copied] = []
    await copying.copy(source, target, now, told.append)
    return {one.table: one for one in told}


async def left_in(database: Database) -> int:
    async with database.read() as session:
        counts = [await session.scalar(select(func.count()).select_from(t)) or 0 for t in Base.metadata.sorted_tables]
    return sum(counts)


@BOTH_WAYS
async def test_everything_arrives_and_opens(fresh: Open, there: str, here: str, now: datetime) -> None:
    source, target = fresh(there), fresh(here)
    await school_in(source, now)
    told = await arrived(source, target, now)
    assert {table: one.rows for table, one in told.items() if one.rows} == {
        "school": 1,
        "class_group": 2,
        "class_staff": 2,
        "staff": 3,
        "student": 2,
        "binding": 2,
        "notice": 2,
        "chat_line": 2,
        "audit": 3,
        "delivery": 2,
        "knowledge_version": 1,
    }
    assert len(told) == len(Base.metadata.sorted_tables)
    async with target.read() as session:
        assert [line.text for line in await chat.latest(session, "web", "lin")] == ["在吗", "地址是人民路 1 号"]
        assert await audit.verify(session) is None
        assert all([await sealed.opens(session, column) for column in sealed.columns()])
        assert (await session.scalars(select(Notice).where(Notice.amends_id.is_not(None)))).one().id != (
            await session.scalars(select(Notice).where(Notice.amends_id.is_(None)))
        ).one().id
    assert await migrate.differences(target) == []


@BOTH_WAYS
async def test_a_copy_of_a_copy_is_the_same(fresh: Open, there: str, here: str, now: datetime) -> None:
    source, middle, back = fresh(there), fresh(here), fresh(there)
    await school_in(source, now)
    assert await arrived(source, middle, now) == await arrived(middle, back, now)


@BOTH_WAYS
async def test_ids_of_erased_rows_never_come_again(fresh: Open, there: str, here: str, now: datetime) -> None:
    source, target = fresh(there), fresh(here)
    await school_in(source, now)
    async with source.begin() as session:
        last = await session.scalar(select(func.max(ChatLine.id))) or 0
        await session.execute(delete(ChatLine))
    await arrived(source, target, now)
    async with target.begin() as session:
        await chat.add(session, "web", "lin", inward=True, text="还在", buttons=[], files=[], now=now)
        assert (await session.scalar(select(func.max(ChatLine.id))) or 0) > last


@BOTH_WAYS
async def test_interrupted_it_leaves_nothing_and_may_be_done_again(
    fresh: Open, there: str, here: str, now: datetime
) -> None:
    source, target = fresh(there), fresh(here)
    await school_in(source, now)

    def power_cut(one: Copied) -> None:
        if one.table == "student":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await copying.copy(source, target, now, power_cut)
    assert await left_in(target) == 0
    await arrived(source, target, now)
    assert await left_in(target) == await left_in(source) > 0


@BOTH_WAYS
async def test_nothing_is_mixed(fresh: Open, there: str, here: str, now: datetime) -> None:
    source, target = fresh(there), fresh(here)
    await school_in(source, now)
    await school_in(target, now)
    with pytest.raises(NotCopied, match="不是空的"):
        await arrived(source, target, now)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_while_somebody_works_it_waits(fresh: Open, kind: str, now: datetime) -> None:
    source, target = fresh(kind), fresh("sqlite")
    await school_in(source, now)
    async with source.begin() as session:
        await posts.appear(session, "web", "p1", now)
    with pytest.raises(NotCopied, match=r"web × 1.*停掉"):
        await arrived(source, target, now)
    async with source.begin() as session:
        await posts.disappear(session, "web", "p1")
        await session.execute(
            Delivery.__table__.update().values(status="leased", leased_until=now + timedelta(seconds=30))  # type: ignore[attr-defined]
        )
    with pytest.raises(NotCopied, match="2 条消息正在发送"):
        await arrived(source, target, now)
    assert await left_in(target) == 0
    await arrived(source, target, now + timedelta(minutes=1))


async def test_an_old_database_is_brought_up_to_date_first(fresh: Open, now: datetime) -> None:
    with pytest.raises(NotCopied, match="lixiao db upgrade"):
        await arrived(fresh("sqlite"), fresh("sqlite"), now)


async def test_what_arrives_otherwise_is_not_kept(fresh: Open, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that changes what it is given (here: by a trigger) is found out before anything is committed."""
    source, target = fresh("sqlite"), fresh("sqlite")
    await school_in(source, now)
    await migrate.upgrade(target)
    async with target.engine.begin() as connection:
        await connection.exec_driver_sql(
            "create trigger t after insert on school begin update school set name = 'x' where id = new.id; end"
        )
    with pytest.raises(NotCopied, match="school 到了那边不一样"):
        await arrived(source, target, now)
    assert await left_in(target) == 0
