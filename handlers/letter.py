"""The letter of authorization (委托书) as a PDF to print and sign, in a font that holds rare characters of names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import files
from pathlib import Path

import typst
from fontTools.ttLib import TTCollection, TTFont

FAMILY = "Noto Sans CJK SC"
_PACKAGE = "noto-cjk-sans-otc"


class MissingGlyphs(ValueError):
    """The font lacks these characters: better said than printed blank."""

    def __init__(self, characters: str) -> None:
        super().__init__(f"the font has no glyph for {len(characters)} character(s)")
        self.characters = characters


def font_paths() -> tuple[Path, ...]:
    """The folders of the fonts that come with the packages."""
    found = [Path(str(f.locate())) for f in files(_PACKAGE) or () if f.name.endswith((".ttc", ".otf", ".ttf"))]
    return tuple(sorted({path.parent for path in found}))


def missing(text: str, paths: Sequence[Path]) -> str:
    """The characters of `text` that no font under `paths` can draw, each once."""
    known = frozenset().union(*(_characters(path) for path in paths))
    return "".join(dict.fromkeys(c for c in text if not c.isspace() and ord(c) not in known))


@cache
def _characters(folder: Path) -> frozenset[int]:
    found: set[int] = set()
    for path in sorted(folder.glob("*.[ot]t[cf]")):
        with TTCollection(path, lazy=True) if path.suffix == ".ttc" else TTFont(path, lazy=True) as font:
            for face in getattr(font, "fonts", [font]):
                found.update(face.getBestCmap())
    return frozenset(found)


def render(data: Mapping[str, str], font_paths: Sequence[Path]) -> bytes:
    """The letter as PDF.

    `data`: school, college, class_name, number, principal, principal_id, principal_phone, agent, agent_id,
    agent_phone, matters (joined by '、'), period, day. Raises `MissingGlyphs`.
    """
    lacking = missing("".join(data.values()), font_paths)
    if lacking:
        raise MissingGlyphs(lacking)
    source = _source({key: quoted(value) for key, value in data.items()})
    return typst.compile(source.encode(), font_paths=_fonts(tuple(font_paths)), format="pdf")


@cache
def _fonts(folders: tuple[Path, ...]) -> typst.Fonts:
    return typst.Fonts(font_paths=list(folders), include_system_fonts=False, include_embedded_fonts=False)


def quoted(text: str) -> str:
    """A typst string literal: what people typed is never markup or code."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", " ").replace("\t", " ")
    return f'"{escaped}"'


def _source(v: Mapping[str, str]) -> str:
    return f"""
#set document(title: "授权委托书")
#set page(paper: "a4", margin: (x: 2.6cm, y: 2.4cm))
#set text(font: "{FAMILY}", lang: "zh", size: 12pt, fallback: false)
#set par(leading: 1.1em, first-line-indent: (amount: 2em, all: true), justify: true)
#align(center)[#text(size: 20pt, tracking: 0.3em)[授权委托书]]
#v(1em)
#let row(label, value) = (text(fill: luma(90), label), text(value))
#table(
  columns: (auto, 1fr, auto, 1fr), inset: 8pt, stroke: 0.5pt + luma(120),
  ..row("委托人", {v["principal"]}), ..row("受托人", {v["agent"]}),
  ..row("身份证号", {v["principal_id"]}), ..row("身份证号", {v["agent_id"]}),
  ..row("联系电话", {v["principal_phone"]}), ..row("联系电话", {v["agent_phone"]}),
  ..row("学号", {v["number"]}), ..row("班级", {v["class_name"]}),
)
#v(0.6em)
本人系#{v["school"]}#{v["college"]}学生，因故不能亲自到校，现委托上述受托人代为办理以下事项：

#text({v["matters"]})。

委托期限：#{v["period"]}。

受托人在上述事项和期限内代为办理的手续，本人均予认可。受托人无权再委托他人。本人可随时书面撤销本委托。

#v(2em)
#set par(first-line-indent: 0em)
#grid(
  columns: (1fr, 1fr), row-gutter: 2.4em,
  [委托人（签名）：#box(width: 3.4cm, stroke: (bottom: 0.5pt))], [受托人（签名）：#box(width: 3.4cm, stroke: (bottom: 0.5pt))],
  [日期：#box(width: 1.2cm, stroke: (bottom: 0.5pt)) 年 #box(width: 0.8cm, stroke: (bottom: 0.5pt)) 月 #box(width: 0.8cm, stroke: (bottom: 0.5pt)) 日],
  [日期：#box(width: 1.2cm, stroke: (bottom: 0.5pt)) 年 #box(width: 0.8cm, stroke: (bottom: 0.5pt)) 月 #box(width: 0.8cm, stroke: (bottom: 0.5pt)) 日],
)
#v(1fr)
#text(size: 9pt, fill: luma(90))[办理时请带：本委托书原件、委托人身份证复印件、受托人身份证原件和复印件。由离校通于 #{v["day"]} 生成，签名后有效。]
"""  # noqa: E501
