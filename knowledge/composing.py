"""One shelf's answer to a message: which of its questions are answered, with what, and what is said instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from knowledge import wording
from knowledge.answer import Answer, Asker
from knowledge.attributes import COLLEGE
from knowledge.colleges import asked_of
from knowledge.completing import beside
from knowledge.doubt import SURE_ENOUGH, SURE_ENOUGH_TOGETHER, absent, elsewhere, is_bare, is_vague
from knowledge.question import Question, follow_up, parts_of, understand
from knowledge.register import told
from knowledge.search import Hit, fitting, search
from knowledge.shelf import Entry, Shelf, kinds_of_head
from knowledge.text import plain

NOT_STATED = "通知里没有写到这个。"
NEITHER = "这一问，通知里没有写到。"
"""The same of one of several questions."""
NO_SUCH_CLASS = "通知的班级表里没有这个班。"
WHICH = "想问哪一件事呢？比如「档案什么时候寄」「离校手续几号办」。"
NEAREST = 3
CHOICES, FROM_TABLE = 4, 3
SHORT = 60
_ECHO = 20
_APART = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
"""Who types a blank between two questions means a stop."""
_OF_NOTICES = re.compile(
    r"^(?:请问)?(?:这个|这份|该|本)?(?:通知|文件|方案)是?(?:在)?(?:哪天|什么时候|几号|何时|哪一天|多久前)(?:发|出|下|印|公布)"
)
TOGETHER = 3
"""So many rows that answer alike are told together."""
_NUMBERS = re.compile(r"\d+")
_MEANT = 0.8
"""A single word means an entry that holds so much of it."""
_TIED = 0.88
_TOLD_AS_WELL = 0.9
_FAR_AHEAD = 0.3
"""A second entry this near to the best is said too, where both are sure: two batches, two ways."""


def answer_from(
    shelf: Shelf, question: str, *, today: date, history: tuple[str, ...] = (), asker: Asker | None = None
) -> Answer:
    """The answer of one shelf to a message; it may hold more than one question."""
    if _OF_NOTICES.match(plain(question)) and (issued := _issued(shelf)) is not None:
        return issued
    parts = understood(shelf, question, history)
    if (looked_up := _of_class(shelf, question, parts, today, history)) is not None:
        return looked_up
    if len(parts) == 1 and is_bare(parts[0]) and not _says_enough(shelf, parts[0], asker):
        fitting_ones = _fitting(shelf, parts[0], asker) or _sure(search(shelf, parts[0], asker=asker))
        return _choices(shelf, parts[0], fitting_ones, today)
    found = [_answered(shelf, part, today, asker, alone=len(parts) == 1) for part in parts]
    if len(parts) == 2:
        found = _completed(shelf, parts, found, today, asker)
    answered = [answer for answer in found if not answer.abstained]
    if not answered:
        return found[0] if found else Answer(NOT_STATED, abstained=True)
    return answered[0] if len(answered) == 1 == len(found) else _both(found)


def _issued(shelf: Shelf) -> Answer | None:
    """When the notices were issued, the newest first; None where none says so."""
    dated = {(one.issued_on, one.notice): one for one in shelf.sources if one.issued_on}
    newest = [dated[key] for key in sorted(dated, reverse=True)[:NEAREST]]
    if not newest:
        return None
    lines = (f"《{one.notice.strip('《》')}》：{one.issued_on:%Y 年 %-m 月 %-d 日}发布。" for one in newest)
    return Answer("\n".join(lines), tuple(newest), score=1.0)


def _of_class(
    shelf: Shelf, text: str, parts: Sequence[Question], today: date, history: tuple[str, ...]
) -> Answer | None:
    """What a table of classes has on the class a message names; None where it asks for something else."""
    asked = shelf.register.asked(shelf.speller.mend(plain(text)), history[::-1])
    if asked is None:
        return None
    missing = next(filter(None, (elsewhere(shelf, part) for part in parts)), None)
    if missing or not asked.rows:
        return Answer(missing or NO_SUCH_CLASS, abstained=True)
    sources = tuple(row.entry.source for row in asked.rows)
    note = wording.validity(sources[0], today, tentative=False)
    lines = [told(row, asked.wanted) for row in asked.rows]
    return Answer("\n".join(filter(None, (*lines, note, wording.source_line(sources[0])))), sources, score=1.0)


def understood(shelf: Shelf, text: str, history: Iterable[str]) -> list[Question]:
    """The questions in a message, mended, each with what it leans on."""
    before = tuple(history)[::-1]
    said, colleges = asked_of(shelf.without_school(plain(_APART.sub(",", text))))
    parts = [understand(part) for part in parts_of(shelf.speller.mend(said))]
    if colleges:
        parts = [replace(part, attributes={**part.attributes, COLLEGE: colleges}) for part in parts]
    return [follow_up(part, _turns(shelf, before)) if before and part.leaning else part for part in parts]


def _turns(shelf: Shelf, before: Iterable[str]) -> Iterator[Question]:
    """The person's earlier questions, taken apart as far as they are asked for."""
    return (understand(shelf.speller.mend(plain(turn))) for turn in before)


def stated(shelf: Shelf, question: Question, hits: Sequence[Hit], today: date) -> Answer:
    """What these entries say: the sentence that answers, what limits it, how far it holds, where it stands."""
    entry = hits[0].entry
    told = [hit.entry for hit in hits]
    if len(told) == 1 and hits[0].signals.narrow:
        told = wording.branches(shelf.beside(entry), entry, CHOICES)
    quotes = list(dict.fromkeys(wording.quoted(one, question) for one in told))
    limit = "" if entry.ask or len(quotes) > 1 else wording.limit_after(shelf.entries, shelf.number_of(entry))
    tentative = any(one.tentative for one in told)
    note = wording.validity(entry.source, today, tentative)
    text = "\n".join(line for line in (*quotes, limit, note, wording.source_line(entry.source)) if line)
    sources = tuple(dict.fromkeys(hit.entry.source for hit in hits))
    more = entry.key if wording.rest_of(shelf.beside(entry), entry, text) else None
    return Answer(text, sources, tentative=tentative, score=hits[0].sure, more=more)


def unfolded(shelf: Shelf, entry: Entry, today: date) -> Answer:
    """What else stands beside an entry."""
    note = wording.validity(entry.source, today, entry.tentative)
    rest = wording.rest_of(shelf.beside(entry), entry, "")
    text = "\n".join(line for line in (*rest, note, wording.source_line(entry.source)) if line)
    return Answer(text, (entry.source,), tentative=entry.tentative, score=1.0)


def _answered(shelf: Shelf, question: Question, today: date, asker: Asker | None, *, alone: bool) -> Answer:
    missing = absent(shelf, question)
    hits = search(shelf, question, asker=asker)
    if missing is not None or not hits:
        return _abstained(hits, missing or NOT_STATED)
    if is_vague(question) and not _is_plain_case(hits) and len(several := _about(hits, question)) > 1:
        return _choices(shelf, question, several, today)
    if hits[0].sure < (SURE_ENOUGH if alone else SURE_ENOUGH_TOGETHER):
        return _abstained(hits, NOT_STATED)
    return stated(shelf, question, _told_together(shelf, hits), today)


def _says_enough(shelf: Shelf, question: Question, asker: Asker | None) -> bool:
    """Whether a bare question names something after all ('典礼几点')."""
    return bool(question.focus) and _is_plain_case(search(shelf, question, asker=asker))


def _is_plain_case(hits: Sequence[Hit]) -> bool:
    """Whether short words leave no doubt all the same: one entry answers, and the next is far behind."""
    if not hits or hits[0].sure < SURE_ENOUGH:
        return False
    return hits[0].signals.near >= 1 or hits[0].signals.lead >= _FAR_AHEAD


def _names_more(shelf: Shelf, hit: Hit, best: Hit) -> bool:
    """Whether an entry is about something narrower than the best, or not about the same ('the rehearsal of …')."""
    one, two = (shelf.subjects[shelf.number_of(found.entry)] for found in (hit, best))
    other = hit.signals.subject < best.signals.subject or (hit.entry.kind != "row" and bool(one - two))
    return hit.signals.sign > 0 and other


def _told_together(shelf: Shelf, hits: Sequence[Hit]) -> list[Hit]:
    """The best, and with it others that are as sure and say something else shortly."""
    best, *others = hits
    near = [
        hit
        for hit in others[: TOGETHER - 1]
        if not _names_more(shelf, hit, best)
        and hit.score >= _TIED * best.score
        and hit.sure >= SURE_ENOUGH
        and hit.signals.told >= _TOLD_AS_WELL * best.signals.told
        and hit.signals.own >= 0.97 * best.signals.own
        and (hit.entry.source.file, hit.entry.kind) == (best.entry.source.file, best.entry.kind)
        and hit.signals.other_subject <= best.signals.other_subject
        and not (best.entry.ask or hit.entry.ask)
        and len(hit.entry.shown) + len(best.entry.shown) <= wording.LONGEST
    ]
    return [best, *near]


def _completed(
    shelf: Shelf, parts: Sequence[Question], found: Sequence[Answer], today: date, asker: Asker | None
) -> list[Answer]:
    """The answers to two questions, the one that is missing or says the same once more looked for beside the other."""
    one, two = found
    if (one.abstained and two.abstained) or not (one.abstained or two.abstained or one.text == two.text):
        return [one, two]
    lacking = 0 if one.abstained else 1
    part, other = parts[lacking], parts[1 - lacking]
    hits = search(shelf, other, limit=1, asker=asker, weighed=1)
    entry = beside(shelf, part, other, hits[0].entry) if hits and absent(shelf, part) is None else None
    if entry is None:
        return [one, two]
    given = found[1 - lacking]
    there = given if entry is hits[0].entry else stated(shelf, part, [replace(hits[0], entry=entry)], today)
    return [there, given] if lacking == 0 else [given, there]


def _both(found: Sequence[Answer]) -> Answer:
    """Several answers as one message; the same one twice is said once, and so is their common last line."""
    texts = list(dict.fromkeys(NEITHER if answer.text == NOT_STATED else answer.text for answer in found))
    if len(texts) > 1:
        texts = _without_repeated_ends(texts)
    text = texts[0] if len(texts) == 1 else "\n".join(texts)
    return Answer(
        text,
        tuple(dict.fromkeys(source for answer in found for source in answer.sources)),
        tentative=any(answer.tentative for answer in found),
        score=min((answer.score for answer in found if not answer.abstained), default=0.0),
        nearest=tuple(near for answer in found for near in answer.nearest)[:NEAREST],
    )


def _without_repeated_ends(texts: Sequence[str]) -> list[str]:
    """Numbered answers; a note or source that several share stands once, at the end."""
    lines = [text.split("\n") for text in texts]
    ends = list(dict.fromkeys(line for rows in lines for line in rows[1:] if wording.is_ending(line)))
    heads = [[line for n, line in enumerate(rows) if n == 0 or line not in ends] for rows in lines]
    return [*(f"{n}. " + "\n".join(rows) for n, rows in enumerate(heads, 1)), *ends]


def _abstained(hits: Sequence[Hit], why: str) -> Answer:
    score = hits[0].sure if hits else 0.0
    return Answer(why, abstained=True, nearest=_nearest(hits), score=score)


def _nearest(hits: Sequence[Hit]) -> tuple[str, ...]:
    """Up to three things that could be asked instead, reviewed questions before headings. What somebody asked in
    his own words is shown to nobody."""
    reviewed = [hit.entry.ask[0] for hit in hits if hit.entry.ask and hit.entry.kind != "staff"]
    headings = [_heading(hit) for hit in hits if not hit.entry.ask]
    return tuple(dict.fromkeys(name for name in (*reviewed, *headings) if 2 < len(name) <= _ECHO))[:NEAREST]


def _heading(hit: Hit) -> str:
    section = hit.entry.source.section
    return wording.heading(section[-1]) if section else ""


def _choices(shelf: Shelf, question: Question, hits: Sequence[Hit], today: date) -> Answer:
    """A question that may mean several things gets the likeliest of them, each with its answer in a line."""
    if not hits:
        return _abstained([], WHICH)
    said = {wording.quoted(hit.entry, question, longest=SHORT): hit for hit in hits}
    lines = list(dict.fromkeys(said))[:CHOICES]
    if len(lines) == 1:
        return stated(shelf, question, hits[:1], today)
    text = "你问的可能是：\n" + "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    first = hits[0].entry.source
    note = wording.validity(first, today, any(said[line].entry.tentative for line in lines))
    source = wording.source_line(replace(first, section=()))
    return Answer(
        "\n".join(filter(None, (text, note, source))),
        tuple(dict.fromkeys(said[line].entry.source for line in lines)),
        clarify=True,
        nearest=tuple(dict.fromkeys(_label(said[line]) for line in lines)),
        score=hits[0].sure,
    )


def _label(hit: Hit) -> str:
    """What a choice is asked by: a reviewed phrasing, what a row is about, or the beginning of the sentence itself."""
    if hit.entry.kind == "row" and not hit.entry.ask:
        return wording.named(hit.entry)[:_ECHO]
    if hit.entry.ask and hit.entry.kind != "staff":
        return hit.entry.ask[0][:_ECHO]
    return wording.beginning(hit.entry, _ECHO - 4)


def _fitting(shelf: Shelf, question: Question, asker: Asker | None) -> list[Hit]:
    """What is of the kind asked for, in different places of the notices."""
    hits = [hit for hit in fitting(shelf, question, asker=asker) if not hit.signals.noise]
    named = [hit for hit in hits if _is_named_for(hit, question)]
    apart = list({hit.entry.source.section: hit for hit in reversed(hits)}.values())[::-1]
    several = {_values(hit) or hit.entry.key: hit for hit in reversed((*named[:FROM_TABLE], *apart))}
    return list(several.values())[::-1][:CHOICES]


def _values(hit: Hit) -> str:
    """The numbers an entry says: two with the same ones are one choice."""
    return " ".join(_NUMBERS.findall(plain(hit.entry.text)))


def _is_named_for(hit: Hit, question: Question) -> bool:
    """Whether it stands in a table or below a heading of what is asked for ('时间安排')."""
    heading = hit.entry.source.section[-1:]
    asked = set(question.kinds)
    return bool(hit.signals.labelled) or any(kinds_of_head(plain(head)) & asked for head in heading)


def _sure(hits: Sequence[Hit]) -> list[Hit]:
    return [hit for hit in hits if hit.sure >= SURE_ENOUGH][:CHOICES]


def _is_about(hit: Hit, question: Question) -> bool:
    return hit.signals.topic >= 1 if question.topics else hit.signals.told >= _MEANT


def _about(hits: Sequence[Hit], question: Question) -> list[Hit]:
    """The hits that are about the topic of a vague question."""
    there = [hit for hit in hits if _is_about(hit, question) and not hit.signals.noise]
    return [hit for hit in there if hit.score >= 0.5 * there[0].score][:CHOICES] if there else []
