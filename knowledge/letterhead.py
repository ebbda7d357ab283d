"""Who issued a notice, for whom, when, under which number: read from its head and its signature."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from knowledge.imprint import Imprint, imprint_of
from knowledge.pieces import Piece, Text

_TITLE = re.compile(
    r"(?:通知|方案|公告|通告|办法|须知|指南|安排|意见|指引|公示|手册|一览表|日程|名单|问答|计划|流程|安排表|日程表|明细|说明|一览|汇总|清单|时间表|提醒|提示|事宜|议程)(?:[（(][^）)]{1,10}[）)])?$"
)
_SCHOOL_IN_TITLE = re.compile(
    r"^(?:关于)?(?:公布|印发)?([\u4e00-\u9fff（）()]{2,16}?(?:大学|学院))(?=(?:关于|20\d\d\s*[届年]|毕业))"
)
_SCHOOL = re.compile(r"^[\u4e00-\u9fff（）()]{2,24}(?:大学|学院|学校|高专|职大|电大)(?:[\u4e00-\u9fff]{2,8}学院)?$")
_SCHOOL_OFFICE = re.compile(
    r"^([\u4e00-\u9fff（）()]{2,20}?(?:大学|学院))[\u4e00-\u9fff]{2,12}(?:部|处|院|办|办公室|中心|委|馆)$"
)
_OFFICE = re.compile(r"^(?!各)[\u4e00-\u9fff（）()、\s]{2,20}(?:部|处|院|办|办公室|中心|委|委员会|馆|科|组)$")
_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,8}\s*[〔\[【（(]\s*\d{4}\s*[〕\]】）)]\s*\d{1,4}\s*号")
_COHORT = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*届")
_SEASON = re.compile(r"((?:19|20)\d\d)\s*年\s*(\d{1,2})\s*月\s*毕业生")
_SUBJECT = re.compile(r"做好(?:了)?([^，。；,]{4,40}?工作)")
_ATTACHMENT = re.compile(r"^附\s*件\s*[\d一二三四五六七八九十]{0,2}\s*(?:[:：]?$|[^\s:：\d])")
_MAIL = re.compile(r"@([\w.-]+)")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What head and signature say; `school` is also looked for in short names and mail addresses."""

    title: str
    issuer: str
    school: str | None
    cohort: str | None
    document_number: str | None
    issued_on: date | None
    problems: tuple[str, ...]
    updated_on: date | None = None


def letterhead(pieces: Sequence[Piece], file: str) -> Letterhead:
    """Reads the letterhead; what is missing becomes a problem, nothing is invented."""
    lines = [piece.content.text for piece in pieces if isinstance(piece, Text)]
    letter = _letter(lines)
    problems: list[str] = []
    title = _title(lines, file, problems)
    imprints = [(index, found) for index, line in enumerate(letter) if (found := imprint_of(line))]
    school, head = _school(lines[:8])
    school = school or _school_of(imprints)
    issuer = head or _signature(letter, imprints) or next((f.source for _, f in imprints if f.source), None) or ""
    guessed = school or _school([issuer])[0] or _known_school("\n".join(lines), problems)
    if not issuer:
        issuer = guessed or ""
        problems.append("找不到发文单位，请确认")
    if guessed is None:
        problems.append("看不出是哪所学校，请用 --school 指明")
    cohort = _cohort(title, "\n".join(lines))
    if cohort is None:
        problems.append("看不出是哪一届，请确认")
    issued = _issued_on(imprints)
    if issued is None:
        basis = f"不带年份的日期按{cohort}推算" if cohort else "不带年份的日期无法推算"
        problems.append(f"找不到发文日期，{basis}")
    return Letterhead(
        title, issuer, guessed, cohort, _document_number(lines), issued, tuple(problems), _updated(imprints)
    )


def _letter(lines: Sequence[str]) -> list[str]:
    """The letter without what is attached to it."""
    for index, line in enumerate(lines):
        if index > 3 and _ATTACHMENT.match(line) and len(line) <= 40:
            return list(lines[:index])
    return list(lines)


def _title(lines: Sequence[str], file: str, problems: list[str]) -> str:
    for line in lines[:12]:
        if _TITLE.search(line) and 6 <= len(line) <= 80 and not line.startswith("附件"):
            return re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", line)
    problems.append("原文没有标题，标题取自正文，请确认")
    found = _SUBJECT.search("\n".join(lines[:6]))
    return f"做好{found[1]}" if found else Path(file).stem


def _school(lines: Sequence[str]) -> tuple[str | None, str | None]:
    """The school that a line at the head names, and the whole line: it may be an office of that school."""
    for line in lines:
        name = re.sub(r"文件$", "", "".join(line.split()))
        if name.startswith("各"):
            continue
        if _TITLE.search(name) and (titled := _SCHOOL_IN_TITLE.match(name)):
            return titled[1], None
        if _SCHOOL.match(name):
            return name, name
        if office := _SCHOOL_OFFICE.match(name):
            return office[1], name
    return None, None


def _signature(letter: Sequence[str], imprints: Sequence[tuple[int, Imprint]]) -> str | None:
    """Who signs: the short line above the date at the end of the letter, or what stands before it in its line."""
    signed = [(index, found) for index, found in imprints if found.issued_on]
    for index, found in reversed(signed):
        if found.source:
            return found.source
        name = "".join(letter[index - 1].split()) if index else ""
        if any(known.match(name) for known in (_OFFICE, _SCHOOL, _SCHOOL_OFFICE)):
            return name
    return None


def _school_of(imprints: Sequence[tuple[int, Imprint]]) -> str | None:
    """The school whose office signs or publishes."""
    return next((school for _, found in imprints if found.source and (school := _school([found.source])[0])), None)


def _issued_on(imprints: Sequence[tuple[int, Imprint]]) -> date | None:
    """The date under the letter; above it, of its publication."""
    return next((found.issued_on for _, found in reversed(imprints) if found.issued_on), None)


def _updated(imprints: Sequence[tuple[int, Imprint]]) -> date | None:
    return next((found.updated_on for _, found in reversed(imprints) if found.updated_on), None)


def _document_number(lines: Sequence[str]) -> str | None:
    for line in lines[:8]:
        found = _NUMBER.fullmatch(line.strip())
        if found:
            return "".join(found[0].split())
    return None


def _cohort(title: str, text: str) -> str | None:
    for place in (title, text):
        found = Counter(_COHORT.findall(place)).most_common(1)
        if found:
            return f"{found[0][0]}届"
        season = _SEASON.search(place)
        if season:
            return f"{season[1]}年{int(season[2])}月"
    return None


@cache
def _hints() -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("schools.yaml")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def _known_school(text: str, problems: list[str]) -> str | None:
    """The school behind a mail domain or a short name, from a small table; always to be confirmed."""
    for domain in _MAIL.findall(text):
        for known, name in _hints()["domains"].items():
            if domain == known or domain.endswith(f".{known}"):
                problems.append(f"学校由邮箱域名 {known} 推断为{name}，请确认")
                return name
    for short, name in _hints()["short_names"].items():
        if short in text:
            problems.append(f"学校由简称“{short}”推断为{name}，请确认")
            return name
    return None
