"""How a due time is said in a list: short, and late before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from nicegui import ui

from storage.clock import SCHOOL, school_day

SOON = 3
"""Days from which a date is shown as pressing."""


@dataclass(frozen=True, slots=True)
class Due:
    """Words for a due time and how they look: 'late', 'wait' (pressing) or ''."""

    words: str
    tone: str


def due(at: datetime | None, now: datetime, *, tentative: bool = False) -> Due:
    """'已逾期 2 天', '今天截止', '还有 3 天', '6 月 20 日前'; a tentative date says so."""
    if at is None:
        return Due("日期待通知", "")
    # A deadline at midnight is the day that ends there, as people say it.
    last = school_day(at - timedelta(microseconds=1))
    left = (last - school_day(now)).days
    if at <= now:
        return Due(f"已逾期 {-left} 天" if left < 0 else "今天已截止", "late")
    mark = "（暂定）" if tentative else ""
    if left == 0:
        return Due(f"今天截止{mark}", "wait")
    if left <= SOON:
        return Due(f"还有 {left} 天{mark}", "wait")
    return Due(f"{last.month} 月 {last.day} 日前{mark}", "")


def moment(at: datetime) -> str:
    """'6 月 7 日 09:05' in school time."""
    local = at.astimezone(SCHOOL)
    return f"{local.month} 月 {local.day} 日 {local:%H:%M}"


def pill(words: str, tone: str = "") -> ui.label:
    """A small rounded word; `tone` is late, wait, done or nothing."""
    return ui.label(words).classes("lx-pill lx-num" + (f" lx-pill-{tone}" if tone else ""))
