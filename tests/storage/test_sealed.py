"""Rotation: every sealed column and file is found, sealed anew, and a stop in the middle does no harm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import LargeBinary, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import sealed
from storage.crypto import SealBroken, Vault
from storage.database import Database
from storage.files import FileStore
from storage.models import Attachment, Base, ChatLine, ClassGroup, School, Student
from storage.sealed import SealedColumn

OLD = b"\x01" * 32
NEW = b"\x03" * 32
LOOKUP = b"\x02" * 32


@pytest.fixture
async def rotated(database: Database, tmp_path: Path) -> AsyncIterator[Database]:
    """The same database, opened with a new key in front of the old one."""
    url = database.engine.url.render_as_string(hide_password=False)
    again = Database(url, Vault({"new": NEW, "test": OLD}, LOOKUP))
    yield again
    await again.close()


async def fill(database: Database, count: int) -> list[UUID]:
    """A class of students with sealed names and numbers."""
    async with database.begin() as session:
        school = School(id=uuid4(), name="晴川学院")
        group = ClassGroup(id=uuid4(), school_id=school.id, cohort="2023届", college="会计学院", name="会计1班")
        session.add(school)
        await session.flush()
        session.add(group)
        await session.flush()
        ids = [uuid4() for _ in range(count)]
        for number, student in enumerate(ids):
            session.add(_student(database.vault, student, school.id, group.id, number))
    return ids


def _student(vault: Vault, student: UUID, school: UUID, group: UUID, number: int) -> Student:
    return Student(
        id=student,
        school_id=school,
        class_id=group,
        number_hash=vault.lookup(str(number), "student"),
        number_sealed=vault.seal(str(number), f"student.number_sealed:{student}"),
        name_sealed=vault.seal(f"学生{number}", f"student.name_sealed:{student}"),
    )


def column(name: str) -> SealedColumn:
    return next(found for found in sealed.columns() if found.name == name)


async def rotate(database: Database, name: str, chunk: int = 500) -> tuple[int, int]:
    done = [part async for part in sealed.reseal(database, column(name), chunk)]
    return sum(part.sealed for part in done), sum(part.broken for part in done)


def test_every_binary_column_is_sealed_or_known_not_to_be() -> None:
    plain = {"digest", "number_hash", "code_hash", "token_hash", "person_hash", "same", "key"}
    binary = {
        column.name
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert {name for name in binary if not name.endswith("_sealed")} <= plain
    assert binary - plain == {found.column.name for found in sealed.columns()}


def test_the_row_of_every_column_is_known_before_it_is_written() -> None:
    """A counting id is given by the database: a value sealed for it could not be sealed in the INSERT."""
    assert [found.name for found in sealed.columns() if found.row.autoincrement is True] == []


async def test_sealed_anew_in_chunks_and_opens_without_the_old_key(database: Database, rotated: Database) -> None:
    ids = await fill(database, 7)
    assert await rotate(rotated, "student.name_sealed", chunk=3) == (7, 0)
    assert await rotate(rotated, "student.name_sealed", chunk=3) == (0, 0)
    young = Vault({"new": NEW}, LOOKUP)
    async with rotated.read() as session:
        rows = (await session.execute(select(Student.id, Student.name_sealed))).all()
    assert {young.open(bytes(value), f"student.name_sealed:{row}") for row, value in rows} == {
        f"学生{number}" for number in range(7)
    }
    assert {row for row, _ in rows} == set(ids)


async def test_stopped_in_the_middle_goes_on(database: Database, rotated: Database) -> None:
    await fill(database, 7)
    async for _ in sealed.reseal(rotated, column("student.name_sealed"), 3):
        break
    assert await rotate(rotated, "student.name_sealed", chunk=3) == (4, 0)


async def test_keys_in_use_are_counted(database: Database, rotated: Database) -> None:
    await fill(database, 5)
    async for _ in sealed.reseal(rotated, column("student.name_sealed"), 3):
        break
    async with rotated.begin() as session:
        first = await session.scalar(select(Student.id).order_by(Student.id.desc()).limit(1))
        await session.execute(update(Student).where(Student.id == first).values(name_sealed=b"\x00\x01"))
    async with rotated.read() as session:
        assert await sealed.keys_used(session, column("student.name_sealed")) == {"new": 3, "test": 1, "?": 1}
        assert await sealed.keys_used(session, column("student.phone_sealed")) == {}


async def test_what_does_not_open_is_counted_and_left(database: Database, rotated: Database) -> None:
    first, second, *_ = await fill(database, 4)
    async with database.begin() as session:
        foreign = select(Student.name_sealed).where(Student.id == second).scalar_subquery()
        await session.execute(update(Student).where(Student.id == first).values(name_sealed=foreign))
    assert await rotate(rotated, "student.name_sealed") == (3, 1)


async def chat_line(session: AsyncSession, vault: Vault, now: datetime) -> None:
    token = uuid4()
    text = vault.seal("你好", f"chat_line.text_sealed:{token}")
    await session.execute(
        insert(ChatLine).values(token=token, channel="web", chat="s", inward=True, text_sealed=text, extras={}, at=now)
    )


async def test_rows_with_a_counting_id_are_named_by_another_column(
    database: Database, rotated: Database, now: datetime
) -> None:
    async with database.begin() as session:
        await chat_line(session, database.vault, now)
    assert await rotate(rotated, "chat_line.text_sealed") == (1, 0)


async def test_files_are_sealed_anew(database: Database, rotated: Database, now: datetime, tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    async with database.begin() as session:
        kept = [
            await files.save(session, data, name="照片.png", media_type="image/png", now=now)
            for data in (b"one", b"two")
        ]
    (tmp_path / "files" / kept[0].id.hex[:2] / f"{kept[0].id.hex}.part").write_bytes(b"of a killed rotation")
    assert [step async for step in sealed.reseal_files(rotated, files)] == [(1, 2, 0), (2, 2, 0)]
    young = Database(rotated.engine.url.render_as_string(hide_password=False), Vault({"new": NEW}, LOOKUP))
    async with young.read() as session:
        assert [await files.load(session, file.id) for file in kept] == [b"one", b"two"]
    await young.close()


async def test_missing_bytes_are_counted_and_a_removed_file_is_not(
    database: Database, rotated: Database, now: datetime, tmp_path: Path
) -> None:
    files = FileStore(tmp_path / "files")
    async with database.begin() as session:
        gone = await files.save(session, b"one", name="a", media_type="text/plain", now=now)
        removed = await files.save(session, b"two", name="b", media_type="text/plain", now=now)
    (tmp_path / "files" / gone.id.hex[:2] / gone.id.hex).unlink()
    assert sum([failed async for _, _, failed in sealed.reseal_files(rotated, files)]) == 1
    async with rotated.begin() as session:
        await session.execute(delete(Attachment).where(Attachment.id == removed.id))
    async with rotated.begin() as session:
        assert not await files.reseal(session, removed.id)


def test_a_column_says_its_place() -> None:
    one = column("student.name_sealed")
    assert one.place(7) == "student.name_sealed:7"
    assert replace(one, column=one.table.c.number_sealed).name == "student.number_sealed"


async def test_without_the_old_key_nothing_is_lost(database: Database) -> None:
    await fill(database, 2)
    url = database.engine.url.render_as_string(hide_password=False)
    stranger = Database(url, Vault({"new": NEW}, LOOKUP))
    assert await rotate(stranger, "student.name_sealed") == (0, 2)
    await stranger.close()
    async with database.read() as session:
        row = (await session.execute(select(Student.id, Student.name_sealed).limit(1))).one()
    with pytest.raises(SealBroken):
        stranger.vault.open(bytes(row[1]), f"student.name_sealed:{row[0]}")
    assert database.vault.open(bytes(row[1]), f"student.name_sealed:{row[0]}").startswith("学生")
