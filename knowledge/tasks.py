"""What a sentence of a notice asks, of whom, through which office: the words that tell, as data and small rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from knowledge.structure import FIELDS

_STUDENTS_OWN = re.compile(r"组织[^，。；]{0,14}学生(?:登[录陆]|填写|办理|确认)|^办理离校手续|^毕业典礼")
"""'组织有贷款的学生登录系统确认' is the students' task, whoever organises it."""
_UNNAMED = re.compile(r"^(?:\d{1,2}[.、．]\s*)?(?:组织|指导|负责|收取|审核|对|督促|协助|完成|开展)")
"""Sentences without a subject: the office in charge of the row or section is meant."""
_DUTY = re.compile(
    r"须|应当|务必|必须|不得|需要|需(?=[^求])|请(?!假|问)|应(?=[^届用对急聘])|(?:学院|机构|单位|部门|支部|党委)[^，。；]{0,6}要"
)
_TASK = re.compile(
    r"提交|填写|填报|办理|领取|缴纳|缴清|完成|上传|报送|核对|确认|登记|登录|登陆|归还|退还|清退|交回|寄回|寄送|邮寄|审核|核查"
    r"|整理|召开|组织|发放|打印|检查|采集|统计|收取|签订|备案|报到|转接|转移|参加|开展"
)
_ACTORS = (
    ("counselor", r"(?:毕业班|各班)?辅导员|班主任"),
    ("teacher", r"(?:实习)?指导教师|任课教师|导师"),
    (
        "student",
        r"(?:全体|每位|本届|各位|有[^，。]{2,12}的)?(?:毕业生(?!档案|的?档案|就业|党员组织|学费)|学生(?!工作|档案|学费|党员组织|资助|处|就业)|团员|委托人|本人)",
    ),
    ("college", r"各?(?:二级)?学院|学习中心|党总支|党支部|各单位|各系|院系"),
    ("department", r"各部门|总部|学校|图书馆|[\u4e00-\u9fff]{2,8}(?:处|部|中心|办公室|委)(?=[须应将于在统负组，, ]|$)"),
)
_MODAL = re.compile(r"(?:必须|务必|应当|须|应|需要|需|请|将|要)?(?:于|在|自|从|至|截至)?\s*$")
_LEFT_OVER = re.compile(r"^[\s，,；;：:。、]+|[\s，,；;：:、。]+$")
_NUMBER = re.compile(
    r"^(?:[（(]?\d{1,2}[)）、.．]\s*|[（(][一二三四五六七八九十]{1,3}[)）]\s*|[一二三四五六七八九十]{1,3}、\s*)"
)
_BRACKETS = re.compile(r"[（(][^（）()]*[)）]")
_MODALS_AT_START = re.compile(
    r"^\0?(?:请|各|应|须|要|需|将|并|同时|其中|于|在|的|工作时[间段]为?|时间(?:暂定)?为?)+(?=[\u4e00-\u9fff])"
)
_EMPTY_TITLE = re.compile(r"^(?:截止)?(?:工作)?时[间段](?:暂?定?为)?$|^.{0,3}$")
_HERE = "\0"
"""Marks where the time stood while a title is made."""
_TIME_AT_END = re.compile(r"的?(?:工作|提交|办理|截止)?时[间段](?:暂?定?为)?(?=\0?$)")
_PREAMBLE = re.compile(r"^(?:为|根据|按照|依据|若|如|因|在|对于|同时)")
_LONGEST = 32
_PHONE = re.compile(
    r"(?<!\d)(?:[（(]0\d{2,3}[）)]\s?\d{4}\s?\d{3,4}|0\d{2,3}[-—\s]?\d{4}\s?\d{3,4}|1[3-9]\d{9}|400[-—]?\d{3}[-—]?\d{4})(?!\d)"
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ROW_TITLE = ("工作内容", "事项", "内容", "项目", "办理事项", "工作事项", "环节")
_ROW_DETAIL = ("具体安排", "具体工作安排", "具体内容")
_ROW_DEPARTMENT = (*FIELDS, "部门", "办理部门", "负责人员", "负责人", "责任人")
_ROW_PEOPLE = ("负责人员", "负责人", "责任人")
_ROW_CONTACT = ("电话", "联系电话", "联系方式", "咨询电话")
_PLACE_SAID = re.compile(r"地\s*点\s*(?:统一)?(?:设?在|为|是|于|[:：])\s*(?P<place>[^，,。；;、（(\n]{2,24})")
_AUDIENCE = (
    ("party_member", re.compile(r"党员(?!培养|发展对象)")),
    ("league_member", re.compile(r"(?<!共青团)团员|团组织关系")),
    ("loan", re.compile(r"贷款")),
    ("owes_fees", re.compile(r"欠费|欠(?:学费|住宿费)|未[完缴]清")),
)
_HOW = (
    ("proxy", re.compile(r"委托|代办|代领")),
    ("remote", re.compile(r"系统|平台|线上|网上|在线|小程序|邮箱|PC端|PC 端|邮寄|寄回")),
    ("in_person", re.compile(r"领取|当面|到校|回校|退宿|退还|归还|交回|现场|窗口")),
)


def is_duty(sentence: str) -> bool:
    """Whether a sentence without a time asks somebody to do something."""
    return bool(_DUTY.search(sentence) and _TASK.search(sentence))


def actor_of(text: str, times: Sequence[str], cells: Mapping[str, str]) -> str:
    """Who has to do it: whom the row names, else the first one named before the time, else at all."""
    if _STUDENTS_OWN.search(text):
        return "student"
    responsible = next((cells[name] for name in _ROW_PEOPLE if cells.get(name)), "")
    cut = min((text.find(expression) for expression in times), default=-1)
    for part in (responsible, text[:cut] if cut > 0 else "", text):
        if _UNNAMED.match(part):
            return "department"
        named = [(found.start(), actor) for actor, words in _ACTORS if (found := re.search(words, part))]
        if named:
            return min(named)[1]
    return "department"


def department_of(text: str, cells: Mapping[str, str]) -> str | None:
    """The office in charge: of the row or the section, else the one the sentence begins with."""
    for name in _ROW_DEPARTMENT:
        if cells.get(name):
            return cells[name]
    found = re.match(r"(?:由)?([\u4e00-\u9fff]{2,8}(?:处|部|中心|馆|办公室|团委))(?=[须应将于在统负组，, ])", text)
    return found[1] if found else None


def contact_of(text: str, cells: Mapping[str, str]) -> str | None:
    """A telephone number or mail address; of the row's own column first."""
    for name in _ROW_CONTACT:
        if cells.get(name):
            return cells[name]
    found = _PHONE.search(text) or _MAIL.search(text)
    return found[0].strip() if found else None


def place_in(text: str) -> str | None:
    """Where it takes place, where the sentence says so in so many words: '地点在青石礼堂'."""
    found = _PLACE_SAID.search(text)
    return found["place"].strip() if found else None


def audience_of(text: str) -> dict[str, Any]:
    """Whom of the students it concerns; {} is all."""
    return {attribute: [True] for attribute, words in _AUDIENCE if words.search(text)}


def how_of(text: str) -> str:
    """How it is done, where the words tell."""
    return next((how for how, words in _HOW if words.search(text)), "unknown")


def named_in_row(cells: Mapping[str, str]) -> str | None:
    """The task a table row names: its 事项 or 工作内容, with the details where they are short."""
    title = next((cells[name] for name in _ROW_TITLE if cells.get(name)), None)
    detail = next((cells[name] for name in _ROW_DETAIL if cells.get(name)), None)
    if title and detail and len(title) < 8:
        return shortened(f"{title}：{detail}")
    return shortened(title) if title else None


def title_of(text: str, times: Sequence[str], section: Sequence[str]) -> str | None:
    """A short title: the clause with the time, without time, number and who has to; None where nothing is left."""
    plain = _NUMBER.sub("", text)
    for expression in times:
        before, _, after = plain.partition(expression)
        plain = f"{_MODAL.sub('', before)}{_HERE}{after}"
    clauses = [_cleaned(part) for part in re.split(r"[。；;！？，,\n]", _BRACKETS.sub("", plain))]
    clauses = [part for part in clauses if not _EMPTY_TITLE.match(_cleaned(part.replace(_HERE, "")))]
    if not clauses:
        return shortened(section[-1]) if section else None
    timed = [part for part in clauses if _HERE in part]
    plainly = [part for part in clauses if not _PREAMBLE.match(part)] or clauses
    chosen = next(iter(timed), None) or next((part for part in plainly if _TASK.search(part)), plainly[0])
    return shortened(_cleaned(chosen.replace(_HERE, "")))


def _cleaned(clause: str) -> str:
    return _TIME_AT_END.sub("", _LEFT_OVER.sub("", _MODALS_AT_START.sub("", clause.strip())))


def shortened(title: str) -> str:
    """At most so long that it fits a line of a phone's list."""
    plain = re.sub(r"\s+", "", title)
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
