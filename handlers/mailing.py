"""群发, what chat and workbench share: preview, confirm, think better of it, approve, remind, correct, recall."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from handlers import saying, schedule
from handlers.handler import Context, Refusal
from handlers.messages import Attachment
from handlers.outlets import measured, rules_of
from storage import audit, broadcasts, deliveries, people, recalls, standings
from storage.broadcasts import target_of
from storage.models import Broadcast
from storage.people import Actor
from storage.reach import Reach, Target, reach, students_count

LONGEST = 800
"""Characters of a broadcast: one phone screen."""
LONGEST_WRONG = 100
MOST_FILES = 5
SECOND_APPROVER_FROM = 500
"""More recipients than this need a second person (SECURITY T4)."""
COOLING = timedelta(seconds=30)
"""So long after 发送 nothing goes out: time to think better of it."""
URGENT_COOLING = timedelta(seconds=10)
NAMES_CHECKED_UP_TO = 2000

GONE = "没有找到这条群发。"
_IDENTITY = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft would do."""

    draft_id: UUID
    text: str
    """As its readers see it, the sender's name in front."""
    label: str
    reach: Reach
    measures: tuple[str, ...] = ()
    """Its length on each channel it goes to, in that platform's unit."""
    files: tuple[Attachment, ...] = ()
    at: datetime | None = None
    """When it goes; None: at once."""
    delayed: str = ""
    """Why it goes later than was asked."""
    needs_second: bool = False
    group_note: str = ""
    """Why the group chats do not get it, where there are some."""
    to_groups: bool = False
    knocks: tuple[str, ...] = ()
    """Channels that can tell who is out of reach there that something waits."""
    problems: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many students it is for."""
        return self.reach.count

    @property
    def reached(self) -> int:
        """How many of them a message gets to."""
        return self.reach.count - self.reach.unreached - sum(self.reach.closed.values())


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What happens next with a confirmed draft."""

    broadcast_id: UUID
    count: int
    at: datetime
    waits: bool
    """For a second person."""


# --- drafts ----------------------------------------------------------------------------------------------------------


async def compose(
    context: Context,
    target: Target,
    text: str,
    *,
    files: Sequence[UUID] = (),
    at: datetime | None = None,
    to_groups: bool = True,
) -> Preview:
    """Keeps a draft and says what it would do. Raises `Refusal` where it does not fit or nobody would get it."""
    actor = staff(context)
    _check(text, files)
    draft_id = await broadcasts.draft(
        context.session, actor, target, text.strip(), context.now, awaits="files", files=files
    )
    await broadcasts.edit(context.session, actor, draft_id, not_before=at, to_groups=to_groups)
    return replace(await preview(context, draft_id), problems=target.problems)


async def preview(context: Context, draft_id: UUID) -> Preview:
    """What a draft of the actor's would do now. Raises `Refusal`."""
    draft = await _draft(context, draft_id)
    return await _preview(context, staff(context), draft)


async def change(context: Context, draft_id: UUID, **values: Any) -> Preview:
    """Changes a draft's text, files, time or whether groups get it, and says what it would do. Raises `Refusal`."""
    draft = await _draft(context, draft_id)
    _check(values.get("text", draft.text), values.get("files", draft.files))
    if "files" in values:
        values["files"] = [str(file) for file in values["files"]]
    await broadcasts.edit(context.session, staff(context), draft_id, awaits="files", awaits_at=context.now, **values)
    return await preview(context, draft_id)


async def confirm(context: Context, draft_id: UUID, *, urgent: bool = False) -> Confirmed:
    """The draft goes: after the time to think better of it, or when a second person agrees. Raises `Refusal`."""
    actor = staff(context)
    found = await preview(context, draft_id)
    at = _start(context, found, urgent=urgent)
    if found.needs_second and not await people.office_of(context.session, actor.id):
        raise Refusal(f"超过 {SECOND_APPROVER_FROM} 人要第二个人批准，学校里还没有别的办公室账号可以批。请分班发送。")
    if not await broadcasts.confirm(
        context.session,
        actor,
        draft_id,
        not_before=at,
        urgent=urgent,
        needs_second=found.needs_second,
        to_groups=found.to_groups,
    ):
        raise Refusal("这条群发已经发出或取消了，没有重复发送。")
    await _record(context, "broadcast.send", draft_id, recipients=found.count, urgent=urgent, waits=found.needs_second)
    if found.needs_second:
        await _ask_second(context, actor, draft_id, found.count)
    return Confirmed(draft_id, found.count, at, found.needs_second)


async def undo(context: Context, broadcast_id: UUID) -> bool:
    """Nothing of it is sent; False: it is on its way already, or none of the actor's."""
    done = await broadcasts.cancel(context.session, staff(context), broadcast_id)
    if done:
        await _record(context, "broadcast.cancel", broadcast_id)
    return done


# --- the second person -----------------------------------------------------------------------------------------------


async def pending(context: Context) -> list[tuple[Broadcast, Preview]]:
    """What waits for the actor's approval, with what it would do."""
    actor = staff(context)
    waiting = await broadcasts.waiting_for(context.session, actor)
    return [(one, await _preview(context, actor, one)) for one in waiting]


async def review(context: Context, broadcast_id: UUID) -> Preview:
    """What somebody else's broadcast would do, for whoever may approve it. Raises `Refusal`."""
    found = {one.id: shown for one, shown in await pending(context)}.get(broadcast_id)
    if found is None:
        raise Refusal("这条群发不用你批：已经有人处理过、已取消，或者不在你的范围里。")
    return found


async def approve(context: Context, broadcast_id: UUID) -> Confirmed:
    """Lets somebody else's broadcast go. Raises `Refusal`."""
    found = await review(context, broadcast_id)
    at = max(found.at or context.now, context.now + COOLING)
    if not await broadcasts.approve(context.session, staff(context), broadcast_id, at):
        raise Refusal("这条群发已经有人处理过了。")
    await _record(context, "broadcast.approve", broadcast_id, recipients=found.count)
    await _tell_author(context, broadcast_id, "approved", f"已批准，{schedule.spoken(at, context.now)} 开始发")
    return Confirmed(broadcast_id, found.count, at, waits=False)


async def refuse(context: Context, broadcast_id: UUID) -> None:
    """Keeps somebody else's broadcast from going. Raises `Refusal`."""
    await review(context, broadcast_id)
    if not await broadcasts.refuse(context.session, staff(context), broadcast_id):
        raise Refusal("这条群发已经有人处理过了。")
    await _record(context, "broadcast.refuse", broadcast_id)
    await _tell_author(context, broadcast_id, "refused", "没有批准，没有发给任何人")


# --- afterwards ------------------------------------------------------------------------------------------------------


async def remind(context: Context, broadcast_id: UUID) -> Preview:
    """A draft for exactly those who have it and pressed nothing. Raises `Refusal` where there are none."""
    wanted = await sent_one(context, broadcast_id)
    target = replace(
        target_of(wanted), audience={"silent": str(wanted.id)}, label=f"「{short(wanted.text)}」还没确认的人"
    )
    return await compose(context, target, wanted.text, to_groups=False)


async def correct(
    context: Context, broadcast_id: UUID, wrong: str, text: str, *, files: Sequence[UUID] | None = None
) -> Preview:
    """A draft that sets a sent broadcast right for everybody it was planned for. Raises `Refusal`."""
    wanted = await sent_one(context, broadcast_id)
    actor = staff(context)
    check_wrong(wrong)
    kept = [UUID(file) for file in wanted.files] if files is None else files
    _check(text, kept)
    if text.strip() == wanted.text:
        raise Refusal("更正的内容和原来一样，没有改动。")
    target = replace(target_of(wanted), audience={"got": str(wanted.id)}, label=f"收到「{short(wanted.text)}」的人")
    draft_id = await broadcasts.draft(
        context.session, actor, target, text.strip(), context.now, corrects_id=wanted.id, files=kept, awaits="files"
    )
    await broadcasts.edit(
        context.session, actor, draft_id, wrong=wrong.strip(), to_groups=wanted.to_groups, urgent=wanted.urgent
    )
    return await preview(context, draft_id)


async def recall(context: Context, broadcast_id: UUID) -> recalls.Result:
    """Stops what is not out yet and takes back what is, where the platform lets us. Raises `Refusal`."""
    wanted = await sent_one(context, broadcast_id, for_recall=True)
    if not await broadcasts.recall(context.session, staff(context), wanted.id, context.now):
        raise Refusal("这条已经撤回过了。")
    able = [outlet.name for outlet in context.outlets if outlet.recalls]
    await recalls.plan(context.session, wanted.id, able, context.now)
    await _record(context, "broadcast.recall", wanted.id)
    return await recalls.result(context.session, wanted.id)


async def sent_one(context: Context, broadcast_id: UUID, *, for_recall: bool = False) -> Broadcast:
    """A sent broadcast of the actor's, not recalled, nor corrected by a newer one. Raises `Refusal`."""
    found = await broadcasts.own(context.session, staff(context), broadcast_id)
    if found is None:
        raise Refusal(GONE)
    if found.status == "recalled":
        raise Refusal("这条已经撤回过了。")
    if found.status != "sent":
        raise Refusal("这条还没有发出，点「撤销」就不会发。")
    if found.corrected_at is not None and not for_recall:
        raise Refusal("这条已经更正过了，请对更正后的那条操作。")
    return found


# --- what others need ------------------------------------------------------------------------------------------------


def staff(context: Context) -> Actor:
    """The member of staff who acts. Raises `Refusal`."""
    if context.actor is None or not context.actor.is_staff:
        raise Refusal("这个功能给老师用。")
    return context.actor


def short(text: str) -> str:
    """A broadcast's beginning, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= 24 else f"{line[:24]}…"


def check_wrong(wrong: str) -> None:
    """Raises `Refusal` where it does not say what was wrong, or too much."""
    if not wrong.strip():
        raise Refusal("哪里写错了？一句话，比如「时间写成了周五，应该是周四」。")
    if len(wrong.strip()) > LONGEST_WRONG:
        raise Refusal(f"哪里写错了，请用 {LONGEST_WRONG} 字以内说清楚。")


def _check(text: str, files: Collection[object]) -> None:
    if not text.strip():
        raise Refusal("群发内容是空的。")
    if len(text.strip()) > LONGEST:
        raise Refusal(f"群发内容 {len(text.strip())} 字，最多 {LONGEST} 字：一屏看不完的通知请分成几条，或者放进附件。")
    if len(files) > MOST_FILES:
        raise Refusal(f"一条最多带 {MOST_FILES} 个附件。")


async def _draft(context: Context, draft_id: UUID) -> Broadcast:
    draft = await broadcasts.own(context.session, staff(context), draft_id)
    if draft is None or not draft.text:
        raise Refusal("没有找到这条群发草稿。发「群发 班级名」重新开始。")
    if draft.status != "draft":
        raise Refusal("这条群发已经发出或取消了，没有重复发送。")
    return draft


async def _preview(context: Context, actor: Actor, draft: Broadcast) -> Preview:
    target = target_of(draft)
    on, then = [outlet.name for outlet in context.outlets], draft.not_before or context.now
    found = await reach(context.session, actor, target, on, then, rules_of(context.outlets))
    if found.count == 0:
        raise Refusal("现在没有要发的人：名单里的都办了、确认了，或者不在你的班里。没有发送。")
    held = await _held_from_groups(context, actor, draft, target) if found.groups else ""
    to_groups = bool(found.groups) and draft.to_groups and not held
    shown = found if to_groups else replace(found, groups={})
    author = actor.name if draft.author_id == actor.id else await author_of(context, draft.id)
    text = saying.spoken(author, draft.text, wrong=draft.wrong, is_reminder="silent" in draft.audience)
    files = await standings.files_of(context.session, [UUID(file) for file in draft.files])
    at, delayed = _time(context, draft, found.count)
    used = {*found.channels, *found.closed, *shown.groups}
    return Preview(
        draft_id=draft.id,
        text=text,
        label=draft.label,
        reach=shown,
        measures=tuple(measured(outlet, text) for outlet in context.outlets if outlet.name in used),
        files=tuple(files[UUID(file)] for file in draft.files if UUID(file) in files),
        at=at,
        delayed=delayed,
        needs_second=found.count > SECOND_APPROVER_FROM,
        group_note=held or ("" if draft.to_groups or not found.groups else "你选了只发给个人"),
        to_groups=to_groups,
        knocks=tuple(one.name for one in context.outlets if one.knocks),
    )


def _time(context: Context, draft: Broadcast, count: int) -> tuple[datetime | None, str]:
    """When a draft is to go, moved off the full hour and out of the night, with the reason."""
    if draft.not_before is None:
        return None, ""
    at = schedule.off_the_hour(draft.not_before, count, draft.id)
    why = "避开整点" if at != draft.not_before else ""
    morning = context.quiet(at)
    if morning is not None and not draft.urgent:
        return schedule.off_the_hour(morning, count, draft.id), "夜里不打扰，早上再发"
    return at, why


def _start(context: Context, found: Preview, *, urgent: bool) -> datetime:
    earliest = context.now + (URGENT_COOLING if urgent else COOLING)
    at = max(found.at or earliest, earliest)
    return at if urgent else (context.quiet(at) or at)


async def _held_from_groups(context: Context, actor: Actor, draft: Broadcast, target: Target) -> str:
    """Why this text must not be read in a group; '': it may."""
    text = f"{draft.text}\n{draft.wrong}"
    if _IDENTITY.search(text):
        return "内容里有手机号或身份证号，不发到群里"
    if await students_count(context.session, actor) > NAMES_CHECKED_UP_TO:
        return ""
    mine = set(target.class_ids)
    for card in await people.students_of(context.session, actor):
        if card.class_id in mine and (card.name in text or card.number in text):
            return "内容里有学生的姓名或学号，不发到群里"
    return ""


async def author_of(context: Context, broadcast_id: UUID) -> str:
    """The name of a broadcast's author."""
    found = (await standings.sayings(context.session, {broadcast_id})).get(broadcast_id)
    return found.author if found else ""


async def _ask_second(context: Context, actor: Actor, broadcast_id: UUID, count: int) -> None:
    for member in await people.office_of(context.session, actor.id):
        await deliveries.enqueue(
            context.session,
            key=f"broadcast-approve:{broadcast_id.hex}:{member.id.hex}",
            kind="staff_notice",
            now=context.now,
            staff_id=member.id,
            text=f"{actor.name}想群发给 {count} 人，超过 {SECOND_APPROVER_FROM} 人要第二个人看过才发。",
            buttons=[("看内容", f"broadcast:review:{broadcast_id.hex}")],
            urgent=True,
        )


async def _tell_author(context: Context, broadcast_id: UUID, how: str, words: str) -> None:
    found = await context.session.get(Broadcast, broadcast_id)
    if found is None:
        return
    await deliveries.enqueue(
        context.session,
        key=f"broadcast-{how}:{broadcast_id.hex}",
        kind="staff_notice",
        now=context.now,
        staff_id=found.author_id,
        text=f"你的群发「{short(found.text)}」{staff(context).name}{words}。",
        buttons=[("看送达情况", f"broadcast:status:{broadcast_id.hex}")],
        urgent=True,
    )


async def _record(context: Context, action: str, broadcast_id: UUID, **detail: Any) -> None:
    actor = staff(context)
    await audit.record(
        context.session,
        now=context.now,
        actor=actor.tag,
        action=action,
        target=f"broadcast:{broadcast_id}",
        school_id=actor.school_id,
        **detail,
    )
