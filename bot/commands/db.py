"""lixiao db: make, migrate and check the database."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer


def register(cli: typer.Typer) -> None:
    """Adds `lixiao db …`."""
    group = typer.Typer(help="数据库：建表、升级、检查。", no_args_is_help=True)
    group.command("upgrade")(upgrade)
    group.command("check")(check)
    group.command("revision", hidden=True)(revision)
    cli.add_typer(group, name="db")


def upgrade() -> None:
    """建库或升级到本版本的表结构；第一次用时顺便生成密钥。"""
    typer.echo(asyncio.run(_upgrade()))


def check() -> None:
    """检查数据库是否与本版本一致；不一致时以 1 退出。"""
    problems = asyncio.run(_check())
    typer.echo("\n".join(problems) if problems else "数据库与本版本一致。")
    raise typer.Exit(bool(problems))


def revision(message: Annotated[str, typer.Argument(help="what changes, in a few words")]) -> None:
    """开发者用：按模型的改动写一个新的升级步骤。"""
    asyncio.run(_revision(message))


async def _upgrade() -> str:
    from bot.app import open_database
    from bot.keyring import with_keys
    from bot.settings import Settings
    from storage import migrate

    settings = with_keys(Settings(), typer.echo)
    async with open_database(settings, migrated=False) as database:
        before = await migrate.current(database)
        await migrate.upgrade(database)
        after = await migrate.current(database)
    return f"数据库已是最新（{after}）。" if before == after else f"数据库已升级：{before or '空'} → {after}。"


async def _check() -> list[str]:
    from bot.app import open_database
    from bot.settings import Settings
    from storage import migrate

    async with open_database(Settings(), migrated=False) as database:
        found, wanted = await migrate.current(database), migrate.head()
        if found != wanted:
            return [f"数据库在 {found or '空'}，本版本需要 {wanted}：请运行 lixiao db upgrade。"]
        return await migrate.differences(database)


async def _revision(message: str) -> None:
    from bot.app import open_database
    from bot.settings import Settings
    from storage import migrate

    async with open_database(Settings(), migrated=False) as database:
        await migrate.revise(database, message)
