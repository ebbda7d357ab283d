"""Binary formats are read in a child process with limits on memory and time: a bad file cannot harm the bot.

The child gets the bytes on its standard input and nothing else (no keys in its environment, no file names); it
answers with JSON on its standard output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from knowledge.pieces import Piece, Row, Table, Text, Unreadable
from knowledge.trace import Mark, Traced

MEMORY = 1024 * 1024 * 1024
SECONDS = 60
_TOO_MUCH = "这个文件太复杂，读它需要的内存或时间超过了限制；请拆成几份，或另存为更简单的文件再导入。"


def pieces_in_child(reader: str, data: bytes, *, seconds: float = SECONDS, memory: int = MEMORY) -> list[Piece]:
    """The pieces that `reader` finds in `data`, read in a child process. Raises `Unreadable`."""
    root = str(Path(__file__).resolve().parents[1])
    environment = {"PATH": os.defpath, "PYTHONPATH": root, "PYTHONIOENCODING": "utf-8", "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "knowledge.child", reader, str(memory), str(int(seconds) + 1)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
            command, input=data, capture_output=True, timeout=seconds, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(_TOO_MUCH) from None
    if done.returncode != 0:
        raise Unreadable(_TOO_MUCH)
    answer = json.loads(done.stdout)
    if "unreadable" in answer:
        raise Unreadable(answer["unreadable"])
    return [_piece_from(piece) for piece in answer["pieces"]]


def _main(reader: str, memory: str, seconds: str) -> None:
    _limit(int(memory), int(seconds))
    from importlib import import_module

    data = sys.stdin.buffer.read()
    try:
        pieces: list[Piece] = import_module(f"knowledge.documents.{reader}").pieces_of(data)
        answer: dict[str, Any] = {"pieces": [_as_json(piece) for piece in pieces]}
    except Unreadable as problem:
        answer = {"unreadable": str(problem)}
    except MemoryError:
        answer = {"unreadable": _TOO_MUCH}
    except (
        Exception
    ) as problem:  # foreign bytes can break a library anywhere; its name helps, its message may quote them
        answer = {"unreadable": f"这个文件读不了，可能已损坏（{type(problem).__name__}）；请另存一份再导入。"}
    json.dump(answer, sys.stdout)


def _limit(memory: int, seconds: int) -> None:
    """Limits this process; where the platform has none (Windows) the parent's timeout stays."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _as_json(piece: Piece) -> list[Any]:
    if isinstance(piece, Text):
        return ["text", _traced(piece.content), piece.level, piece.alone]
    rows = [[row.after_break, [_traced(cell) for cell in row.cells]] for row in piece.rows]
    return ["table", rows, piece.merged]


def _traced(content: Traced) -> list[Any]:
    return [content.text, content.marks]


def _piece_from(value: list[Any]) -> Piece:
    if value[0] == "text":
        return Text(_traced_from(value[1]), value[2], value[3])
    rows = (Row(tuple(_traced_from(cell) for cell in cells), after_break) for after_break, cells in value[1])
    return Table(tuple(rows), value[2])


def _traced_from(value: list[Any]) -> Traced:
    return Traced(value[0], tuple(Mark(*mark) for mark in value[1]))


if __name__ == "__main__":
    _main(*sys.argv[1:])
