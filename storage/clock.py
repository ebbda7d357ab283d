"""School time: people think in Asia/Shanghai, the store keeps UTC."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SCHOOL = ZoneInfo("Asia/Shanghai")


def school_day(now: datetime) -> date:
    """The day it is at school at the instant `now` (aware)."""
    return now.astimezone(SCHOOL).date()


def start_of(day: date, at: time = time()) -> datetime:
    """The instant in school time at which `day` reaches `at`."""
    return datetime.combine(day, at, SCHOOL)


def due_instant(day: date, at: time | None) -> datetime:
    """The instant from which something due on `day` is overdue: a deadline on a day ends with the day."""
    return start_of(day, at) if at is not None else start_of(day + timedelta(days=1))
