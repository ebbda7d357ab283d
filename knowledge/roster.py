"""Rosters out of documents: classes with their counselors, and lists of students.

A counselor applies to the rows below his until the next one; one who stands in the remark column has that row only.
What doesn't add up is reported, never swallowed: the declared total, gaps in the numbering, classes without counselor.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from knowledge.blocks import ROW, Block, Document
from knowledge.tables import is_total, names_person

_HEADS: Mapping[str, tuple[str, ...]] = {
    "college": ("二级学院", "学院", "院系", "系部", "所在学院", "所属学院"),
    "class": ("班级全称", "班级名称", "班级", "行政班", "所在班级"),
    "size": ("班级人数", "人数", "学生人数", "毕业生人数"),
    "counselor": ("辅导员", "辅导员姓名", "班主任", "毕业班辅导员"),
    "phone": ("联系方式", "联系电话", "手机号码", "手机号", "手机", "电话", "电话号码"),
    "staff_number": ("工号", "辅导员工号", "教工号"),
    "remark": ("备注",),
    "campus": ("校区", "所在校区"),
    "running": ("序号",),
    "number": ("学号",),
    "name": ("姓名", "学生姓名"),
    "politics": ("政治面貌", "政治身份"),
    "party_member": ("党员", "是否党员", "中共党员"),
    "probationary": ("预备党员", "是否预备党员"),
    "activist": ("入党积极分子", "积极分子", "是否入党积极分子", "发展对象"),
    "league_member": ("团员", "是否团员", "共青团员"),
    "loan": ("助学贷款", "生源地贷款", "贷款", "是否贷款", "国家助学贷款", "是否有助学贷款", "贷款情况"),
    "owes_fees": ("欠费", "是否欠费", "欠缴学费", "学费欠缴", "欠费情况", "是否欠学费"),
    "owes_damage": ("公物损坏", "损坏赔偿", "公物赔偿", "是否有赔偿", "宿舍损坏", "赔偿未缴"),
    "borrowed_books": ("借书", "图书未还", "未还图书", "在借图书", "是否有未还图书", "借阅未还"),
    "household": ("户口在校", "户口是否在校", "户口迁入学校", "户籍在校", "是否迁户口"),
    "dorm": ("住宿", "是否住校", "住校", "是否住宿", "在校住宿"),
    "employed": ("已就业", "是否就业", "就业", "就业状态", "是否签约", "落实去向", "是否落实去向"),
    "absent": ("离校未办", "不在校", "是否在校外", "长期不在校", "失联", "是否失联"),
    "committee": ("班委", "是否班委", "班干部", "是否班干部", "班级职务", "班干部职务"),
    "extended": ("延长学制", "延期毕业", "是否延期", "延毕", "是否延毕", "缓毕业"),
    "continuing": ("升学", "是否升学", "继续深造", "考研录取", "专升本", "是否专升本"),
    "identity_doubt": ("身份信息有误", "信息有误", "身份待核实", "身份信息存疑", "是否信息有误"),
    "photo_missing": ("缺照片", "缺学历照片", "照片缺失", "无学历照片", "未采集照片", "图像未采集", "是否缺照片"),
}
"""Column heads as schools write them, by what they mean."""

_FIELD_OF = {head: name for name, heads in _HEADS.items() for head in heads}
_YES = frozenset(("是", "有", "√", "✓", "✔", "V", "Y", "YES", "1", "TRUE", "T", "对", "已", "欠", "缺", "在", "存在"))
_NO = frozenset(("否", "无", "没有", "×", "✗", "X", "N", "NO", "0", "FALSE", "F", "", "未", "不", "-", "—", "/"))
_ANSWERS = (
    *("party_member", "probationary", "activist", "league_member", "loan", "owes_fees", "owes_damage"),
    *("borrowed_books", "household", "dorm", "employed", "absent", "extended", "continuing", "identity_doubt"),
    "photo_missing",
)
"""Columns that answer yes or no, by the name of the attribute."""
_AMOUNT = re.compile(r"[¥￥]?(\d+(?:\.\d+)?)[元本册件]?")
_OWED = ("owes_fees", "owes_damage", "borrowed_books", "loan")
"""Columns where schools also write how much or how many: more than nothing is a yes."""
_CAMPUS = re.compile(r"校区$|[东西南北新老]区$")
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{9,11}")
_NUMBER = re.compile(r"[0-9A-Z]{4,24}")


@dataclass(frozen=True, slots=True)
class Counselor:
    """A counselor as a roster names him; two of the same name differ by their phone or number."""

    name: str
    phone: str | None = None
    number: str | None = None

    def __repr__(self) -> str:
        return "Counselor(…)"


@dataclass(frozen=True, slots=True)
class RosterClass:
    """A class of the roster."""

    position: int
    college: str
    name: str
    expected: int | None
    counselor: Counselor | None
    campus: str | None
    line: int
    from_remark: bool = False
    """The counselor stands in the remark column: he has this class only."""


@dataclass(frozen=True, slots=True)
class RosterStudent:
    """A student of the roster; never shown in a representation or a problem."""

    position: int
    number: str = field(repr=False)
    name: str = field(repr=False)
    phone: str | None = field(repr=False)
    college: str | None
    class_name: str
    attributes: Mapping[str, Any] = field(repr=False)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Roster:
    """What a document says about classes and students; `problems` are sentences (Chinese) without personal data."""

    classes: tuple[RosterClass, ...] = ()
    students: tuple[RosterStudent, ...] = ()
    declared_total: int | None = None
    problems: tuple[str, ...] = ()

    @property
    def expected(self) -> int:
        """How many students the classes have together."""
        return sum(group.expected or 0 for group in self.classes)

    @property
    def colleges(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(group.college for group in self.classes if group.college))

    @property
    def counselors(self) -> Mapping[Counselor, tuple[RosterClass, ...]]:
        """Each counselor with his classes."""
        found: dict[Counselor, tuple[RosterClass, ...]] = {}
        for group in self.classes:
            if group.counselor:
                found[group.counselor] = (*found.get(group.counselor, ()), group)
        return found


@dataclass(frozen=True, slots=True)
class _Line:
    """A row with its fields by meaning."""

    fields: Mapping[str, str]
    line: int


def read_roster(document: Document) -> Roster:
    """The roster in a document; empty (with a problem that says so) where there is none."""
    lines = [_line(block) for block in document.blocks if block.kind == ROW and block.cells]
    groups = [line for line in lines if _is_class(line.fields)]
    totals = [line for line in lines if is_total(next(iter(line.fields.values()), "")) and "size" in line.fields]
    campuses = _campuses(document)
    classes = tuple(_class(line, position, campuses) for position, line in enumerate(groups, 1))
    students = tuple(_students(lines))
    declared = _count(totals[-1].fields["size"]) if totals else None
    roster = Roster(classes, students, declared)
    return replace(roster, problems=tuple(_problems(roster, groups, lines)))


def plain(text: str) -> str:
    """One spelling for names of classes and colleges and for numbers: half width, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _line(block: Block) -> _Line:
    fields: dict[str, str] = {}
    for head, value in block.cells.items():
        meaning = _FIELD_OF.get(plain(head))
        if meaning:
            fields.setdefault(meaning, value)
    return _Line(fields, block.line)


# --- classes ----------------------------------------------------------------------------------------------------------


def _is_class(fields: Mapping[str, str]) -> bool:
    if "class" not in fields or "number" in fields or is_total(fields["class"]):
        return False
    return "size" in fields or "counselor" in fields


def _class(line: _Line, position: int, campuses: frozenset[str]) -> RosterClass:
    fields = line.fields
    remark = plain(fields.get("remark", ""))
    campus = fields.get("campus") or (remark if remark in campuses or _CAMPUS.search(remark) else None)
    return RosterClass(
        position=position,
        college=plain(fields.get("college", "")),
        name=plain(fields["class"]),
        expected=_count(fields.get("size", "")),
        counselor=_counselor(fields),
        campus=campus,
        line=line.line,
        from_remark=_from_remark(fields),
    )


def _campuses(document: Document) -> frozenset[str]:
    """What the document itself calls a campus: '南岸校区' makes '南岸' one."""
    text = "".join(block.text for block in document.blocks)
    named = re.findall(r"([\u4e00-\u9fff]{2,4})校区", text)
    return frozenset(name[-size:] for name in named for size in (2, 3, 4))


def _counselor(fields: Mapping[str, str]) -> Counselor | None:
    name = plain(fields.get("counselor", ""))
    phone = _digits(fields.get("phone", "")) or None
    if name:
        return Counselor(name, phone, plain(fields.get("staff_number", "")) or None)
    remark = plain(fields.get("remark", ""))
    return Counselor(remark) if names_person(remark) else None


def _from_remark(fields: Mapping[str, str]) -> bool:
    """Also where the table's reader has put the name into its column already."""
    remark = plain(fields.get("remark", ""))
    return names_person(remark) and plain(fields.get("counselor", "")) in ("", remark)


def _count(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,6})人?", plain(text))
    return int(found[1]) if found else None


def _digits(text: str) -> str:
    return re.sub(r"[\s\-—]", "", unicodedata.normalize("NFKC", text))


# --- students ---------------------------------------------------------------------------------------------------------


def _students(lines: Sequence[_Line]) -> Iterator[RosterStudent]:
    position = 0
    for line in lines:
        fields = line.fields
        number = plain(fields.get("number", "")).upper()
        if not {"number", "name", "class"} <= fields.keys() or not _NUMBER.fullmatch(number):
            continue
        position += 1
        yield RosterStudent(
            position=position,
            number=number,
            name=plain(fields["name"]),
            phone=_digits(fields.get("phone", "")) or None,
            college=plain(fields.get("college", "")) or None,
            class_name=plain(fields["class"]),
            attributes=_attributes(fields),
            line=line.line,
        )


def _attributes(fields: Mapping[str, str]) -> dict[str, Any]:
    """What decides which items concern him; a column that isn't there says nothing."""
    attributes: dict[str, Any] = {}
    if politics := plain(fields.get("politics", "")):
        attributes["party_member"] = "党员" in politics
        attributes["probationary"] = "预备" in politics
        attributes["activist"] = "积极分子" in politics or "发展对象" in politics
        attributes["league_member"] = "团员" in politics
    for name in _ANSWERS:
        answer = _yes_no(fields.get(name), counted=name in _OWED)
        if answer is not None:
            attributes[name] = answer
    if "committee" in fields:  # a yes, or the office itself: '班长', '团支书'
        attributes["committee"] = plain(fields["committee"]).upper() not in _NO
    if campus := plain(fields.get("campus", "")):
        attributes["campus"] = campus
    return attributes


def _yes_no(text: str | None, *, counted: bool = False) -> bool | None:
    if text is None:
        return None
    answer = plain(text).upper()
    amount = _AMOUNT.fullmatch(answer) if counted else None
    if amount:
        return float(amount[1]) > 0
    return True if answer in _YES else False if answer in _NO else None


# --- what doesn't add up ----------------------------------------------------------------------------------------------


def _problems(roster: Roster, groups: Sequence[_Line], lines: Sequence[_Line]) -> Iterator[str]:
    if not roster.classes and not roster.students:
        yield "没有找到班级表（要有“班级”和“人数”或“辅导员”）或学生名单（要有“学号”“姓名”“班级”）"
        return
    yield from _wrong_totals(roster)
    yield from _gaps(groups)
    yield from _odd_classes(roster)
    yield from _odd_students(roster, lines)


def _wrong_totals(roster: Roster) -> Iterator[str]:
    if roster.declared_total is not None and roster.declared_total != roster.expected:
        yield (
            f"合计写的是 {roster.declared_total} 人，各班加起来是 {roster.expected} 人，"
            f"差 {abs(roster.declared_total - roster.expected)} 人"
        )
    for group in roster.classes:
        if group.expected is None:
            yield f"第 {group.line} 行：{group.name}没有人数"


def _gaps(groups: Sequence[_Line]) -> Iterator[str]:
    numbers = [int(n) for g in groups if (n := plain(g.fields.get("running", ""))).isdigit()]
    missing = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
    if missing:
        yield f"序号不连续，缺：{'、'.join(map(str, missing[:10]))}"


def _odd_classes(roster: Roster) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for group in roster.classes:
        if (group.college, group.name) in seen:
            yield f"第 {group.line} 行：{group.name}出现了两次"
        seen.add((group.college, group.name))
        if group.counselor is None:
            yield f"第 {group.line} 行：{group.name}没有辅导员"
        elif group.from_remark:
            yield f"第 {group.line} 行：{group.name}的辅导员写在备注栏，没有电话，只算这一个班"
        elif group.counselor.phone and not _PHONE.fullmatch(group.counselor.phone):
            yield f"第 {group.line} 行：辅导员的电话不像电话号码"


def _odd_students(roster: Roster, lines: Sequence[_Line]) -> Iterator[str]:
    listed = [line for line in lines if "number" in line.fields and "name" in line.fields]
    if len(listed) > len(roster.students):
        kept = {student.line for student in roster.students}
        bad = [str(line.line) for line in listed if line.line not in kept]
        yield f"有 {len(bad)} 行的学号不像学号或没有班级，没有读入（行 {'、'.join(bad[:10])}）"
    numbers = [student.number for student in roster.students]
    repeated = len(numbers) - len(set(numbers))
    if repeated:
        yield f"有 {repeated} 个学号出现了不止一次，以最后一行为准"
