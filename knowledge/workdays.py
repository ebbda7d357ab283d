"""Working days of the school calendar: weekends and public holidays of `chinesecalendar`, nothing guessed beyond it."""

from __future__ import annotations

from datetime import date, timedelta

from chinese_calendar import is_workday


class Uncovered(LookupError):
    """The holidays of this year are not known yet."""

    def __init__(self, year: int) -> None:
        super().__init__(f"{year} 年的放假安排还不知道，工作日没有推算")
        self.year = year


def workday_before(day: date, count: int) -> date:
    """The `count`-th working day before `day`. Raises `Uncovered`."""
    return _counted(day, count, -1)


def workday_after(day: date, count: int) -> date:
    """The `count`-th working day after `day`. Raises `Uncovered`."""
    return _counted(day, count, 1)


def _counted(day: date, count: int, step: int) -> date:
    while count > 0:
        day += timedelta(step)
        count -= _works(day)
    return day


def _works(day: date) -> bool:
    try:
        return bool(is_workday(day))
    except NotImplementedError:
        raise Uncovered(day.year) from None
