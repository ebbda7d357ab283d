"""The composition root: the only place where parts are made and joined."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

from bot.channel import Channel
from bot.clockwork import DUTIES, Clockwork
from bot.delivery import RENDERERS, Sender
from bot.dispatch import Dispatcher
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
from storage import migrate
from storage.crypto import KeyProblem, Vault
from storage.database import Database
from storage.files import FileStore

Clock = Callable[[], datetime]


class NotMigrated(RuntimeError):
    """The database has not the tables of this version; `lixiao db upgrade` makes them."""

    def __init__(self, found: str | None, wanted: str) -> None:
        super().__init__(f"数据库在 {found or '空'}，本版本需要 {wanted}：请先运行 lixiao db upgrade。")


class NoKeys(KeyProblem):
    """No key is set; without one nothing can be sealed or opened."""

    def __init__(self) -> None:
        super().__init__(
            "还没有密钥：新装请运行 lixiao db upgrade；"
            "已有数据，请把原来的 LIXIAO_KEYS 和 LIXIAO_LOOKUP_KEY 写进环境或 .env。"
        )


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


def now() -> datetime:
    """The clock of a real run; tests and `tick --at` bring their own."""
    return datetime.now(UTC)


def vault_of_settings(settings: Settings) -> Vault:
    """The vault of the configured keys. Raises `NoKeys` and `KeyProblem`."""
    if not (settings.keys.get_secret_value() and settings.lookup_key.get_secret_value()):
        raise NoKeys
    return Vault.from_text(settings.keys.get_secret_value(), settings.lookup_key.get_secret_value())


@asynccontextmanager
async def open_database(settings: Settings, *, migrated: bool = True) -> AsyncIterator[Database]:
    """The configured database, closed at the end. Raises `KeyProblem`, and `NotMigrated` unless that is no matter."""
    vault = vault_of_settings(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database_url, vault)
    try:
        if migrated:
            await _be_at_head(database)
        yield database
    finally:
        await database.close()


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
    answerer = await _answerer(database, settings)
    quiet = Quiet(settings.quiet_from, settings.quiet_until)
    renderers: dict[str, Render] = {**RENDERERS, "staff_digest": partial(render_staff_digests, web_url=settings.url)}
    sender = Sender(
        database, lines, pace=pace, quiet=quiet, renderers=renderers, try_unknown=settings.unknown == "again"
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


async def _answerer(database: Database, settings: Settings) -> Answerer:
    from knowledge.answering import KnowledgeBase  # the segmenter costs a second: not for `lixiao --help`
    from knowledge.model import ChatModel

    key, name = settings.model_key.get_secret_value(), settings.model_name
    model = ChatModel(settings.model_url, key, name) if settings.model_url and name else None
    return await KnowledgeBase.load(database, model=model)


async def _be_at_head(database: Database) -> None:
    found, wanted = await migrate.current(database), migrate.head()
    if found != wanted:
        raise NotMigrated(found, wanted)
