"""Rosters: merged counselors, the one in the remark, totals that don't add up, students with odd digits."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.documents import read
from knowledge.lines import pieces_of_lines
from knowledge.reading import document_of
from knowledge.roster import Counselor, Roster, read_roster

HEAD = "序号\t二级学院\t班级全称\t班级人数\t辅导员\t联系方式\t备注"
CLASSES = f"""江南示范学院

2031 届毕业生班级一览表

{HEAD}
1\t茶艺学院\t2028 级茶艺 1 班\t40\t林小舟\t13900000001\t
2\t茶艺学院\t2028 级茶艺 2 班\t38\t\t\t

3\t茶艺学院\t2028级茶艺3班\t41\t\t\t\t
4\t造船学院\t2028级船体1班\t30\t\t\t高远山
5\t造船学院\t2028级船体2班\t31\t\t\t
6\t造船学院\t2028级船体3班\t29\t周明\t13900000002\t东岛\t
合计\t\t\t209

东岛校区参照执行。
"""


def roster_of(text: str) -> Roster:
    return read_roster(document_of(pieces_of_lines(text), "名单.txt"))


def test_a_counselor_applies_to_the_rows_below_him() -> None:
    roster = roster_of(CLASSES)
    assert [group.name for group in roster.counselors[Counselor("林小舟", "13900000001")]] == [
        "2028级茶艺1班",
        "2028级茶艺2班",
        "2028级茶艺3班",
        "2028级船体2班",
    ]
    assert roster.colleges == ("茶艺学院", "造船学院")
    assert roster.expected == roster.declared_total == 209


def test_a_counselor_in_the_remark_has_his_row_only() -> None:
    roster = roster_of(CLASSES)
    (only,) = roster.counselors[Counselor("高远山")]
    assert (only.name, only.from_remark) == ("2028级船体1班", True)
    assert any("备注栏" in problem for problem in roster.problems)
    assert not any("高远山" in problem for problem in roster.problems)


def test_a_campus_in_the_remark_is_no_person() -> None:
    last = roster_of(CLASSES).classes[-1]
    assert last.campus == "东岛"
    assert last.counselor == Counselor("周明", "13900000002")


def test_a_wrong_total_is_reported() -> None:
    roster = roster_of(CLASSES.replace("\t209", "\t219"))
    assert "合计写的是 219 人，各班加起来是 209 人，差 10 人" in roster.problems


def test_gaps_doubles_and_missing_counselors_are_reported() -> None:
    text = f"{HEAD}\n1\t甲学院\t一班\t10\t\t\t\n3\t甲学院\t二班\t10\t李静\t123\t\n4\t甲学院\t二班\t10\t\t\t\n"
    problems = "\n".join(roster_of(text).problems)
    for words in ("序号不连续，缺：2", "二班出现了两次", "一班没有辅导员", "不像电话号码"):
        assert words in problems


def test_students_with_full_width_digits() -> None:
    text = (
        "学号\t姓名\t学院\t班级\t手机\t党员\t贷款\n"
        "２０２８０００１\t陈 晨\t茶艺学院\t2028 级茶艺 1 班\t139 0000 0003\t是\t否\n"
        "20280002\t王宁\t茶艺学院\t2028级茶艺1班\t\t否\t是\n"
        "abc\t张三\t茶艺学院\t2028级茶艺1班\t\t否\t是\n"
    )
    roster = roster_of(text)
    first, second = roster.students
    assert (first.number, first.name, first.phone) == ("20280001", "陈晨", "13900000003")
    assert first.attributes == {"party_member": True, "loan": False}
    assert second.attributes == {"party_member": False, "loan": True}
    assert any("没有读入（行 4）" in problem for problem in roster.problems)


def test_no_roster_is_said() -> None:
    assert "没有找到班级表" in roster_of("关于放假的通知\n\n大家好。").problems[0]


def test_representations_hold_no_personal_data() -> None:
    text = "学号\t姓名\t班级\n20280001\t陈晨\t一班\n"
    roster = roster_of(text)
    assert "陈晨" not in repr(roster.students)
    assert "20280001" not in repr(roster.students)
    assert "林小舟" not in repr(roster_of(CLASSES).classes)


@given(st.lists(st.tuples(st.integers(0, 80), st.booleans()), min_size=1, max_size=30))
def test_every_class_is_kept_and_counted(sizes: list[tuple[int, bool]]) -> None:
    rows = [
        f"{i}\t甲学院\t2028级{i}班\t{size}\t{'王教师' if new or i == 1 else ''}\t\t"
        for i, (size, new) in enumerate(sizes, 1)
    ]
    roster = roster_of("\n".join([HEAD, *rows]))
    assert len(roster.classes) == len(sizes)
    assert roster.expected == sum(size for size, _ in sizes)
    assert all(group.counselor for group in roster.classes)


def test_the_real_notice(shared_dir: Path) -> None:
    roster = read_roster(read(shared_dir / "notices" / "000_13ed2d867be97c26.txt"))
    in_column = {group.counselor for group in roster.classes if not group.from_remark}
    assert (len(roster.classes), len(roster.colleges), roster.expected) == (119, 8, 4883)
    assert roster.declared_total == 4883
    assert (len(in_column), len(roster.counselors)) == (27, 28)
    row_91, row_92 = roster.classes[90:92]
    assert row_91.from_remark
    assert row_92.counselor == roster.classes[89].counselor
    assert [group.position for group in roster.classes if group.campus] == [76]
    assert len(roster.problems) == 1


@pytest.mark.parametrize("wrong", ["南岸", "休学", "社招", "东校区", "已合并"])
def test_remarks_that_are_no_names(wrong: str) -> None:
    text = f"{HEAD}\n1\t甲学院\t一班\t10\t李静\t13900000001\t\n2\t甲学院\t二班\t10\t\t\t{wrong}\n"
    assert all(group.counselor == Counselor("李静", "13900000001") for group in roster_of(text).classes)


MARKS = "学号\t姓名\t班级\t政治面貌\t欠费\t未还图书\t是否住校\t户口在校\t缺学历照片\t是否延毕\t是否就业\t升学"


def test_columns_become_the_attributes_that_audiences_ask_for() -> None:
    rows = (
        "20280001\t林一\t茶艺1班\t中共预备党员\t1200元\t2本\t是\t√\t1\t否\t未\t无",
        "20280002\t周二\t茶艺1班\t共青团员\t0\t0\t否\t×\t0\t是\t已\t有",
    )
    first, second = roster_of("\n".join(("名单", "", MARKS, *rows))).students
    assert first.attributes == {
        "party_member": True,
        "probationary": True,
        "activist": False,
        "league_member": False,
        "owes_fees": True,
        "borrowed_books": True,
        "dorm": True,
        "household": True,
        "photo_missing": True,
        "extended": False,
        "employed": False,
        "continuing": False,
    }
    assert second.attributes == {
        "party_member": False,
        "probationary": False,
        "activist": False,
        "league_member": True,
        "owes_fees": False,
        "borrowed_books": False,
        "dorm": False,
        "household": False,
        "photo_missing": False,
        "extended": True,
        "employed": True,
        "continuing": True,
    }
