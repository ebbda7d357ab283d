"""lixiao demo: from nothing to a page on which one talks to the bot, with a school that does not exist."""

from __future__ import annotations

import asyncio
import ipaddress
import time
import webbrowser
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.app import App
    from bot.sample import SampleSchool
    from bot.settings import Settings

Port = Annotated[int | None, typer.Option("--port", help="端口；被占用时自动换一个空闲的")]
Open = Annotated[bool, typer.Option("--open/--no-open", help="启动后用浏览器打开页面")]

OPEN_TO_ALL = (
    "演示只在本机开放：打开 /demo 的人就是辅导员，不用登录。现在 LIXIAO_HOST 是 {host}，别的机器也能打开。\n"
    "请去掉 LIXIAO_HOST（或设成 127.0.0.1）再运行；要给别人用，请运行 lixiao serve。"
)


def register(cli: typer.Typer) -> None:
    """Adds `lixiao demo`."""
    cli.command("demo")(demo)


def demo(port: Port = None, open_page: Open = True) -> None:
    """一条命令看全貌：建库、装入示例学校、打开网页，一边当学生，一边当辅导员。"""
    from bot.settings import Settings

    began = time.monotonic()
    settings = Settings()
    if not is_loopback(settings.host):
        typer.secho(OPEN_TO_ALL.format(host=settings.host), fg="red", err=True)
        raise typer.Exit(2)
    asyncio.run(_demo(settings.model_copy(update={"port": settings.port if port is None else port}), began, open_page))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _demo(settings: Settings, began: float, open_page: bool) -> None:
    from bot import running, web
    from bot.app import join, open_database
    from bot.console import mount
    from bot.keyring import with_keys
    from storage import migrate

    settings = with_keys(settings, typer.echo)
    async with open_database(settings, migrated=False) as database:
        await migrate.upgrade(database)
        app = await join(settings, database)
        school = await _load(app)
        listening = running.listen(settings.host, settings.port)
        url = settings.model_copy(update={"port": running.port_of(listening)}).url
        api = web.create(app)
        mount(app, api, demo=school)
        await running.run(app, api, listening, lambda: _ready(url, time.monotonic() - began, open_page))


async def _load(app: App) -> SampleSchool:
    from bot.progress import bar
    from bot.sample import load
    from storage.clock import school_day

    now = app.clock()
    with bar() as step:
        return await load(app.database, app.files, school_day(now), now, step)


def _ready(url: str, seconds: float, open_page: bool) -> None:
    page = f"{url}/demo"
    typer.secho(f"\n  打开 {page}\n", bold=True)
    typer.echo(f"  {seconds:.1f} 秒就绪。左边是学生，右边是他的辅导员；Ctrl-C 结束，数据留在数据目录里。")
    if open_page:
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, page)
