"""lixiao serve: the pages, the hooks and the clockwork, until told to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from bot.settings import Settings


Host = Annotated[str | None, typer.Option("--host", help="监听的地址；不写则用 LIXIAO_HOST")]
Port = Annotated[int | None, typer.Option("--port", help="监听的端口；不写则用 LIXIAO_PORT")]
Which = Annotated[
    Literal["all", "web", "worker", "clock"],
    typer.Option("--role", help="这个进程做什么：all 全部；web 网页和回调；worker 发送；clock 计划（只有一个当值）"),
]


def register(cli: typer.Typer) -> None:
    """Adds `lixiao serve`."""
    cli.command("serve")(serve)


def serve(host: Host = None, port: Port = None, role: Which = "all") -> None:
    """启动服务：网页、平台回调、定时提醒。Ctrl-C 结束。"""
    from bot import running
    from bot.settings import Settings

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    running.to_the_end(_serve(Settings().model_copy(update=given), role))


async def _serve(settings: Settings, name: str) -> None:
    from bot import running, web
    from bot.app import build
    from bot.console import mount
    from bot.roles import ROLES

    role = ROLES[name]
    async with build(settings, duties=role.duties(settings.engine_url)) as app:
        listening = running.listen_exactly(settings.host, settings.port)
        api = web.create(app)
        if role.pages:
            mount(app, api, demo=None)
        reachable = settings.model_copy(update={"port": running.port_of(listening)})
        await running.run(app, api, listening, lambda: typer.echo(f"已启动：{reachable.url}"), role)
