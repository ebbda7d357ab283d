"""lixiao notice and lixiao roster on a real store, through the real command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import cli

NOTICE = """江南示范学院

关于2031届毕业生离校工作的通知

一、档案

毕业生须在 6 月 8 日前填写档案转寄地址。

附件 1

班级一览表

序号\t二级学院\t班级全称\t班级人数\t辅导员\t联系方式\t备注
1\t茶艺学院\t2028级茶艺1班\t40\t林小舟\t13900000001\t
2\t茶艺学院\t2028级茶艺2班\t38\t\t\t
合计\t\t\t80
"""
STUDENTS = "学号,姓名,学院,班级,手机\n20280001,陈晨,茶艺学院,2028级茶艺1班,13900000003\n"

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`lixiao …` on a migrated store of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIXIAO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*words: str | Path) -> Result:
        return CliRunner().invoke(cli, [str(word) for word in words])

    assert invoke("db", "upgrade").exit_code == 0
    return invoke


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    path = tmp_path / "通知.txt"
    path.write_text(NOTICE, encoding="utf-8")
    return path


def test_import_twice_is_one_notice(run: Run, notice: Path) -> None:
    first, again = run("notice", "import", notice), run("notice", "import", notice)
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "江南示范学院《关于2031届毕业生离校工作的通知》" in first.output
    assert "建议事项 1 件（新 1）" in first.output
    assert "建议事项 1 件（新 0）" in again.output
    assert "找不到发文日期" in first.output
    listed = run("notice", "list")
    assert listed.output.count("江南示范学院") == 1
    assert "已发布" in listed.output


def test_review_first_and_publish_later(run: Run, notice: Path) -> None:
    assert "待发布" in run("notice", "import", "--review", notice).output
    assert "待发布" in run("notice", "list").output
    assert "已发布" in run("notice", "publish", "离校工作").output
    assert "已发布" in run("notice", "list", "--school", "江南示范学院").output


def test_another_school_by_option(run: Run, notice: Path) -> None:
    assert "海滨示范大学《" in run("notice", "import", "--school", "海滨示范大学", notice).output


def test_a_notice_of_no_school_is_not_guessed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("关于放假的通知\n\n明天放假。", encoding="utf-8")
    assert "--school" in run("notice", "import", path).output
    assert "还没有通知" in run("notice", "list").output


def test_one_bad_file_does_not_stop_the_others(run: Run, notice: Path, tmp_path: Path) -> None:
    bad = tmp_path / "坏.docx"
    bad.write_bytes(b"%PDF-1.7")
    result = run("notice", "import", bad, notice, tmp_path / "没有.txt")
    assert result.exit_code == 1
    assert "坏.docx：文件内容和后缀不一致" in result.output
    assert "没有.txt：打不开" in result.output
    assert "✓ 江南示范学院" in result.output


@pytest.mark.parametrize("stored", [False, True])
def test_show_what_was_understood(run: Run, notice: Path, stored: bool) -> None:
    run("notice", "import", notice)
    result = run("notice", "show", "1" if stored else notice)
    assert result.exit_code == 0
    for words in (
        "发文单位：江南示范学院",
        "届别：2031届",
        "一、档案",
        "2031-06-08",
        "填写档案转寄地址",
        "要确认",
        "2028级茶艺2班",
    ):
        assert words in result.output


@pytest.mark.parametrize("words", ["没有这份", "9"])
def test_no_such_notice(run: Run, words: str) -> None:
    result = run("notice", "show", words)
    assert result.exit_code == 2


def test_a_roster_with_a_wrong_total(run: Run, notice: Path) -> None:
    result = run("roster", "import", notice)
    assert result.exit_code == 0
    assert "1 个学院，2 个班，应有 78 人（合计写 80 人），1 名辅导员" in result.output
    assert "差 2 人" in result.output
    assert "班级 2（新 2），辅导员 1（新 1）" in result.output
    assert "班级 2（新 0），辅导员 1（新 0）" in run("roster", "import", notice).output


def test_students_after_their_classes_in_any_order(run: Run, notice: Path, tmp_path: Path) -> None:
    students = tmp_path / "名单.csv"
    students.write_text(STUDENTS, encoding="utf-8")
    result = run("roster", "import", students, notice, "--school", "江南示范学院", "--cohort", "2031届")
    assert "学生 1（新 1）" in result.output
    assert "陈晨" not in result.output


def test_a_look_at_a_roster_writes_nothing(run: Run, notice: Path) -> None:
    shown = run("roster", "show", notice)
    assert "…0001" in shown.output
    assert "13900000001" not in shown.output
    assert "✓" not in run("roster", "import", "--dry-run", notice).output


def test_what_a_list_does_not_say_must_be_given(run: Run, tmp_path: Path) -> None:
    students = tmp_path / "名单.csv"
    students.write_text(STUDENTS, encoding="utf-8")
    result = run("roster", "import", students)
    assert result.exit_code == 2
    assert "--school" in result.output
    assert run("roster", "import", tmp_path / "没有.csv").exit_code == 1
