"""What narrows a subject down: which batch, which level of study, on paper or not. Another value is another subject."""

from __future__ import annotations

import re
from collections.abc import Mapping

Attributes = Mapping[str, frozenset[str]]

_DIGITS = {char: str(number) for number, char in enumerate("一二三四五六七八九十", 1)}
_ORDINAL = re.compile(r"第([一二三四五六七八九十]|\d{1,2})(批|轮|次|阶段|期|教学区|学期|场|组)")
_FIRST = re.compile(r"首(批|轮|次|场)")
_NUMBERED = re.compile(r"(附件|附表|附录)第?([一二三四五六七八九十]|\d{1,2})(?!\d)")
_CLASS = re.compile(r"(?<!\d)(\d{1,2})班")
_GRADE = re.compile(r"(20\d\d)级")
_ONE_OF: Mapping[str, Mapping[str, str]] = {
    "层次": {
        "博士": "博士",
        "硕士": "硕士",
        "研究生": "研究生",
        "本科": "本科",
        "专升本": "专升本",
        "专科": "专科",
        "大专": "专科",
    },
    "形式": {"纸质": "纸质", "电子版": "电子", "线上": "电子", "网上": "电子", "pc端": "电子"},
    "转往": {"市内": "市内", "市外": "市外", "省内": "省内", "省外": "省外", "境外": "境外", "国外": "境外"},
}
_WIDER = {"研究生": frozenset({"博士", "硕士"})}
_PAPERS = ("附件", "附表", "附录")
"""Who names one by its number asks of it alone: what does not name it says nothing of it."""
_LOOSE = ("次", "班", "级")
"""Also said where nothing is numbered ('第一次还款')."""
COLLEGE = "学院"
"""Another college's arrangement is no answer; a college that no notice names has what holds for all."""
MUST_OCCUR = ("层次",)
"""Besides numbered things: a value of these that no notice mentions is not spoken of at all."""


def attributes_of(text: str) -> Attributes:
    """The values a plain text names, by dimension ('第二批' → {'批': {'2'}})."""
    found: dict[str, set[str]] = {}
    for number, what in _ORDINAL.findall(text):
        found.setdefault(what, set()).add(_DIGITS.get(number, number))
    for what in _FIRST.findall(text):
        found.setdefault(what, set()).add("1")
    for what, number in _NUMBERED.findall(text):
        found.setdefault(what, set()).add(_DIGITS.get(number, number))
    for name, pattern in (("班", _CLASS), ("级", _GRADE)):
        if numbers := pattern.findall(text):
            found.setdefault(name, set()).update(numbers)
    for name, words in _ONE_OF.items():
        if values := {value for word, value in words.items() if word in text}:
            found[name] = values
    return {name: frozenset(values) for name, values in found.items()}


def conflict(asked: Attributes, text: Attributes, context: Attributes) -> bool:
    """Whether a passage speaks of another batch, level … than the one asked of."""
    return any(
        _other(values, text.get(name) or context.get(name)) or (name in _PAPERS and not text.get(name))
        for name, values in asked.items()
    )


def _other(asked: frozenset[str], there: frozenset[str] | None) -> bool:
    if not there:
        return False
    return not (_widened(asked) & _widened(there))


def unheard_of(asked: Attributes, known: Attributes) -> list[str]:
    """The values asked of that nothing published mentions, as they are read ('第 3 批')."""
    strange = []
    for name, values in asked.items():
        if name == COLLEGE:
            continue
        there = known.get(name, frozenset())
        missing = [value for value in sorted(values) if _other(frozenset({value}), there)]
        if name in MUST_OCCUR:
            strange += missing if there else sorted(values)
        elif name not in _ONE_OF:
            strange += [_read(name, value) for value in (missing if there or name in _LOOSE else sorted(values))]
    return strange


def _widened(values: frozenset[str]) -> frozenset[str]:
    return values.union(*(_WIDER.get(value, frozenset()) for value in values))


def _read(name: str, value: str) -> str:
    if name in _PAPERS:
        return f"{name} {value} "
    return f"{value} {name}" if name in ("班", "级") else f"第 {value} {name}"


def without(text: str, dimensions: Attributes) -> str:
    """A plain text without its own values of these dimensions: 'the second batch?' asks no more of the first."""
    if not dimensions.keys() & attributes_of(text).keys():
        return text
    for pattern in (_ORDINAL, _NUMBERED, _FIRST, _CLASS, _GRADE):
        text = pattern.sub(lambda found: "" if dimensions.keys() & attributes_of(found[0]).keys() else found[0], text)
    for name in dimensions.keys() & _ONE_OF.keys():
        for word in _ONE_OF[name]:
            text = text.replace(word, "")
    return text
