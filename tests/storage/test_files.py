"""The sealed file store: names are text only, bytes follow the transaction."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

from storage.crypto import SealBroken
from storage.database import Database
from storage.files import FileStore

NAMES = ["../../x", "/etc/passwd", "a\x00b", "长" * 300, "con", "\u202egpj.exe", "", "a/b\\c", "."]


def _files(root: Path) -> list[Path]:
    return [p for p in root.rglob("*") if p.is_file()]


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_never_reaches_the_disk(sqlite: Database, tmp_path: Path, now: datetime, name: str) -> None:
    root = tmp_path / "files"
    store = FileStore(root)
    async with sqlite.begin() as session:
        kept = await store.save(session, b"bytes", name=name, media_type="image/png", now=now)
        assert await store.load(session, kept.id) == b"bytes"
        described = await store.describe(session, kept.id)
    assert described == kept
    assert kept.name
    assert len(kept.name) <= 200
    assert kept.name.isprintable()
    assert [p.name for p in _files(root)] == [kept.id.hex]


async def test_bytes_on_disk_are_sealed_for_their_row(sqlite: Database, tmp_path: Path, now: datetime) -> None:
    store = FileStore(tmp_path / "files")
    async with sqlite.begin() as session:
        one = await store.save(session, b"canary one", name="a", media_type="text/plain", now=now)
        two = await store.save(session, b"canary two", name="b", media_type="text/plain", now=now)
        paths = {p.name: p for p in _files(tmp_path / "files")}
        assert not any(b"canary" in p.read_bytes() for p in paths.values())
        paths[one.id.hex].replace(paths[two.id.hex])
        with pytest.raises(SealBroken):
            await store.load(session, two.id)
        with pytest.raises(LookupError):
            await store.load(session, one.id)
        with pytest.raises(LookupError):
            await store.load(session, uuid4())
        with pytest.raises(LookupError):
            await store.describe(session, uuid4())


async def test_what_is_undone_leaves_no_bytes(sqlite: Database, tmp_path: Path, now: datetime) -> None:
    store = FileStore(tmp_path / "files")

    async def save_and_fail() -> None:
        async with sqlite.begin() as session:
            await store.save(session, b"x", name="a", media_type="text/plain", now=now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await save_and_fail()
    assert _files(tmp_path / "files") == []


async def test_a_savepoint_undone_is_not_the_end(sqlite: Database, tmp_path: Path, now: datetime) -> None:
    store = FileStore(tmp_path / "files")
    async with sqlite.begin() as session:
        kept = await store.save(session, b"x", name="a", media_type="text/plain", now=now)
        with pytest.raises(ZeroDivisionError):
            async with session.begin_nested():
                raise ZeroDivisionError
    async with sqlite.read() as session:
        assert await store.load(session, kept.id) == b"x"


async def test_removed_bytes_go_when_it_is_certain(sqlite: Database, tmp_path: Path, now: datetime) -> None:
    store = FileStore(tmp_path / "files")
    async with sqlite.begin() as session:
        kept = await store.save(session, b"x", name="a", media_type="text/plain", now=now)

    async def remove_and_fail() -> None:
        async with sqlite.begin() as session:
            await store.remove(session, kept.id)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await remove_and_fail()
    assert len(_files(tmp_path / "files")) == 1
    async with sqlite.begin() as session:
        async with session.begin_nested():
            await store.remove(session, kept.id)
        assert len(_files(tmp_path / "files")) == 1
        await store.remove(session, uuid4())
    assert _files(tmp_path / "files") == []
