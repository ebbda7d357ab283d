"""Blocks into answerable pieces: sentences with their headings, whole table rows, headings that say something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from knowledge.blocks import HEADING, LIST_ITEM, ROW, Block, Document
from knowledge.lines import depths
from knowledge.structure import shortened
from knowledge.trace import Traced

_OPENERS, _CLOSERS = "（([《“「【", "）)]》”」】"
_STOPS = "。！？!?"
_EDGE = re.compile(f"[\n{re.escape(_OPENERS + _CLOSERS + _STOPS)}]")
_SHORT = 8
_LONG = 90
_LONGEST = 2000
"""No sentence is longer: what comes without any stop is cut, so that nothing that follows takes for ever."""
_TIME_CLAUSE = re.compile(r"时间(?:为|是|[:：])")
# '…时间为 A，…时间为 B' says two things; '…确认，截止时间为 A' says one.
_NEW_TIME_CLAUSE = re.compile(r"[，,]\s*(?!(?:关闭|结束|停用)时间)(?=[^，,。；;]{2,12}时间(?:为|是|[:：]))")


def passages_of(document: Document) -> list[Block]:
    """The answerable pieces of a notice in order; each has section, fields and the line where it begins."""
    pieces = document.worked_out.get("passages")
    if pieces is None:
        pieces = document.worked_out["passages"] = tuple(_pieces(document.blocks))
    return list(pieces)


def _pieces(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for index, block in enumerate(blocks):
        if block.kind == HEADING:
            pieces = [block] if _is_leaf(blocks, index) else []
        else:
            pieces = [block] if block.kind == ROW else list(_sentences_of(block))
        yield from (piece for piece in pieces if re.search(r"\w", piece.text))


def _is_leaf(blocks: tuple[Block, ...], index: int) -> bool:
    """A heading with nothing under it says something itself: a step of a programme, an entry of a list."""
    inside = (*blocks[index].section, blocks[index].text)
    following = blocks[index + 1].section if index + 1 < len(blocks) else ()
    return len(following) < len(inside)


def _sentences_of(block: Block) -> Iterator[Block]:
    parts = sentences(block.traced)
    lead = (shortened(parts[0].text.rstrip(_STOPS)),) if block.kind == LIST_ITEM and parts else ()
    for number, sentence in enumerate(parts):
        yield replace(
            block,
            text=sentence.text,
            line=sentence.line,
            offset=sentence.offset,
            marks=sentence.marks,
            section=(*block.section, *lead) if number else block.section,
        )


def sentences(text: Traced) -> list[Traced]:
    """The sentences of a text; very short ones and remarks in brackets stay with their neighbour."""
    parts = [text.cut(start, end).strip() for start, end in _joined(text.text, _spans(text.text))]
    return [clause for part in parts if part.text for clause in _clauses(part)]


def _spans(text: str) -> list[tuple[int, int]]:
    """Cut after each stop that is not inside brackets or quotation marks, and where it gets too long anyway."""
    cuts, depth = [0], 0
    for found in _EDGE.finditer(text):
        at, char = found.start(), found[0]
        while at - cuts[-1] >= _LONGEST:
            depth = 0
            cuts.append(cuts[-1] + _LONGEST)
        if char in _OPENERS:
            depth += 1
        elif char in _CLOSERS:
            depth = max(0, depth - 1)
        elif char == "\n" or depth == 0:
            depth = 0
            cuts.append(at + 1)
    while len(text) - cuts[-1] > _LONGEST:
        cuts.append(cuts[-1] + _LONGEST)
    return [(a, b) for a, b in pairwise([*cuts, len(text)]) if text[a:b].strip()]


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        body = text[start:end].strip()
        before = text[slice(*joined[-1])].strip() if joined else ""
        if joined and (body[0] in "（(" + _CLOSERS or len(before) < _SHORT or len(body) < 3):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _clauses(sentence: Traced) -> list[Traced]:
    """A sentence that gives several times is cut between them; a very long one at its semicolons."""
    text = sentence.text
    if len(text) <= _LONG and not _NEW_TIME_CLAUSE.search(text):
        return [sentence]
    open_at = depths(text)
    cuts = [
        found.end()
        for found in _NEW_TIME_CLAUSE.finditer(text)
        if not open_at[found.start()] and _TIME_CLAUSE.search(text, 0, found.start())
    ]
    if len(text) > _LONG:
        cuts += [at + 1 for at, char in enumerate(text) if char in "；;" and not open_at[at]]
    edges = sorted({0, *cuts, len(text)})
    return [part for a, b in pairwise(edges) if (part := sentence.cut(a, b).strip()).text]
