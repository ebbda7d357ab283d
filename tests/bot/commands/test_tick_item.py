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


KEYS = (
    "file", "issuer", "title", "start", "end", "start_time", "time", "is_deadline", "tentative", "status", "actor",
    "department", "audience", "task", "quote", "locator",
)  # fmt: skip


def test_export_for_programs(store: Campus) -> None:
    rows = [json.loads(line) for line in lixiao("item", "export", "--format", "jsonl").splitlines()]
    assert [tuple(row) for row in rows] == [KEYS, KEYS]
    assert [(row["task"], row["end"], row["is_deadline"], row["status"]) for row in rows] == [
        ("填报档案转寄地址", "2023-06-08", True, "active"),
        ("领取毕业证", None, False, "active"),
    ]
    for_people = yaml.safe_load(lixiao("item", "export", "--format", "yaml"))
    assert [(row["key"], row["due_on"]) for row in for_people] == [("archive", "2023-06-08"), ("later", None)]


def test_a_person_edits_and_it_is_audited(store: Campus) -> None:
    assert "due_on、due_time" in lixiao("item", "set", "archive", "--due", "2023-06-12T17:00")
    shown = lixiao("item", "show", "archive")
    assert "2023-06-12" in shown
    assert "17:00" in shown
    assert "没有不同" in lixiao("item", "set", "archive", "--due", "2023-06-12T17:00")
    assert "看不懂这个日期" in lixiao("item", "set", "archive", "--due", "tomorrow", code=2)
    assert "写出要改什么" in lixiao("item", "set", "archive", code=2)
    assert "标题不能为空" in lixiao("item", "set", "archive", "--title", "-", code=2)
    assert "tentative" in lixiao("item", "set", "later", "--tentative", "--due-text", "6 月底")


def test_a_rejected_proposal_is_gone(store: Campus) -> None:
    assert "否决了 1 件" in lixiao("item", "reject", "later")
    assert "领取毕业证" not in lixiao("item", "list")
    assert "没有这件事项" in lixiao("item", "reject", "later", code=2)
    assert "否决了 0 件" in lixiao("item", "reject", "archive")


def test_an_item_is_marked_critical(store: Campus) -> None:
    item = store.items["archive"].hex[:8]
    assert "critical" in lixiao("item", "set", item, "--critical")
    assert "critical   True" in lixiao("item", "show", item)
    assert "没有不同" in lixiao("item", "set", item, "--critical")
    assert "critical" in lixiao("item", "set", item, "--normal")
