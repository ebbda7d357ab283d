"""Dates that say what is, was or must not be ('4 月 28 日印发', '6 月前办理的旧卡'), not what is to be done by then."""

from __future__ import annotations

import re

_SPENT = re.compile(r"\s*(?:起|开始)?\s*(?:印发|颁布|施行|实施|制定|修订|下发|出台|签发)")
"""What a date says of a rule or a letter: '4 月 28 日印发'."""
_DESCRIBED = re.compile(
    r"(?!未|没|不|尚|逾)[\u4e00-\u9fff]{1,5}的(?=[，,；;。、]|旧|老|毕业生|学生|同学|人员|教师|材料|证书|档案|[\u4e00-\u9fff]{0,3}卡)"
)
"""'2026 年 12 月以前办理的旧卡' says which cards, not until when."""
_STILL = re.compile(r"[，,]\s*(?:仍|还|均|都|也)可")
"""'8 月 31 日以前变更的，仍可修改' says until when after all."""
_COUNTED_ALREADY = re.compile(r"[，,]?\s*(?:学校|全校|我校|学院)?(?:已|共|累计|尚有|仍有)")
_NO_MORE = re.compile(r"[，,]?\s*(?:不再|概不|一律不)")
_FORBIDDEN = re.compile(r"[，,]?\s*(?:请|务必|均|一律)*(?:不要|不得|请勿|切勿|勿|不可|不能|不予)")


def describes(plain: str, finish: int, kind: str) -> bool:
    """Whether what follows a date at `finish` makes it one that describes or forbids."""
    if _SPENT.match(plain, finish):
        return True
    if kind != "point" and (found := _DESCRIBED.match(plain, finish)):
        return kind != "deadline" or not _STILL.match(plain, found.end())
    if kind == "deadline":
        return bool(_FORBIDDEN.match(plain, finish))
    if kind == "until":
        return counted_already(plain, finish)
    return kind == "from" and bool(_NO_MORE.match(plain, finish))


def counted_already(plain: str, finish: int) -> bool:
    """'截至 8 月 31 日，已有 312 人' says how far it is."""
    return bool(_COUNTED_ALREADY.match(plain, finish))
