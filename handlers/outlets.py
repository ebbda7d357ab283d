"""What a preview has to know of the platforms: how long a text is there, in how many parts it goes, what they can."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage.windows import Rule

TITLES = {
    "wecom": "企业微信",
    "wechat": "公众号",
    "telegram": "Telegram",
    "web": "网页",
    "terminal": "终端",
}
UNITS = {"utf16": "UTF-16 单位", "bytes": "字节", "chars": "字"}


@dataclass(frozen=True, slots=True)
class Outlet:
    """One platform that is switched on."""

    name: str
    limit: int
    """How long a message may be, in `unit`."""
    unit: str
    """chars, utf16 or bytes"""
    measure: Callable[[str], tuple[int, int]]
    """Length in `unit`, and in how many parts it goes."""
    files: bool = True
    recalls: bool = False
    """Takes messages back."""
    rule: Rule | None = None
    """It takes a message only for a while after the person wrote."""
    knocks: bool = False
    """Outside of that while it can at least tell that something waits (a template)."""


def title_of(channel: str) -> str:
    """The platform's name as people know it."""
    return TITLES.get(channel, channel)


def measured(outlet: Outlet, text: str) -> str:
    """'企业微信 312/2048 字节，1 条'."""
    length, parts = outlet.measure(text)
    return f"{title_of(outlet.name)} {length}/{outlet.limit} {UNITS.get(outlet.unit, outlet.unit)}，{parts} 条"


def rules_of(outlets: Iterable[Outlet]) -> dict[str, Rule]:
    """The rules of those that take a message only for a while after the person wrote."""
    return {outlet.name: outlet.rule for outlet in outlets if outlet.rule is not None}
