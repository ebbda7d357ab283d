"""lixiao db, keys, doctor and what every command says on a store that is not ready."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from bot import keyring
from bot.app import NoKeys, NotMigrated, open_database
from bot.cli import cli
from bot.settings import Settings
from storage import migrate
from storage.models import School
from tests.fakes import campus


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each command works on the data directory of this test; logs are put back to what they were."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIXIAO_DATA_DIR", str(tmp_path / "store"))
    yield
    structlog.reset_defaults()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def test_upgrade_makes_keys_and_tables_and_says_so() -> None:
    first = run("db", "upgrade")
    assert first.exit_code == 0
    assert "已生成密钥" in first.output
    assert f"空 → {migrate.head()}" in first.output
    again = run("db", "upgrade")
    assert again.output == f"数据库已是最新（{migrate.head()}）。\n"
    assert run("db", "check").output == "数据库与本版本一致。\n"


def test_check_says_what_is_missing(tmp_path: Path) -> None:
    run("keys", "make", "--write")
    found = run("db", "check")
    assert found.exit_code == 1
    assert "lixiao db upgrade" in found.output


@pytest.mark.parametrize("command", [("ask", "几号退寝"), ("keys", "rotate"), ("notice", "list"), ("serve",)])
def test_commands_on_a_store_that_is_not_ready(command: tuple[str, ...]) -> None:
    assert isinstance(run(*command).exception, NoKeys)
    run("keys", "make", "--write")
    found = run(*command)
    assert isinstance(found.exception, NotMigrated)
    assert "lixiao db upgrade" in str(found.exception)


def test_keys_are_printed_for_dot_env_or_written(tmp_path: Path) -> None:
    printed = run("keys", "make").output.splitlines()
    assert [line.partition("=")[0] for line in printed] == ["LIXIAO_KEYS", "LIXIAO_LOOKUP_KEY"]
    assert run("keys", "make", "--write").exit_code == 0
    assert stat.S_IMODE((tmp_path / "store" / "keys.env").stat().st_mode) == 0o600
    again = run("keys", "make", "--write")
    assert again.exit_code == 2
    assert "keys add" in again.output


async def _fill() -> None:
    async with open_database(Settings()) as database:
        school = await campus.build(database)
        await school.student("林小满")
        await school.student("周行之")


def test_rotation_from_the_first_to_the_last_step() -> None:
    run("db", "upgrade")
    asyncio.run(_fill())
    assert "student.name_sealed" in run("keys", "list").output
    assert run("keys", "add").exit_code == 0
    half = run("doctor")
    assert half.exit_code == 1
    assert "lixiao keys rotate" in half.output
    assert run("keys", "rotate").exit_code == 0
    used = {line.split()[0]: line.split()[1:] for line in run("keys", "list").output.splitlines()}
    assert used["student.name_sealed"] == ["k2", "×", "2"]
    assert run("doctor").exit_code == 0


def test_keys_of_the_environment_are_told_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    keys, lookup = (line.partition("=")[2] for line in run("keys", "make").output.splitlines())
    monkeypatch.setenv("LIXIAO_KEYS", keys)
    monkeypatch.setenv("LIXIAO_LOOKUP_KEY", lookup)
    told = run("keys", "add").output
    assert f",{keys}" in told
    assert "LIXIAO_KEYS=k2:" in told


def test_rotation_says_what_it_could_not_open() -> None:
    run("db", "upgrade")
    asyncio.run(_fill())
    Settings().keys_file.write_text(keyring.fresh_lines("other"))
    found = run("keys", "rotate")
    assert found.exit_code == 1
    assert "student.name_sealed：2 处打不开" in found.output
    assert "✗ 封存的列" in run("doctor").output


def test_doctor_tells_another_key_under_the_same_name() -> None:
    run("db", "upgrade")
    asyncio.run(_fill())
    Settings().keys_file.write_text(keyring.fresh_lines())
    assert "打不开" in run("doctor").output


def test_doctor_finds_nothing_wrong_with_a_new_store() -> None:
    run("db", "upgrade")
    found = run("doctor")
    assert found.exit_code == 0
    assert "✗" not in found.output


def test_doctor_on_nothing_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIXIAO_PROT", "1")
    found = run("doctor")
    assert found.exit_code == 1
    assert "✗ 密钥" in found.output
    assert "LIXIAO_PROT" in found.output


def test_doctor_tells_tables_that_are_missing_and_a_folder_that_is_open() -> None:
    run("keys", "make", "--write")
    Settings().data_dir.chmod(0o755)
    found = run("doctor").output
    assert "✗ 表结构" in found
    assert "chmod 700" in found


def test_doctor_tells_a_database_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    run("keys", "make", "--write")
    monkeypatch.setenv("LIXIAO_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    assert "✗ 数据库" in run("doctor").output


def test_doctor_tells_a_clock_that_stands_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime, timedelta

    from bot import app
    from storage import audit

    async def write_later() -> None:
        async with open_database(Settings()) as database, database.begin() as session:
            session.add(School(name="晴川学院"))
            later = datetime.now(UTC) + timedelta(days=2)
            await audit.record(session, now=later, actor="system:test", action="test", target="none")

    run("db", "upgrade")
    asyncio.run(write_later())
    assert "✗ 时钟" in run("doctor").output
    monkeypatch.setattr(app, "now", lambda: datetime(2099, 1, 1, tzinfo=UTC))
    assert "✗ 节假日表" in run("doctor").output
