"""lixiao notice: read notices, look at what was understood, publish them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from knowledge.blocks import Document
    from knowledge.importing import TakenIn
    from storage.models import Notice

Files = Annotated[list[Path], typer.Argument(help="通知文件：txt、md、docx、pdf、html、xlsx、csv")]
School = Annotated[str | None, typer.Option("--school", help="学校名；不写则由通知自己说")]
Publish = Annotated[
    bool | None,
    typer.Option(
        "--publish/--review",
        help="马上用来回答问题；或者先放着，看过再 lixiao notice publish。都不写：马上用，除非它改了已告诉学生的事",
        show_default=False,
    ),
]
Same = Annotated[
    list[str] | None,
    typer.Option("--same", help="新事项=原事项：这条改的就是那件事（编号见 lixiao notice diff）；可以写多次"),
]
New = Annotated[list[str] | None, typer.Option("--new", help="新事项：这条不是改动，是新的；可以写多次")]
Leave = Annotated[bool, typer.Option("--leave-unsure", help="看不准的先不动，其余照样发布")]
Which = Annotated[str, typer.Argument(help="列表里的序号、标题里的几个字，或者一个文件")]


@dataclass(frozen=True, slots=True)
class Understood:
    """A notice as it was read, and its row where it is stored."""

    document: Document
    notice: Notice | None


def register(cli: typer.Typer) -> None:
    """Adds `lixiao notice …`."""
    group = typer.Typer(help="通知：导入、查看读懂了什么、发布。", no_args_is_help=True)
    group.command("import")(import_notices)
    group.command("list")(list_notices)
    group.command("show")(show)
    group.command("diff")(diff)
    group.command("publish")(publish)
    cli.add_typer(group, name="notice")


def import_notices(files: Files, school: School = None, publish: Publish = None) -> None:
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


def diff(old: Which, new: Which) -> None:
    """两份通知逐项对比：变更、取消、新增。可以是文件，也可以是已导入的通知；不发布任何东西。"""
    console = Console()
    asyncio.run(_diff([_from_file(which, console) or which for which in (old, new)], console))


def publish(which: Which, same: Same = None, new: New = None, leave_unsure: Leave = False) -> None:
    """发布一份通知：从现在起用它回答问题。它改了别的通知，就同时更新事项、收回旧答案，并通知有关的学生。"""
    asyncio.run(_publish(which, _decided(same or (), new or ()), leave_unsure, Console(soft_wrap=True)))


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


async def _save_all(
    documents: Sequence[Document], school: str | None, published: bool | None, console: Console
) -> None:
    from bot.app import open_database
    from bot.settings import Settings

    async with open_database(Settings()) as database:
        for document in sorted(documents, key=lambda one: one.issued_on or date.max):
            async with database.begin() as session:
                await _save(session, document, school, published, console)


async def _save(
    session: AsyncSession, document: Document, school: str | None, published: bool | None, console: Console
) -> None:
    from bot.app import now
    from knowledge.importing import NoSchool, take_in
    from knowledge.publishing import Undecided

    try:
        taken = await take_in(session, document, school, now(), "system:cli", publishing=published)
    except NoSchool:
        console.print(f"[yellow]{document.file}[/yellow]：{NoSchool.__doc__}")
        return
    except Undecided:
        taken = await take_in(session, document, school, now(), "system:cli", publishing=False)
    _say(taken, document, console)


def _say(taken: TakenIn, document: Document, console: Console) -> None:
    from bot.diff_view import summary

    state = "已发布" if taken.notice.status == "published" else "待发布"
    console.print(
        f"[green]✓[/green] {taken.school}《{document.title}》：{taken.passages} 段（{state}），"
        f"建议事项 {taken.proposals} 件（新 {taken.new}），联系方式等 {taken.findings} 条"
    )
    if taken.plan is not None:
        console.print(f"  改动《{taken.plan.amended.title}》：{summary(taken.plan.diff)}")
    if taken.plan is not None and taken.published is None:
        console.print(
            f"  [yellow]还没有发布[/yellow]：发布后会通知 {taken.plan.concerned} 名学生。"
            "先看 lixiao notice diff，再 lixiao notice publish。"
        )
    for problem in document.problems:
        console.print(f"  [yellow]要确认[/yellow] {problem}")


async def _list(school: str | None, console: Console) -> None:
    from bot.app import open_database
    from bot.commands.ask import school_id_of
    from bot.notice_view import print_list
    from bot.settings import Settings
    from storage import notices

    async with open_database(Settings()) as database, database.read() as session:
        print_list(await notices.notices(session, await school_id_of(session, school)), console)


async def _show_stored(which: str, console: Console) -> None:
    from bot.app import open_database
    from bot.notice_view import print_proposals, print_stored
    from bot.settings import Settings
    from storage import items, notices, proposals

    async with open_database(Settings()) as database, database.read() as session:
        notice, school = await one_notice(session, which)
        passages = await notices.passages_of(session, notice.id)
        print_stored(notice, school, passages, await items.listed(session, notice_id=notice.id), console)
        print_proposals(await proposals.listed(session, notice_id=notice.id), console)


def _from_file(which: str, console: Console) -> Document | None:
    """The notice in a file of this name; None: there is no such file."""
    path = Path(which)
    if not path.is_file():
        return None
    read, failed = _read_all([path], console)
    if failed:
        raise typer.Exit(1)
    return read[0]


async def _diff(which: Sequence[Document | str], console: Console) -> None:
    from bot.app import open_database
    from bot.settings import Settings

    if all(not isinstance(one, str) for one in which):
        one, two = (Understood(one, None) for one in which if not isinstance(one, str))
        _compare(one, two, console)
        return
    async with open_database(Settings()) as database, database.read() as session:
        one, two = [await _understood(session, one) for one in which]
        if not await _compare_stored(session, one, two, console):
            _compare(one, two, console)


async def _understood(session: AsyncSession, which: Document | str) -> Understood:
    from knowledge.publishing import document_of
    from storage import notices

    if not isinstance(which, str):
        return Understood(which, None)
    notice, _ = await one_notice(session, which)
    return Understood(document_of(notice, await notices.passages_of(session, notice.id)), notice)


async def _compare_stored(session: AsyncSession, old: Understood, new: Understood, console: Console) -> bool:
    """What publishing the new one would do, with everything that people have edited; False: it changes another one,
    or has been published."""
    from bot.diff_view import print_diff
    from knowledge.publishing import plan

    if old.notice is None or new.notice is None or new.notice.amends_id != old.notice.id or new.notice.published_at:
        return False
    found = await plan(session, new.notice)
    assert found is not None
    print_diff(found.diff, console, old=old.document.title, new=new.document.title)
    console.print(f"发布后会通知 {found.concerned} 名学生。")
    return True


def _compare(old: Understood, new: Understood, console: Console) -> None:
    from bot.diff_view import print_diff
    from knowledge import amend

    found = amend.match(new.document, [old.document])
    made = amend.diff(old.document, new.document, found.kind if found else None)
    print_diff(made, console, old=old.document.title, new=new.document.title, why=found.why if found else ())


async def _publish(which: str, decided: dict[str, str | None], leave_unsure: bool, console: Console) -> None:
    from bot.app import now, open_database
    from bot.diff_view import print_diff
    from bot.settings import Settings
    from knowledge.publishing import Undecided, publish, relate

    async with open_database(Settings()) as database, database.begin() as session:
        notice, school = await one_notice(session, which)
        if notice.amends_id is None:
            await relate(session, notice)
        try:
            done = await publish(session, notice, now(), "system:cli", decided, leave_unsure=leave_unsure)
        except Undecided as problem:
            found = problem.plan
            print_diff(found.diff, console, old=found.amended.title, new=found.notice.title)
            console.print(f"[red]没有发布[/red]：{problem} 用 --same 新=原、--new 新，或者 --leave-unsure。")
            raise typer.Exit(2) from None
    console.print(f"已发布：{school}《{notice.title}》。")
    if notice.amends_id is not None:
        console.print(
            f"变更 {done.changed} 件，取消 {done.cancelled} 件，收回旧答案 {done.retired} 处，通知学生 {done.told} 人。"
        )


def _decided(same: Sequence[str], new: Sequence[str]) -> dict[str, str | None]:
    decided: dict[str, str | None] = dict.fromkeys(new)
    for pair in same:
        left, _, right = pair.partition("=")
        if not (left and right):
            raise typer.BadParameter("--same 要写成 新事项=原事项")
        decided[left] = right
    return decided


async def one_notice(session: AsyncSession, which: str) -> tuple[Notice, str]:
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
