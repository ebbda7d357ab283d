"""How an answer is put: the sentence that answers, what limits it, the source, whether it is tentative or past."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from knowledge import lexicon
from knowledge.answer import Source
from knowledge.concepts import concepts_of
from knowledge.question import Question
from knowledge.shelf import Entry, kinds_of_head
from knowledge.text import grams, plain

LONGEST = 200
"""Characters of one quoted answer: with source and a next step it stays within a phone screen."""

SCREEN = 360
"""Characters of what is unfolded."""

_PIECES = re.compile(r"[^。；;！？]+[。；;！？]?")
_LIMITS = re.compile(
    r"^(但|如|若|凡|遇|过期|超过|逾期|未|否则|特殊|注意|注：|不(得|予|准|再|办|受|接|退|补|能再)|务必|只|涉及|因故)"
)
_NUMBERING = re.compile(
    r"^(附件\s*\d*[:：]?|[一二三四五六七八九十]+、|[(（][一二三四五六七八九十\d]+[)）]|\d+[.、．]|[-•·\s])+"
)
_CASE = re.compile(r"^[^，,。；;：:]{2,18}的[，,：:]")
"""'还没有落实工作的，…' speaks of one case."""
_SENTENCE = 14
"""A cell longer than so many characters speaks for itself."""
_WIDE = 4
"""A row of so many cells is told in part."""
_PAST = re.compile(r"(20\d\d)")


def quoted(entry: Entry, question: Question, longest: int = LONGEST) -> str:
    """The part of an entry that answers: whole where it is short, else its best clauses in their order."""
    whole = _of_row(entry, question) or tidy(entry.shown)
    if len(whole) <= longest:
        return whole
    pieces = _PIECES.findall(whole)
    ranked = sorted(range(len(pieces)), key=lambda i: (-_worth(pieces[i], question), i))
    chosen, size = set[int](), 0
    for number in ranked:
        if chosen and size + len(pieces[number]) > longest:
            break
        chosen.add(number)
        size += len(pieces[number])
    return _shortened("".join(pieces[i] for i in sorted(chosen)).strip(), question, longest)


def _of_row(entry: Entry, question: Question) -> str:
    """A row as it is read: what it is about, and of its cells those that answer; all where none is asked for by name.

    '' where it is no row with heads.
    """
    cells = [(head, value) for head, value in entry.cells.items() if value]
    if entry.kind != "row" or entry.ask or len(cells) < 2:
        return ""
    (_, about), *others = cells
    wanted = {head for head, _ in others if kinds_of_head(plain(head)) & set(question.kinds[:2])}
    if wanted and len(cells) >= _WIDE:
        spoken = frozenset().union(*(unit.concepts for unit in question.units))
        words = [unit.word for unit in question.units]
        others = [
            (head, value)
            for head, value in others
            if head in wanted or spoken & concepts_of(plain(value)) or any(word in plain(value) for word in words)
        ]
    return tidy(f"{about}：" + "；".join(f"{head}：{value}" if _is_short(value) else value for head, value in others))


def _is_short(value: str) -> bool:
    """Whether a cell needs its head to be understood; a whole sentence does not."""
    return len(value) <= _SENTENCE and not value.rstrip().endswith("。")


def named(entry: Entry) -> str:
    """What a row is about: its first cell, and what is done where the cell beside says it."""
    values = [value for value in entry.cells.values() if value]
    done = re.split(r"[，,。；;：:（(]", tidy(values[1]))[0] if len(values) > 1 else ""
    about = tidy(values[0]) if values else tidy(entry.text)
    return f"{about} {done}" if 2 < len(done) <= _SENTENCE and done not in about else about


def branches(around: Sequence[Entry], entry: Entry, number: int) -> list[Entry]:
    """The cases beside a case: where an entry holds only for some ('专升本录取的，…'), the sentences around it that say
    what holds for others; just the entry where it is for all, or where they would fill more than an answer."""
    place = next((n for n, one in enumerate(around) if one.key == entry.key), None)
    if place is None or not _CASE.match(tidy(entry.text)):
        return [entry]
    low = high = place
    while low > 0 and _CASE.match(tidy(around[low - 1].text)):
        low -= 1
    while high + 1 < len(around) and _CASE.match(tidy(around[high + 1].text)):
        high += 1
    cases = list(around[low : high + 1])[:number]
    return cases if entry in cases and sum(len(one.shown) for one in cases) <= LONGEST else [entry]


def _worth(piece: str, question: Question) -> float:
    text = plain(piece)
    there = set(grams(text))
    value = sum(weight * len(term) for term, weight in question.views.grams.items() if term in there)
    kinds = lexicon.load().kinds
    return value + sum(3.0 for name in question.kinds if kinds[name].signs.search(text))


def _shortened(text: str, question: Question, longest: int) -> str:
    """A single clause that is still too long keeps the stretch around what was asked."""
    if len(text) <= longest * 1.5:
        return text
    clauses = re.findall(r"[^，,]+[，,]?", text)
    best = max(range(len(clauses)), key=lambda i: _worth(clauses[i], question))
    low = high = best
    while high - low + 1 < len(clauses):
        low, high = max(0, low - 1), min(len(clauses) - 1, high + 1)
        if len("".join(clauses[low : high + 1])) > longest:
            break
    return f"{'…' if low else ''}{''.join(clauses[low : high + 1])}{'…' if high + 1 < len(clauses) else ''}"


def limit_after(entries: Sequence[Entry], number: int) -> str:
    """The next sentence of the same section where it limits this one ('但…', '逾期…'), else ''."""
    one = entries[number]
    two = entries[number + 1] if number + 1 < len(entries) else None
    if two is None or two.source.file != one.source.file or two.source.section != one.source.section:
        return ""
    text = tidy(two.text)
    near = two.source.line - one.source.line <= 1
    return text if near and two.kind == one.kind != "row" and _LIMITS.match(text) and len(text) <= 80 else ""


def rest_of(around: Sequence[Entry], entry: Entry, told: str) -> list[str]:
    """What else stands `around` an entry (in its section): whole sentences, a screen at most, without what was told
    already."""
    middle = next((n for n, one in enumerate(around) if one.source.line >= entry.source.line), 0)
    chosen = around[max(0, middle - 2) : middle + 6]
    texts = dict.fromkeys(text for one in chosen if (text := tidy(one.shown)) and text not in told)
    kept, size = [], 0
    for text in texts:
        if size + len(text) > SCREEN:
            break
        kept.append(text)
        size += len(text)
    return kept


def beginning(entry: Entry, longest: int) -> str:
    """The first words of an entry, cut at a comma where there is one."""
    text = tidy(entry.text)
    clause = re.split(r"[，,。；;：:]", text)[0]
    return clause if 6 <= len(clause) <= longest else text[:longest]


def is_ending(line: str) -> bool:
    """Whether a line of an answer is a note or its source."""
    return line.startswith(("——", "时间为暂定", "这是 "))


def source_line(source: Source) -> str:
    """'——《title》· section · 2023届 · 2023-07-11 发布'."""
    title = tidy(source.notice).strip("《》")
    parts = [f"《{title}》" if source.file else title, _section(source.section), source.cohort or ""]
    if source.issued_on:
        parts.append(f"{source.issued_on:%Y-%m-%d} 发布")
    return "——" + " · ".join(part for part in parts if part)


def _section(section: tuple[str, ...]) -> str:
    name = heading(section[-1]) if section else ""
    return name if len(name) <= 24 else f"{name[:23]}…"


def heading(text: str) -> str:
    """A heading without its number."""
    return _NUMBERING.sub("", text).strip().rstrip("：:。，,")


def validity(source: Source, today: date, tentative: bool) -> str:
    """What has to be said about how far the answer holds, or ''."""
    notes = []
    if tentative:
        notes.append("时间为暂定，以后续通知为准。")
    year = _PAST.search(source.cohort or "")
    if year and int(year[1]) < today.year:
        notes.append(f"这是 {spaced(source.cohort or '')}的安排，今年的请以新通知为准。")
    return "".join(notes)


def spaced(cohort: str) -> str:
    """'2023届' as it is read: '2023 届'."""
    return re.sub(r"(?<=\d)(?=[年届月])", " ", cohort)


def tidy(text: str) -> str:
    """A text as it is read: without mark-up and numbering."""
    text = re.sub(r"</?p>|\*\*|<[^<>]{1,80}>", "", text)
    text = _NUMBERING.sub("", re.sub(r"\s+", " ", text)).strip()
    return re.sub(r"(?<=[\u3400-\u9fff，。；：）]) (?=[\u3400-\u9fff，。；：（])", "", text)
