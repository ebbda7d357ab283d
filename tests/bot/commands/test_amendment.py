"""lixiao notice diff and publish, item export: an amendment through the real command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import cli
from tests.fakes.letters import NOTICE, amending

Run = Callable[..., Result]
SENTENCES = ("档案转寄地址填写截止时间由 6 月 8 日调整为 6 月 12 日。", "取消毕业体检。")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`lixiao …` on a migrated store of its own, beside the two notices."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIXIAO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "old.md").write_text(NOTICE, encoding="utf-8")
    (tmp_path / "new.md").write_text(amending(*SENTENCES), encoding="utf-8")

    def invoke(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(cli, list(words))
        assert result.exit_code == code, result.output
        return result

    invoke("db", "upgrade")
    return invoke


def exported(run: Run) -> list[tuple[str, str, str | None, str]]:
    rows = [json.loads(line) for line in run("item", "export", "--format", "jsonl").output.splitlines()]
    return sorted(((row["file"], row["status"], row["end"], row["task"]) for row in rows), key=str)


def test_two_files_are_compared_without_a_store(run: Run) -> None:
    output = run("notice", "diff", "old.md", "new.md").output
    assert "引用了文号" in output
    assert "6 月 8 日" in output
    assert "6 月 12 日" in output
    assert "取消" in output
    assert "不变 6 件" in output
    assert "没有导入" not in output


@pytest.mark.parametrize("files", [("old.md", "new.md"), ("new.md", "old.md")])
def test_in_any_order_the_export_says_what_is_over(run: Run, files: tuple[str, str]) -> None:
    assert "变更 1，取消 1" in run("notice", "import", *files).output
    rows = exported(run)
    archive = [row for row in rows if "档案" in row[3] and "转寄" in row[3]]
    assert [(file, status, end) for file, status, end, _ in archive] == [
        ("new.md", "active", "2023-06-12"),
        ("old.md", "superseded", "2023-06-08"),
    ]
    assert [row[:3] for row in rows if "体检" in row[3]] == [("old.md", "cancelled", "2023-06-05")]
    assert len([row for row in rows if row[1] == "active"]) == 7
    again = run("notice", "import", *files)
    assert "（新 0）" in again.output
    assert exported(run) == rows


def test_looked_at_first_and_published_then(run: Run) -> None:
    run("notice", "import", "old.md")
    assert "待发布" in run("notice", "import", "--review", "new.md").output
    assert "6 月 12 日" in run("notice", "diff", "1", "2").output
    assert "变更 1 件，取消 1 件" in run("notice", "publish", "2").output
    assert "变更 0 件" in run("notice", "publish", "2").output
    assert "6 月 12 日" in run("ask", "档案转寄地址什么时候截止").output


def test_a_doubt_stops_the_publishing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "doubt.md").write_text(
        amending("系统内信息填写确认时间由 6 月 8 日改为 6 月 20 日。"), encoding="utf-8"
    )
    run("notice", "import", "old.md")
    run("notice", "import", "--review", "doubt.md")
    output = run("notice", "publish", "2", code=2).output
    assert "请确认" in output
    assert "没有发布" in output
    assert "写成" in run("notice", "publish", "2", "--same", "x", code=2).output
    assert "变更 0 件" in run("notice", "publish", "2", "--leave-unsure").output
