"""lixiao pack: the curated knowledge that comes with the program."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from knowledge.packs import Pack
    from knowledge.packs.loading import Installed


def register(cli: typer.Typer) -> None:
    """Adds `lixiao pack …`."""
    group = typer.Typer(help="随程序提供的资料包：人工核对过的办理事项和问答。", no_args_is_help=True)
    group.command("list")(list_packs)
    group.command("install")(install)
    cli.add_typer(group, name="pack")


def list_packs() -> None:
    """列出所有资料包。"""
    from knowledge import packs

    for pack in packs.packs():
        counts = f"事项 {len(packs.load_items(pack.slug))}，问答 {len(packs.load_questions(pack.slug))}"
        typer.echo(f"{pack.slug}  {pack.school} {pack.cohort}  {counts}")


def install(
    slug: Annotated[str | None, typer.Argument(help="资料包的名字，见 lixiao pack list")] = None,
    everything: Annotated[bool, typer.Option("--all", help="安装全部资料包")] = False,
) -> None:
    """把资料包里核对过的事项发布到对应学校；再装一次不会重复。"""
    if (slug is None) != everything:
        typer.secho("请给出一个资料包的名字，或者用 --all 安装全部。", fg="red", err=True)
        raise typer.Exit(2)
    for done in asyncio.run(_install(_chosen(slug))):
        typer.echo(_line(done))


def _chosen(slug: str | None) -> list[Pack]:
    from knowledge import packs

    return packs.packs() if slug is None else [packs.load_pack(slug)]


async def _install(chosen: list[Pack]) -> list[Installed]:
    from bot.app import build
    from bot.settings import Settings
    from knowledge.packs import loading

    async with build(Settings()) as app, app.database.begin() as session:
        return [await loading.install(session, pack, app.clock()) for pack in chosen]


def _line(done: Installed) -> str:
    hint = "" if done.linked else "（对应通知还没有导入）"
    return f"{done.school}：新增 {done.new} 项，更新 {done.changed} 项，人工改过而保留 {done.kept} 项{hint}"
