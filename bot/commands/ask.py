"""lixiao ask: one question to the published notices, from the command line."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from knowledge.answer import Answer

Question = Annotated[str, typer.Argument(help="问题，例如「档案转寄地址什么时候填完」")]
School = Annotated[str | None, typer.Option("--school", help="学校名；不写则在所有学校的通知里找")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Day = Annotated[datetime | None, typer.Option("--today", formats=["%Y-%m-%d"], help="假定今天是这一天")]


def register(cli: typer.Typer) -> None:
    """Adds `lixiao ask`."""
    cli.command("ask")(ask)


def ask(question: Question, school: School = None, as_json: AsJson = False, today: Day = None) -> None:
    """在已发布的通知里找答案，连同出处一起给出；没写到就直说。"""
    answer = asyncio.run(_ask(question, school, today.date() if today else None))
    typer.echo(json.dumps(_fields(answer), ensure_ascii=False, indent=2) if as_json else _text(answer))


async def _ask(question: str, school: str | None, today: date | None) -> Answer:
    from bot.app import build
    from bot.settings import Settings
    from storage.clock import school_day

    async with build(Settings()) as app, app.database.read() as session:
        school_id = await school_id_of(session, school)
        day = today or school_day(app.clock())
        return await app.answerer.ask(session, question, school_id=school_id, today=day)


async def school_id_of(session: AsyncSession, name: str | None) -> UUID | None:
    """The id of the school of this name, None for no name. Exits with the names there are when it is unknown."""
    from storage import notices

    if name is None:
        return None
    school = await notices.school_named(session, name)
    if school is not None:
        return school.id
    known = "、".join(one.name for one in await notices.schools(session)) or "还没有学校"
    typer.secho(f"没有这所学校：{name}。现有：{known}。", fg="red", err=True)
    raise typer.Exit(2)


def _text(answer: Answer) -> str:
    near = [f"  · {question}" for question in answer.nearest] if answer.abstained else []
    return "\n".join([answer.text, *(["你可以这样问：", *near] if near else [])])


def _fields(answer: Answer) -> dict[str, Any]:
    fields = asdict(answer)
    for source in fields["sources"]:
        source["issued_on"] = source["issued_on"].isoformat() if source["issued_on"] else None
    return fields
