"""Whether this process can do its work: the database answers, has our tables, and the clockwork runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog

from bot.app import App
from bot.settling import KEPT
from storage import arrivals, migrate, posts, pulse

LATE = 5
"""So many ticks without one having ended: the clockwork hangs."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Health:
    """What was found. `tick_age` is None where this process runs no clockwork."""

    database: bool
    revision: str | None
    wanted: str
    tick_age: float | None
    tick_limit: float
    failing: tuple[str, ...] = ()
    """Ticks that failed the last time: the disk is full, for instance, and reading still works."""
    alarms: tuple[str, ...] = ()
    """What is wrong around this process (a platform, the broker, a backlog): a restart would not mend it, so /health
    says it and still answers 200."""

    @property
    def is_well(self) -> bool:
        on_time = self.tick_age is None or self.tick_age <= self.tick_limit
        return self.database and self.revision == self.wanted and on_time and not self.failing

    def as_json(self) -> dict[str, Any]:
        return {
            "status": "failing" if not self.is_well else "troubled" if self.alarms else "ok",
            "database": self.database,
            "migrated": self.revision == self.wanted,
            "revision": self.revision,
            "tick_age_seconds": self.tick_age,
            "failing": list(self.failing),
            "alarms": list(self.alarms),
        }


async def look(app: App) -> Health:
    """Looks now; never raises."""
    database, revision = True, None
    try:
        async with app.database.read() as session:
            database = await pulse.answers(session)
        revision = await migrate.current(app.database)
    except Exception:
        log.exception("database does not answer")
        database = False
    limit, alarms = LATE * app.settings.tick_seconds, app.clockwork.alarms.names()
    failing = tuple(sorted(app.clockwork.failing | ({KEPT} & set(alarms))))
    return Health(database, revision, migrate.head(), _tick_age(app), limit, failing, alarms)


async def count_deliveries(app: App) -> None:
    """Puts what stands in the store into the metrics: deliveries by state, what waits and how long, who serves."""
    now, metrics = app.clock(), app.metrics
    async with app.database.read() as session:
        counts = await pulse.deliveries_by_status(session)
        due = await pulse.due_since(session, now)
        waiting, oldest, _ = await arrivals.waiting(session)
        serving = await posts.present(session, now)
    metrics.deliveries.clear()
    for status, count in counts.items():
        metrics.deliveries.labels(status).set(count)
    metrics.processes.clear()
    for role, number in serving.items():
        metrics.processes.labels(role).set(number)
    metrics.arrivals.set(waiting)
    metrics.oldest.set((now - oldest).total_seconds() if oldest else 0)
    metrics.overdue.set((now - due).total_seconds() if due else 0)


def _tick_age(app: App) -> float | None:
    last = app.clockwork.last_tick
    return None if last is None else round((app.clock() - last).total_seconds(), 1)
