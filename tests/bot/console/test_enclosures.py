"""Files that go along with a broadcast: told by their bytes, named as their sender named them."""

from __future__ import annotations

from io import BytesIO

import pytest
from docx import Document

from bot.console.workbench.enclosures import enclosure
from bot.kinds import LARGEST, NotTaken


def docx() -> bytes:
    data = BytesIO()
    Document().save(data)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "kept"),
    [
        (b"%PDF-1.4", "离校安排.pdf", "离校安排.pdf"),
        (b"%PDF-1.4", "../../etc/passwd", "passwd.pdf"),
        (b"%PDF-1.4", "C:\\a\\b\u202e.pdf", "b.pdf"),
        (b"%PDF-1.4", "图.png", "图.pdf"),
        (b"\x89PNG\r\n\x1a\n", "", "附件.png"),
        (docx(), "登记表.docx", "登记表.docx"),
    ],
)
def test_taken(data: bytes, name: str, kept: str) -> None:
    assert enclosure(data, name)[1] == kept


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"MZ", "a.pdf"),
        (b"PK\x03\x04 something", "a.docx"),
        (docx(), "a.xlsx"),
        (docx(), "a.zip"),
        (b"%PDF-" + bytes(LARGEST), "a.pdf"),
    ],
)
def test_not_taken(data: bytes, name: str) -> None:
    with pytest.raises(NotTaken):
        enclosure(data, name)
