"""The ground floor of the composition root: database and answerer, for commands that need nothing more to start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.settings import Settings
from knowledge.answer import Answerer
from storage import migrate
from storage.crypto import KeyProblem, Vault
from storage.database import Database


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


async def answerer_of(database: Database, settings: Settings) -> Answerer:
    """The answering part over what is published now, with a model where one is set."""
    from knowledge.answering import KnowledgeBase  # the segmenter costs a second: not for `lixiao --help`
    from knowledge.model import ChatModel

    key, name = settings.model_key.get_secret_value(), settings.model_name
    model = ChatModel(settings.model_url, key, name) if settings.model_url and name else None
    return await KnowledgeBase.load(database, model=model)


async def _be_at_head(database: Database) -> None:
    found, wanted = await migrate.current(database), migrate.head()
    if found != wanted:
        raise NotMigrated(found, wanted)
