"""Heads of tables whose cells are merged: titles above them, names over several columns, names in two storeys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from knowledge.pieces import Row, Table
from knowledge.tables import is_head, plain_name
from knowledge.trace import Traced

_NAME = re.compile(r"^(?=.*[\u4e00-\u9fffA-Za-z])[^，。；：:\d]{1,12}$")
_KNOWN = re.compile(
    r"事项|项目|内容|工作|业务|环节|手续|任务|活动|名称|安排|做什么|办什么|时间|日期|时限|期限|截止|什么时候|地点|地址|哪里|在哪|部门|单位|责任|负责|联系|电话"
    r"|找谁|对象|备注|说明|要求|材料|流程|方式|阶段|步骤"
)
_DEEP = 4
"""So many lines deep a head is looked for."""
_PARTED = re.compile(r"[\d月日年:：.\-—~～、\s]{3,}")


def plain_head(table: Table) -> Table:
    """The table from its head on, with one line of names, one name a column; others as they are."""
    if not table.merged or len(table.rows) < 2:
        return table
    rows = list(table.rows[_above(table) :])
    width = max(len(row.cells) for row in rows)
    names = _named(rows[0], rows[1:], width)
    if names is None:
        return table if len(rows) == len(table.rows) else Table(tuple(rows), merged=True)
    storeys = _second_storey(names, rows[1], width) if len(rows) > 2 else None
    body = rows[2:] if storeys else rows[1:]
    columns = _columns(storeys or names)
    head = Row(tuple(Traced(name, rows[0].cells[0].marks[:1]) for name, _ in columns), rows[0].after_break)
    return Table((head, *(_folded(row, columns) for row in body)), merged=True)


def titles(table: Table) -> list[Row]:
    """The lines above the head: titles over all columns, who made it and when."""
    return list(table.rows[: _above(table)]) if table.merged else []


def _above(table: Table) -> int:
    """How many lines stand above the head; 0 where there is no plain one."""
    for at, row in enumerate(table.rows[:_DEEP]):
        if _is_title(row) and at < len(table.rows) - 2:
            continue
        if names_columns(row) or (at == 0 and is_head(row)):
            return at - 1 if at and _is_upper_storey(table.rows[at - 1], table.rows[at:]) else at
    return next((at for at, row in enumerate(table.rows[:-2]) if not _is_title(row)), 0)


def _is_upper_storey(row: Row, below: Sequence[Row]) -> bool:
    """Whether a line above a head names what several of its columns have in common ('东校区' over '时间', '地点')."""
    width = max(len(other.cells) for other in (row, *below))
    names = None if _is_title(row) else _named(row, below, width)
    return bool(names and _second_storey(names, below[0], width))


def names_columns(row: Row) -> bool:
    """Whether a line is surely a head: short names, two of them of the kind that heads of plans and guides have."""
    texts = [plain_name(text) for text in row.texts if text]
    known = sum(1 for text in dict.fromkeys(texts) if _KNOWN.search(text))
    return known >= 2 and all(_NAME.match(text) for text in texts)


def _is_title(row: Row) -> bool:
    return len({text for text in row.texts if text}) == 1 and len(row.cells) > 1


def _named(head: Row, body: Sequence[Row], width: int) -> list[str] | None:
    """The name of each column, one over several in each of them; None where the first line names nothing."""
    texts = [plain_name(text) for text in head.texts] + [""] * (width - len(head.texts))
    used = [any(len(row.cells) > at and row.cells[at].text for row in body) for at in range(width)]
    if not texts[0] or any(text and not _NAME.match(text) for text in texts):
        return None
    for at in range(1, width):
        texts[at] = texts[at] or (texts[at - 1] if used[at] else "")
    spanned = any(one and one == two for one, two in pairwise(texts))
    return texts if spanned and len(set(filter(None, texts))) >= 2 else None


def _second_storey(names: Sequence[str], row: Row, width: int) -> list[str] | None:
    """The names with those of the second line, where that parts a name into several."""
    below = [plain_name(text) for text in row.texts] + [""] * (width - len(row.texts))
    under = [at for at in range(width) if _shares(names, at)]
    parts = [below[at] for at in under]
    if not all(part and _NAME.match(part) for part in parts) or len({(names[at], below[at]) for at in under}) < len(
        under
    ):
        return None
    if any(below[at] not in ("", names[at]) for at in range(width) if at not in under):
        return None
    return [f"{name}{below[at]}" if at in under and below[at] != name else name for at, name in enumerate(names)]


def _shares(names: Sequence[str], at: int) -> bool:
    """Whether a column has its name together with the one beside it."""
    beside = (names[at - 1] if at else "", names[at + 1] if at + 1 < len(names) else "")
    return bool(names[at]) and names[at] in beside


def _columns(names: Sequence[str]) -> list[tuple[str, list[int]]]:
    columns: list[tuple[str, list[int]]] = []
    for at, name in enumerate(names):
        if columns and name and columns[-1][0] == name:
            columns[-1][1].append(at)
        else:
            columns.append((name, [at]))
    return columns


def _folded(row: Row, columns: Sequence[tuple[str, list[int]]]) -> Row:
    """The cells under one name are one cell."""
    cells = []
    for _, places in columns:
        there = [row.cells[at] for at in places if at < len(row.cells)]
        filled = [cell for at, cell in enumerate(there) if cell.text and cell.text not in [c.text for c in there[:at]]]
        cell = filled[0] if filled else Traced("", row.cells[0].marks[:1])
        for other in filled[1:]:
            cell = cell.join(other, "至" if _PARTED.fullmatch(cell.text + other.text) else "，")
        cells.append(cell)
    return Row(tuple(cells), row.after_break)
