"""What a process is there for: `lixiao serve --role all|web|worker|clock`. One machine needs only `all`.

With `LIXIAO_ENGINE_URL` the clock hands row ids to the workers (`bot.engine`); without it each worker looks in the
store by itself. Either way any number of processes may run: rows have one holder, one process is the clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.app import App


@dataclass(frozen=True, slots=True)
class Role:
    """`pages`: the console and the web chat; `lines`: platforms call here, or are asked from here."""

    name: str
    plans: bool
    delivers: bool
    pages: bool
    lines: bool

    def duties(self, engine_url: str) -> tuple[str, ...]:
        """What the clockwork does in this process; with an engine workers are told what to send."""
        looks = self.delivers and not (engine_url and not self.plans)
        return (*(("plan",) if self.plans else ()), *(("deliver",) if looks else ()))


ROLES: Mapping[str, Role] = {
    "all": Role("all", plans=True, delivers=True, pages=True, lines=True),
    "web": Role("web", plans=False, delivers=False, pages=True, lines=True),
    "worker": Role("worker", plans=False, delivers=True, pages=False, lines=False),
    "clock": Role("clock", plans=True, delivers=False, pages=False, lines=False),
}


@asynccontextmanager
async def engine_of(app: App, role: Role) -> AsyncIterator[None]:
    """The process's end of the engine meanwhile, where one is configured and the role has a part in it."""
    url = app.settings.engine_url
    if not url or role.plans == role.delivers:
        yield
        return
    from bot.engine import Engine  # an extra: only where it is switched on

    engine = Engine(url, app.database, app.sender, app.clock)
    await engine.open()
    work = engine.run_clock(app.clockwork.is_elected) if role.plans else engine.run_worker()
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await engine.close()
