"""The platforms while the service runs: told about us at the start, asked where they do not call, replies sent on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

import structlog

from bot.app import App
from bot.channel import Opens, Polled, SendError
from bot.inbox import Inbox
from bot.polling import LONGEST_RETRY, PolledChannel, Polling

log = structlog.get_logger()


@asynccontextmanager
async def open_lines(app: App) -> AsyncIterator[None]:
    """Keeps the lines to all platforms open meanwhile. A platform out of reach does not stop the rest."""
    inbox = Inbox(app.database, app.dispatcher, app.outbox, app.channels, app.clock)
    tasks = [asyncio.create_task(app.outbox.run()), asyncio.create_task(inbox.run())]
    tasks += [asyncio.create_task(_keep(app, name)) for name in app.channels]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await inbox.settled()
        await app.outbox.close()
        await _close(app)


async def _keep(app: App, name: str) -> None:
    channel = app.channels[name]
    if isinstance(channel, Opens):
        await _open(app, channel, name)
    if isinstance(channel, Polled) and channel.is_polled:
        polled = cast("PolledChannel", channel)
        await Polling(polled, app.database, app.dispatcher, app.outbox, app.clock).run()


async def _open(app: App, channel: Opens, name: str) -> None:
    """Tries until the platform is told."""
    while True:
        try:
            await channel.open(app.settings.url)
        except SendError as error:
            log.warning("line not open", channel=name, reason=error.reason)
            await asyncio.sleep((error.after or LONGEST_RETRY).total_seconds())
        else:
            log.info("line open", channel=name)
            return


async def _close(app: App) -> None:
    for channel in app.channels.values():
        if isinstance(channel, Opens):
            with suppress(Exception):
                await channel.close()
