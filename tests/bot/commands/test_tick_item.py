"""lixiao tick and lixiao item, as typed."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import cli
from bot.settings import Settings
from storage import migrate
from storage.crypto import Vault, new_key
from storage.database import Database
from tests.fakes.campus import Campus, build

RUN = CliRunner()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Campus:
    """A migrated data directory with one bound student, one published and one proposed item."""
    keys, lookup = f"k1:{new_key()}", new_key()
    for name, value in {"DATA_DIR": str(tmp_path), "KEYS": keys, "LOOKUP_KEY": lookup}.items():
        monkeypatch.setenv(f"LIXIAO_{name}", value)
    monkeypatch.chdir(tmp_path)
    return asyncio.run(_fill(Settings().database_url, Vault.from_text(keys, lookup)))


async def _fill(url: str, vault: Vault) -> Campus:
    database = Database(url, vault)
    await migrate.upgrade(database)
    campus = await build(database)
    await campus.student("林一")
    await campus.item("archive", date(2023, 6, 8), title="填报档案转寄地址")
    await campus.item("later", title="领取毕业证", status="proposed", due_text="另行通知")
    await database.close()
    return campus


def lixiao(*words: str, code: int = 0) -> str:
    result = RUN.invoke(cli, words)
    assert result.exit_code == code, result.output
    return result.output


def test_each_once_however_often_it_ticks(store: Campus) -> None:
    first = lixiao("tick", "--at", "2023-06-07T09:05+08:00", "--at", "2023-06-07T09:06")
    assert first.splitlines() == [
        "2023-06-07T09:05+08:00  planned=1  sent=1",
        "2023-06-07T09:06+08:00  planned=0  nothing",
    ]
    assert "planned=0  nothing" in lixiao("tick", "--at", "2023-06-07T20:00+08:00")


def test_an_odd_time_is_explained(store: Campus) -> None:
    assert "看不懂这个时刻" in lixiao("tick", "--at", "tomorrow", code=2)


def test_list_publish_and_show(store: Campus) -> None:
    listed = lixiao("item", "list")
    assert "● " in listed.splitlines()[0]
    assert "填报档案转寄地址" in listed.splitlines()[0]
    assert listed.splitlines()[1].startswith(f"○ {store.items['later'].hex[:8]}  另行通知")
    assert "发布了 1 件" in lixiao("item", "publish", store.items["later"].hex[:10])
    assert "published" in lixiao("item", "show", store.items["later"].hex)
    assert "没有这件事项" in lixiao("item", "show", "ffffffff", code=2)
    assert "给出事项编号" in lixiao("item", "publish", code=2)
    assert "给出事项编号" in lixiao("item", "publish", "--all", code=2)
    assert "发布了 0 件" in lixiao("item", "publish", "--all", "--school", "云溪职业学院")


def test_export_reads_alike_in_both_formats(store: Campus) -> None:
    rows = [json.loads(line) for line in lixiao("item", "export").splitlines()]
    assert [(row["key"], row["due_on"], row["status"]) for row in rows] == [
        ("archive", "2023-06-08", "published"),
        ("later", None, "proposed"),
    ]
    assert yaml.safe_load(lixiao("item", "export", "--format", "yaml")) == rows
