"""lixiao item: what has to be done, as proposed by the machine and as published by a person."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

import typer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from storage.models import Item
    from storage.models import Notice as NoticeRow

T = TypeVar("T")


class Format(StrEnum):
    """How items are exported."""

    jsonl = "jsonl"
    yaml = "yaml"


class Actor(StrEnum):
    """Who has to do it."""

    student = "student"
    counselor = "counselor"
    college = "college"
    department = "department"
    teacher = "teacher"
    class_ = "class"


class How(StrEnum):
    """How it can be done."""

    remote = "remote"
    proxy = "proxy"
    in_person = "in_person"
    unknown = "unknown"


School = Annotated[str | None, typer.Option("--school", help="学校名；不写则是所有学校")]
Notice = Annotated[UUID | None, typer.Option("--notice", help="只看这份通知的（编号见 lixiao notice list）")]
Which = Annotated[str, typer.Argument(help="事项的编号（前几位就够）或 key")]

STATUS = {"proposed": "active", "published": "active", "superseded": "superseded", "cancelled": "cancelled"}
"""How the export names what has become of an item; a rejected proposal is not exported."""

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
    group.command("reject")(reject)
    group.command("set")(set_item)
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
        from bot.app import now
        from storage.items import publish as publish_items

        chosen = [await _one(session, text) for text in items or ()]
        chosen += await _listed(session, school, notice) if everything else []
        return await publish_items(session, [row.id for row, _ in chosen], now())

    typer.echo(f"发布了 {_run(work)} 件事项。")


def reject(items: Annotated[list[str], typer.Argument(help="事项编号；前几位就够")]) -> None:
    """这些不是事项：不再显示，同一句话也不再提出。"""

    async def work(session: AsyncSession) -> int:
        from storage.items import reject as reject_items

        chosen = [await _one(session, text) for text in items]
        count = await reject_items(session, [row.id for row, _ in chosen])
        for row, _ in chosen:
            await _audited(session, row, "item.rejected")
        return count

    typer.echo(f"否决了 {_run(work)} 件待核对的事项。")


def set_item(
    item: Which,
    title: Annotated[str | None, typer.Option("--title", help="标题")] = None,
    opens: Annotated[str | None, typer.Option("--opens", help="开始日期，如 2023-06-01；- 表示没有")] = None,
    due: Annotated[
        str | None, typer.Option("--due", help="截止日期，如 2023-06-08，可带时刻 2023-06-08T17:00；- 表示没有")
    ] = None,
    due_text: Annotated[str | None, typer.Option("--due-text", help="没有日期时怎么说，如 另行通知")] = None,
    tentative: Annotated[bool | None, typer.Option("--tentative/--fixed", help="暂定还是确定")] = None,
    actor: Annotated[Actor | None, typer.Option("--actor", help="谁来办")] = None,
    department: Annotated[str | None, typer.Option("--department", help="责任部门")] = None,
    contact: Annotated[str | None, typer.Option("--contact", help="联系方式")] = None,
    place: Annotated[str | None, typer.Option("--place", help="地点")] = None,
    how: Annotated[How | None, typer.Option("--how", help="怎么办：线上、代办、到校")] = None,
    steps: Annotated[str | None, typer.Option("--steps", help="给学生看的一两句办法")] = None,
    critical: Annotated[
        bool | None, typer.Option("--critical/--normal", help="关键事项：学生停止提醒后也照样提醒")
    ] = None,
) -> None:
    """改一件事项。人改过的，再导入通知也不会被改回去。"""
    texts = {"title": title, "due_text": due_text, "department": department, "contact": contact}
    texts |= {"place": place, "steps": steps}
    columns: dict[str, Any] = {name: _text(value) for name, value in texts.items() if value is not None}
    columns |= {"tentative": tentative} if tentative is not None else {}
    columns |= {"critical": critical} if critical is not None else {}
    columns |= {"actor": actor.value} if actor is not None else {}
    columns |= {"how": how.value} if how is not None else {}
    columns |= _moment_columns("opens_on", "start_time", opens) | _moment_columns("due_on", "due_time", due)
    if not columns:
        raise typer.BadParameter("写出要改什么，如 --due 2023-06-12")
    if columns.get("title", "") is None:
        raise typer.BadParameter("标题不能为空")

    async def work(session: AsyncSession) -> tuple[str, ...]:
        from storage.items import edit

        row, _ = await _one(session, item)
        different = await edit(session, row.id, **columns)
        await _audited(session, row, "item.edited", columns=sorted(different or ()))
        return different or ()

    different = _run(work)
    typer.echo(f"改好了：{'、'.join(different)}。" if different else "没有不同，什么都没改。")


def _text(value: str) -> str | None:
    return value.strip() if value.strip() not in ("", "-") else None


def _moment_columns(day: str, clock: str, value: str | None) -> dict[str, Any]:
    """'2023-06-08', '2023-06-08T17:00', or '-' for none."""
    if value is None:
        return {}
    if value.strip() == "-":
        return {day: None, clock: None}
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        raise typer.BadParameter(f"看不懂这个日期：{value}。写成 2023-06-08 或 2023-06-08T17:00") from None
    return {day: moment.date(), clock: moment.time() if "T" in value or " " in value.strip() else None}


async def _audited(session: AsyncSession, row: Item, action: str, **detail: Any) -> None:
    from bot.app import now
    from storage import audit

    await audit.record(
        session,
        now=now(),
        actor="system:cli",
        action=action,
        target=f"item:{row.id}",
        school_id=row.school_id,
        **detail,
    )


def export(
    form: Annotated[Format, typer.Option("--format", help="jsonl 或 yaml")] = Format.jsonl,
    school: School = None,
    notice: Notice = None,
) -> None:
    """导出事项，一件一行：已发布和待核对的，被新通知改掉和取消的也在内。"""
    if form is Format.jsonl:
        for line in _run(lambda session: _exported(session, school, notice)):
            typer.echo(json.dumps(line, ensure_ascii=False))
        return
    import yaml

    rows = [_fields(row, name) for row, name in _run(lambda session: _listed(session, school, notice))]
    typer.echo(yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=120), nl=False)


def _run(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    from bot.settings import Settings

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


async def _exported(session: AsyncSession, school: str | None, notice: UUID | None) -> list[dict[str, Any]]:
    from bot.commands.ask import school_id_of
    from storage import items, notices

    school_id = await school_id_of(session, school)
    known = {one.id: one for one, _ in await notices.notices(session, school_id)}
    found = await items.listed(session, school_id=school_id, notice_id=notice, statuses=tuple(STATUS))
    kept = [item for item in found if not _is_duplicate(item)]
    return [_row(item, known.get(item.notice_id) if item.notice_id else None) for item in kept]


def _is_duplicate(item: Item) -> bool:
    """A proposal that another item stands for: no notice has ended it."""
    return item.status == "superseded" and item.ended_by_id is None


def _row(item: Item, notice: NoticeRow | None) -> dict[str, Any]:
    """The keys that programs read; dates and times in ISO spelling."""
    clock = item.due_time or (item.start_time if item.opens_on == item.due_on else None)
    start = item.start_time if clock is not item.start_time else None
    return {
        "file": notice.file if notice else (item.locator or "").rpartition(":")[0] or None,
        "issuer": notice.issuer if notice else None,
        "title": notice.title if notice else None,
        "start": item.opens_on.isoformat() if item.opens_on else None,
        "end": item.due_on.isoformat() if item.due_on else None,
        "start_time": start.isoformat("minutes") if start else None,
        "time": clock.isoformat("minutes") if clock else None,
        "is_deadline": item.is_deadline,
        "tentative": item.tentative,
        "status": STATUS[item.status],
        "actor": item.actor,
        "department": item.department,
        "audience": item.audience,
        "task": item.title,
        "quote": item.quote,
        "locator": item.locator,
    }


async def _one(session: AsyncSession, text: str) -> tuple[Item, str]:
    wanted = text.replace("-", "").lower()
    rows = await _listed(session, None, None)
    found = [row for row in rows if row[0].key == text]
    found = found or [row for row in rows if wanted and row[0].id.hex.startswith(wanted)]
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
