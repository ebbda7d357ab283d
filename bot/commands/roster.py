"""lixiao roster: classes, counselors and students from a notice or a list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from knowledge.blocks import Document
    from knowledge.roster import Roster

Files = Annotated[list[Path], typer.Argument(help="有班级一览表或学生名单的文件：txt、docx、pdf、xlsx、csv …")]
School = Annotated[str | None, typer.Option("--school", help="学校名；名单自己没有写时要给")]
Cohort = Annotated[str | None, typer.Option("--cohort", help="届别，例如 2023届；名单自己没有写时要给")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只看读到了什么，不写入")]


def register(cli: typer.Typer) -> None:
    """Adds `lixiao roster …`."""
    group = typer.Typer(help="名册：班级、辅导员、学生。", no_args_is_help=True)
    group.command("import")(import_rosters)
    group.command("show")(show)
    cli.add_typer(group, name="roster")


def import_rosters(files: Files, school: School = None, cohort: Cohort = None, dry_run: DryRun = False) -> None:
    """导入名册；合计不符、缺辅导员等问题逐条列出。同一份名册再导入一次不会重复。"""
    console = Console(soft_wrap=True)
    rosters = _read(files, console)
    for document, roster in rosters:
        _report(document, roster, console)
        if not dry_run and (roster.classes or roster.students):
            asyncio.run(_store(document, roster, school, cohort, console))
    raise typer.Exit(0 if rosters and all(r.classes or r.students for _, r in rosters) else 1)


def show(files: Files) -> None:
    """读到了哪些班级和辅导员；不写入。电话只显示后四位。"""
    console = Console(soft_wrap=True)
    for document, roster in _read(files, console):
        _report(document, roster, console)
        Console().print(_classes(roster))


def _read(files: Sequence[Path], console: Console) -> list[tuple[Document, Roster]]:
    from knowledge.documents import Unreadable, read
    from knowledge.roster import read_roster

    found: list[tuple[Document, Roster]] = []
    for path in files:
        try:
            with console.status(f"读 {path.name}"):
                document = read(path)
                found.append((document, read_roster(document)))
        except Unreadable as problem:
            console.print(f"[red]{path.name}[/red]：{problem}")
        except OSError:
            console.print(f"[red]{path.name}[/red]：打不开这个文件。")
    return sorted(found, key=lambda pair: not pair[1].classes)  # students need their classes to be there


def _report(document: Document, roster: Roster, console: Console) -> None:
    """The figures of a roster and everything in it that doesn't add up."""
    aside = len({group.counselor for group in roster.classes if group.from_remark})
    extra = f"（辅导员栏 {len(roster.counselors) - aside} 名，备注栏 {aside} 名）" if aside else ""
    total = "没有写合计" if roster.declared_total is None else f"合计写 {roster.declared_total} 人"
    console.print(
        f"《{document.title}》：{len(roster.colleges)} 个学院，{len(roster.classes)} 个班，应有 {roster.expected} 人"
        f"（{total}），{len(roster.counselors)} 名辅导员{extra}，名单里有 {len(roster.students)} 名学生"
    )
    for problem in roster.problems:
        console.print(f"  [yellow]要确认[/yellow] {problem}")


def _classes(roster: Roster) -> Table:
    table = Table("序号", "学院", "班级", "人数", "辅导员", "电话", "校区")
    for group in roster.classes:
        who = group.counselor
        phone = f"…{who.phone[-4:]}" if who and who.phone else ""
        cells = (str(group.position), group.college, group.name, str(group.expected or ""))
        table.add_row(*cells, who.name if who else "", phone, group.campus or "")
    return table


async def _store(document: Document, roster: Roster, school: str | None, cohort: str | None, console: Console) -> None:
    from rich.progress import Progress

    from bot.app import now, open_database
    from bot.settings import Settings
    from storage import notices, rosters

    name, year = school or document.school or document.issuer, cohort or document.cohort
    if not name or not year:
        console.print(f"[yellow]{document.file}[/yellow]：请加上 --school 学校名 和 --cohort 届别。")
        raise typer.Exit(2)
    async with open_database(Settings()) as database, database.begin() as session:
        owner = await notices.school_named(session, name, create=True)
        assert owner is not None  # it was made
        with Progress(console=console, transient=True, disable=len(roster.students) < 2000) as bar:
            task = bar.add_task("写入学生", total=len(roster.students))
            imported = await rosters.import_roster(
                session,
                owner,
                roster,
                year,
                now(),
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    console.print(
        f"[green]✓[/green] {owner.name} {year}：班级 {imported.classes}（新 {imported.new_classes}），"
        f"辅导员 {imported.counselors}（新 {imported.new_counselors}），"
        f"学生 {imported.students}（新 {imported.new_students}）"
    )
    if imported.homeless:
        lines = "、".join(map(str, imported.homeless[:10]))
        console.print(f"  [yellow]要确认[/yellow] {len(imported.homeless)} 名学生找不到班级，没有导入（行 {lines}）")
