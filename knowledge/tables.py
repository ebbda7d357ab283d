"""Tables as people read them: one head, rows whole again after page breaks, merged cells carried down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.pieces import Row, Table
from knowledge.trace import Traced

REMARK = "备注"
PERSON = "辅导员"
PHONE = "联系方式"
_NUMERIC = re.compile(r"^[\d\s./:%\-—年月日]+$")
_DATED = re.compile(r"^[\d\s./:%\-—年月日]+$|\d\s*[月日号](?![报程历])")
_REMARKED = re.compile(r"(?<=.{2})[（(][^（）()]*[)）]$")
_TOTAL = re.compile(r"^(?:合\s*计|总\s*计|小\s*计|共\s*计)")
_SENTENCE_END = "。！？!?；;：:.．》）)”"
_CARRIED_HEADS = re.compile(r"阶段|时间|事项|项目|部门|单位|学院|辅导员|联系|电话|负责|地点|环节|类别|年级|专业")
_PLACES = re.compile(r"校区|南岸|北岸|[东西南北]区|老区|新区|本部|停|休|延|缓|结业|专|社招|人$|班$|级$|无|合")
_WHAT = re.compile(r"(?:事项|项目|内容|工作|业务|环节|手续|任务|活动|名称|部门|单位|学院|办公室|问题)$")
_FACT = re.compile(r"(?:时间|日期|时限|期限|截止|地点|地址|电话|联系方式|要求|说明|安排|材料)$")
_NAME = re.compile(r"^[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}(?:·[\u3400-\u9fff]{1,6})?$")


@dataclass(frozen=True, slots=True)
class Grid:
    """A rebuilt table: `head` names the columns (empty where there is none), `rows` are as wide as the head."""

    head: tuple[str, ...]
    rows: tuple[Row, ...]
    head_row: Row | None = None

    def cells(self, row: Row) -> dict[str, str]:
        """The filled cells of a row by column."""
        return {name: cell.text for name, cell in zip(self.head, row.cells, strict=False) if name and cell.text}


def rebuild(tables: Sequence[Table]) -> Grid:
    """One table out of the parts a page break left, with what was merged filled in again."""
    rows = [row for table in tables for row in table.rows]
    head_row = rows[0] if rows and is_head(rows[0]) else None
    if head_row is None:
        return Grid((), tuple(rows))
    head = _names(head_row)
    if _overflows(rows, len(head)):
        return Grid((), tuple(rows))
    body = [_fitted(row, len(head)) for row in _without_heads(rows, head)]
    whole = _rejoined(body)
    merged = all(table.merged for table in tables)
    return Grid(head, tuple(whole if merged else _carried(head, whole)), head_row)


def _overflows(rows: Sequence[Row], width: int) -> bool:
    """Whether most rows are wider than their supposed head: then it names nothing."""
    wide = sum(1 for row in rows[1:] if any(row.texts[width:]))
    return wide * 2 > len(rows) - 1


def _without_heads(rows: Sequence[Row], head: tuple[str, ...]) -> list[Row]:
    """The rows below the head; where a page repeats it, the next row comes after a break."""
    body: list[Row] = []
    broken = False
    for row in rows[1:]:
        if same_head(row, head):
            broken = True
        else:
            body.append(replace(row, after_break=row.after_break or broken))
            broken = False
    return body


def is_head(row: Row) -> bool:
    """Whether a row names columns: three or more short different names, none of them a number."""
    texts = [text for text in row.texts if text]
    compact = [plain_name(text) for text in texts]
    named = all(len(text) <= 12 and not _DATED.search(text) and "_" not in text for text in compact)
    inner_gap = any(not text for text in row.texts[: len(texts)])
    enough = len(texts) >= 3 or (len(texts) == 2 and _is_pair(*compact))
    return enough and named and len(set(compact)) == len(compact) and not inner_gap


def plain_name(text: str) -> str:
    """The name of a column without blanks and without what is remarked in brackets behind it."""
    compact = "".join(text.split())
    return _REMARKED.sub("", compact) or compact


def _is_pair(what: str, when: str) -> bool:
    """Two columns need plainer names than three: '事项 | 截止时间'."""
    return bool(_WHAT.search(what) and _FACT.search(when)) or bool(_FACT.search(what) and _WHAT.search(when))


def same_head(row: Row, head: tuple[str, ...]) -> bool:
    """Whether `row` is the head once more."""
    return tuple("".join(t.split()) for t in row.texts if t) == tuple(name for name in head if name)


def continues(previous: Sequence[Table], table: Table) -> bool:
    """Whether `table` is the next page of the table before it: the same head again, or rows of the same width."""
    first = previous[0].rows[0]
    if not is_head(first) or not table.rows:
        return False
    head = _names(first)
    if same_head(table.rows[0], head):
        return True
    return not is_head(table.rows[0]) and len(head) <= len(table.rows[0].cells) <= len(head) + 2


def _names(row: Row) -> tuple[str, ...]:
    names = ["".join(text.split()) for text in row.texts]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _fitted(row: Row, width: int) -> Row:
    empty = Traced("", row.cells[0].marks[:1])
    cells = row.cells[:width] + (empty,) * (width - len(row.cells))
    return Row(cells, row.after_break)


def _rejoined(rows: Sequence[Row]) -> list[Row]:
    """Rows that a page break cut in two are one again: the first cell is empty and a text before it has no end."""
    whole: list[Row] = []
    for row in rows:
        if whole and _goes_on(whole[-1], row):
            pairs = zip(whole[-1].cells, row.cells, strict=True)
            whole[-1] = Row(tuple(a.join(b) if b.text else a for a, b in pairs), whole[-1].after_break)
        elif any(row.texts):
            whole.append(row)
    return whole


def _goes_on(above: Row, row: Row) -> bool:
    if row.cells[0].text or not row.after_break:
        return False
    return any(_cut_off(a.text) for a, b in zip(above.cells, row.cells, strict=True) if b.text and len(a.text) > 12)


def _cut_off(text: str) -> bool:
    return text[-1] not in _SENTENCE_END


def _carried(head: tuple[str, ...], rows: Sequence[Row]) -> list[Row]:
    """Empty cells take the value above them in columns where cells are merged; sums and remarks are left alone."""
    columns = [column for column in range(len(head)) if _is_merged_column(head, rows, column)]
    last: dict[int, Traced] = {}
    done: list[Row] = []
    for row in rows:
        if is_total(row.texts[0]):
            done.append(row)
            continue
        done.append(_filled(head, row, columns, last))
    return done


def _is_merged_column(head: tuple[str, ...], rows: Sequence[Row], column: int) -> bool:
    if head[column] == REMARK or not rows[:1] or not rows[0].texts[column]:
        return False
    return column == 0 or bool(_CARRIED_HEADS.search(head[column]))


def _filled(head: tuple[str, ...], row: Row, columns: list[int], last: dict[int, Traced]) -> Row:
    if remark_names_person(head, row):
        return _person_from_remark(head, row, columns, last)
    cells = list(row.cells)
    renewed = {c for c in columns if cells[c].text}
    for column in columns:
        if cells[column].text:
            last[column] = cells[column]
        elif column in last and not _belongs_to(head, column, renewed):
            # The value keeps the place where it stands, so that a quote points to the right line.
            cells[column] = Traced(last[column].text, cells[column].marks)
    return Row(tuple(cells), row.after_break)


def _belongs_to(head: tuple[str, ...], column: int, renewed: set[int]) -> bool:
    """A new person without a phone doesn't get the phone of the person above."""
    return head[column] == PHONE and PERSON in head and head.index(PERSON) in renewed


def remark_names_person(head: tuple[str, ...], row: Row) -> bool:
    """Whether the remark of a class without a counselor is his name ('南岸' is a campus, not a person)."""
    if PERSON not in head or REMARK not in head:
        return False
    return not row.texts[head.index(PERSON)] and names_person(row.texts[head.index(REMARK)])


def names_person(remark: str) -> bool:
    """Whether a remark looks like a person's name and like nothing else that schools put there."""
    return bool(_NAME.match(remark)) and not _PLACES.search(remark)


def is_total(text: str) -> bool:
    """Whether a row that begins with `text` is a sum ('合计')."""
    return bool(_TOTAL.match(text))


def _person_from_remark(head: tuple[str, ...], row: Row, columns: list[int], last: dict[int, Traced]) -> Row:
    """His name counts for this row only; the rows below go on with the counselor above."""
    cells = list(row.cells)
    cells[head.index(PERSON)] = cells[head.index(REMARK)]
    own = {head.index(PERSON), head.index(PHONE) if PHONE in head else -1}
    for column in columns:
        if not cells[column].text and column in last and column not in own:
            cells[column] = Traced(last[column].text, cells[column].marks)
    return Row(tuple(cells), row.after_break)
