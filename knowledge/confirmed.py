"""What a person confirmed of a notice as entries that answer: its questions, and whom one calls or goes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from knowledge.answer import Source
from knowledge.findings import ANSWER, CONTACT
from knowledge.retired import has_retired
from knowledge.shelf import Entry
from storage.notices import PassageRow
from storage.proposals import ProposalRow

_TOLD = MappingProxyType({"person": "联系人", "phone": "电话", "mail": "邮箱", "place": "地点", "hours": "时间"})
_ASKED = MappingProxyType(
    {
        "person": ("{}找谁",),
        "phone": ("{}的电话是多少", "怎么联系{}", "{}联系方式"),
        "mail": ("{}的邮箱是什么",),
        "place": ("{}在哪里", "{}地点在哪"),
        "hours": ("{}几点上班", "{}什么时候办公"),
    }
)
"""How people ask for each part of a contact."""


def entries_from(rows: Iterable[ProposalRow], retired: Sequence[PassageRow]) -> Iterator[Entry]:
    """The entries of confirmed contacts and questions; an answer that a later notice made untrue is left out."""
    for row in rows:
        asks, answer = _said(row)
        if not asks or not answer:
            continue
        ended = [one for one in retired if (one.file, one.school_id) == (row.file, row.school_id)]
        if not has_retired(asks[0], answer, row.line, ended):
            yield _entry(row, asks, answer)


def _said(row: ProposalRow) -> tuple[tuple[str, ...], str]:
    if row.kind == ANSWER:
        return tuple(filter(None, [row.fields.get("question", "")])), row.fields.get("answer", "")
    if row.kind == CONTACT:
        office = row.fields.get("office", "").removeprefix(row.school)
        return tuple(asks_of(office, row.fields)), contact_line(office, row.fields)
    return (), ""


def asks_of(office: str, fields: Mapping[str, str]) -> Iterator[str]:
    """The questions that a contact answers."""
    for name, asks in _ASKED.items():
        if office and fields.get(name):
            yield from (ask.format(office) for ask in asks)


def contact_line(office: str, fields: Mapping[str, str]) -> str:
    """A contact in one line: '财务处：电话 …；地点 …'."""
    parts = (f"{told}：{fields[name]}" for name, told in _TOLD.items() if fields.get(name))
    return f"{office}，{'；'.join(parts)}"


def _entry(row: ProposalRow, asks: tuple[str, ...], answer: str) -> Entry:
    return Entry(
        key=f"proposal:{row.id.hex}",
        text=answer,
        source=Source(row.notice, row.file, row.section, row.cohort, row.issued_on, row.line),
        school=row.school,
        kind="reviewed",
        context=" ".join(row.section),
        ask=asks,
        last_line=row.line,
    )
