"""What a notice changes, on the screen of the person who publishes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from knowledge.amend import Diff, Pair
from knowledge.changes import REPLACEMENT
from knowledge.comparing import when
from knowledge.pairing import Task

_KINDS = {"supplement": "补充通知：只说变的，没提到的照旧", "replacement": "重新发布：以新通知为准"}


def print_diff(diff: Diff, console: Console, *, old: str, new: str, why: Sequence[str] = ()) -> None:
    """Item by item: changed, cancelled, added, to be decided; then what stays, counted."""
    console.print(f"[bold]{escape(new)}[/bold]\n  改动 [bold]{escape(old)}[/bold]")
    reasons = f"（{'、'.join(why)}）" if why else ""
    console.print(f"  {_KINDS[diff.kind]}{reasons}")
    rows = [*_changed(diff.changed), *_cancelled(diff), *_added(diff.added), *_unsure(diff)]
    if rows:
        console.print(_table(rows))
    else:
        console.print("没有找到变动。")
    if diff.missing:
        names = "、".join(task.title for task in diff.missing)
        console.print(f"[yellow]新通知没有提到[/yellow]（照旧，要取消请写明）：{escape(names)}")
    stays = len(diff.unchanged) + len(diff.untouched)
    console.print(f"[dim]不变 {stays} 件[/dim]")


def _table(rows: Iterable[tuple[str, str, str, str, str]]) -> Table:
    table = Table()
    for head in ("", "事项", "原来", "现在", "出处"):
        table.add_column(head, overflow="fold")
    for mark, *cells in rows:
        table.add_row(mark, *map(escape, cells))
    return table


def _changed(pairs: Sequence[Pair]) -> Iterable[tuple[str, str, str, str, str]]:
    for pair in pairs:
        for number, change in enumerate(pair.changes):
            name = "" if change.field == "time" else f"{change.name}："
            title = pair.old.title if number == 0 else ""
            yield "[cyan]变更[/cyan]", title, f"{name}{change.old}", f"{name}{change.new}", _place(pair.new)


def _cancelled(diff: Diff) -> Iterable[tuple[str, str, str, str, str]]:
    for one in diff.cancelled:
        yield "[red]取消[/red]", one.old.title, when(one.old), "取消", one.locator.rpartition(":")[2]


def _added(tasks: Sequence[Task]) -> Iterable[tuple[str, str, str, str, str]]:
    for task in tasks:
        yield "[green]新增[/green]", task.title, "", when(task), _place(task)


def _unsure(diff: Diff) -> Iterable[tuple[str, str, str, str, str]]:
    for one in diff.unsure:
        may_be = " / ".join(f"{task.title}〔{task.key}〕" for task in one.candidates) or "没有找到对应的事项"
        yield "[yellow]请确认[/yellow]", f"{one.new.title}〔{one.new.key}〕", may_be, when(one.new), _place(one.new)


def _place(task: Task) -> str:
    return (task.locator or "").rpartition(":")[2]


def summary(diff: Diff) -> str:
    """'变更 2，取消 1，新增 1' with what is to be decided and what a new notice does not mention."""
    counts = [("变更", diff.changed), ("取消", diff.cancelled), ("新增", diff.added), ("请确认", diff.unsure)]
    counts += [("没有提到", diff.missing)] if diff.kind == REPLACEMENT else []
    return "，".join(f"{name} {len(found)}" for name, found in counts if found) or "没有变动"
