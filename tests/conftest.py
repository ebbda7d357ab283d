"""Fixtures every layer uses: a fresh database (SQLite always, PostgreSQL where one is reachable) and a fixed clock."""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, delete, event, text
from sqlalchemy.engine import make_url

from bot import logs
from storage.clock import SCHOOL
from storage.crypto import Vault
from storage.database import Database
from storage.models import Base

POSTGRES = os.environ.get("LIXIAO_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
hypothesis_settings.register_profile("machine", deadline=None)
hypothesis_settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis_settings.load_profile("ci" if os.environ.get("LIXIAO_CI") else "machine")
"""A busy machine is no bug (no deadlines); what CI finds must be found again (no chance)."""

SHARED = Path(__file__).resolve().parents[2] / "shared"


def _postgres_reachable() -> bool:
    url = make_url(POSTGRES)
    try:
        with socket.create_connection((url.host or "127.0.0.1", url.port or 5432), timeout=1):
            return True
    except OSError:
        return False


def need(present: bool, what: str) -> None:
    """Skips with a reason on a laptop; in CI (`LIXIAO_CI=1`) a missing server fails."""
    if present:
        return
    if os.environ.get("LIXIAO_CI"):
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """`../shared` beside the checkout: there in development and CI, not at users'."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not beside this checkout")
    return SHARED


@pytest.fixture
def now() -> datetime:
    """A Wednesday morning in June."""
    return datetime(2023, 6, 7, 9, 5, tzinfo=SCHOOL)


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault({"test": b"\x01" * 32}, b"\x02" * 32)


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no row, made once and copied for each test."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    engine.dispose()
    return path


@contextmanager
def _schema() -> Iterator[str]:
    """The address of a new, empty schema on PostgreSQL."""
    need(_postgres_reachable(), "PostgreSQL on 127.0.0.1:5432")
    schema = f"t_{uuid4().hex}"
    admin = create_engine(POSTGRES)
    with admin.begin() as connection:
        connection.execute(text(f'create schema "{schema}"'))
    # What a test leaves behind need not survive a power cut.
    options = f"-csearch_path={schema} -csynchronous_commit=off"
    try:
        yield make_url(POSTGRES).update_query_dict({"options": options}).render_as_string(hide_password=False)
    finally:
        with admin.begin() as connection:
            connection.execute(text(f'drop schema "{schema}" cascade'))
        admin.dispose()


@pytest.fixture(scope="session")
def postgres_schema() -> Iterator[str]:
    """The address of a schema with all tables on PostgreSQL, one for each test process."""
    with _schema() as url:
        engine = create_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def empty(request: pytest.FixtureRequest, tmp_path: Path, vault: Vault) -> AsyncIterator[Database]:
    """A database without a single table, of the test's own, once on SQLite and once on PostgreSQL."""
    with ExitStack() as stack:
        on_disk = f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        db = Database(on_disk if request.param == "sqlite" else stack.enter_context(_schema()), vault)
        yield db
        await db.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path, vault: Vault) -> AsyncIterator[Database]:
    """An empty database with all tables, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        db = _copied(request.getfixturevalue("empty_sqlite"), tmp_path, vault)
    else:
        db = Database(request.getfixturevalue("postgres_schema"), vault)
        async with db.engine.begin() as connection:
            # Cheaper than TRUNCATE, which makes every table and index a new file.
            for table in reversed(Base.metadata.sorted_tables):
                await connection.execute(delete(table))
    yield db
    await db.close()


@pytest.fixture
async def sqlite(empty_sqlite: Path, tmp_path: Path, vault: Vault) -> AsyncIterator[Database]:
    """An empty SQLite database with all tables, for tests in which the kind of store does not matter."""
    db = _copied(empty_sqlite, tmp_path, vault)
    yield db
    await db.close()


def _copied(empty: Path, folder: Path, vault: Vault) -> Database:
    shutil.copyfile(empty, folder / "test.db")
    db = Database(f"sqlite+aiosqlite:///{folder / 'test.db'}", vault)
    event.listen(db.engine.sync_engine, "connect", _no_waiting_for_the_disk)
    return db


def _no_waiting_for_the_disk(connection: Any, _record: Any) -> None:
    """What a test leaves behind need not survive a power cut; each commit would wait for one write otherwise."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this machine leaks into a test."""
    for name in [n for n in os.environ if n.startswith("LIXIAO_") and n not in ("LIXIAO_CI", "LIXIAO_TEST_POSTGRES")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def _our_logs() -> None:
    """The program's own logging, at its most talkative: what it writes in any test is looked through below."""
    logs.configure("json", "DEBUG")


PERSONAL = re.compile(r"(?<![\w.-])(?:1[3-9]\d{9}|\d{17}[\dXx])(?![\w.-])")
"""A mobile number or an identity number; timestamps and ids of ours do not look like that."""


LEAKED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fails any test of the suite in which a number of a person got into a log line (SECURITY T13)."""
    report = yield
    written = "\n".join(line for line in report.capstderr.splitlines() if line.startswith("{"))
    found = PERSONAL.search(written)
    if found and report.passed and not item.stash.get(LEAKED, False):
        item.stash[LEAKED] = True
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: personal data in a log line: …{written[found.start() - 80 : found.end()]}"
    return report
