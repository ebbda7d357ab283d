"""What a sentence of a notice says besides who and when: contact, place, way, whom it concerns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from knowledge.actors import STUDENT, subjects

_DUTY = re.compile(r"须|应当|务必|必须|需要|需(?=[^求])|请(?!假|问)|应(?=[^届用对急聘])")
TASK = re.compile(
    r"提交|填写|填报|办理|领取|缴纳|缴清|完成|上传|报送|核对|确认|登记|登录|登陆|归还|退还|清退|交回|寄回|寄送|邮寄|审核|核查"
    r"|整理|召开|组织|发放|打印|检查|采集|统计|收取|签订|备案|报到|转接|转移|参加|开展"
)
_PERSONAL = re.compile(
    r"提交|填写|填报|办理|领取|缴纳|缴清|上传|登记|登录|登陆|归还|退还|交回|寄回|签订|结清|还清|打印"
    r"|交至|报名"
)
_NO_TASK = re.compile(
    r"不得|严禁|禁止|不能|不予|引导|教育|自觉|妥善|注意|树立|遵守|爱护|如有|如需|咨询|凡|若|填写时|如实|本表|字迹"
)
_PHONE = re.compile(
    r"(?<!\d)(?:[（(]0\d{2,3}[）)]\s?\d{4}\s?\d{3,4}|0\d{2,3}[-—\s]?\d{4}\s?\d{3,4}|1[3-9]\d{9}|400[-—]?\d{3}[-—]?\d{4})(?!\d)"
)
_FIGURES = re.compile(r"\d{3}")
"""No phone has fewer figures in a row."""
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
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
    """Whether a sentence without a time tells the students themselves to do something definite."""
    if not (_DUTY.search(sentence) and _PERSONAL.search(sentence)) or _NO_TASK.search(sentence) or len(sentence) > 100:
        return False
    named = next(iter(subjects(sentence)), None)
    return named is not None and named.role == STUDENT


def contact_of(text: str, cells: Mapping[str, str]) -> str | None:
    """A telephone number or mail address; of the row's own column first."""
    for name in _ROW_CONTACT:
        if cells.get(name):
            return cells[name]
    found = (_PHONE.search(text) if _FIGURES.search(text) else None) or ("@" in text and _MAIL.search(text)) or None
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
