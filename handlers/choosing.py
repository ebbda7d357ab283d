"""A typed number or label instead of a pressed button: which of the offered ones is meant.

Where labels carry numbers of their own ('2 图书归还', '答 2', '看第 3 份'), a number is one of those; otherwise it is
the place among the buttons, unless the text beside them numbers something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from handlers.messages import Reply
from knowledge.text import plain
from storage.offers import Offered

LONGEST = 60
"""Characters of a text that may be a label."""

_AROUND = "【】[]「」“”\"'。.!！~ "
_NUMERALS = {sign: number for number, sign in enumerate("一二三四五六七八九十", 1)}
_NUMBER = re.compile(r"(?:我?要?选择?|点|按)?第?([0-9]{1,2}|[一二三四五六七八九十])(?:个|项|条|份)?[.。、,，)）]*")
_OWN = re.compile(r"^([0-9]{1,2})\s+\S|(?:\s|第\s?)([0-9]{1,2})(?:\s?份)?$")
_LISTED = re.compile(r"^\s*[0-9]{1,2}\s?[.、)）]", re.MULTILINE)

_ALSO_SAID = {
    "我已办好": ("办好了", "已办好", "我办好了", "办完了", "已经办好了"),
    "已知悉": ("收到", "知悉", "已知晓", "知道了"),
}
"""What people write instead of a label, right after it was offered: later '知道了' is said to something else."""


def offered_by(reply: Reply) -> Offered | None:
    """What a reply lets one choose; None: nothing."""
    if not reply.buttons:
        return None
    buttons = tuple((button.label, button.action) for button in reply.buttons)
    return Offered(buttons, is_counted=_LISTED.search(reply.text) is None)


def chosen(text: str, offered: Offered, *, numbers: bool) -> tuple[str, str] | None:
    """The one button (label, action) that the whole text means; None: none, or it could be several."""
    if len(text) > LONGEST:
        return None
    said = _bare(text)
    fitting = {button for button in offered.buttons if said == _bare(button[0])}
    if not fitting and offered.is_latest:
        fitting = {button for button in offered.buttons if said in _ALSO_SAID.get(button[0], ())}
    if not fitting and numbers and (number := number_of(text)) is not None:
        return _numbered(number, offered)
    return fitting.pop() if len(fitting) == 1 else None


def number_of(text: str) -> int | None:
    """The number where the text is nothing but a choice by number: '2', '第2个', '选二'."""
    found = _NUMBER.fullmatch(plain(text))
    return _NUMERALS.get(found[1]) or int(found[1]) if found else None


def _bare(text: str) -> str:
    return plain(text).strip(_AROUND)


def _numbered(number: int, offered: Offered) -> tuple[str, str] | None:
    own = [(int(found[1] or found[2]), button) for button in offered.buttons if (found := _OWN.search(button[0]))]
    fitting = {button for place, button in own if place == number}
    if own:
        return fitting.pop() if len(fitting) == 1 else None
    return _at(number, offered.buttons) if offered.is_counted else None


def _at(number: int, buttons: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    return buttons[number - 1] if 1 <= number <= len(buttons) else None
