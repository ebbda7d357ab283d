"""lixiao report: how deliveries went, for the operator; numbers and reasons, no names."""

from __future__ import annotations

import asyncio

import typer


def register(cli: typer.Typer) -> None:
    """Adds `lixiao report …`."""
    group = typer.Typer(help="报告：送达情况。", no_args_is_help=True)
    group.command("deliveries")(deliveries)
    cli.add_typer(group, name="report")


def deliveries() -> None:
    """各状态有多少条、没送到的为什么、哪个平台在暂停。"""
    typer.echo("\n".join(asyncio.run(_deliveries())))


async def _deliveries() -> list[str]:
    from bot import app
    from bot.settings import Settings
    from handlers.deadletters import reason_words
    from storage import pacing, pulse
    from storage.clock import SCHOOL

    now = app.now()
    async with app.open_database(Settings()) as database, database.read() as session:
        counts = await pulse.deliveries_by_status(session)
        reasons = await pulse.undelivered(session)
        pauses = await pacing.pauses(session, now)
    lines = [f"{status}\t{count}" for status, count in sorted(counts.items())] or ["还没有发过消息。"]
    lines += [f"  {reason_words(status, reason)}\t{count}" for status, reason, count in reasons]
    lines += [f"暂停：{one.channel} 到 {one.until.astimezone(SCHOOL):%m-%d %H:%M:%S}，{one.reason}" for one in pauses]
    return lines
