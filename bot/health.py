"""Whether this process can do its work: the database answers, has our tables, and the clockwork runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog

from bot.app import App
from storage import migrate, pulse

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

    @property
    def is_well(self) -> bool:
        on_time = self.tick_age is None or self.tick_age <= self.tick_limit
        return self.database and self.revision == self.wanted and on_time

    def as_json(self) -> dict[str, Any]:
        return {
            "status": "ok" if self.is_well else "failing",
            "database": self.database,
            "migrated": self.revision == self.wanted,
            "revision": self.revision,
            "tick_age_seconds": self.tick_age,
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
    return Health(database, revision, migrate.head(), _tick_age(app), LATE * app.settings.tick_seconds)


async def count_deliveries(app: App) -> None:
    """Puts the delivery rows by state into the metrics."""
    async with app.database.read() as session:
        counts = await pulse.deliveries_by_status(session)
    app.metrics.deliveries.clear()
    for status, count in counts.items():
        app.metrics.deliveries.labels(status).set(count)


def _tick_age(app: App) -> float | None:
    last = app.clockwork.last_tick
    return None if last is None else round((app.clock() - last).total_seconds(), 1)
