"""The sample school's rosters as XLSX: the list of classes as schools print it, and the list of students."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.sample.days import Days
from bot.sample.markup import MERGED, Part
from bot.sample.people import SCHOOL, Class, Graduate
from bot.sample.sheet import write_xlsx

CLASSES_FILE = "毕业生班级一览表.xlsx"
STUDENTS_FILE = "毕业生名单.xlsx"
_CLASSES_HEAD = ("序号", "二级学院", "班级全称", "班级人数", "辅导员", "工号", "联系方式", "备注")
_STUDENTS_HEAD = ("序号", "班级全称", "学号", "姓名", "手机号码", "政治面貌", "助学贷款", "欠费", "校区")


def write_rosters(folder: Path, days: Days, classes: Sequence[Class], students: Sequence[Graduate]) -> list[Path]:
    """Writes both lists into `folder`; gives their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        CLASSES_FILE: (f"{SCHOOL}{days.cohort}毕业生班级一览表", _class_rows(classes)),
        STUDENTS_FILE: (f"{SCHOOL}{days.cohort}毕业生名单", _student_rows(students)),
    }
    for name, (title, rows) in made.items():
        write_xlsx([Part(title, level=1), Part("", rows=rows)], folder / name)
    return [folder / name for name in made]


def _class_rows(classes: Sequence[Class]) -> tuple[tuple[str, ...], ...]:
    """College and counselor stand once, in a cell that reaches down over their classes."""
    rows: list[tuple[str, ...]] = [_CLASSES_HEAD]
    above: Class | None = None
    for number, group in enumerate(classes, 1):
        rows.append(_class_row(number, group, above))
        above = group
    total = str(sum(group.size for group in classes))
    return (*rows, ("合计", "", "", total, "", "", "", ""))


def _class_row(number: int, group: Class, above: Class | None) -> tuple[str, ...]:
    college = MERGED if above and above.college == group.college else group.college
    same = above is not None and above.counselor == group.counselor
    his = group.counselor
    counselor = (MERGED,) * 3 if same else (his.name, his.number, his.phone)
    return (str(number), college, group.name, str(group.size), *counselor, group.campus)


def _student_rows(students: Sequence[Graduate]) -> tuple[tuple[str, ...], ...]:
    return (_STUDENTS_HEAD, *(_student_row(number, student) for number, student in enumerate(students, 1)))


def _student_row(number: int, student: Graduate) -> tuple[str, ...]:
    return (
        str(number),
        student.class_name,
        student.number,
        student.name,
        student.phone,
        _membership(student),
        _yes(student, "loan"),
        _yes(student, "owes_fees"),
        student.attributes["campus"],
    )


def _membership(student: Graduate) -> str:
    if student.attributes["party_member"]:
        return "中共党员"
    return "共青团员" if student.attributes["league_member"] else "群众"


def _yes(student: Graduate, attribute: str) -> str:
    return "是" if student.attributes[attribute] else "否"
