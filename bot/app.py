"""The composition root: the only place where parts are made and joined."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from bot.alarms import Alarms
from bot.channel import Channel
from bot.clockwork import DUTIES, Clockwork
from bot.delivery import RENDERERS, Sender
from bot.dispatch import Dispatcher
from bot.ground import NoKeys, NotMigrated, answerer_of, now, open_database, vault_of_settings
from bot.metrics import Metrics
from bot.outbox import Outbox
from bot.pace import Pace
from bot.quiet import Quiet
from bot.recall import Recaller
from bot.registry import Parts, channels
from bot.settings import Settings
from bot.wake import Wake
from handlers.morning import render_staff_digests
from handlers.outgoing import Render
from handlers.registry import HANDLERS
from knowledge.answer import Answerer
from storage.crypto import Vault
from storage.database import Database
from storage.files import FileStore

__all__ = ["App", "Clock", "NoKeys", "NotMigrated", "build", "join", "now", "open_database", "vault_of_settings"]

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class App:
    """Every part, joined. What runs is up to the command that asked for it."""

    settings: Settings
    clock: Clock
    vault: Vault
    database: Database
    files: FileStore
    answerer: Answerer
    wake: Wake
    metrics: Metrics
    channels: Mapping[str, Channel]
    dispatcher: Dispatcher
    outbox: Outbox
    quiet: Quiet
    sender: Sender
    clockwork: Clockwork


@asynccontextmanager
async def build(settings: Settings, clock: Clock = now, duties: Collection[str] = DUTIES) -> AsyncIterator[App]:
    """All parts on the configured database. Raises `KeyProblem` and `NotMigrated`."""
    async with open_database(settings) as database:
        yield await join(settings, database, clock, duties)


async def join(settings: Settings, database: Database, clock: Clock = now, duties: Collection[str] = DUTIES) -> App:
    """All parts on a database that is already open and migrated."""
    wake, metrics = Wake(), Metrics()
    files = FileStore(settings.files_dir)
    lines = channels(Parts(settings, database, wake, clock, files))
    pace, worker = Pace(database), uuid4().hex
    answerer = await answerer_of(database, settings)
    quiet = Quiet(settings.quiet_from, settings.quiet_until)
    renderers: dict[str, Render] = {**RENDERERS, "staff_digest": partial(render_staff_digests, web_url=settings.url)}
    sender = Sender(
        database,
        lines,
        pace=pace,
        quiet=quiet,
        renderers=renderers,
        try_unknown=settings.unknown == "again",
        alarms=Alarms(clock),
    )
    every = timedelta(seconds=settings.tick_seconds)
    clockwork = Clockwork(
        database,
        sender,
        clock,
        digest_at=settings.digest_at,
        every=every,
        files=files,
        duties=duties,
        recaller=Recaller(database, lines, pace),
    )
    dispatcher = Dispatcher(
        database,
        handlers=HANDLERS,
        answerer=answerer,
        files=files,
        channels=lines,
        clock=clock,
        wake=wake,
        metrics=metrics,
        worker=worker,
        allowed_abroad=["telegram"] if settings.telegram_sensitive_route else [],
        web_url=settings.url,
        soon=clockwork.soon,
        quiet=quiet,
    )
    outbox = Outbox(database, lines, files, clock, worker=worker, pace=pace)
    return App(
        settings=settings,
        clock=clock,
        vault=database.vault,
        database=database,
        files=files,
        answerer=answerer,
        wake=wake,
        metrics=metrics,
        channels=lines,
        dispatcher=dispatcher,
        outbox=outbox,
        quiet=quiet,
        sender=sender,
        clockwork=clockwork,
    )
