"""One process that serves: pages and hooks on uvicorn, the clockwork beside them, an orderly end."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.loops.auto import auto_loop_factory

from bot.app import App
from bot.lines import open_lines
from bot.presence import present
from bot.roles import ROLES, Role, engine_of
from bot.settings import Settings

GRACE = 10
"""Seconds that requests under way are given at the end."""

log = structlog.get_logger()


def to_the_end(main: Coroutine[Any, Any, None]) -> None:
    """Runs `main` as `asyncio.run` does, on the event loop that uvicorn would choose: uvloop where there is one.

    A callback is acknowledged a fifth sooner on it (`python -m tests.benchmarks callback`).
    """
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(main)


async def run(
    app: App,
    api: FastAPI,
    listening: socket.socket,
    started: Callable[[], object] = lambda: None,
    role: Role = ROLES["all"],
) -> None:
    """Serves until told to end (Ctrl-C, SIGTERM); `started` is called when the first request may come."""
    server = Server(_config(app.settings, api), started)
    with server.capture_signals():  # to the end of the last tick, not only of the last request
        async with present(app.database, role.name, app.clock), engine_of(app, role), ticking(app, lines=role.lines):
            await server.serve(sockets=[listening])
            await api.state.inbox.settled()


def listen(host: str, port: int) -> socket.socket:
    """A socket on the port, or on any free one where it is taken. Raises `OSError` where the host is not ours."""
    try:
        return _bound(host, port)
    except OSError:
        if port == 0:
            raise
        return _bound(host, 0)


def listen_exactly(host: str, port: int) -> socket.socket:
    """A socket on the port. Raises `OSError` where it is taken."""
    return _bound(host, port)


def port_of(listening: socket.socket) -> int:
    """The port it got."""
    return int(listening.getsockname()[1])


class Server(uvicorn.Server):
    """Tells when it is ready, and ends by returning: uvicorn would raise the signal again before we have tidied."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if not self.should_exit:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@asynccontextmanager
async def ticking(app: App, *, lines: bool = True) -> AsyncIterator[None]:
    """Runs the clockwork and, with `lines`, keeps the lines to the platforms meanwhile."""
    async with open_lines(app) if lines else nullcontext():
        app.clockwork.start()
        try:
            yield
        finally:
            await app.clockwork.close()
        log.info("stopped")


def _config(settings: Settings, api: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        api,
        log_config=None,  # ours is set; uvicorn's would write addresses with their query
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE,
        lifespan="on",
    )


def _bound(host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
