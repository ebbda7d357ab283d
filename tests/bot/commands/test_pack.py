"""lixiao pack: lists and installs what is shipped, and says what is wrong with a command."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.commands import db, pack
from knowledge.packs import UnknownPack


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> typer.Typer:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIXIAO_DATA_DIR", str(tmp_path / "data"))
    made = typer.Typer()
    db.register(made)
    pack.register(made)
    return made


def test_list_names_every_pack(cli: typer.Typer) -> None:
    result = CliRunner().invoke(cli, ["pack", "list"])
    assert result.exit_code == 0
    assert "cqbvc-2023  重庆商务职业学院 2023届  事项 43" in result.stdout
    assert len(result.stdout.splitlines()) == 5


def test_install_twice_adds_once(cli: typer.Typer) -> None:
    runner = CliRunner()
    assert runner.invoke(cli, ["db", "upgrade"]).exit_code == 0
    first = runner.invoke(cli, ["pack", "install", "cqbvc-2023"])
    again = runner.invoke(cli, ["pack", "install", "--all"])
    assert "新增 43 项" in first.stdout
    assert "重庆商务职业学院：新增 0 项，更新 0 项" in again.stdout
    assert len(again.stdout.splitlines()) == 5


@pytest.mark.parametrize("arguments", [[], ["cqbvc-2023", "--all"]])
def test_one_pack_or_all_of_them(cli: typer.Typer, arguments: list[str]) -> None:
    assert CliRunner().invoke(cli, ["pack", "install", *arguments]).exit_code == 2


def test_an_unknown_pack_is_named(cli: typer.Typer) -> None:
    result = CliRunner().invoke(cli, ["pack", "install", "nowhere"])
    assert isinstance(result.exception, UnknownPack)
    assert "cqbvc-2023" in str(result.exception)
