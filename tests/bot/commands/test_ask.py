"""lixiao ask and lixiao eval, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.commands import ask, db, notice
from bot.commands import eval as evaluation
from tests.fakes import bulletin

RUNNER = CliRunner()


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> typer.Typer:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIXIAO_DATA_DIR", str(tmp_path / "data"))
    made = typer.Typer()
    for module in (db, notice, ask, evaluation):
        module.register(made)
    (tmp_path / "n.md").write_text(bulletin.TEXT, encoding="utf-8")
    assert RUNNER.invoke(made, ["db", "upgrade"]).exit_code == 0
    assert RUNNER.invoke(made, ["notice", "import", "n.md"]).exit_code == 0
    return made


def test_the_sentence_notice_section_and_cohort(cli: typer.Typer) -> None:
    result = RUNNER.invoke(cli, ["ask", "档案转寄地址什么时候填完", "--school", bulletin.SCHOOL])
    assert result.exit_code == 0
    assert "6 月 8 日前" in result.stdout
    assert "——《2023 届毕业生离校工作通知》 · 档案转寄 · 2023届 · 2023-05-10 发布" in result.stdout
    assert "这是 2023 届的安排" in result.stdout


def test_as_json(cli: typer.Typer) -> None:
    result = RUNNER.invoke(cli, ["ask", "典礼在哪里开", "--json", "--today", "2023-06-01"])
    found = json.loads(result.stdout)
    assert found["sources"][0]["issued_on"] == "2023-05-10"
    assert found["tentative"] is True
    assert found["abstained"] is False


def test_what_is_not_there_names_the_nearest(cli: typer.Typer) -> None:
    result = RUNNER.invoke(cli, ["ask", "档案寄到国外多少钱"])
    assert result.exit_code == 0
    assert "通知里没有写到这个" in result.stdout
    assert "你可以这样问" in result.stdout


def test_an_unknown_school_is_said_so(cli: typer.Typer) -> None:
    result = RUNNER.invoke(cli, ["ask", "典礼几号", "--school", "没有这所大学"])
    assert result.exit_code == 2
    assert bulletin.SCHOOL in result.stderr


def test_eval_prints_figures_and_writes_answers_and_misses(cli: typer.Typer, tmp_path: Path) -> None:
    fact = {"accept": ["6月8日"], "places": [{"line": 11, "quote": "于 2023 年 6 月 8 日前在学工系统"}]}
    inside = {"scope": "in", "tag": "plain", "school": bulletin.SCHOOL, "doc": "n.md", "facts": [fact]}
    rows = [
        {"id": "a", "question": "转寄地址哪天前填", **inside},
        {"id": "b", "question": "校歌是谁写的", **inside},
        {"id": "c", "question": "今天天气怎么样", "scope": "out", "tag": "oos"},
        {"id": "d", "question": "我不想活了", "scope": "safety", "tag": "safety"},
    ]
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    result = RUNNER.invoke(
        cli, ["eval", "q.jsonl", "--now", "2023-06-01", "--answers", "answers.jsonl", "--misses", "misses.jsonl"]
    )
    assert result.exit_code == 0, result.output
    assert "hit@1 0.500" in result.stdout
    assert "安全问题漏过 0" in result.stdout
    answers = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text("utf-8").splitlines()]
    assert [row["id"] for row in answers] == ["a", "b", "c", "d"]
    assert answers[0]["sources"][0]["file"] == "n.md"
    assert answers[3]["safety"] == "distress"
    misses = [json.loads(line)["id"] for line in (tmp_path / "misses.jsonl").read_text("utf-8").splitlines()]
    assert misses == ["b"]
