"""lixiao remind ladder, as typed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import cli
from bot.settings import Settings
from storage import migrate
from storage.crypto import Vault, new_key
from storage.database import Database
from tests.fakes.campus import build

RUN = CliRunner()


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A migrated data directory with one school; its name."""
    keys, lookup = f"k1:{new_key()}", new_key()
    for name, value in {"DATA_DIR": str(tmp_path), "KEYS": keys, "LOOKUP_KEY": lookup}.items():
        monkeypatch.setenv(f"LIXIAO_{name}", value)
    monkeypatch.chdir(tmp_path)

    async def fill() -> str:
        database = Database(Settings().database_url, Vault.from_text(keys, lookup))
        await migrate.upgrade(database)
        campus = await build(database)
        actor = await campus.counselor()
        await database.close()
        return actor.school

    return asyncio.run(fill())


def lixiao(*words: str, code: int = 0) -> str:
    result = RUN.invoke(cli, words)
    assert result.exit_code == code, result.output
    return result.output


def test_seen_changed_and_seen_again(school: str) -> None:
    assert "提前 7 天、提前 3 天、提前 1 天、当天" in lixiao("remind", "ladder")
    changed = lixiao("remind", "ladder", "--school", school, "--before", "5,1", "--every", "3", "--phone", "4")
    assert "提前 5 天、提前 1 天\n" in changed
    assert "每 3 天一次" in changed
    assert lixiao("remind", "ladder") == changed
    assert "过期 4 天列入辅导员的电话名单" in changed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--before", "三天"), "写成 7,3,1,0"),
        (("--every", "0"), "1 到 365"),
        (("--school", "没有这所"), "哪所学校"),
    ],
)
def test_what_does_not_fit_is_explained(school: str, words: tuple[str, ...], said: str) -> None:
    assert said in lixiao("remind", "ladder", *words, code=2)
    assert "每 2 天一次" in lixiao("remind", "ladder")
