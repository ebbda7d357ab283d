"""A notice was changed: one message to each student whom it concerns, with what was and what is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.messages import Button, Reply
from handlers.outgoing import NOTHING_LEFT, Drop, Rendered
from knowledge.comparing import TIME, Change, columns_of, when
from storage import notices
from storage.amendments import Concern, concerns_of
from storage.deliveries import Claimed
from storage.models import Notice

LINES = 6


async def render_amendments(session: AsyncSession, rows: Sequence[Claimed], now: datetime) -> Rendered:
    """The messages of many students; who is through with everything meanwhile gets none."""
    said: dict[int, Reply | Drop] = {}
    for notice_id in {_notice_of(row) for row in rows}:
        mine = [row for row in rows if _notice_of(row) == notice_id and row.student_id]
        notice = await notices.notice(session, notice_id)
        concerns = await concerns_of(session, notice_id, {row.student_id for row in mine if row.student_id})
        for row in mine:
            assert row.student_id is not None
            said[row.id] = message(notice, concerns.get(row.student_id, []))
    return said


def message(notice: Notice | None, concerns: Sequence[Concern]) -> Reply | Drop:
    """'【变更】填写档案转寄地址：6 月 8 日 → 6 月 12 日'; several as a list, at most one screen."""
    if notice is None or not concerns:
        return NOTHING_LEFT
    lines = [line(concern) for concern in concerns]
    if len(lines) == 1:
        said = [f"【变更】{lines[0]}"]
    else:
        said = [f"【变更】你有 {len(lines)} 件事的安排变了："]
        said += [f"{place}. {text}" for place, text in enumerate(lines[:LINES], 1)]
        said += [f"…… 还有 {len(lines) - LINES} 件，发「我的事项」看全部。"] if len(lines) > LINES else []
    issued = f"（{notice.issued_on:%Y-%m-%d} 发布）" if notice.issued_on else ""
    return Reply(
        "\n".join([*said, f"——《{notice.title.strip('《》')}》{issued}"]), (Button("我的事项", "item:page:1"),)
    )


def line(concern: Concern) -> str:
    """One change: the item, what was, and what is."""
    old, new = concern.ending.old, concern.ending.new
    if new is None:
        return f"{old.title}：{when(old)} → 取消，不用办了"
    if not concern.now:
        return f"{old.title}：不再要求你办理"
    if not concern.was:
        return f"{new.title}：{when(new)}，现在也要你办理"
    changes = Change.between(old, columns_of(new))
    return f"{new.title}：" + "；".join(map(_words, changes)) if changes else f"{new.title}：{when(new)}"


def _words(change: Change) -> str:
    name = "" if change.field == TIME else f"{change.name} "
    return f"{name}{change.old} → {change.new}"


def _notice_of(row: Claimed) -> UUID:
    """The key says which notice: 'amend:<notice>:<student>'."""
    return UUID(row.key.split(":")[1])
