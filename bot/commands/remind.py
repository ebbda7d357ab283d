"""lixiao remind: the ladder of reminders of a school."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from storage.ladder import Ladder

School = Annotated[str | None, typer.Option("--school", help="学校名；只有一所时不用写")]
Before = Annotated[str | None, typer.Option("--before", help="提前几天提醒，如 7,3,1,0；0 是当天")]
Every = Annotated[int | None, typer.Option("--every", help="过期后每几天提醒一次")]
Until = Annotated[int | None, typer.Option("--until", help="过期后提醒多少天为止")]
Committee = Annotated[int | None, typer.Option("--committee", help="过期几天起请班委提醒（只说人数）")]
Phone = Annotated[int | None, typer.Option("--phone", help="过期几天起列入辅导员的电话名单")]


def register(cli: typer.Typer) -> None:
    """Adds `lixiao remind …`."""
    group = typer.Typer(help="提醒的阶梯：提前几天、过期后多久一次、何时请班委、何时打电话。", no_args_is_help=True)
    group.command("ladder")(ladder)
    cli.add_typer(group, name="remind")


def ladder(
    school: School = None,
    before: Before = None,
    every: Every = None,
    until: Until = None,
    committee: Committee = None,
    phone: Phone = None,
) -> None:
    """看或改一所学校的提醒阶梯；不写选项就只看。下一次提醒起生效。"""
    steps: dict[str, Any] = {"every": every, "until": until, "committee": committee, "phone": phone}
    changes = {name: value for name, value in steps.items() if value is not None}
    changes |= {"before": _days(before)} if before is not None else {}
    for line in asyncio.run(_run(school, changes)):
        typer.echo(line)


def _days(text: str) -> list[int]:
    parts = [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise typer.BadParameter(f"看不懂：{text}。写成 7,3,1,0")
    return [int(part) for part in parts]


async def _run(name: str | None, changes: dict[str, Any]) -> list[str]:
    from bot.app import now, open_database
    from bot.settings import Settings
    from storage import audit, notices
    from storage.ladder import LadderBroken, ladder_at, set_ladder

    async with open_database(Settings()) as database, database.begin() as session:
        schools = [one for one in await notices.schools(session) if name in (None, one.name)]
        if len(schools) != 1:
            known = "、".join(one.name for one in await notices.schools(session))
            raise typer.BadParameter(f"哪所学校？用 --school 写全名：{known or '还没有学校'}")
        school = schools[0]
        if not changes:
            return _said(school.name, await ladder_at(session, school.id))
        try:
            found = await set_ladder(session, school.id, **changes)
        except LadderBroken as problem:
            raise typer.BadParameter(str(problem)) from None
        await audit.record(
            session,
            now=now(),
            actor="system:cli",
            action="ladder.set",
            target=f"school:{school.id}",
            school_id=school.id,
            steps=sorted(changes),
        )
        return _said(school.name, found)


def _said(school: str, found: Ladder) -> list[str]:
    before = "、".join("当天" if days == 0 else f"提前 {days} 天" for days in found.before) or "不提前"
    return [
        f"{school}的提醒：",
        f"  开始或发布时一次，{before}",
        f"  过期后每 {found.every} 天一次，到第 {found.until} 天为止；每人每天至多一条",
        f"  过期 {found.committee} 天请班委提醒（只说人数），之后每周一次",
        f"  过期 {found.phone} 天列入辅导员的电话名单",
    ]
