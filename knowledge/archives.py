"""Zip containers (DOCX, XLSX) are weighed before any library unpacks them: declared sizes first, then real bytes."""

from __future__ import annotations

import io
import zipfile
import zlib

from knowledge.pieces import Unreadable

MAX_ENTRIES = 2_000
MAX_BYTES = 64 * 1024 * 1024
MAX_RATIO = 120
"""Office files compress 5 to 20 times; a bomb a thousand times."""
_FREE = 1024 * 1024
"""Entries up to this size may have any ratio: empty sheets compress very well."""
_CHUNK = 256 * 1024
_BOMB = "这个文件解压后大得不正常，不能导入；如果它确实是通知，请另存一份再试。"
_DAMAGED = "这个文件已损坏，打不开。"


def check_zip(data: bytes, part: str) -> None:
    """Raises `Unreadable` unless `data` is a zip with the entry `part` that unpacks to a reasonable size."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_declared(entries)
            if part not in archive.namelist():
                raise Unreadable("文件内容和后缀不一致：这是一个压缩包，但不是这种文档。")
            _check_real(archive, entries)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise Unreadable(_DAMAGED) from None
    except RuntimeError:  # zipfile says so when an entry needs a password
        raise Unreadable("这个文件有密码，请先解除密码再导入。") from None


def _check_declared(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise Unreadable(_BOMB)
    if any(e.file_size > _FREE and e.file_size > MAX_RATIO * max(1, e.compress_size) for e in entries):
        raise Unreadable(_BOMB)


def _check_real(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """What the headers say may be forged: count what really comes out."""
    total = 0
    for entry in entries:
        with archive.open(entry) as unpacked:
            while chunk := unpacked.read(_CHUNK):
                total += len(chunk)
                if total > MAX_BYTES:
                    raise Unreadable(_BOMB)
