"""A notice as PDF with a text layer, set by typst in the font that comes with the program."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import files
from pathlib import Path
from typing import Any

import typst

from bot.sample.markup import Part

_FONT = "noto-cjk-sans-otc"
_TEMPLATE = """
#set page(paper: "a4", margin: (x: 2.4cm, y: 2.2cm))
#set text(font: "Noto Sans CJK SC", lang: "zh", size: 11pt, fallback: false, cjk-latin-spacing: none)
#set par(justify: true, leading: 0.9em, spacing: 1.3em)
#for part in json(bytes(sys.inputs.parts)) {
  if part.rows.len() > 0 {
    table(columns: part.rows.at(0).len(), ..part.rows.flatten())
  } else if part.level == 1 {
    align(center, text(size: 16pt, part.text))
  } else if part.level > 1 {
    text(size: 13pt, part.text)
    parbreak()
  } else {
    par(part.text)
  }
}
"""


def write_pdf(parts: Iterable[Part], path: Path) -> None:
    """Writes the notice to `path`; its words go in as data, so nothing in them is markup."""
    content = json.dumps([asdict(part) for part in parts], ensure_ascii=False)
    path.write_bytes(_compile(content))


def _compile(content: str) -> bytes:
    typst_compile: Any = typst.compile  # its stub cannot be inferred
    made: bytes = typst_compile(
        _TEMPLATE.encode(), sys_inputs={"parts": content}, font_paths=[_font_folder()], ignore_system_fonts=True
    )
    return made


def _font_folder() -> Path:
    font = next(file for file in files(_FONT) or () if file.name.endswith(".ttc"))
    return Path(str(font.locate())).parent
