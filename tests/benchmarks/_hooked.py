"""`python -m tests.benchmarks._hooked ours|bare|plain <database> [<platform>]`: a server process; prints its port.

ours: the program with 企业微信, as `lixiao serve --role web` runs it; bare: a Starlette route that commits one row with
SQLAlchemy; plain: the same with one aiosqlite connection and nothing between.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

import aiosqlite
import structlog
import uvicorn
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.engine import make_url
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot import running, web
from bot.app import join, now
from bot.roles import ROLES
from bot.settings import Settings
from storage.database import Database
from tests.benchmarks._stores import VAULT
from tests.fakes import wecom

ROW = (
    "insert into seen (channel, account, sender, message_id, received_at)"
    " values ('bare', '', '', :id, '2023-06-07 00:00:00')"
)


async def bare(url: str) -> ASGIApp:
    """One row, one commit, one answer."""
    database = Database(url, VAULT)

    async def take(request: Request) -> Response:
        await request.body()
        async with database.begin() as session:
            await session.execute(text(ROW), {"id": request.query_params["nonce"]})
        return Response("")

    return Starlette(routes=[Route("/hook/wecom", take, methods=["POST"])])


async def plain(url: str) -> ASGIApp:
    """The same on one connection of aiosqlite."""
    connection = await aiosqlite.connect(make_url(url).database or "", isolation_level=None)
    turn = asyncio.Lock()
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        await connection.execute(f"PRAGMA {pragma}")

    async def take(request: Request) -> Response:
        await request.body()
        async with turn:
            await connection.execute(ROW, {"id": request.query_params["nonce"]})  # its own transaction
        return Response("")

    return Starlette(routes=[Route("/hook/wecom", take, methods=["POST"])])


async def ours(url: str, platform: str) -> None:
    """The web role, without pages."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=Path("/tmp/lixiao-bench"),
        wecom_corp_id=wecom.CORP,
        wecom_agent_id=wecom.AGENT,
        wecom_secret=SecretStr(wecom.SECRET),
        wecom_token=SecretStr(wecom.TOKEN),
        wecom_aes_key=SecretStr(wecom.KEY),
        wecom_api=platform,
    )
    app = await join(settings, Database(url, VAULT), now, ())
    listening = running.listen("127.0.0.1", 0)
    await running.run(
        app, web.create(app), listening, lambda: print(running.port_of(listening), flush=True), ROLES["web"]
    )


async def main(kind: str, url: str, platform: str) -> None:
    """Serves until it is killed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if kind == "ours":
        await ours(url, platform)
        return
    listening = running.listen("127.0.0.1", 0)
    served = await (bare(url) if kind == "bare" else plain(url))
    server = uvicorn.Server(uvicorn.Config(served, log_level="error", access_log=False, lifespan="off"))
    listening.listen(1024)
    print(running.port_of(listening), flush=True)
    await server.serve([listening])


if __name__ == "__main__":
    running.to_the_end(main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""))
