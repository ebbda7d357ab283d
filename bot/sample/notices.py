"""The sample school's notices: which text goes out in which format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bot.sample.days import Days
from bot.sample.markup import Part, parts_of
from bot.sample.pdf import write_pdf
from bot.sample.sheet import write_xlsx
from bot.sample.word import write_docx

_TEXTS = Path(__file__).parent / "texts"

NOTICES: Mapping[str, str] = {
    "1-leaving.md": "毕业生离校工作方案.docx",
    "2-files.md": "档案转递和户口迁移通知.pdf",
    "3-money.md": "缴费退费和助学贷款通知.md",
    "4-party-employment.md": "党团组织关系和就业登记通知.docx",
    "5-ceremony.md": "毕业典礼和照片核对通知.md",
    "6-offices.md": "离校手续办理地点一览表.xlsx",
}
"""Text to file; the ending says the format."""


def write_notices(folder: Path, days: Days) -> list[Path]:
    """Writes every notice into `folder` with the dates of `days`; gives their paths in order."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(text, folder / name, days) for text, name in NOTICES.items()]


def _write(text: str, path: Path, days: Days) -> Path:
    filled = days.fill((_TEXTS / text).read_text(encoding="utf-8"))
    _WRITERS[path.suffix](parts_of(filled), path)
    return path


def _write_markdown(parts: Iterable[Part], path: Path) -> None:
    path.write_text("\n\n".join(map(_markdown, parts)) + "\n", encoding="utf-8")


def _markdown(part: Part) -> str:
    return f"{'#' * part.level} {part.text}".strip()


_WRITERS: Mapping[str, Callable[[Iterable[Part], Path], None]] = {
    ".docx": write_docx,
    ".pdf": write_pdf,
    ".xlsx": write_xlsx,
    ".md": _write_markdown,
}
