"""Files that staff send along with a broadcast: photos, PDF and office documents, told by their first bytes (T15)."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from bot.kinds import LARGEST, NotTaken, kind_of

ACCEPTED: Final = "image/jpeg,image/png,image/webp,.pdf,.docx,.xlsx,.pptx"
_OFFICE: Final = {
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"word/"),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"xl/"),
    ".pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", b"ppt/"),
}
_LONGEST: Final = 60


def enclosure(data: bytes, name: str) -> tuple[str, str]:
    """Media type and name: readers see the name the sender gave, without a path. Raises `NotTaken`."""
    if len(data) > LARGEST:
        raise NotTaken(f"文件太大了，请传 {LARGEST // 1024 // 1024} MB 以内的")
    suffix = PurePath(name).suffix.lower()
    if suffix in _OFFICE and data.startswith(b"PK\x03\x04") and _OFFICE[suffix][1] in data:
        return _OFFICE[suffix][0], _cleaned(name, suffix)
    try:
        media_type, neutral = kind_of(data)
    except NotTaken:
        raise NotTaken("只收照片（JPG、PNG、WEBP）、PDF 和 Word、Excel、PPT（docx、xlsx、pptx）") from None
    return media_type, _cleaned(name, PurePath(neutral).suffix)


def _cleaned(name: str, suffix: str) -> str:
    stem = "".join(c for c in PurePath(name.replace("\\", "/")).stem if c.isprintable() and c not in '<>:"|?*')
    return f"{stem[:_LONGEST].strip(' .') or '附件'}{suffix}"
