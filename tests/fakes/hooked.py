"""The whole program on loopback, with a platform's stand-in beside it: both speak real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot import web
from bot.app import App, join
from bot.dispatch import Dispatcher
from bot.settings import Settings
from handlers.handler import Handler
from storage.database import Database
from tests.fakes import wechat, wecom
from tests.fakes.served import served


@dataclass
class Clock:
    """School time that stands still until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """The same for the stand-ins."""
        return self.now.timestamp()

    def move(self, by: timedelta) -> None:
        self.now += by


@asynccontextmanager
async def program(
    database: Database,
    clock: Clock,
    root: Path,
    handlers: Sequence[Handler] | None = None,
    **settings: Any,
) -> AsyncIterator[tuple[App, str]]:
    """The program and its address; with other handlers than the registered ones where some are given."""
    told = Settings(_env_file=None, data_dir=root, **settings)  # type: ignore[call-arg]
    app = await join(told, database, clock)
    if handlers is not None:
        app = replace(app, dispatcher=_dispatcher(app, handlers))
    async with served(web.create(app)) as address:
        try:
            yield app, address
        finally:
            for channel in app.channels.values():
                if hasattr(channel, "close"):
                    await channel.close()


def _dispatcher(app: App, handlers: Sequence[Handler]) -> Dispatcher:
    return Dispatcher(
        app.database,
        handlers=handlers,
        answerer=app.answerer,
        files=app.files,
        channels=app.channels,
        clock=app.clock,
        wake=app.wake,
        metrics=app.metrics,
        worker=app.outbox.worker,
    )


def wecom_settings(api: str) -> dict[str, Any]:
    """The settings of the stand-in's corporation."""
    return {
        "wecom_corp_id": wecom.CORP,
        "wecom_agent_id": wecom.AGENT,
        "wecom_secret": SecretStr(wecom.SECRET),
        "wecom_token": SecretStr(wecom.TOKEN),
        "wecom_aes_key": SecretStr(wecom.KEY),
        "wecom_api": api,
    }


def wechat_settings(api: str) -> dict[str, Any]:
    """The settings of the stand-in's account."""
    return {
        "wechat_app_id": wechat.APP,
        "wechat_secret": SecretStr(wechat.SECRET),
        "wechat_token": SecretStr(wechat.TOKEN),
        "wechat_aes_key": SecretStr(wechat.KEY),
        "wechat_api": api,
    }
