"""Keeping no longer than promised (PIPL 19): purposes and periods are data, and a nightly run keeps them.

The run has no state of its own. What it did today stands in the audit (`RUN`), every purpose finds by its own clause
what is over its time, in chunks of one transaction each, and a run that was cut off is taken up by the next one.

Words that were pasted before consent was given (`held`) lie sealed in the draft until the question is answered, so that
nobody has to paste twice; unanswered for `HELD`, they go from the draft and from the chat log. 'No' wipes them at once
(`handlers.filling`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Delete, Update, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import audit, chat, links, offers, pacing, replies, throttle, unanswered
from storage.clock import school_day, start_of
from storage.crypto import place_of
from storage.database import Database, vault_of
from storage.files import FileStore
from storage.models import Attachment, Audit, BindCode, Binding, ChatLine, Conversation, Delivery, Seen, Submission
from storage.seen import KEPT as SEEN

HALF_A_YEAR = timedelta(days=180)
"""The consent texts promise 'within 6 months': the shortest six months have 181 days."""
MONTH = timedelta(days=30)
HELD = timedelta(hours=24)
IDLE = timedelta(hours=12)
"""A login of the workbench that nobody used for so long is over."""

FROM = time(3)
"""School time from which the day's run may begin: nobody is up."""
CHUNK = 500
RUN = "retention"

Step = Callable[[AsyncSession, FileStore, datetime, int], Awaitable[int]]
"""Deals with up to so many rows whose time is over before an instant; gives how many there were."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is kept, why, for how long, and how it goes."""

    name: str
    why: str
    keep: timedelta
    step: Step


async def is_due(session: AsyncSession, now: datetime) -> bool:
    """Whether the school day's run is still to come."""
    today = start_of(school_day(now), FROM)
    if now < today:
        return False
    return not await session.scalar(select(exists().where(Audit.target == RUN, Audit.at >= today)))


async def sweep(database: Database, files: FileStore, now: datetime, *, chunk: int = CHUNK) -> dict[str, int] | None:
    """Lets go of everything whose time is over; gives the counts, or None where the day's run is done or not due."""
    async with database.read() as session:
        if not await is_due(session, now):
            return None
    counts: dict[str, int] = {}
    for purpose in PURPOSES:
        while count := await _chunk(database, files, purpose, now, chunk):
            counts[purpose.name] = counts.get(purpose.name, 0) + count
            if count < chunk:
                break
    async with database.begin() as session:
        await throttle.sweep(session, now)
        await links.forget(session, now)
        await replies.forget(session, now)
        await offers.forget(session, now)
        await pacing.forget(session, now)
        await audit.record(
            session, now=now, actor="system:retention", action="retention.run", target=RUN, counts=counts
        )
    return counts


async def _chunk(database: Database, files: FileStore, purpose: Purpose, now: datetime, chunk: int) -> int:
    async with database.begin() as session:
        return await purpose.step(session, files, now - purpose.keep, chunk)


async def _empty_submissions(session: AsyncSession, _files: FileStore, before: datetime, limit: int) -> int:
    """Answers are emptied, the rows stay as the record; what nobody reviewed in that time is withdrawn."""
    rows = await session.execute(
        select(Submission.id, Submission.status)
        .where(Submission.changed_at <= before, Submission.erased_at.is_(None))
        .order_by(Submission.changed_at)
        .limit(limit)
    )
    found = rows.all()
    for row_id, status in found:
        sealed = vault_of(session).seal_json({}, place_of("submission", "answers_sealed", row_id))
        await session.execute(
            update(Submission)
            .where(Submission.id == row_id)
            .values(
                answers_sealed=sealed,
                reason=None,
                person_hash=None,
                status="withdrawn" if status in ("handed_in", "returned") else status,
                erased_at=before + HALF_A_YEAR,
            )
            .execution_options(synchronize_session=False)
        )
    return len(found)


async def _remove_files(session: AsyncSession, files: FileStore, before: datetime, limit: int) -> int:
    """Photos and letters with their bytes; the bytes go when the transaction is kept."""
    ids = select(Attachment.id).where(Attachment.made_at <= before).order_by(Attachment.made_at).limit(limit)
    found = (await session.scalars(ids)).all()
    for file_id in found:
        await files.remove(session, file_id)
    return len(found)


async def _wipe_held(session: AsyncSession, _files: FileStore, before: datetime, limit: int) -> int:
    """What was pasted before consent and never agreed to."""
    rows = await session.scalars(
        select(Conversation).where(Conversation.held_at <= before).order_by(Conversation.held_at).limit(limit)
    )
    found = rows.all()
    for row in found:
        await _let_go(session, row)
    return len(found)


async def _let_go(session: AsyncSession, row: Conversation) -> None:
    values: dict[str, Any] = {"held_at": None, "version": Conversation.version + 1}
    if row.state_sealed is not None:
        place = place_of("conversation", "state_sealed", row.id)
        state = vault_of(session).open_json(row.state_sealed, place)
        for draft in state.get("drafts", {}).values():
            if draft.get("held"):
                await chat.unsay(session, row.channel, row.chat, draft["held"])
                draft["held"] = ""
        values["state_sealed"] = vault_of(session).seal_json(state, place)
    await session.execute(
        update(Conversation)
        .where(Conversation.id == row.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def _forget_questions(session: AsyncSession, _files: FileStore, before: datetime, limit: int) -> int:
    """The askers' wordings leave the answers they got; the answers stay."""
    return await unanswered.forget(session, before, limit)


def _dropping(model: Any, over: Callable[[datetime], ColumnElement[bool]]) -> Step:
    """A purpose whose rows are deleted."""

    async def step(session: AsyncSession, _files: FileStore, before: datetime, limit: int) -> int:
        return await _some(session, model, over(before), limit, delete(model))

    return step


def _setting(model: Any, over: Callable[[datetime], ColumnElement[bool]], **values: Any) -> Step:
    """A purpose whose rows stay, without what was confidential in them."""

    async def step(session: AsyncSession, _files: FileStore, before: datetime, limit: int) -> int:
        return await _some(session, model, over(before), limit, update(model).values(**values))

    return step


async def _some(
    session: AsyncSession, model: Any, over: ColumnElement[bool], limit: int, change: Delete | Update
) -> int:
    ids = select(model.id).where(over).order_by(model.id).limit(limit).scalar_subquery()
    statement = change.where(model.id.in_(ids)).execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount


def idle_login(before: datetime) -> ColumnElement[bool]:
    """A live login of the workbench, last used before an instant; a chat has no such time and stays."""
    return Binding.staff_id.is_not(None) & Binding.ended_at.is_(None) & (Binding.used_at <= before)


async def end_idle_logins(session: AsyncSession, staff_id: UUID, now: datetime) -> bool:
    """Ends the idle logins of one member of staff, so that his next one is no second place; False: there were none."""
    ended = await session.scalars(
        update(Binding)
        .where(idle_login(now - IDLE), Binding.staff_id == staff_id)
        .values(ended_at=now)
        .returning(Binding.id)
        .execution_options(synchronize_session="fetch")
    )
    return bool(ended.all())


async def _end_logins(session: AsyncSession, _files: FileStore, before: datetime, limit: int) -> int:
    return await _some(session, Binding, idle_login(before), limit, update(Binding).values(ended_at=before + IDLE))


PURPOSES: tuple[Purpose, ...] = (
    Purpose("submissions", "填过的表：办完以后备查，承诺 6 个月内删除", HALF_A_YEAR, _empty_submissions),
    Purpose("files", "照片和委托书：同上", HALF_A_YEAR, _remove_files),
    Purpose("held", "同意之前粘贴的内容：只留到回答同意与否", HELD, _wipe_held),
    Purpose("drafts", "没填完的表和最近的提问", MONTH, _dropping(Conversation, lambda t: Conversation.updated_at <= t)),
    Purpose("chat_lines", "网页和终端聊天的记录", MONTH, _dropping(ChatLine, lambda t: ChatLine.at <= t)),
    Purpose(
        "messages",
        "已发出的消息的文字：发送情况保留，文字不留",
        HALF_A_YEAR,
        _setting(Delivery, lambda t: (Delivery.settled_at <= t) & Delivery.text_sealed.is_not(None), text_sealed=None),
    ),
    Purpose(
        "troubles",
        "对通知说「有困难」时写的原因",
        HALF_A_YEAR,
        _setting(Delivery, lambda t: (Delivery.stuck_at <= t) & Delivery.note_sealed.is_not(None), note_sealed=None),
    ),
    Purpose("questions", "通知里没有答案的提问，和答复里留下的问法：答复本身保留", HALF_A_YEAR, _forget_questions),
    Purpose("seen", "平台消息的编号，防止重复处理", SEEN, _dropping(Seen, lambda t: Seen.received_at <= t)),
    Purpose("codes", "绑定码：用过或过期之后", MONTH, _dropping(BindCode, lambda t: BindCode.expires_at <= t)),
    Purpose("logins", "工作台登录：无人使用之后", IDLE, _end_logins),
)
"""Everything that does not stay for as long as the person is on the roster. The roster itself, the notices and the
audit are the school's records and are kept by its own rules."""
