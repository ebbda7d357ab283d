"""Binary formats are read in a child process (`sandbox`): what it finds travels as JSON."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from knowledge import sandbox
from knowledge.pieces import Piece, Row, Table, Text
from knowledge.sandbox import MEMORY, SECONDS
from knowledge.trace import Mark, Traced

_TOO_MUCH = "这个文件太复杂，读它需要的内存或时间超过了限制；请拆成几份，或另存为更简单的文件再导入。"


def pieces_in_child(reader: str, data: bytes, *, seconds: float = SECONDS, memory: int = MEMORY) -> list[Piece]:
    """The pieces that `reader` finds in `data`, read in a child process. Raises `Unreadable`."""
    answer = sandbox.run(f"{__name__}:{reader}", data, too_much=_TOO_MUCH, seconds=seconds, memory=memory)
    return [_piece_from(piece) for piece in json.loads(answer)]


def in_child(reader: str, data: bytes) -> bytes:
    """What `reader` finds, as JSON. Raises `Unreadable`."""
    pieces: list[Piece] = import_module(f"knowledge.documents.{reader}").pieces_of(data)
    return json.dumps([_as_json(piece) for piece in pieces]).encode()


def _as_json(piece: Piece) -> list[Any]:
    if isinstance(piece, Text):
        return ["text", _traced(piece.content), piece.level, piece.alone, piece.depth]
    rows = [[row.after_break, [_traced(cell) for cell in row.cells]] for row in piece.rows]
    return ["table", rows, piece.merged]


def _traced(content: Traced) -> list[Any]:
    return [content.text, content.marks]


def _piece_from(value: list[Any]) -> Piece:
    if value[0] == "text":
        return Text(_traced_from(value[1]), value[2], value[3], value[4])
    rows = (Row(tuple(_traced_from(cell) for cell in cells), after_break) for after_break, cells in value[1])
    return Table(tuple(rows), value[2])


def _traced_from(value: list[Any]) -> Traced:
    return Traced(value[0], tuple(Mark(*mark) for mark in value[1]))
