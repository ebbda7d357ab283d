"""CSV: one table; comma, semicolon or tab, in UTF-8 or GB18030."""

from __future__ import annotations

import csv
import io

from knowledge.documents.txt import decoded
from knowledge.pieces import Piece, Row, Table
from knowledge.trace import Traced

_SEPARATORS = "\t;,"


def pieces_of(data: bytes) -> list[Piece]:
    """The table of a CSV file. Raises `Unreadable` when it is no text."""
    text = decoded(data)
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = [Row(tuple(Traced.of(cell.strip(), reader.line_num) for cell in row)) for row in reader if any(row)]
    return [Table(tuple(rows))] if rows else []
