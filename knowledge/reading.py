"""From a file to a document: which reader, within which limits."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from knowledge.archives import check_zip
from knowledge.blocks import Document
from knowledge.checks import problems_of
from knowledge.child import pieces_in_child
from knowledge.letterhead import letterhead
from knowledge.pieces import Piece, Text, Unreadable
from knowledge.structure import blocks_of

FORMATS = {
    ".txt": "txt",
    ".md": "md",
    ".csv": "csv",
    ".docx": "docx",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
    ".xlsx": "xlsx",
}
"""File name ending to reader: one line per format."""

MAX_BYTES = 20 * 1024 * 1024
_PLAIN = ("txt", "md", "csv")
"""Text is decoded right here; everything with a format of its own is read in a child process."""
_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_ZIP, _PDF, _OLE = b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STARTS = {"docx": _ZIP, "xlsx": _ZIP, "pdf": _PDF}


def read(path: Path) -> Document:
    """Reads a notice. Raises `Unreadable` with a sentence for the person who uploaded it."""
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable(f"这个文件超过 {MAX_BYTES // 1024 // 1024} MB，不能导入。")
    return read_bytes(path.read_bytes(), path.name)


def read_bytes(data: bytes, file: str) -> Document:
    """Reads an upload; its name only tells the format. Raises `Unreadable`."""
    return document_of(pieces_of(data, Path(file).suffix.lower()), file)


def pieces_of(data: bytes, suffix: str) -> list[Piece]:
    """The pieces of a file's bytes by its reader. Raises `Unreadable`."""
    reader = FORMATS.get(suffix)
    if reader is None:
        raise Unreadable(f"不认识{suffix or '没有后缀的'}文件；能读的有：{'、'.join(FORMATS)}。")
    if len(data) > MAX_BYTES:
        raise Unreadable(f"这个文件超过 {MAX_BYTES // 1024 // 1024} MB，不能导入。")
    if not data.strip():
        raise Unreadable("这个文件是空的。")
    _check_start(data, reader)
    if reader in _PARTS:
        check_zip(data, _PARTS[reader])
    if reader in _PLAIN:
        pieces: list[Piece] = import_module(f"knowledge.documents.{reader}").pieces_of(data)
        return pieces
    return pieces_in_child(reader, data)


def _check_start(data: bytes, reader: str) -> None:
    """The first bytes must be those of the format that the file's ending names."""
    wanted = _STARTS.get(reader)
    if wanted == _PDF and _PDF in data[:1024]:
        return
    if wanted and data.startswith(wanted):
        return
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Unreadable("这个文件有密码，请先解除密码再导入。")
        raise Unreadable("这是旧版 Office 文件（.doc/.xls），请另存为 .docx 或 .xlsx 再导入。")
    if wanted or data.startswith((_ZIP, _PDF)):
        raise Unreadable("文件内容和后缀不一致：请检查文件名，或用原来的程序另存一份。")


def document_of(pieces: Sequence[Piece], file: str) -> Document:
    """What the pieces of `file` mean. Raises `Unreadable` when there is nothing in them."""
    if not pieces:
        raise Unreadable("这个文件里没有文字。")
    head = letterhead(pieces, file)
    document = Document(
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
        updated_on=head.updated_on,
    )
    return document.with_problems(problems_of(document))


def digest_of(pieces: Sequence[Piece]) -> str:
    """The digest of the text itself: blanks, widths and the file's format don't change it."""
    plain = "".join(unicodedata.normalize("NFKC", text) for piece in pieces for text in _texts(piece))
    return hashlib.sha256("".join(plain.split()).encode()).hexdigest()


def _texts(piece: Piece) -> Sequence[str]:
    if isinstance(piece, Text):
        return (piece.content.text,)
    return [text for row in piece.rows for text in row.texts]
