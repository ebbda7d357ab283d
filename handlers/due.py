"""How a due date is said: the day with its weekday, what is left of it, and whether it may still move."""

from __future__ import annotations

from datetime import date

from storage.items import ItemView

_WEEKDAYS = "一二三四五六日"


def day_words(day: date) -> str:
    """'6 月 8 日（周四）'."""
    return f"{day.month} 月 {day.day} 日（周{_WEEKDAYS[day.weekday()]}）"


def left_words(view: ItemView) -> str:
    """'还有 3 天', '今天 18:00 前', '已过期 2 天', or the notice's own words where there is no date."""
    if view.days_left is None:
        return view.due_text or "时间另行通知"
    if view.overdue:
        return f"已过期 {-view.days_left} 天" if view.days_left < 0 else f"今天 {_clock(view)} 已截止"
    if view.days_left == 0:
        return f"今天 {_clock(view)} 前" if view.due_time else "今天截止"
    return "明天截止" if view.days_left == 1 else f"还有 {view.days_left} 天"


def due_words(view: ItemView) -> str:
    """The whole line: '6 月 8 日（周四）18:00，还有 1 天（暂定）'."""
    words = left_words(view)
    if view.due_on is not None:
        words = f"{day_words(view.due_on)}{_clock(view)}，{words}"
    return f"{words}（暂定）" if view.tentative else words


def short_due_words(view: ItemView) -> str:
    """The same for a list: '还有 3 天 · 6 月 8 日（周四）'."""
    words = left_words(view)
    if view.due_on is not None:
        words = f"{words} · {day_words(view.due_on)}"
    return f"{words}（暂定）" if view.tentative else words


def _clock(view: ItemView) -> str:
    return "" if view.due_time is None else f"{view.due_time:%H:%M}"
