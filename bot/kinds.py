"""What kinds of files people may send: told by the first bytes, never by the name or by what is said of it (T15)."""

from __future__ import annotations

from typing import Final

LARGEST: Final = 10 * 1024 * 1024
"""Bytes of one file."""

_KINDS: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"\xff\xd8\xff", "image/jpeg", "照片.jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "照片.png"),
    (b"%PDF-", "application/pdf", "文件.pdf"),
)


class NotTaken(Exception):
    """A file is not taken; the sentence says why."""


def kind_of(data: bytes) -> tuple[str, str]:
    """Media type and a neutral file name by the first bytes. Raises `NotTaken`.

    The person's own file name is not kept: it is often his name or number, and nothing needs it.
    """
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp", "照片.webp"
    for start, media_type, name in _KINDS:
        if data.startswith(start):
            return media_type, name
    raise NotTaken("只收照片（JPG、PNG、WEBP）和 PDF")
