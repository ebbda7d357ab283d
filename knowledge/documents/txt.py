"""Plain text and Markdown: UTF-8, UTF-16 with a mark, or GB18030."""

from __future__ import annotations

import codecs

from knowledge.lines import pieces_of_lines
from knowledge.pieces import Piece, Unreadable

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def pieces_of(data: bytes) -> list[Piece]:
    """The pieces of a text file. Raises `Unreadable` when it is no text."""
    return pieces_of_lines(decoded(data))


def decoded(data: bytes) -> str:
    """The text of the bytes. Raises `Unreadable`."""
    if any(data.startswith(mark) for mark, _ in _MARKS):
        encodings = [name for mark, name in _MARKS if data.startswith(mark)]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable("这个文件不是文本（或者编码既不是 UTF-8 也不是 GB18030），请另存为 UTF-8 文本再导入。")
