"""From a file to a document: which reader, within which limits."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from knowledge.blocks import Document
from knowledge.letterhead import letterhead
from knowledge.pieces import Piece, Table, Text, Unreadable
from knowledge.structure import blocks_of

FORMATS = {
    ".txt": "txt",
    ".md": "txt",
    ".docx": "docx",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
    ".xlsx": "xlsx",
    ".xls": "xlsx",
    ".csv": "csv",
}
"""File name ending to reader: one line per format."""


def read(path: Path) -> Document:
    """Reads a notice. Raises `Unreadable` with a sentence for the person who uploaded it."""
    data = path.read_bytes()
    if not data.strip():
        raise Unreadable("这个文件是空的。")
    return document_of(pieces_of(path.suffix.lower(), data), path.name)


def pieces_of(suffix: str, data: bytes) -> list[Piece]:
    """The pieces of a file's bytes by its reader. Raises `Unreadable`."""
    name = FORMATS.get(suffix)
    if name is None:
        raise Unreadable(f"不认识 {suffix or '没有后缀的'} 文件；能读的有：{'、'.join(FORMATS)}。")
    pieces: list[Piece] = import_module(f"knowledge.documents.{name}").pieces_of(data)
    return pieces


def document_of(pieces: Sequence[Piece], file: str) -> Document:
    """What the pieces of `file` mean. Raises `Unreadable` when there is nothing in them."""
    if not pieces:
        raise Unreadable("这个文件里没有文字。")
    head = letterhead(pieces, file)
    return Document(
        file=file,
        title=head.title,
        issuer=head.issuer,
        school=head.school,
        cohort=head.cohort,
        document_number=head.document_number,
        issued_on=head.issued_on,
        blocks=blocks_of(pieces),
        digest=digest_of(pieces),
        problems=head.problems,
    )


def digest_of(pieces: Sequence[Piece]) -> str:
    """The digest of the text itself: blanks, widths and the file's format don't change it."""
    plain = "".join(unicodedata.normalize("NFKC", text) for piece in pieces for text in _texts(piece))
    return hashlib.sha256("".join(plain.split()).encode()).hexdigest()


def _texts(piece: Piece) -> Sequence[str]:
    if isinstance(piece, Text):
        return (piece.content.text,)
    if isinstance(piece, Table):
        return [text for row in piece.rows for text in row.texts]
    return ()
