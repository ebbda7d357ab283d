"""What in the times of a notice does not add up: printed weekdays, working days of years that are not known."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.blocks import Document
from knowledge.dates import Base, find_times, uncovered

_WEEKDAYS = "一二三四五六日"


def problems_of(document: Document) -> tuple[str, ...]:
    """Sentences (Chinese) for the person who reviews the notice, each once."""
    return tuple(dict.fromkeys(_problems(document)))


def _problems(document: Document) -> Iterator[str]:
    base = Base.of(document)
    for block in document.blocks:
        if "周" in block.text or "星期" in block.text or "礼拜" in block.text:
            yield from _weekdays(block.text, block.line, base)
        if "工作日" in block.text:
            yield from uncovered(block.text, base)


def _weekdays(text: str, line: int, base: Base) -> Iterator[str]:
    for found in find_times(text, base):
        for day, printed in found.printed:
            if day.weekday() != printed:
                yield (
                    f"第 {line} 行：“{found.text}”写的是周{_WEEKDAYS[printed]}，"
                    f"但 {day.year} 年 {day.month} 月 {day.day} 日是周{_WEEKDAYS[day.weekday()]}"
                )
