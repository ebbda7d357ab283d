"""lixiao item: what has to be done, as proposed by the machine and as published by a person."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

import typer

from bot.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from storage.models import Item

T = TypeVar("T")


class Format(StrEnum):
    """How items are exported."""

    jsonl = "jsonl"
    yaml = "yaml"


School = Annotated[str | None, typer.Option("--school", help="学校名；不写则是所有学校")]
Notice = Annotated[UUID | None, typer.Option("--notice", help="只看这份通知的（编号见 lixiao notice list）")]
Which = Annotated[str, typer.Argument(help="事项的编号，前几位就够")]

COLUMNS = (
    "key", "title", "cohort", "actor", "department", "contact", "opens_on", "due_on", "due_time", "due_text",
    "tentative", "audience", "how", "steps", "evidence", "form", "critical", "quote", "locator", "status",
)  # fmt: skip


def register(cli: typer.Typer) -> None:
    """Adds `lixiao item …`."""
    group = typer.Typer(help="办理事项：机器提出，人核对后发布。", no_args_is_help=True)
    group.command("list")(list_items)
    group.command("show")(show)
    group.command("publish")(publish)
    group.command("export")(export)
    cli.add_typer(group, name="item")


def list_items(school: School = None, notice: Notice = None) -> None:
    """列出待核对和已发布的事项，按截止时间排。"""
    rows = _run(lambda session: _listed(session, school, notice))
    for row, _ in rows:
        typer.echo(_line(row))
    if not rows:
        typer.echo("还没有事项。先导入通知（lixiao notice import）或装入示例学校（lixiao demo）。")


def show(item: Which) -> None:
    """一件事项的全部内容和出处。"""
    row, school = _run(lambda session: _one(session, item))
    for name, value in _fields(row, school).items():
        typer.echo(f"{name:<11}{value}")


def publish(
    items: Annotated[list[str] | None, typer.Argument(help="事项编号；前几位就够")] = None,
    school: School = None,
    notice: Notice = None,
    everything: Annotated[bool, typer.Option("--all", help="发布 --school 或 --notice 的全部待核对事项")] = False,
) -> None:
    """发布核对过的事项：学生看得到，到期会提醒。"""
    if bool(items) == everything or (everything and school is None and notice is None):
        raise typer.BadParameter("给出事项编号，或者 --all 加上 --school 或 --notice")

    async def work(session: AsyncSession) -> int:
        from storage.items import publish as publish_items

        chosen = [await _one(session, text) for text in items or ()]
        chosen += await _listed(session, school, notice) if everything else []
        return await publish_items(session, [row.id for row, _ in chosen])

    typer.echo(f"发布了 {_run(work)} 件事项。")


def export(
    form: Annotated[Format, typer.Option("--format", help="jsonl 或 yaml")] = Format.jsonl,
    school: School = None,
    notice: Notice = None,
) -> None:
    """导出事项，一件一行，给人核对或给程序读。"""
    rows = [_fields(row, name) for row, name in _run(lambda session: _listed(session, school, notice))]
    if form is Format.jsonl:
        for row in rows:
            typer.echo(json.dumps(row, ensure_ascii=False, default=str))
    else:
        import yaml

        typer.echo(yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=120), nl=False)


def _run(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async def run() -> T:
        from bot.app import open_database

        async with open_database(Settings()) as database, database.begin() as session:
            return await work(session)

    return asyncio.run(run())


async def _listed(session: AsyncSession, school: str | None, notice: UUID | None) -> list[tuple[Item, str]]:
    from bot.commands.ask import school_id_of
    from storage import items, notices

    names = {one.id: one.name for one in await notices.schools(session)}
    found = await items.listed(session, school_id=await school_id_of(session, school), notice_id=notice)
    return [(item, names[item.school_id]) for item in found]


async def _one(session: AsyncSession, text: str) -> tuple[Item, str]:
    wanted = text.replace("-", "").lower()
    found = [row for row in await _listed(session, None, None) if wanted and row[0].id.hex.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    why = "没有这件事项" if not found else f"有 {len(found)} 件事项的编号这样开头，多写几位"
    raise typer.BadParameter(f"{why}：{text}")


def _line(row: Item) -> str:
    due = str(row.due_on or row.due_text or "时间未定") + ("（暂定）" if row.tentative else "")
    mark = {"published": "●", "proposed": "○"}[row.status]
    return f"{mark} {row.id.hex[:8]}  {due:<12}  {row.title}" + ("" if row.actor == "student" else f"  [{row.actor}]")


def _fields(row: Item, school: str) -> dict[str, Any]:
    """Plain values: dates and times as text, so that both formats read alike."""
    values = {name: getattr(row, name) for name in COLUMNS}
    plain = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}
    return {"id": str(row.id), "school": school, **plain}
