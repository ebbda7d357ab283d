"""Quiet hours: between 22:00 and 08:00 nothing wakes anybody.

What can wait (digest, nudge, broadcast) waits everywhere. What is urgent (a review's result) goes at once where it
makes no noise, on our own pages, and waits for the morning on a phone. At any time go a broadcast that a counselor
marked urgent in so many words, and the kinds in `ANY_TIME`: late answers to one's own message and warnings about one's
own account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.channel import Channel
from storage.clock import SCHOOL, school_day, start_of
from storage.deliveries import ANY_TIME, Claimed


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours of the school's day in which nobody is woken; the span may go over midnight."""

    start: time = time(22)
    end: time = time(8)

    def at(self, now: datetime) -> bool:
        """Whether it is quiet at this instant."""
        clock = now.astimezone(SCHOOL).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def morning_after(self, now: datetime) -> datetime | None:
        """Until when it is quiet, at an instant; None: it is not."""
        return self.until(now) if self.at(now) else None

    def until(self, now: datetime) -> datetime:
        """The end of the quiet hours that `now` lies in."""
        day = school_day(now)
        return start_of(day + timedelta(days=int(now >= start_of(day, self.end))), self.end)


def may_go(row: Claimed, channel: Channel, *, quiet: bool) -> bool:
    """Whether this message may go now. A channel that keeps the log itself is a page of ours: nothing rings."""
    if not quiet or row.kind in ANY_TIME:
        return True
    return row.urgent and (row.kind == "broadcast" or channel.can.keeps_log)
