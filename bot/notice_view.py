"""What was understood of a notice, on the screen of the person who reviews it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from handlers.notices import ACTORS
from handlers.proposals import KINDS
from knowledge.blocks import HEADING, ROW, Block, Document
from knowledge.dates import Base, find_times
from knowledge.expression import TimeExpression
from knowledge.extract import propose_items
from knowledge.findings import Finding, findings_of
from knowledge.pairing import Shown
from knowledge.passages import passages_of
from storage.models import Item, Notice, Proposal
from storage.notices import PassageRow

_MISSING = "[dim]没有写[/dim]"
_KINDS = {
    "point": "当天",
    "window": "期间",
    "deadline": "截止",
    "until": "持续到",
    "from": "开始",
    "point_rel": "相对的时间",
    "window_rel": "相对的期间",
    "deadline_rel": "相对的截止",
    "duration": "时长",
    "tbd": "待通知",
}


def print_list(notices: Sequence[tuple[Notice, str]], console: Console) -> None:
    """The imported notices, numbered as `lixiao notice show` and `publish` take them."""
    if not notices:
        console.print("还没有通知。导入：lixiao notice import 文件…")
        return
    table = _table("", "学校", "标题", "届别", "发文日期", "状态", "要确认")
    states = {"proposed": "待发布", "published": "已发布", "superseded": "已被替代"}
    for number, (notice, school) in enumerate(notices, 1):
        facts = (notice.cohort or "", str(notice.issued_on or ""), states[notice.status], str(len(notice.problems)))
        table.add_row(str(number), escape(school), escape(notice.title), *facts)
    console.print(table)


def print_document(document: Document, console: Console) -> None:
    """Everything that was read out of a file."""
    _head(
        console,
        document.title,
        [
            ("文件", document.file),
            ("学校", document.school),
            ("发文单位", document.issuer),
            ("届别", document.cohort),
            ("文号", document.document_number),
            ("发文日期", str(document.issued_on) if document.issued_on else None),
        ],
        document.problems,
    )
    console.print("\n[bold]标题[/bold]")
    for block in document.blocks:
        if block.kind == HEADING:
            console.print(f"{'  ' * len(block.section)}{escape(block.text)} [dim]第 {block.line} 行[/dim]")
    passages = passages_of(document)
    _passages(console, passages)
    _times(console, passages, Base.of(document))
    _items(console, propose_items(document), "建议的事项")
    _findings(console, findings_of(document))


def print_proposals(proposals: Sequence[Proposal], console: Console) -> None:
    """What a stored notice says besides its tasks, with what a person decided."""
    _findings(console, proposals)


def _findings(console: Console, findings: Sequence[Finding] | Sequence[Proposal]) -> None:
    """Contacts, conditions, file specifications and answered questions, a table for each."""
    for name, kind in KINDS.items():
        mine = [found for found in findings if found.kind == name]
        if not mine:
            continue
        table = _table("", *kind.fields.values(), "行")
        for found in mine:
            texts = (escape(found.fields.get(field, "")) for field in kind.fields)
            table.add_row(_decided(found), *texts, _line(found))
        console.print(f"\n[bold]{kind.title}[/bold]（{len(mine)}）")
        console.print(table)


def _decided(found: Finding | Proposal) -> str:
    return "已确认" if isinstance(found, Proposal) and found.status == "confirmed" else "待核对"


def _line(found: Finding | Proposal) -> str:
    return found.locator.rpartition(":")[2] if isinstance(found, Proposal) else str(found.line)


def print_stored(
    notice: Notice, school: str, passages: Sequence[PassageRow], items: Sequence[Item], console: Console
) -> None:
    """A notice as it is in the store."""
    facts = [
        ("文件", notice.file),
        ("学校", school),
        ("发文单位", notice.issuer),
        ("届别", notice.cohort),
        ("文号", notice.document_number),
        ("发文日期", str(notice.issued_on) if notice.issued_on else None),
        ("状态", notice.status),
    ]
    _head(console, notice.title, facts, notice.problems)
    _passages(console, passages)
    year = int(notice.cohort[:4]) if notice.cohort and notice.cohort[:4].isdigit() else None
    _times(console, passages, Base(notice.issued_on.year if notice.issued_on else year, notice.issued_on))
    _items(console, items, "事项")


def _head(console: Console, title: str, facts: Iterable[tuple[str, str | None]], problems: Sequence[str]) -> None:
    console.rule(escape(title))
    for name, value in facts:
        console.print(f"{name}：{escape(value) if value else _MISSING}")
    for problem in problems:
        console.print(f"[yellow]要确认[/yellow] {escape(problem)}")


def _passages(console: Console, passages: Sequence[Block] | Sequence[PassageRow]) -> None:
    """Passages under their section; rows of one table as a table again."""
    console.print(f"\n[bold]段落[/bold]（{len(passages)}）")
    above: tuple[str, ...] | None = None
    for group in _runs(passages):
        if group[0].section != above:
            above = tuple(group[0].section)
            console.print(f"\n[cyan]{escape(' › '.join(above) or '（开头）')}[/cyan]")
        if group[0].kind == ROW and group[0].cells:
            console.print(_grid(group))
            continue
        for passage in group:
            console.print(f"[dim]{passage.line:>4}[/dim] {escape(passage.text)}", soft_wrap=True)


def _runs(passages: Sequence[Block] | Sequence[PassageRow]) -> Iterator[list[Block | PassageRow]]:
    """Passages that are shown together: rows of one table, everything else one by one."""
    run: list[Block | PassageRow] = []
    for passage in passages:
        same = run and run[0].kind == passage.kind == ROW and run[0].section == passage.section
        if run and not (same and passage.cells and run[0].cells):
            yield run
            run = []
        run.append(passage)
    if run:
        yield run


def _table(*heads: str) -> Table:
    """A table whose cells are shown whole: Chinese has no blanks to break at."""
    table = Table()
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _grid(rows: Sequence[Block | PassageRow]) -> Table:
    heads = list(dict.fromkeys(head for row in rows for head in row.cells))
    table = _table("行", *heads)
    for row in rows:
        table.add_row(str(row.line), *(escape(row.cells.get(head, "")) for head in heads))
    return table


def _times(console: Console, passages: Sequence[Block] | Sequence[PassageRow], base: Base) -> None:
    table = _table("行", "原文", "意思", "从", "到", "")
    count = 0
    for passage in passages:
        for found in find_times(passage.text, base):
            count += 1
            table.add_row(str(passage.line), escape(found.text), _KINDS[found.kind], *_span(found))
    console.print(f"\n[bold]时间[/bold]（{count}）")
    if count:
        console.print(table)


def _span(found: TimeExpression) -> tuple[str, str, str]:
    clock = f" {found.time:%H:%M}" if found.time else ""
    doubts = ["暂定"] if found.tentative else []
    doubts += ["大约"] if found.approx else []
    doubts += [found.value] if found.value and not (found.start or found.end) else []
    return str(found.start or ""), f"{found.end or ''}{clock}", " ".join(doubts)


def _items(console: Console, items: Sequence[Shown], title: str) -> None:
    console.print(f"\n[bold]{title}[/bold]（{len(items)}）")
    if not items:
        return
    table = _table("事项", "谁做", "部门", "开始", "截止", "出处")
    for item in items:
        due = str(item.due_on) if item.due_on else (item.due_text or "")
        table.add_row(
            escape(item.title),
            ACTORS.get(item.actor, item.actor),
            escape(item.department or ""),
            str(item.opens_on or ""),
            f"{due}（暂定）" if item.tentative else due,
            escape((item.locator or "").rpartition(":")[2]),
        )
    console.print(table)
