"""What notices say besides their tasks, at the school office's desk: looked at, corrected, confirmed or rejected.

Console and command line act through the same words (`KINDS`) and the same checks (`checked`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from handlers.handler import Context, Refusal
from handlers.notices import office_of
from knowledge.findings import ANSWER, CONDITION, CONTACT, FILE
from storage import audit, notices, proposals
from storage.models import Proposal
from storage.proposals import CONFIRMED, REJECTED

LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of proposal: what people call it and its fields. `needs`: one of each group has to be there."""

    title: str
    fields: Mapping[str, str]
    needs: tuple[tuple[str, ...], ...]
    effect: str
    """What confirming it does."""


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        CONTACT: Kind(
            "联系方式",
            {"office": "部门", "person": "联系人", "phone": "电话", "mail": "邮箱", "place": "地点", "hours": "时间"},
            (("office",), ("phone", "mail", "place")),
            "确认后，问「在哪里」「电话多少」就用它回答。",
        ),
        CONDITION: Kind(
            "条件", {"if": "什么情况", "then": "会怎样"}, (("if",), ("then",)), "确认后，记作核对过的条件。"
        ),
        FILE: Kind(
            "文件要求",
            {"size": "大小", "pixels": "像素", "format": "格式", "background": "底色", "name": "命名"},
            (("size", "pixels", "format", "background", "name"),),
            "确认后，记作核对过的要求。",
        ),
        ANSWER: Kind(
            "问答草稿", {"question": "问", "answer": "答"}, (("question",), ("answer",)), "确认后，有人这样问就这样答。"
        ),
    }
)
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Card:
    """One proposal as it is reviewed; `fields` are (name, value)."""

    id: UUID
    key: str
    kind: str
    fields: tuple[tuple[str, str], ...]
    quote: str
    locator: str
    status: str
    edited: bool


async def of_notice(context: Context, notice_id: UUID) -> list[Card]:
    """What a notice says besides its tasks, rejected proposals left out. Raises `LookupError`."""
    actor = office_of(context)
    notice = await notices.notice(context.session, notice_id)
    if notice is None or notice.school_id != actor.school_id:
        raise LookupError("no such notice")
    return [card(row) for row in await proposals.listed(context.session, notice_id=notice_id)]


async def confirm(context: Context, *proposal_ids: UUID) -> int:
    """A person stands for it: contacts and questions answer from now on. Raises `LookupError`."""
    return await _decide(context, proposal_ids, CONFIRMED)


async def reject(context: Context, *proposal_ids: UUID) -> int:
    """It is none: not shown again, nor proposed again by the same words. Raises `LookupError`."""
    return await _decide(context, proposal_ids, REJECTED)


async def edit(context: Context, proposal_id: UUID, fields: Mapping[str, str]) -> tuple[str, ...]:
    """A person's word; no import overwrites it. Gives what is different. Raises `LookupError` and `Refusal`."""
    (row,) = await _own(context, [proposal_id])
    different = await proposals.edit(context.session, row, checked(row.kind, fields))
    if different:
        await _note(context, "proposal.edited", [row], fields=sorted(different))
    return different


def checked(kind: str, fields: Mapping[str, str]) -> dict[str, str]:
    """The fields without blanks around them and without empty ones. Raises `Refusal` where something is missing."""
    known = KINDS[kind]
    kept = {name: text for name in known.fields if (text := fields.get(name, "").strip())}
    for group in known.needs:
        if not any(name in kept for name in group):
            raise Refusal(
                f"{'、'.join(known.fields[name] for name in group)}{'至少写一项' if group[1:] else '不能为空'}。"
            )
    if any(len(text) > LONGEST for text in kept.values()):
        raise Refusal(f"每一项最多 {LONGEST} 个字。")
    return kept


def card(row: Proposal) -> Card:
    """A stored proposal as it is shown, its fields in the order of their kind."""
    fields = tuple((name, row.fields[name]) for name in KINDS[row.kind].fields if row.fields.get(name))
    return Card(row.id, row.key, row.kind, fields, row.quote, row.locator, row.status, row.edited)


async def _decide(context: Context, proposal_ids: Collection[UUID], status: str) -> int:
    actor = office_of(context)
    rows = await _own(context, proposal_ids)
    count = await proposals.decide(context.session, [row.id for row in rows], status, context.now, actor.tag)
    await _note(context, f"proposal.{status}", rows)
    return count


async def _own(context: Context, proposal_ids: Collection[UUID]) -> list[Proposal]:
    actor = office_of(context)
    rows = await proposals.of_ids(context.session, proposal_ids)
    if len(rows) != len(set(proposal_ids)) or any(row.school_id != actor.school_id for row in rows):
        raise LookupError("no such proposal")
    return rows


async def _note(context: Context, action: str, rows: Sequence[Proposal], **detail: Any) -> None:
    actor = office_of(context)
    await audit.record(
        context.session,
        now=context.now,
        actor=actor.tag,
        action=action,
        target=",".join(f"proposal:{row.id}" for row in rows),
        school_id=actor.school_id,
        **detail,
    )
