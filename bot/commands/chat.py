"""lixiao chat: the same conversation as on the page, in the terminal; it goes on where it was left."""

from __future__ import annotations

import asyncio
import getpass
from typing import Annotated

import typer

Name = Annotated[str | None, typer.Option("--as", "--chat", help="这段对话的名字；换个名字就是另一个人")]


def register(cli: typer.Typer) -> None:
    """Adds `lixiao chat`."""
    cli.command("chat")(chat)


def chat(name: Name = None) -> None:
    """在终端里和机器人对话。按数字选按钮，/file 路径 发文件，/quit 结束。"""
    asyncio.run(_chat(name or getpass.getuser()))


async def _chat(name: str) -> None:
    from bot import logs
    from bot.app import build
    from bot.settings import Settings
    from bot.window import Window, lines_of

    settings = Settings()
    # Lines about each message taken would stand between the bubbles; what goes wrong is still written.
    logs.configure(settings.log_format, "ERROR" if settings.log_level == "ERROR" else "WARNING")
    async with build(settings) as app:
        await Window(app, name, lines_of(), typer.echo).run()
