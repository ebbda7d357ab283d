"""lixiao proposal: contacts, conditions, file specifications and questions, as read and as a person decides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from storage.models import Proposal

T = TypeVar("T")


class Kind(StrEnum):
    """What a notice says besides its tasks."""

    contact = "contact"
    condition = "condition"
    file = "file"
    answer = "answer"


Notice = Annotated[str | None, typer.Option("--notice", help="只看这份通知的：列表里的序号，或者标题里的几个字")]
OfKind = Annotated[
    Kind | None, typer.Option("--kind", help="contact 联系方式、condition 条件、file 文件要求、answer 问答草稿")
]
Which = Annotated[str, typer.Argument(help="编号；前几位就够")]
Several = Annotated[list[str] | None, typer.Argument(help="编号；前几位就够")]
MARKS = {"proposed": "○", "confirmed": "●", "rejected": "×"}


def register(cli: typer.Typer) -> None:
    """Adds `lixiao proposal …`."""
    group = typer.Typer(help="通知里的联系方式、条件、文件要求、问答草稿：机器提出，人确认。", no_args_is_help=True)
    group.command("list")(list_proposals)
    group.command("confirm")(confirm)
    group.command("reject")(reject)
    group.command("set")(set_fields)
    cli.add_typer(group, name="proposal")


def list_proposals(
    notice: Notice = None,
    kind: OfKind = None,
    everything: Annotated[bool, typer.Option("--all", help="否决了的也列出来")] = False,
) -> None:
    """列出待核对（○）和已确认（●）的联系方式、条件、文件要求、问答草稿。"""
    rows = _run(lambda session: _listed(session, notice, kind, everything=everything))
    for row in rows:
        typer.echo(_line(row))
    if not rows:
        typer.echo("没有。先导入通知：lixiao notice import 文件…")


def confirm(
    proposals: Several = None,
    notice: Notice = None,
    kind: OfKind = None,
    everything: Annotated[bool, typer.Option("--all", help="确认 --notice 的全部待核对的（可再加 --kind）")] = False,
) -> None:
    """确认核对过的：联系方式和问答从现在起用来回答问题。"""
    if bool(proposals) == everything or (everything and notice is None):
        raise typer.BadParameter("给出编号，或者 --all 加上 --notice")

    async def work(session: AsyncSession) -> int:
        if not everything:
            return await _decide(session, [await _one(session, text) for text in proposals or ()], "confirmed")
        rows = await _listed(session, notice, kind)
        return await _decide(session, [row for row in rows if row.status == "proposed"], "confirmed")

    typer.echo(f"确认了 {_run(work)} 条。")


def reject(proposals: Annotated[list[str], typer.Argument(help="编号；前几位就够")]) -> None:
    """不要这些：不再显示，也不再用来回答；再导入也不会回来。"""

    async def work(session: AsyncSession) -> int:
        return await _decide(session, [await _one(session, text) for text in proposals], "rejected")

    typer.echo(f"否决了 {_run(work)} 条。")


def set_fields(
    proposal: Which,
    fields: Annotated[list[str], typer.Argument(help="要改的，如 电话=010-60000000；等号后不写表示没有")],
) -> None:
    """改一条。人改过的，再导入通知也不会被改回去。"""

    async def work(session: AsyncSession) -> tuple[Proposal, tuple[str, ...]]:
        from handlers.handler import Refusal
        from handlers.proposals import checked
        from storage.proposals import edit

        row = await _one(session, proposal)
        try:
            different = await edit(session, row, checked(row.kind, row.fields | _named(row.kind, fields)))
        except Refusal as refusal:
            raise typer.BadParameter(refusal.text) from None
        if different:
            await _audited(session, [row], "proposal.edited", fields=sorted(different))
        return row, different

    row, different = _run(work)
    typer.echo(_line(row) if different else "没有不同，什么都没改。")


def _named(kind: str, fields: list[str]) -> dict[str, str]:
    """'电话=…' as the field's own name."""
    from handlers.proposals import KINDS

    names = {label: name for name, label in KINDS[kind].fields.items()}
    named = {}
    for pair in fields:
        label, equals, text = pair.partition("=")
        name = names.get(label.strip(), label.strip())
        if not equals or name not in names.values():
            raise typer.BadParameter(f"写成 名称=内容；能改的有：{'、'.join(names)}")
        named[name] = text
    return named


def _line(row: Proposal) -> str:
    from handlers.proposals import KINDS

    kind = KINDS[row.kind]
    said = "；".join(f"{label}：{row.fields[name]}" for name, label in kind.fields.items() if row.fields.get(name))
    edited = "（人工改过）" if row.edited else ""
    return f"{MARKS[row.status]} {row.id.hex[:8]}  {kind.title}{edited}  {said}  [{row.locator}]"


def _run(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async def run() -> T:
        from bot.app import open_database
        from bot.settings import Settings

        async with open_database(Settings()) as database, database.begin() as session:
            return await work(session)

    return asyncio.run(run())


async def _listed(
    session: AsyncSession, notice: str | None, kind: Kind | None, *, everything: bool = False
) -> list[Proposal]:
    from bot.commands.notice import one_notice
    from storage.proposals import CONFIRMED, PROPOSED, REJECTED, listed

    found = await one_notice(session, notice) if notice is not None else None
    statuses = (PROPOSED, CONFIRMED, REJECTED) if everything else (PROPOSED, CONFIRMED)
    return await listed(
        session, notice_id=found[0].id if found else None, kind=kind.value if kind else None, statuses=statuses
    )


async def _one(session: AsyncSession, text: str) -> Proposal:
    wanted = text.replace("-", "").lower()
    rows = await _listed(session, None, None, everything=True)
    found = [row for row in rows if row.key == text] or [
        row for row in rows if wanted and row.id.hex.startswith(wanted)
    ]
    if len(found) == 1:
        return found[0]
    why = "没有这一条" if not found else f"有 {len(found)} 条的编号这样开头，多写几位"
    raise typer.BadParameter(f"{why}：{text}")


async def _decide(session: AsyncSession, rows: list[Proposal], status: str) -> int:
    from bot.app import now
    from storage.proposals import decide

    changed = [row for row in rows if row.status != status]
    if changed:
        await decide(session, [row.id for row in changed], status, now(), "system:cli")
        await _audited(session, changed, f"proposal.{status}")
    return len(changed)


async def _audited(session: AsyncSession, rows: list[Proposal], action: str, **detail: Any) -> None:
    from bot.app import now
    from storage import audit

    await audit.record(
        session,
        now=now(),
        actor="system:cli",
        action=action,
        target=",".join(f"proposal:{row.id}" for row in rows),
        school_id=rows[0].school_id,
        **detail,
    )
