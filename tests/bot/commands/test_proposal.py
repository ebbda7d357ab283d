"""lixiao proposal: a contact from the notice to the answer, through the real command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.commands.test_notice import NOTICE, Run, run

__all__ = ["run"]


@pytest.fixture
def imported(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "通知.txt"
    said = "图书馆电话：023-60000012，地点：逸夫楼一楼。欠书的学生，不能办理离校。\n\n附件 1"
    path.write_text(NOTICE.replace("附件 1", said), encoding="utf-8")
    assert "联系方式等 2 条" in run("notice", "import", path).output
    return path


def number_of(run: Run, words: str) -> str:
    (line,) = [line for line in run("proposal", "list", "--all").output.splitlines() if words in line]
    return line.split()[1]


def test_confirm_edit_reject(run: Run, imported: Path) -> None:
    contact, condition = number_of(run, "联系方式"), number_of(run, "条件")
    assert "电话：023-60000013" in run("proposal", "set", contact, "电话=023-60000013").output
    assert "确认了 1 条" in run("proposal", "confirm", contact).output
    assert "否决了 1 条" in run("proposal", "reject", condition).output
    run("notice", "import", imported)
    listed = run("proposal", "list", "--notice", "1").output
    assert "● " in listed
    assert "023-60000013" in listed
    assert "欠书" not in listed
    shown = run("notice", "show", "1").output
    assert "023-60000013" in shown
    assert "已确认" in shown
    assert "023-60000013" in run("ask", "图书馆电话多少", "--school", "江南示范学院").output


def test_all_of_a_notice(run: Run, imported: Path) -> None:
    assert "确认了 1 条" in run("proposal", "confirm", "--all", "--notice", "1", "--kind", "condition").output
    assert "确认了 1 条" in run("proposal", "confirm", "--all", "--notice", "1").output
    assert run("proposal", "confirm", "--all").exit_code == 2
    assert run("proposal", "confirm", "ffffffffff").exit_code == 2


def test_a_change_that_cannot_be_meant(run: Run, imported: Path) -> None:
    contact = number_of(run, "联系方式")
    assert "没有不同" in run("proposal", "set", contact, "电话=023-60000012").output
    for words in ("电话", "颜色=红", "部门="):
        assert run("proposal", "set", contact, words).exit_code == 2
