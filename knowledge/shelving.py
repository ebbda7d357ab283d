"""Published passages and reviewed questions as entries of a shelf."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from knowledge import packs
from knowledge.answer import Source
from knowledge.confirmed import entries_from
from knowledge.packs import PackQuestion
from knowledge.retired import has_retired
from knowledge.shelf import Entry, joined
from knowledge.text import grams, plain
from storage.clock import school_day
from storage.entries import EntryRow
from storage.notices import PassageRow
from storage.proposals import ProposalRow

BY_STAFF = "辅导员答复"


def entries_of(
    rows: Sequence[PassageRow],
    answers: Sequence[EntryRow] = (),
    *,
    reviewed: bool = True,
    retired: Sequence[PassageRow] = (),
    confirmed: Sequence[ProposalRow] = (),
) -> list[Entry]:
    """What staff answered, what of the notices was confirmed, the passages, and the reviewed questions whose place is
    still published and whose answer nothing in `retired` (what later notices supersede) has said."""
    passages = [_passage(row) for row in rows]
    passages = [replace(entry, before=before) for entry, before in zip(passages, joined(passages), strict=True)]
    ours = [*map(_by_staff, answers), *entries_from(confirmed, retired)]
    return [*ours, *(_reviewed(rows, retired) if reviewed else ()), *passages]


def _passage(row: PassageRow) -> Entry:
    beside = (value for value in row.cells.values() if value and value not in row.text)
    return Entry(
        key=row.id.hex,
        text=row.text,
        source=_source(row),
        school=row.school,
        kind=row.kind,
        context=" ".join((*row.section, *beside)),
        cells=row.cells,
        last_line=row.last_line,
    )


def _by_staff(row: EntryRow) -> Entry:
    return Entry(
        key=f"staff:{row.id.hex}",
        text=row.answer,
        source=Source(BY_STAFF, "", (), row.cohort, school_day(row.published_at), 0),
        school=row.school,
        kind="staff",
        ask=row.asks,
        classes=row.class_ids,
    )


def _source(row: PassageRow) -> Source:
    return Source(row.notice, row.file, row.section, row.cohort, row.issued_on, row.line)


def _reviewed(rows: Sequence[PassageRow], retired: Sequence[PassageRow]) -> Iterator[Entry]:
    """Reviewed entries; one whose notice is no longer published, or has lost the place, retires itself."""
    published: dict[str, list[PassageRow]] = {}
    for row in rows:
        published.setdefault(row.file, []).append(row)
    for pack in packs.packs():
        there = published.get(pack.file, ())
        if not there:
            continue
        ended = [row for row in retired if row.file == pack.file]
        for question in packs.load_questions(pack.slug):
            if has_retired(question.ask[0], question.answer, question.source.line, ended):
                continue
            places = [row for row in there if row.line <= question.source.line <= row.last_line]
            places = places or [row for row in ended if row.line <= question.source.line <= row.last_line]
            if places:
                yield _question(question, max(places, key=partial(_shared, question)))


def _shared(question: PackQuestion, row: PassageRow) -> int:
    """How much a passage of the cited line has in common with the answer: a line may hold a whole table cell."""
    return len(set(grams(plain(question.answer))) & set(grams(plain(row.text))))


def _question(question: PackQuestion, row: PassageRow) -> Entry:
    source = replace(_source(row), line=question.source.line)
    return Entry(
        key=f"pack:{question.id}",
        text=question.answer,
        source=source,
        school=row.school,
        kind="reviewed",
        context=" ".join(row.section),
        ask=tuple(question.ask),
        marked_tentative=question.tentative,
        last_line=question.source.line,
    )
