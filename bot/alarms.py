"""What is wrong in this process right now: a line of the log when it begins and ends; /health lists it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

log = structlog.get_logger()


@dataclass(slots=True)
class Alarm:
    """One trouble. `words` are for people, without a person's name in them."""

    words: str
    since: datetime
    until: datetime | None = None
    """When it was over; None: it is not."""
    told: bool = False


class Alarms:
    """By name; noting one that stands changes nothing."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.standing: dict[str, Alarm] = {}
        self.over: list[tuple[str, Alarm]] = []
        """Ended, and nobody was told yet."""

    def note(self, name: str, words: str) -> None:
        """It is wrong."""
        if name not in self.standing:
            self.standing[name] = Alarm(words, self._clock())
            log.error("alarm", name=name)

    def clear(self, name: str) -> None:
        """It is well (again)."""
        alarm = self.standing.pop(name, None)
        if alarm is not None:
            alarm.until = self._clock()
            log.info("alarm over", name=name, seconds=round((alarm.until - alarm.since).total_seconds()))
            if not alarm.told:
                self.over = [*self.over[-20:], (name, alarm)]

    def names(self) -> tuple[str, ...]:
        """What stands."""
        return tuple(sorted(self.standing))
