"""Pieces into blocks: which heading stands above what, what a table row says, which field belongs to which text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

from knowledge.blocks import CELL, HEADING, LIST_ITEM, PARAGRAPH, ROW, Block
from knowledge.heads import plain_head, titles
from knowledge.lines import PARAGRAPH_BREAK
from knowledge.pieces import Piece, Row, Table, Text
from knowledge.tables import Grid, continues, rebuild
from knowledge.trace import Traced

FIELDS = ("责任部门", "责任单位", "牵头部门", "负责部门", "牵头单位")
_FIELD = re.compile(rf"^({'|'.join(FIELDS)})\s*[:：]\s*(.+)$")
_ATTACHMENT = re.compile(r"^附\s*件\s*[\d一二三四五六七八九十]{0,2}\s*[:：.]?\s*(.*)$")
_NUMBERED = (
    (10, re.compile(r"^[一二三四五六七八九十]{1,3}[、.．]\s*")),
    (20, re.compile(r"^[（(][一二三四五六七八九十]{1,3}[)）]\s*")),
    (36, re.compile(r"^\d{1,2}[.．]\d{1,2}[.．]\d{1,2}[.．、]?\s*(?![\d月日])")),
    (33, re.compile(r"^\d{1,2}[.．]\d{1,2}(?:[.．、]\s*|\s+)(?![\d月日前起止至—–~-])")),
    (30, re.compile(r"^\d{1,2}\s*[、.．]\s*(?!\d+\s*[.．]\d)")),
    (40, re.compile(r"^[（(]\d{1,2}[)）]\s*")),
    (45, re.compile(r"^\d{1,2}\s*[)）]\s*")),
    (50, re.compile(r"^(?:[①-⑳]|[（(]?[a-z][)）.、])\s*")),
)
_ORDINAL = re.compile(r"(\d{1,2})\s*[.．、]\s*")
_SENTENCE_END = re.compile(r"[。！？!?]")
_BREAK = re.compile(PARAGRAPH_BREAK)
_ITEM_LEAD = re.compile(r"^([^\d，,；;：:。]{3,22})。(?=.{5})")
_ATTACHMENT_LIST = re.compile(r"^附\s*件\s*[\d一二三四五六七八九十]{0,2}\s*[:：]")
_LIST = "附件"
_DATE_LINE = re.compile(r"^\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日$")
_PART = re.compile(r"(?:说明|要求|事项|照片|须知|流程|方法|步骤|表)$")
_LEAD = 40
_BARE = 25
"""The level of headings without a number."""
_LONG_CELL = 60
_ITEM_AFTER = re.compile(r"(?:^|[。；;！？)）”》\s])$")


@dataclass
class _Headings:
    """The headings that stand above the place reached, by level."""

    stack: list[tuple[int, str]] = field(default_factory=list)
    leads: set[str] = field(default_factory=set)
    """Those of them that are list items: they lead the paragraph below them, but no table."""

    def open(self, level: int, text: str) -> tuple[str, ...]:
        """Puts a heading in its place; gives the section it stands in."""
        while self.stack and self.stack[-1][0] >= level:
            self.stack.pop()
        above = self.section
        self.stack.append((level, text))
        return above

    def close(self, level: int) -> tuple[str, ...]:
        while self.stack and self.stack[-1][0] >= level:
            self.stack.pop()
        return self.section

    @property
    def section(self) -> tuple[str, ...]:
        return tuple(text for _, text in self.stack)

    @property
    def chapter(self) -> tuple[str, ...]:
        """The section without list items."""
        return tuple(text for text in self.section if text not in self.leads)


def blocks_of(pieces: Sequence[Piece]) -> tuple[Block, ...]:
    """The blocks of a notice in order."""
    headings = _Headings()
    blocks: list[Block] = []
    for is_table, group in groupby(_with_titles(_without_title(pieces)), key=lambda piece: isinstance(piece, Table)):
        members = list(group)
        if is_table:
            for grid in grids([piece for piece in members if isinstance(piece, Table)]):
                blocks += _table_blocks(grid, headings.chapter)
        else:
            for piece in members:
                if isinstance(piece, Text):
                    blocks += _text_blocks(piece, headings)
    return tuple(_with_fields(_signed(blocks)))


def _without_title(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """The notice's own title is no heading of a part of it: the only one of its level, at the top."""
    levels = [(piece.level, index) for index, piece in enumerate(pieces) if isinstance(piece, Text) and piece.level]
    tops = [index for level, index in levels if level == min(levels)[0]]
    if len(tops) != 1 or tops[0] > 2:
        return pieces
    return [replace(p, level=None) if i == tops[0] and isinstance(p, Text) else p for i, p in enumerate(pieces)]


def _with_titles(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """'附件 2' and the title under it are one heading."""
    waiting: Text | None = None
    for piece in pieces:
        if waiting is not None:
            short = isinstance(piece, Text) and len(piece.content.text) <= 40 and not _level_of(piece)[0]
            if isinstance(piece, Text) and short:
                yield Text(waiting.content.join(piece.content, " "), 0)
                waiting = None
                continue
            yield Text(waiting.content, 0)
            waiting = None
        if isinstance(piece, Text) and _is_bare_attachment(piece.content.text):
            waiting = piece
        else:
            yield piece
    if waiting is not None:
        yield Text(waiting.content, 0)


def _is_bare_attachment(text: str) -> bool:
    found = _ATTACHMENT.match(text)
    return bool(found) and not (found and found[1])


def grids(tables: Sequence[Table]) -> Iterator[Grid]:
    """Tables that stand together: pages of one table are one."""
    run: list[Table] = []
    for table in tables:
        if above := titles(table):
            yield Grid((), tuple(above))
        for part in _by_head(plain_head(table)):
            if run and not continues(run, part):
                yield rebuild(run)
                run = []
            run.append(part)
    if run:
        yield rebuild(run)


def _by_head(table: Table) -> Iterator[Table]:
    """A run of lines with tabs can hold several tables: a blank line parts them."""
    run: list[Row] = []
    for row in table.rows:
        if row.after_break and run and not table.merged:
            yield Table(tuple(run), table.merged)
            run = []
        run.append(row)
    if run:
        yield Table(tuple(run), table.merged)


# --- text -----------------------------------------------------------------------------------------------------


def _level_of(piece: Text) -> tuple[int, str]:
    """The level a text's number gives it (0: none) and the text without the number."""
    for level, pattern in _NUMBERED:
        found = pattern.match(piece.content.text)
        if found:
            return level + piece.depth, piece.content.text[found.end() :]
    return 0, piece.content.text


def _text_blocks(piece: Text, headings: _Headings) -> Iterator[Block]:
    content = piece.content
    if piece.level is not None:
        name = content.text
        yield Block.of(HEADING, content, headings.open(piece.level * 10, name))
        return
    if piece.content.text.startswith("附") and _is_attachment_title(content.text):
        yield Block.of(HEADING, content, headings.open(0, content.text))
        return
    level, rest = _level_of(piece)
    if level:
        yield from _numbered(content, level, rest, headings)
    elif _is_bare_heading(piece, headings):
        yield Block.of(HEADING, content, headings.open(_BARE, content.text.rstrip(":： ")))
    else:
        yield Block.of(PARAGRAPH, content, _plain_section(content.text, headings))


def _plain_section(text: str, headings: _Headings) -> tuple[str, ...]:
    """The list of attachments stands under no chapter, and what follows it (the signature) under no heading."""
    if _ATTACHMENT_LIST.match(text):
        headings.open(0, _LIST)
        return ()
    return headings.close(0) if headings.section[:1] == (_LIST,) else headings.section


def _is_attachment_title(text: str) -> bool:
    """'附件 2 操作说明' begins the attachment; '附件 2：操作说明' in the letter only announces it."""
    return len(text) <= 40 and bool(re.match(r"^附\s*件\s*[\d一二三四五六七八九十]{0,2}\s*(?:$|[^\s:：\d])", text))


def _is_bare_heading(piece: Text, headings: _Headings) -> bool:
    """A short line that ends with a colon; in an attachment also one that names a part."""
    text = piece.content.text
    if len(text) > 20 or not re.search(r"[\u4e00-\u9fff]\s?[\u4e00-\u9fff]", text):
        return False
    if re.search(r"[\u4e00-\u9fff][:：]$", text):
        return not text.startswith("各")
    attached = headings.section[:1] and headings.section[0].startswith("附")
    return bool(attached and piece.alone and _PART.search(text) and not re.search(r"[:：，。；]", text))


def _numbered(content: Traced, level: int, rest: str, headings: _Headings) -> Iterator[Block]:
    """A number makes a heading, a heading with its text behind it, or a list item that leads what follows."""
    skipped = len(content.text) - len(rest)
    end = _SENTENCE_END.search(rest)
    first = rest[: end.start()] if end else rest
    if end is None and len(rest) <= 40 and not re.search(r"[:：；;]" if level <= 20 else r"[:：，,；;]", rest):
        yield Block.of(HEADING, content, headings.open(level, content.text))
        return
    if end is not None and len(first) <= 22 and len(rest) > end.end() + 5 and not re.search(r"[\d，,：:]", first):
        section = headings.open(level, content.text[: skipped + end.start()])
        yield Block.of(HEADING, content.cut(0, skipped + end.start()), section)
        yield Block.of(PARAGRAPH, content.cut(skipped + end.end()).strip(), headings.section)
        return
    section = headings.close(level)
    yield Block.of(LIST_ITEM, content, section)
    if len(first) <= _LEAD and len(rest) <= len(first) + 1:
        headings.open(level, first)
        headings.leads.add(first)


def shortened(text: str) -> str:
    """A list item's first words, as the heading of what follows it."""
    return text if len(text) <= _LEAD else text[: _LEAD - 1] + "…"


# --- tables ---------------------------------------------------------------------------------------------------


def _table_blocks(grid: Grid, section: tuple[str, ...]) -> Iterator[Block]:
    if grid.head_row is None or not grid.rows:
        loose = grid.rows if grid.head_row is None else (grid.head_row,)
        yield from (_loose_row(row, section) for row in loose if any(row.texts))
        return
    for row in grid.rows:
        long = max(range(len(row.cells)), key=lambda i: len(row.cells[i].text))
        text = row.cells[long].text
        if len(text) > _LONG_CELL and _SENTENCE_END.search(text):
            yield from _cell_blocks(grid, row, long, section)
        else:
            yield _row_block(grid, row, section)


def _loose_row(row: Row, section: tuple[str, ...]) -> Block:
    """A row of a form or a table without a head: its cells in order."""
    said = {cell.text: cell.sub(_BREAK, " ") for cell in row.cells if cell.text}
    first, *others = said.values()
    text = first
    for cell in others:
        text = text.join(cell, " ")
    return Block.of(ROW, text, section)


def _row_block(grid: Grid, row: Row, section: tuple[str, ...]) -> Block:
    """A row that can be read by itself: 'head：value；head：value'; a running number says nothing and is left out."""
    text: Traced | None = None
    for name, cell in zip(grid.head, row.cells, strict=True):
        if not cell.text or (name == "序号" and cell.text.isdigit()):
            continue
        label = "" if not name or name == "序号" else f"{name}："
        named = Traced(label, cell.marks[:1]).join(cell.sub(_BREAK, " "))
        text = named if text is None else text.join(named, "；")
    content = text if text is not None else row.cells[0]
    return Block.of(ROW, content, section, grid.cells(row))


def _cell_blocks(grid: Grid, row: Row, long: int, section: tuple[str, ...]) -> Iterator[Block]:
    """A long cell in its numbered items; the other cells of its row go with each."""
    cells = {name: text for name, text in grid.cells(row).items() if name != grid.head[long]}
    topic = row.cells[0].text if long and not row.cells[0].text.isdigit() else ""
    above = (*section, topic) if topic else section
    lead: tuple[str, ...] = ()
    for part, is_item in _items(row.cells[long]):
        if is_item:
            found = _ITEM_LEAD.match(part.text)
            lead = (found[1],) if found else ()
        yield Block.of(CELL, part, above + lead, cells)


def _items(cell: Traced) -> Iterator[tuple[Traced, bool]]:
    """The numbered items (without their numbers) and the paragraphs between them."""
    expected = 1
    for paragraph in cell.split(_BREAK):
        starts: list[tuple[int, int]] = []
        for found in _ORDINAL.finditer(paragraph.text):
            if int(found[1]) == expected and _ITEM_AFTER.search(paragraph.text[: found.start()]):
                starts.append(found.span())
                expected += 1
        if not starts or starts[0][0] > 0:
            yield paragraph.cut(0, starts[0][0] if starts else None).strip(), False
        for (_, begin), (end, _) in pairwise([*starts, (len(paragraph.text), 0)]):
            yield paragraph.cut(begin, end).strip(), True


# --- signature and fields ---------------------------------------------------------------------------------------


def _signed(blocks: Sequence[Block]) -> list[Block]:
    """Signature and date at the end of a letter stand under no heading."""
    result = list(blocks)
    for index, block in enumerate(result):
        if block.kind == PARAGRAPH and _DATE_LINE.match(block.text):
            result[index] = replace(block, section=())
            above = result[index - 1] if index else block
            if above.kind == PARAGRAPH and len(above.text) <= 30 and not _SENTENCE_END.search(above.text):
                result[index - 1] = replace(above, section=())
    return result


def _with_fields(blocks: Sequence[Block]) -> Iterator[Block]:
    """'责任部门：某处' is a field of everything under the same heading."""
    fields = {block.section: {found[1]: found[2].strip()} for block in blocks if (found := _FIELD.match(block.text))}
    for block in blocks:
        above = (block.section[:depth] for depth in range(len(block.section), 0, -1))
        cells = next((fields[section] for section in above if section in fields), {})
        yield block.with_cells(cells)
