"""lixiao serve: the pages, the hooks and the clockwork, until told to end."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.settings import Settings

Host = Annotated[str | None, typer.Option("--host", help="监听的地址；不写则用 LIXIAO_HOST")]
Port = Annotated[int | None, typer.Option("--port", help="监听的端口；不写则用 LIXIAO_PORT")]


def register(cli: typer.Typer) -> None:
    """Adds `lixiao serve`."""
    cli.command("serve")(serve)


def serve(host: Host = None, port: Port = None) -> None:
    """启动服务：网页、平台回调、定时提醒。Ctrl-C 结束。"""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    asyncio.run(_serve(Settings().model_copy(update=given)))


async def _serve(settings: Settings) -> None:
    from bot import running, web
    from bot.app import build
    from bot.console import mount

    async with build(settings) as app:
        listening = running.listen_exactly(settings.host, settings.port)
        api = web.create(app)
        mount(app, api, demo=None)
        reachable = settings.model_copy(update={"port": running.port_of(listening)})
        await running.run(app, api, listening, lambda: typer.echo(f"已启动：{reachable.url}"))
