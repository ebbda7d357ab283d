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


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "6月3日、5日、8日分别举行三场招聘会。",
            [("举行三场招聘会", 3, 3), ("举行三场招聘会", 5, 5), ("举行三场招聘会", 8, 8)],
        ),
        (
            "6月3、5、8日图书馆集中还书。",
            [("图书馆集中还书", 3, 3), ("图书馆集中还书", 5, 5), ("图书馆集中还书", 8, 8)],
        ),
        ("6月19日、20日毕业生办理退宿。", [("毕业生办理退宿", 19, 20)]),
        (
            "6月5日、6日分别在东校区和西校区领取学位服。",
            [("东校区和西校区领取学位服", 5, 5), ("东校区和西校区领取学位服", 6, 6)],
        ),
        ("毕业生须在6月3日、5日前提交材料。", [("毕业生提交材料", None, 5)]),
        ("离校工作从6月1日开始，至6月20日结束。", [("离校工作", 1, 20)]),
    ],
)
def test_days_of_a_list_are_tasks_of_their_own(
    sentence: str, expected: list[tuple[str, int | None, int | None]]
) -> None:
    found = items_of(sentence)
    days = [(i.opens_on.day if i.opens_on else None, i.due_on.day if i.due_on else None) for i in found]
    assert [(item.title, *day) for item, day in zip(found, days, strict=True)] == expected
    assert len({item.key for item in found}) == len(found)


@pytest.mark.parametrize(
    ("sentence", "actor", "department"),
    [
        ("各班班长于6月10日领取学位服。", "class", None),
        ("一卡通余额由财务处于6月25日退至本人银行卡，学生不需要申请。", "department", "财务处"),
        ("毕业证书由各学院于6月22日发放，本人凭身份证签领。", "student", "学院"),
        ("毕业典礼定于6月20日举行，毕业生须着学位服入场。", "student", None),
        ("各系于6月15日前把名单报就业办。", "college", "就业办"),
        ("因故延期离校的，须于6月18日前向辅导员提交申请表。", "student", "辅导员"),
        ("后勤集团6月29日封楼。", "department", "后勤集团"),
    ],
)
def test_who_has_to_and_who_takes_it(sentence: str, actor: str, department: str | None) -> None:
    (item,) = items_of(sentence)
    assert (item.actor, item.department) == (actor, department)


def test_what_leans_on_its_neighbours() -> None:
    same, above = items_of("贷款毕业生须在6月10日前签还款协议。", "生源地贷款学生在网上确认，时间同上。")
    assert (same.due_on, above.due_on, above.is_deadline) == (date(2031, 6, 10), date(2031, 6, 10), True)
    first, second = items_of("毕业典礼定于6月18日9:30举行。", "集体照拍摄：6月18日14:00。", "以上时间暂定。")
    assert first.tentative
    assert second.tentative
    _, back = items_of("毕业典礼时间为6月20日。", "班长在典礼次日交还学位服。")
    assert back.due_on == date(2031, 6, 21)
    _, within = items_of("办理离校手续时间为6月15日至6月24日。", "后勤保障部在离校后三日内完成宿舍验收。")
    assert (within.due_on, within.due_text) == (None, "离校后三日内")


def items_of(*sentences: str) -> Sequence[ProposedItem]:
    body = "\n\n".join(sentences)
    text = f"江南示范学院\n\n关于2031届毕业生离校工作的通知\n\n一、安排\n\n{body}\n\n江南示范学院\n\n2031年5月5日\n"
    return propose_items(document_of(pieces_of_lines(text), "通知.txt"))
