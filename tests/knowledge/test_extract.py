"""Proposals: one for each task with a time or a duty, with its place, the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from pathlib import Path

import pytest

from knowledge.documents import read
from knowledge.extract import ProposedItem, propose_items
from knowledge.lines import pieces_of_lines
from knowledge.reading import document_of

NOTICE = """江南示范学院

关于2031届毕业生离校工作的通知

一、档案

辅导员须在 6 月 9 日前整理好毕业生档案(不封口)，学院于 6 月 14 日前检查完毕。

学生工作部于 6 月 20 日(暂定)抽查毕业生档案，具体时间另行通知。

组织有生源地贷款的学生登录系统进行贷款信息确认，截止时间为 6 月 8 日 17:00。

毕业生党员须在6月1日前到党支部领取介绍信，咨询电话0888-0000301。

学校历史悠久。

二、安排

事项\t具体安排\t时间\t责任部门\t电话
还书\t归还全部图书\t6 月 10 日前\t图书馆\t0888-0000401
退宿\t交回钥匙，打扫宿舍\t6 月 18 日至6 月 20 日\t后勤处\t0888-0000302

江南示范学院

2031年5月5日
"""


@pytest.fixture(scope="module")
def items() -> Sequence[ProposedItem]:
    return propose_items(document_of(pieces_of_lines(NOTICE), "通知.txt"))


def find(items: Sequence[ProposedItem], words: str) -> ProposedItem:
    (found,) = (item for item in items if words in item.title)
    return found


def test_one_proposal_for_each_task(items: Sequence[ProposedItem]) -> None:
    assert len(items) == 7
    assert len({item.key for item in items}) == 7


def test_two_tasks_in_one_sentence(items: Sequence[ProposedItem]) -> None:
    first, second = find(items, "整理好毕业生档案"), find(items, "检查完毕")
    assert (first.actor, first.due_on) == ("counselor", date(2031, 6, 9))
    assert (second.actor, second.due_on) == ("college", date(2031, 6, 14))


def test_a_deadline_behind_its_task(items: Sequence[ProposedItem]) -> None:
    loan = find(items, "贷款")
    assert (loan.actor, loan.due_on, loan.due_time) == ("student", date(2031, 6, 8), time(17))
    assert (loan.audience, loan.how) == ({"loan": [True]}, "remote")


def test_doubts_contacts_and_audience(items: Sequence[ProposedItem]) -> None:
    assert find(items, "抽查毕业生档案").tentative
    party = find(items, "介绍信")
    assert (party.contact, party.audience) == ("0888-0000301", {"party_member": [True]})
    assert party.how == "in_person"


def test_rows_of_a_table_are_tasks(items: Sequence[ProposedItem]) -> None:
    row = find(items, "退宿")
    assert (row.department, row.contact) == ("后勤处", "0888-0000302")
    assert (row.opens_on, row.due_on) == (date(2031, 6, 18), date(2031, 6, 20))


def test_every_proposal_has_its_place(items: Sequence[ProposedItem]) -> None:
    lines = NOTICE.split("\n")
    for item in items:
        file, line = item.locator.rsplit(":", 1)
        assert file == "通知.txt"
        assert item.quote[:6].split("：")[-1] in lines[int(line) - 1] or "：" in item.quote
        assert 3 < len(item.title) <= 32


def test_the_same_notice_proposes_the_same(items: Sequence[ProposedItem]) -> None:
    assert list(items) == propose_items(document_of(pieces_of_lines(NOTICE), "通知.txt"))


def test_the_real_notices(shared_dir: Path) -> None:
    found = [item for path in (shared_dir / "notices").glob("*.txt") for item in propose_items(read(path))]
    dated = [item for item in found if item.due_on or item.opens_on]
    assert len(dated) >= 40
    assert len({item.key for item in found}) == len(found)
    assert sum(item.tentative for item in found) >= 3
