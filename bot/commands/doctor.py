"""lixiao doctor: looks whether everything is as it should be, and says what to do where it is not."""

from __future__ import annotations

import asyncio

import typer


def register(cli: typer.Typer) -> None:
    """Adds `lixiao doctor`."""
    cli.command("doctor")(doctor)


def doctor() -> None:
    """体检：密钥、数据库、时钟、字体、节假日表；有问题时以 1 退出。"""
    raise typer.Exit(0 if asyncio.run(_all_well()) else 1)


async def _all_well() -> bool:
    from bot import app, checks
    from bot.settings import Settings

    well = True
    async for finding in checks.all_of(Settings(), app.now()):
        mark, colour = ("✓", None) if finding.is_well else ("✗", "red")
        typer.secho(f"{mark} {finding.what}：{finding.sentence}", fg=colour)
        well = well and finding.is_well
    return well
