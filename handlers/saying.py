"""What a broadcast says to each recipient, put together at the moment of sending (T4: the right is looked at again)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.messages import Button, Reply
from handlers.outgoing import Drop, Rendered
from storage import people, standings
from storage.deliveries import Claimed
from storage.standings import Saying

NOT_PERMITTED = "not permitted any more"
ANSWERED = "answered meanwhile"


def news(author: str, text: str) -> str:
    """A broadcast as it is read."""
    return f"📢 {author}：\n{text}"


def reminder(author: str, text: str) -> str:
    """The same once more, for those who have not acknowledged it."""
    return f"⏰ {author}提醒你看一下、点「已知悉」：\n{text}"


def correction(author: str, wrong: str, text: str) -> str:
    """A correction, for those who have the wrong version."""
    return f"📢 {author} 更正：\n刚才那条不对：{wrong}\n以下面这条为准：\n————\n{text}"


def spoken(author: str, text: str, *, wrong: str = "", is_reminder: bool = False) -> str:
    """The longest form of it, for a preview."""
    if wrong:
        return correction(author, wrong, text)
    return reminder(author, text) if is_reminder else news(author, text)


async def render_broadcasts(session: AsyncSession, rows: Sequence[Claimed], now: datetime) -> Rendered:
    """The text with its buttons; what was recalled, corrected, answered or is not permitted any more is dropped."""
    sayings = await standings.sayings(session, {row.broadcast_id for row in rows if row.broadcast_id})
    by_broadcast: defaultdict[UUID, list[Claimed]] = defaultdict(list)
    for row in rows:
        if row.broadcast_id is not None:
            by_broadcast[row.broadcast_id].append(row)
    allowed = await _allowed(session, by_broadcast, sayings)
    rendered: dict[int, Reply | Drop] = {}
    for broadcast_id, its in by_broadcast.items():
        rendered |= await _its(session, broadcast_id, sayings[broadcast_id], its, allowed)
    return rendered


async def _its(
    session: AsyncSession, broadcast_id: UUID, saying: Saying, rows: Sequence[Claimed], allowed: set[UUID]
) -> dict[int, Reply | Drop]:
    """One broadcast's rows. What is the same for many is one `Reply`: it can go out in one call (企业微信)."""
    if saying.ended is not None:
        return {row.id: Drop("cancelled", saying.ended) for row in rows}
    recipients = {row.recipient for row in rows if row.recipient}
    had = await standings.had(session, saying.versions, recipients)
    reminded = saying.audience.get("silent")
    done = await standings.pressed(session, UUID(str(reminded)), recipients) if reminded else set()
    buttons = _buttons(broadcast_id) if saying.acknowledge else ()
    text = spoken(saying.author, saying.text, is_reminder=bool(reminded))
    corrected = correction(saying.author, saying.wrong, saying.text)

    def said(row: Claimed) -> Reply | Drop:
        if row.recipient not in allowed:
            return Drop("cancelled", NOT_PERMITTED)
        if row.recipient in done:
            return Drop("cancelled", ANSWERED)
        return Reply(corrected if row.recipient in had else text, buttons if row.group_id is None else (), saying.files)

    return {row.id: said(row) for row in rows}


async def _allowed(
    session: AsyncSession, by_broadcast: Mapping[UUID, Sequence[Claimed]], sayings: Mapping[UUID, Saying]
) -> set[UUID]:
    """The students and groups their broadcast's author may write to at this moment."""
    allowed: set[UUID] = set()
    by_author: defaultdict[UUID, list[Claimed]] = defaultdict(list)
    for broadcast_id, rows in by_broadcast.items():
        by_author[sayings[broadcast_id].author_id] += rows
    for author_id, rows in by_author.items():
        author = await people.staff_actor(session, author_id)
        if author is not None:
            students = {row.student_id for row in rows if row.student_id}
            groups = {row.group_id for row in rows if row.group_id}
            allowed |= await standings.students_within(session, author, students)
            allowed |= await standings.groups_within(session, author, groups)
    return allowed


def _buttons(broadcast_id: UUID) -> tuple[Button, ...]:
    # By broadcast, not by row: see `_its`.
    return Button("已知悉", f"ack:b{broadcast_id.hex}"), Button("有困难", f"stuck:b{broadcast_id.hex}")
