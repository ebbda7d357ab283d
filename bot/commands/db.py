"""lixiao db: make, migrate, check and copy the database."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

To = Annotated[
    str,
    typer.Option(
        "--to",
        prompt="目标数据库（例如 postgresql+psycopg://用户:口令@主机:5432/lixiao）",
        hide_input=True,
        help="目标数据库，要是空的；不写就问，口令不会留在命令历史里",
    ),
]
KINDS = ("sqlite+aiosqlite", "postgresql+psycopg")


def register(cli: typer.Typer) -> None:
    """Adds `lixiao db …`."""
    group = typer.Typer(help="数据库：建表、升级、检查、搬家。", no_args_is_help=True)
    group.command("upgrade")(upgrade)
    group.command("check")(check)
    group.command("copy")(copy)
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


def copy(to: To) -> None:
    """把全部数据搬到另一个空数据库：SQLite 到 PostgreSQL，或反过来。先停掉服务；要么全到，要么什么都不留。"""
    asyncio.run(_copy(_address(to)))
    typer.echo(
        "全部到齐，逐行核对过。接下来：把 LIXIAO_DATABASE_URL 改成新的地址（密钥和数据目录不变），"
        "运行 lixiao doctor，再启动服务。原来的数据库请留着，但不要再用它启动。"
    )


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


def _address(given: str) -> str:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        fits = make_url(given.strip()).drivername in KINDS
    except ArgumentError:
        fits = False
    if not fits:
        raise typer.BadParameter(
            "要写成 postgresql+psycopg://用户:口令@主机:5432/库名，或 sqlite+aiosqlite:////绝对路径/lixiao.db"
        )
    return given.strip()


async def _copy(to: str) -> None:
    from bot.app import now, open_database
    from bot.settings import Settings
    from storage import copying

    settings = Settings()
    target = settings.model_copy(update={"database_url": to})
    async with open_database(settings) as source, open_database(target, migrated=False) as there:
        await copying.copy(
            source, there, now(), lambda one: typer.echo(f"{one.table}\t{one.rows}\t{one.checksum[:12]}")
        )
