"""lixiao keys: make keys, put a new one in front, seal everything anew with it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.progress import Step
    from storage.database import Database
    from storage.files import FileStore
    from storage.sealed import SealedColumn

Write = Annotated[bool, typer.Option("--write", help="写进数据目录的 keys.env（只有本人可读），不显示")]


def register(cli: typer.Typer) -> None:
    """Adds `lixiao keys …`."""
    group = typer.Typer(help="密钥：生成、加一把新的、用新钥重新封存。", no_args_is_help=True)
    group.command("make")(make)
    group.command("add")(add)
    group.command("rotate")(rotate)
    group.command("list")(show)
    cli.add_typer(group, name="keys")


def make(write: Write = False) -> None:
    """生成一套新密钥（第一次安装时用）；默认显示出来，贴进 .env。"""
    from bot import keyring
    from bot.settings import Settings

    settings = Settings()
    if not write:
        typer.echo(keyring.fresh_lines(), nl=False)
        return
    try:
        keyring.write_new(settings.keys_file)
    except FileExistsError:
        typer.secho(f"{settings.keys_file} 已经有了；要换密钥请用 lixiao keys add。", fg="red", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"已写入 {settings.keys_file}。请另外备份，不要和数据放在一起。")


def add() -> None:
    """轮换第一步：在密钥环最前面加一把新的；之后重启服务，再运行 lixiao keys rotate。"""
    from bot import keyring
    from bot.settings import Settings

    settings = Settings()
    line = keyring.with_another(settings.keys.get_secret_value())
    if keyring.replace_in_file(settings.keys_file, settings.keys.get_secret_value(), line):
        typer.echo(f"已在 {settings.keys_file} 里加了一把新密钥。重启服务后运行 lixiao keys rotate。")
    else:
        typer.echo(f"把环境里的密钥换成下面这行，重启服务后运行 lixiao keys rotate：\nLIXIAO_KEYS={line}")


def rotate() -> None:
    """轮换第二步：把所有封存的列和文件用最新的密钥重新封存；可以中断，再运行会接着做。"""
    from bot.progress import bar

    with bar() as step:
        broken = asyncio.run(_rotate(step))
    for name, count in broken.items():
        typer.secho(f"{name}：{count} 处打不开，没有动。", fg="red", err=True)
    if broken:
        raise typer.Exit(1)
    typer.echo("全部已用最新的密钥封存；旧密钥可以从密钥环里去掉了（先确认备份也不再需要它）。")


def show() -> None:
    """列出每个封存的列各用了哪把密钥。"""
    for line in asyncio.run(_used()):
        typer.echo(line)


async def _rotate(step: Step) -> dict[str, int]:
    from bot.app import open_database
    from bot.settings import Settings
    from storage import sealed
    from storage.files import FileStore

    settings = Settings()
    broken: dict[str, int] = {}
    async with open_database(settings) as database:
        for column in sealed.columns():
            broken[column.name] = await _reseal_column(database, column, step)
        broken["files"] = await _reseal_files(database, FileStore(settings.files_dir), step)
    return {name: count for name, count in broken.items() if count}


async def _reseal_column(database: Database, column: SealedColumn, step: Step) -> int:
    from storage import sealed

    async with database.read() as session:
        total = await sealed.count(session, column)
    done = broken = 0
    step(column.name, 0, total)
    async for chunk in sealed.reseal(database, column):
        done += chunk.looked_at
        broken += chunk.broken
        step(column.name, done, max(total, done))
    return broken


async def _reseal_files(database: Database, files: FileStore, step: Step) -> int:
    from storage import sealed

    broken = 0
    async for done, total, failed in sealed.reseal_files(database, files):
        broken += failed
        step("files", done, total)
    return broken


async def _used() -> list[str]:
    from bot.app import open_database
    from bot.settings import Settings
    from storage import sealed

    async with open_database(Settings()) as database, database.read() as session:
        return [f"{column.name:32} {_words(await sealed.keys_used(session, column))}" for column in sealed.columns()]


def _words(used: dict[str, int]) -> str:
    return "，".join(f"{key} × {count}" for key, count in used.items()) or "（空）"
