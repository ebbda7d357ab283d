"""lixiao notice: read notices, look at what was understood, publish them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from knowledge.blocks import Document
    from storage.models import Notice

Files = Annotated[list[Path], typer.Argument(help="通知文件：txt、md、docx、pdf、html、xlsx、csv")]
School = Annotated[str | None, typer.Option("--school", help="学校名；不写则由通知自己说")]
Publish = Annotated[
    bool, typer.Option("--publish/--review", help="马上用来回答问题；或者先放着，看过再 lixiao notice publish")
]
Which = Annotated[str, typer.Argument(help="列表里的序号、标题里的几个字，或者一个文件")]


def register(cli: typer.Typer) -> None:
    """Adds `lixiao notice …`."""
    group = typer.Typer(help="通知：导入、查看读懂了什么、发布。", no_args_is_help=True)
    group.command("import")(import_notices)
    group.command("list")(list_notices)
    group.command("show")(show)
    group.command("publish")(publish)
    cli.add_typer(group, name="notice")


def import_notices(files: Files, school: School = None, publish: Publish = True) -> None:
    """读通知并存下来；同一份通知再导入一次还是同一份。读不了的说明原因，其余照常导入。"""
    console = Console(soft_wrap=True)
    read, failed = _read_all(files, console)
    if read:
        asyncio.run(_save_all(read, school, publish, console))
    raise typer.Exit(1 if failed else 0)


def list_notices(school: School = None) -> None:
    """列出已导入的通知。"""
    asyncio.run(_list(school, Console()))


def show(which: Which) -> None:
    """读懂了什么：单位、届别、日期、标题、段落、表格、时间、建议的事项、需要确认的地方。"""
    from bot.notice_view import print_document

    path = Path(which)
    if path.is_file():
        read, failed = _read_all([path], Console())
        for document in read:
            print_document(document, Console())
        raise typer.Exit(1 if failed else 0)
    asyncio.run(_show_stored(which, Console()))


def publish(which: Which) -> None:
    """发布一份通知：从现在起用它回答问题。"""
    typer.echo(asyncio.run(_publish(which)))


def _read_all(files: Sequence[Path], console: Console) -> tuple[list[Document], int]:
    """Every readable file, with a bar; what cannot be read is said at once, with its reason."""
    from rich.progress import track

    from knowledge.documents import Unreadable, read

    documents: list[Document] = []
    for path in track(files, "读通知", console=console, transient=True, disable=len(files) < 2):
        try:
            documents.append(read(path))
        except Unreadable as problem:
            console.print(f"[red]{path.name}[/red]：{problem}")
        except OSError:
            console.print(f"[red]{path.name}[/red]：打不开这个文件。")
    return documents, len(files) - len(documents)


async def _save_all(documents: Sequence[Document], school: str | None, published: bool, console: Console) -> None:
    from bot.app import open_database

    async with open_database(Settings()) as database:
        for document in documents:
            async with database.begin() as session:
                await _save(session, document, school, published, console)


async def _save(
    session: AsyncSession, document: Document, school: str | None, published: bool, console: Console
) -> None:
    from bot.app import now
    from knowledge.extract import propose_items
    from knowledge.passages import passages_of
    from storage import items, notices

    name = school or document.school or document.issuer
    if not name:
        console.print(f"[yellow]{document.file}[/yellow]：看不出是哪所学校的通知，没有导入；请加上 --school 学校名。")
        return
    owner = await notices.school_named(session, name, create=True)
    assert owner is not None  # it was made
    passages = passages_of(document)
    notice = await notices.save(session, owner.id, document, passages, now())
    if published:
        await notices.publish(session, notice.id)
    proposals = propose_items(document)
    saved = await items.save_items(session, owner.id, document.cohort or "", proposals, notice.id)
    state = "已发布" if notice.status == "published" else "待发布"
    console.print(
        f"[green]✓[/green] {owner.name}《{document.title}》：{len(passages)} 段（{state}），"
        f"建议事项 {len(proposals)} 件（新 {len(saved.new)}）"
    )
    for problem in document.problems:
        console.print(f"  [yellow]要确认[/yellow] {problem}")


async def _list(school: str | None, console: Console) -> None:
    from bot.app import open_database
    from bot.commands.ask import school_id_of
    from bot.notice_view import print_list
    from storage import notices

    async with open_database(Settings()) as database, database.read() as session:
        print_list(await notices.notices(session, await school_id_of(session, school)), console)


async def _show_stored(which: str, console: Console) -> None:
    from bot.app import open_database
    from bot.notice_view import print_stored
    from storage import items, notices

    async with open_database(Settings()) as database, database.read() as session:
        notice, school = await _one(session, which)
        passages = await notices.passages_of(session, notice.id)
        print_stored(notice, school, passages, await items.listed(session, notice_id=notice.id), console)


async def _publish(which: str) -> str:
    from bot.app import open_database
    from storage import notices

    async with open_database(Settings()) as database, database.begin() as session:
        notice, school = await _one(session, which)
        await notices.publish(session, notice.id)
        return f"已发布：{school}《{notice.title}》。"


async def _one(session: AsyncSession, which: str) -> tuple[Notice, str]:
    """The notice of this number in the list, or the only one whose title, file or id holds these words."""
    from storage import notices

    found = await notices.notices(session)
    if which.isdigit() and 1 <= int(which) <= len(found):
        return found[int(which) - 1]
    fits = [pair for pair in found if which in pair[0].title or which in pair[0].file or str(pair[0].id) == which]
    if len(fits) == 1:
        return fits[0]
    typer.secho("没有这份通知。" if not fits else f"有 {len(fits)} 份通知符合，请用序号。", fg="red", err=True)
    raise typer.Exit(2)
