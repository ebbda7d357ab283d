"""The command line: quick to say what it can do, one sentence for what a person can mend, an id for a bug."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

import pytest
import structlog
import typer
from typer.testing import CliRunner

from bot import cli
from storage.crypto import KeyProblem

HEAVY = (
    "sqlalchemy",
    "nicegui",
    "fastapi",
    "rjieba",
    "docx",
    "pypinyin",
    "openpyxl",
    "alembic",
    "PIL",
    "structlog",
    "pydantic",
)


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_help_imports_nothing_heavy() -> None:
    """`lixiao --help` is to answer within a second; what takes seconds is imported when a command runs."""
    script = f"import sys, bot.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(cli.cli, ["--help"]).output
    for name in ("demo", "serve", "chat", "ask", "notice", "roster", "item", "eval", "db", "keys", "doctor", "tick"):
        assert f" {name} " in shown


def test_version_is_that_of_the_package() -> None:
    shown = CliRunner().invoke(cli.cli, ["--version"])
    assert (shown.exit_code, shown.output) == (0, f"lixiao {metadata.version('lixiao')}\n")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """A command line whose commands fail in the two ways there are."""
    made = typer.Typer(pretty_exceptions_enable=False)

    @made.command()
    def ours() -> None:
        raise KeyProblem("这一句给人看")

    @made.command()
    def bug() -> None:
        raise ValueError("张小明 13900000001")

    monkeypatch.setattr(cli, "cli", made)
    monkeypatch.setattr("os.umask", lambda mask: mask)
    return made


def test_what_a_person_can_mend_is_one_sentence(broken: typer.Typer, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["ours"])
    assert end.value.code == 2
    assert capsys.readouterr().err == "这一句给人看\n"


def test_a_bug_is_an_id(broken: typer.Typer, capsys: pytest.CaptureFixture[str]) -> None:
    with structlog.testing.capture_logs() as logged, pytest.raises(SystemExit) as end:
        cli.main(["bug"])
    said = capsys.readouterr().err
    assert end.value.code == 1
    assert logged[0]["error_id"] in said
    assert "张小明" not in said


def test_a_setting_that_does_not_fit_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.umask", lambda mask: mask)
    monkeypatch.setenv("LIXIAO_PORT", "secret-value")
    with pytest.raises(SystemExit) as end:
        cli.main(["db", "check"])
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert "LIXIAO_PORT" in said
    assert "secret-value" not in said
