"""Proposals of items (办理事项) out of a notice: one for each task that has a time or a duty.

The machine proposes, a person reviews and publishes: every proposal carries the sentence it was read from and the
place of that sentence, and its key depends on nothing else, so that reading again proposes the same.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any

from knowledge.actors import (
    CLASS,
    COLLEGE,
    COUNSELOR,
    DEPARTMENT,
    STUDENT,
    Around,
    Subject,
    counter_in,
    firm_in,
    giver_in,
    is_handed_out,
    is_office,
    noun_role,
    office_in,
    recipient_in,
    role_of,
    subject_of,
)
from knowledge.beside import day_alone
from knowledge.blocks import HEADING, ROW, Block, Document
from knowledge.changes import CANCELLED, Statement, kind_of, statements_of
from knowledge.dates import Base, find_times
from knowledge.expression import TimeExpression
from knowledge.imprint import imprint_of
from knowledge.offices import (
    asked_for,
    college_of,
    labelled,
    office_asked,
    office_at,
    office_beside,
    office_of,
    party_in,
    signer,
)
from knowledge.passages import passages_of
from knowledge.rows import (
    SERVED,
    answer_in,
    charged,
    columns_of_times,
    half_days,
    named_by_column,
    part_of_row,
    place_of_row,
    rest_of_time,
    role_of_row,
    tasks_of_row,
    title_cells,
)
from knowledge.segments import segments
from knowledge.tasks import audience_of, contact_of, how_of, is_duty, place_in
from knowledge.titles import named_in_row, question_in, says_only_when, shortened, title_of, topic_of
from knowledge.when import When, apart

_SALUTATION = re.compile(r"^(?:各|全体|全校|亲爱的|尊敬的).*[:：]$")
_STUDENTS = re.compile(r"毕业生(?!工作)|同学|学生(?!工作|处|科)")
_BY_ME = re.compile(r"由我(?!校|院|处|部)|我(?:来|会|将|统一)")
_SAME_TIME = re.compile(r"时间(?:同上|同前|与上[^，。；]{0,4}相同)")
_ALL_TENTATIVE = re.compile(
    r"^(?:以上|上述|典礼|活动|各场|各项)[^，。；]{0,6}(?:时间|日期|安排)[^，。；]{0,3}(?:均|都)?(?:为)?暂定"
)
_AS_ANNOUNCED = re.compile(
    r"(?:如有|若有|如遇)[^，。；]{0,6}(?:变化|变动|调整|变更|更改)[^。；]{0,4}[，,][^。；]{0,24}(?:为准|另行通知|及时通知)"
)
_OFFICE_HOURS = re.compile(r"每[天日]\s*\d{1,2}[:：]\d\d[^，。；]{0,12}(?:开放|值班|接待|营业|服务)")
"""When somebody is there: nothing to be done."""
_NEAR = 4
"""A contact within so many lines of the task and under the same heading belongs to it."""


@dataclass(frozen=True, slots=True)
class ProposedItem:
    """One task as a notice states it, in the fields of `storage.models.Item`."""

    key: str
    title: str
    actor: str
    quote: str
    locator: str
    """'file:line' of the sentence."""
    department: str | None = None
    contact: str | None = None
    opens_on: date | None = None
    due_on: date | None = None
    due_time: time | None = None
    due_text: str | None = None
    tentative: bool = False
    audience: Mapping[str, Any] = field(default_factory=dict)
    how: str = "unknown"
    steps: str | None = None
    evidence: str = "self"
    place: str | None = None
    start_time: time | None = None
    is_deadline: bool = False
    change: Statement | None = None
    """What the sentence says to be otherwise, in a notice that changes another one."""


def propose_items(document: Document) -> list[ProposedItem]:
    """The proposals of a notice in its order, each task once."""
    return [item for item in read_items(document) if item.change is None or item.change.kind != CANCELLED]


def read_items(document: Document) -> list[ProposedItem]:
    """`propose_items` with what the notice cancels: that is nothing to be done, but something to be compared."""
    passages = passages_of(document)
    reader = _Reader(document, Base.of(document), passages)
    amends = kind_of(document) is not None
    found: dict[str, ProposedItem] = {}
    for index, passage in enumerate(passages):
        if imprint_of(passage.text) or passage.text == document.title or _only_tells(passage):
            continue
        changes = statements_of(passage, reader.base) if amends else []
        if changes:
            items: Iterable[ProposedItem] = (reader.changed(passage, change) for change in changes)
        else:
            items = () if passage.kind == HEADING else reader.proposals(index)
        for item in items:
            found.setdefault(item.key, item)
    return list(found.values())


def tasks_of(passage: Block, base: Base, month: int | None = None) -> Iterator[tuple[str, list[TimeExpression]]]:
    """The tasks of a passage: each stretch of its text with the times that are said of it."""
    if passage.kind != ROW:
        yield from segments(passage.text, base, month)
    elif answer := answer_in(passage.cells):
        yield from segments(answer, base, month)
    elif title_cells(passage.cells) is None:
        yield from list(half_days(passage, base)) or columns_of_times(passage, base)
    else:
        yield from tasks_of_row(passage, base)


class _Reader:
    """Reads the passages of one notice: what one leaves out, its neighbours, headings and the letterhead say."""

    def __init__(self, document: Document, base: Base, passages: Sequence[Block]) -> None:
        self._document = document
        self.base = base
        self._passages = passages
        self._contacts: dict[int, str | None] = {}
        self._office = office_of(document)
        self._asked = asked_for(document.blocks)
        self._signer = signer(passages)
        self._unsettled = _unsettled(passages)
        self._before: list[TimeExpression] = []
        self._last: str | None = None
        self._addressee = _addressee(passages)
        self._to_students = _to_students(document.blocks)

    def proposals(self, index: int) -> Iterator[ProposedItem]:
        """The proposals of one passage."""
        passage = self._passages[index]
        tasks = (
            list(tasks_of(passage, self.base, self._month(passage)))
            or self._at_the_same_time(passage)
            or self._undated(passage)
        )
        self._before = tasks[-1][1] if tasks and tasks[-1][1] else self._before
        carried: Subject | None = None
        topic = ""
        for text, times in tasks:
            head = self._said_before(index, text, times)
            title = self._title(passage, text, times, head, topic)
            topic = topic_of(text, times) or topic
            for number, mine in enumerate(apart(text, times) if title else ()):
                item = self._proposal(passage, text, mine, title or "", index, carried, head)
                yield replace(item, key=_key(f"{title}\0{item.due_on}", text)) if number else item
            if passage.kind != ROW:
                carried = subject_of(text, times[0].span if times else None, carried)

    def _month(self, passage: Block) -> int | None:
        """The month said last, for '19号晚10点'."""
        if not day_alone(passage.text):
            return None
        days = [day for found in self._before if (day := found.end or found.start)]
        return days[-1].month if days else None

    def changed(self, passage: Block, change: Statement) -> ProposedItem:
        """The proposal of a sentence that says what is otherwise: only what it says."""
        times = [change.new] if change.new else []
        index = next(i for i, other in enumerate(self._passages) if other is passage)
        title = change.subject or passage.text[:20]
        item = self._proposal(passage, change.text, times, title, index, None, "")
        way = how_of(change.way) if change.way else "unknown"
        return replace(item, place=change.place, contact=change.contact, how=way, change=change)

    def _at_the_same_time(self, passage: Block) -> list[tuple[str, list[TimeExpression]]]:
        """'…，时间同上' has the times of the task before."""
        said = self._before if _SAME_TIME.search(passage.text) else []
        return [(passage.text, [found._replace(span=(0, 0)) for found in said])] if said else []

    def _undated(self, passage: Block) -> list[tuple[str, list[TimeExpression]]]:
        """A sentence without a time is a task where it tells the students themselves to do something."""
        if passage.kind == ROW or not is_duty(passage.text) or find_times(passage.text, self.base):
            return []
        return [(passage.text, [])]

    def _said_before(self, index: int, text: str, times: Sequence[TimeExpression]) -> str:
        """What a time alone ('截止时间：6月10日') or an answer belongs to: the sentence or the question before it."""
        here = self._passages[index]
        above = self._passages[index - 1] if index else here
        if above is here or above.section != here.section or ROW in (above.kind, here.kind):
            return ""
        if question := question_in(above.text):
            return question
        return above.text if says_only_when(text, times) and not find_times(above.text, self.base) else ""

    def _title(self, passage: Block, text: str, times: Sequence[TimeExpression], head: str, topic: str) -> str | None:
        if answer_in(passage.cells):
            return title_of(text, [found.text for found in times], passage.section, head, topic)
        if passage.kind == ROW and title_cells(passage.cells):
            part, cells = part_of_row(passage, times)
            named = named_in_row(cells, rest_of_time(cells, times))
            return f"{named}（{part}）" if named and part else named
        if passage.kind == ROW and (named := named_by_column(passage, times)):
            return shortened(named)
        return title_of(text, [found.text for found in times], passage.section, head, topic)

    def _proposal(
        self,
        passage: Block,
        text: str,
        times: Sequence[TimeExpression],
        title: str,
        index: int,
        carried: Subject | None,
        head: str,
    ) -> ProposedItem:
        when, span = When.of(times), times[0].span if times else None
        cells = part_of_row(passage, times)[1]
        if (
            passage.kind == ROW
            and not answer_in(cells)
            and (title_cells(passage.cells) or named_by_column(passage, times))
        ):
            actor = role_of_row(cells, times, to_students=self._to_students)
        else:
            actor = role_of(text, span, self._around(passage, carried, head))
            if self._signer in ("辅导员", "班主任") and _BY_ME.search(text):
                actor = COUNSELOR
        return ProposedItem(
            key=_key(title, text),
            title=title,
            actor=actor,
            quote=text,
            locator=f"{self._document.file}:{passage.line}",
            department=self._department(index, text, actor, carried, title, times),
            contact=contact_of(text, passage.cells) or self._contact_near(index),
            opens_on=when.opens_on,
            due_on=when.due_on,
            due_time=when.due_time,
            due_text=when.due_text,
            tentative=when.tentative or (bool(when.due_on or when.opens_on) and passage.section in self._unsettled),
            audience=audience_of(text) if actor == "student" else {},
            how=how_of(text) if actor == "student" else "unknown",
            place=place_of_row(cells) or place_in(text),
            start_time=when.start_time,
            is_deadline=when.is_deadline,
        )

    def _contact_near(self, index: int) -> str | None:
        here = self._passages[index]
        for at in range(max(0, index - _NEAR), min(index + _NEAR + 1, len(self._passages))):
            other = self._passages[at]
            if other.section == here.section and abs(other.line - here.line) <= _NEAR and (c := self._contact(at)):
                return c
        return None

    def _contact(self, index: int) -> str | None:
        if index not in self._contacts:
            self._contacts[index] = contact_of(self._passages[index].text, {})
        return self._contacts[index]

    def _around(self, passage: Block, carried: Subject | None, head: str) -> Around:
        said = subject_of(head, None) if head and not question_in(head) else None
        topic = f"{head} {' '.join(passage.section[-1:])}"
        return Around(
            carried or said,
            topic,
            self._addressee,
            in_charge=bool(charged(passage.cells)) and not answer_in(passage.cells),
        )

    def _office_around(self, index: int, text: str, title: str, times: Sequence[TimeExpression]) -> str | None:
        """The office that a label, the next sentence or a table of who to ask names."""
        section = self._passages[index].section
        party = party_in(self._passages[index].text) if "支部" in text or "组织关系" in text else None
        beside = labelled(text) or party or office_beside(self._passages, index)
        place = place_of_row(part_of_row(self._passages[index], times)[1])
        return beside or office_asked(self._asked, title, section) or office_at(place, title)

    def _department(
        self, index: int, text: str, actor: str, carried: Subject | None, title: str, times: Sequence[TimeExpression]
    ) -> str | None:
        """The office in charge: of the row or section, the one that acts, the one students go to, the issuing one."""
        passage = self._passages[index]
        subject = subject_of(text, times[0].span if times else None, carried)
        named = charged(passage.cells)
        if not named and passage.kind == ROW:
            named = next((passage.cells[head] for head in passage.cells if SERVED.match(head)), None)
        if not named and actor == DEPARTMENT and subject is not None and is_office(subject.words):
            named = subject.words
        taken = recipient_in(text) if passage.kind != ROW else None
        taker = taken[0] if taken else None
        if not named and passage.kind != ROW:
            served = actor == STUDENT
            firm = taken is not None and (taken[1] or is_office(taken[0]))
            named = _given_by(text, subject) if served else None
            named = named or (taker if firm and actor != DEPARTMENT else None)
            named = named or (office_in(text) if actor in (STUDENT, DEPARTMENT) else None)
            named = named or (counter_in(text) if served or actor == CLASS else None)
        if not named and _SAME_TIME.search(text):
            named = self._last
        whole = subject is not None and subject.words == "学校"
        if not named and whole and self._signer and not is_office(self._signer):
            named = "学校"
        named = (
            named
            or (self._office_around(index, text, title, times) if actor == STUDENT else None)
            or self._office
            or taker
            or firm_in(text)
            or self._signer
            or office_in(f"{' '.join(passage.section)} {text}")
        )
        named = named or (subject.words if subject and is_office(subject.words) else None)
        named = named or ("学校" if whole else college_of(subject) if actor == COLLEGE else None)
        self._last = named
        return named.removeprefix(self._document.school or "\0") or named if named else None


def _only_tells(passage: Block) -> bool:
    """'如有变化，以…为准' and opening hours are information, not a task."""
    if passage.kind == ROW:
        return False
    announced = "如" in passage.text and _AS_ANNOUNCED.search(passage.text)
    hours = "每" in passage.text and _OFFICE_HOURS.search(passage.text)
    return bool((announced or hours) and not re.search(r"\d\s*[月日号]", passage.text))


def _given_by(text: str, subject: Subject | None) -> str | None:
    """Who hands out what the students collect: '由各学院发放', '校友会发放校友卡'."""
    by = giver_in(text)
    return by or (subject.words if subject and subject.role != STUDENT and is_handed_out(text) else None)


def _addressee(passages: Sequence[Block]) -> str | None:
    """Whom the letter is to: the line with a colon at its beginning."""
    lines = (passage.text for passage in passages[:8] if passage.kind != ROW)
    return next((noun_role(line) for line in lines if len(line) < 40 and _SALUTATION.match(line)), None)


def _to_students(blocks: Sequence[Block]) -> bool:
    """Whether the letter is to the students themselves too: what its tables tell is for them to do."""
    lines = (block.text for block in blocks[:8] if block.kind != ROW)
    return any(len(line) < 40 and _SALUTATION.match(line) and _STUDENTS.search(line) for line in lines)


def _unsettled(passages: Sequence[Block]) -> frozenset[tuple[str, ...]]:
    """The sections of which a sentence says that all times are tentative ('典礼时间暂定')."""
    return frozenset(passage.section for passage in passages if passage.section and _ALL_TENTATIVE.match(passage.text))


def _key(title: str, text: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", f"{title}\0{text}").split())
    return f"n-{hashlib.sha256(plain.encode()).hexdigest()[:12]}"
