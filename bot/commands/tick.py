"""lixiao tick: the clockwork once, at a given time, for tests and demonstrations."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import typer

At = Annotated[list[str] | None, typer.Option("--at", help="时刻，如 2023-06-07T09:05+08:00；可以写多次，按顺序执行")]


def register(cli: typer.Typer) -> None:
    """Adds `lixiao tick`."""
    cli.command("tick")(tick)


def tick(at: At = None) -> None:
    """让时钟走一步：算出该提醒谁，把到时间的消息发出去。不写 --at 就是现在。"""
    asyncio.run(_tick([_moment(text) for text in at or ()]))


async def _tick(moments: list[datetime]) -> None:
    from bot import app, clockwork
    from bot.settings import Settings

    settings = Settings()
    for moment in moments or [app.now()]:
        async with app.build(settings, lambda moment=moment: moment) as parts:  # type: ignore[misc]
            done = await clockwork.tick(
                parts.database, parts.sender, moment, digest_at=settings.digest_at, files=parts.files
            )
        typer.echo(f"{moment.isoformat(timespec='minutes')}  planned={done.planned}  {done.counts}")


def _moment(text: str) -> datetime:
    """The instant meant; without a zone it is school time."""
    from storage.clock import SCHOOL

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"看不懂这个时刻：{text}。写成 2023-06-07T09:05+08:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SCHOOL)
