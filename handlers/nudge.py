"""催办: a counselor reminds all who are late in one step, and sees first whom it reaches, where, and whom not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.digest import buttons, lines
from handlers.handler import Context, Refusal
from handlers.messages import Button, Incoming, Reply
from handlers.outgoing import NOTHING_LEFT, Drop, Rendered
from handlers.owed import note, staff
from handlers.ways import NAMES, REASONS, first_way, why_not
from storage import owing, people
from storage.clock import school_day, start_of
from storage.deliveries import Claimed, nudged_on
from storage.fanout import plan_nudges
from storage.items import ItemView, items_of_many
from storage.owing import NotDone
from storage.people import Actor, ClassCard
from storage.reminders import muted_among
from storage.ways import ways_of

NAMES_SHOWN = 12
CLASSES_SHOWN = 8
USELESS_FROM = time(21, 30)
"""After this a nudge is one of the next school day."""

_NUDGE = ("催办", "一键催办", "催一下", "提醒逾期", "催")
_ALL = ("全部", "所有", "全部班级", "所有班级", "我的班级", "逾期", "逾期的")


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Somebody who is late and whom no message reaches."""

    name: str
    class_name: str
    reason: str
    """In words: '未绑定', 'Telegram：拉黑了机器人'."""


@dataclass(frozen=True, slots=True)
class NudgePreview:
    """Whom a nudge would reach."""

    late: int
    """Students with something overdue; each is in exactly one of the following."""
    channels: tuple[tuple[str, int], ...] = ()
    """Who would get a message: how many on each channel, by the name people call it."""
    unreachable: tuple[Unreachable, ...] = ()
    already: tuple[str, ...] = ()
    """Names of those who were nudged on this day before."""
    silent: tuple[str, ...] = ()
    """Names of those who stopped their reminders and are late with nothing critical."""
    items: tuple[str, ...] = ()
    """Titles of what is overdue."""
    classes: tuple[tuple[UUID, str, int], ...] = ()
    """The classes with somebody who is late: id, name and how many."""
    class_id: UUID | None = None
    """The class it is for; None: all of the actor's."""

    @property
    def count(self) -> int:
        """How many would get a message."""
        return sum(count for _, count in self.channels)


@dataclass(frozen=True, slots=True)
class NudgeResult:
    """What a nudge planned, and whom it left out."""

    planned: int
    left: NudgePreview


# --- what chat and console share -------------------------------------------------------------------------------------


async def nudge_preview(context: Context, class_id: UUID | None = None) -> NudgePreview:
    """Whom `nudge_overdue` would reach; nothing is planned. A class outside the actor's scope has nobody in it."""
    actor = staff(context)
    every = await owing.not_done(context.session, actor, None, context.now, overdue_only=True)
    return await _preview(context, every, class_id)


async def nudge_overdue(context: Context, class_id: UUID | None = None) -> NudgeResult:
    """Plans one message for every student in the actor's classes who is late; at most one per student and day."""
    actor = staff(context)
    found = await nudge_preview(context, class_id)
    day = _day_of(context.now)
    planned = await plan_nudges(
        context.session,
        actor,
        await owing.overdue_items(context.session, actor, context.now),
        day=day,
        expires_at=start_of(day, USELESS_FROM),
        now=context.now,
        class_id=class_id,
    )
    await note(
        context, actor, "nudge.send", f"class:{class_id}" if class_id else f"staff:{actor.id}", recipients=planned
    )
    return NudgeResult(planned, found)


async def _preview(context: Context, every: Sequence[NotDone], class_id: UUID | None) -> NudgePreview:
    late = _by_student(every)
    classes = Counter((rows[0].class_id, rows[0].class_name) for rows in late.values())
    mine = {one: rows for one, rows in late.items() if class_id in (None, rows[0].class_id)}
    before = await nudged_on(context.session, mine, _day_of(context.now))
    ways = await ways_of(context.session, mine)
    muted = await muted_among(context.session, mine)
    channels: Counter[str] = Counter()
    unreachable, already, silent = list[Unreachable](), list[str](), list[str]()
    for student, rows in mine.items():
        name, state = rows[0].name, before.get(student)
        channel = first_way(ways[student])
        if state is not None and state.arrives:
            already.append(name)
        elif state is not None or channel is None:
            why = f"今天催过，没送到：{_reason(state.reason)}" if state is not None else why_not(ways[student])
            unreachable.append(Unreachable(name, rows[0].class_name, why))
        elif student in muted and not any(row.critical for row in rows):
            silent.append(name)
        else:
            channels[NAMES.get(channel, channel)] += 1
    return NudgePreview(
        late=len(mine),
        channels=tuple(channels.most_common()),
        unreachable=tuple(unreachable),
        already=tuple(already),
        silent=tuple(silent),
        items=tuple(dict.fromkeys(row.title for rows in mine.values() for row in rows)),
        classes=tuple((one, name, count) for (one, name), count in classes.items() if one is not None),
        class_id=class_id,
    )


def _by_student(rows: Sequence[NotDone]) -> dict[UUID, list[NotDone]]:
    found: dict[UUID, list[NotDone]] = {}
    for row in rows:
        found.setdefault(row.student_id, []).append(row)
    return found


def _reason(reason: str | None) -> str:
    return REASONS.get(reason or "", reason or "原因不明")


# --- the chat --------------------------------------------------------------------------------------------------------


async def nudge(message: Incoming, context: Context) -> Reply | None:
    """The handler: 催办 [班级] and its buttons; for staff only."""
    if context.actor is None or not context.actor.is_staff or context.is_group:
        return None
    if message.action is not None:
        return await _pressed(message.action, context)
    text = message.text.strip().rstrip("？?。")
    word, _, rest = text.partition(" ")
    if text.startswith("催办") and not rest:
        word, rest = "催办", text.removeprefix("催办").strip(" ：:")
    return await _asked(rest.strip(" ：:"), context, context.actor) if word in _NUDGE else None


async def _pressed(action: str, context: Context) -> Reply | None:
    noun, _, rest = action.partition(":")
    verb, _, hexed = rest.partition(":")
    if noun != "nudge" or verb not in ("ask", "all", "confirm", "class"):
        return None
    if verb == "ask":
        return await _asked("", context, staff(context))
    if verb == "class" or hexed:
        class_id = _uuid(hexed)
        if class_id is None:
            raise Refusal("没有找到这个班级。发「催办」重新选。")
    else:
        class_id = None
    if verb == "confirm":
        return result_reply(await nudge_overdue(context, class_id))
    return preview_reply(await nudge_preview(context, class_id))


async def _asked(wanted: str, context: Context, actor: Actor) -> Reply:
    """With a class: its preview. Without: the classes as buttons, unless there is nothing to choose."""
    if wanted and wanted not in _ALL:
        classes = await people.classes_named(context.session, actor, wanted)
        if len(classes) == 1:
            return preview_reply(await nudge_preview(context, classes[0].id))
        return _which(wanted, classes or await people.classes_of(context.session, actor), found=bool(classes))
    found = await nudge_preview(context)
    return preview_reply(found) if wanted or len(found.classes) < 2 else _choose(found)


def _which(wanted: str, classes: Sequence[ClassCard], *, found: bool) -> Reply:
    head = "哪一个班？" if found else f"你带的班里没有「{wanted[:20]}」。要催哪个班？"
    return Reply(head, tuple(Button(one.name, f"nudge:class:{one.id.hex}") for one in classes[:CLASSES_SHOWN]))


def _choose(found: NudgePreview) -> Reply:
    some = [
        Button(f"{name}（{count} 人）", f"nudge:class:{class_id.hex}")
        for class_id, name, count in found.classes[:CLASSES_SHOWN]
    ]
    more = "\n没列出的发「催办 班名」。" if len(found.classes) > CLASSES_SHOWN else ""
    return Reply(
        f"{len(found.classes)} 个班有 {found.late} 人逾期。催哪个班？{more}",
        (Button(f"全部（{found.late} 人）", "nudge:all"), *some),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None


# --- what is shown ---------------------------------------------------------------------------------------------------


def preview_reply(found: NudgePreview) -> Reply:
    """How many it reaches and where, whom not and why, and who was nudged already."""
    if not found.late:
        return Reply("没有人逾期，不用催。")
    where = "、".join(f"{name} {count}" for name, count in found.channels)
    head = (
        f"逾期 {found.late} 人，将提醒 {found.count} 人（{where}）。"
        if found.count
        else f"逾期 {found.late} 人，现在没有要提醒的人。"
    )
    said = [head, f"逾期的事项：{_titles(found.items)}。", *left_lines(found)]
    suffix = f":{found.class_id.hex}" if found.class_id else ""
    go = [Button(f"确认提醒 {found.count} 人", f"nudge:confirm{suffix}")] if found.count else []
    if found.count:
        said.append("每人只收到一条，列出他自己没办的；同一天不会重复催。")
    call = [Button("电话名单", "call:list")] if found.unreachable or found.silent else []
    return Reply("\n".join(said), (*go, Button("看名单", "nudge:who"), *call))


def result_reply(found: NudgeResult) -> Reply:
    """What was planned, and who is left."""
    if not found.left.late:
        return Reply("没有人逾期，不用催。")
    head = f"已安排提醒 {found.planned} 人。" if found.planned else "没有新的提醒要发。"
    call = [Button("电话名单", "call:list")] if found.left.unreachable or found.left.silent else []
    return Reply("\n".join([head, *left_lines(found.left)]), (Button("看进度", "nudge:who"), *call))


def left_lines(found: NudgePreview) -> list[str]:
    """Who gets no message, by name and with the reason."""
    return [
        f"{head}{names}"
        for head, names in (
            (f"收不到、要另外联系的 {len(found.unreachable)} 人：", _by_reason(found.unreachable)),
            (f"今天已经催过、不再打扰的 {len(found.already)} 人：", _names(found.already)),
            (f"自己停止了提醒、逾期的都不是关键事项的 {len(found.silent)} 人：", _names(found.silent)),
        )
        if names
    ]


def _by_reason(found: Sequence[Unreachable]) -> str:
    """'甲、乙（未绑定）；丙（网页：拉黑了机器人）'."""
    reasons: dict[str, list[str]] = {}
    for one in found:
        reasons.setdefault(one.reason, []).append(one.name)
    return "；".join(
        f"{_names(names)}（{'都' if len(names) > 1 else ''}{reason}）" for reason, names in reasons.items()
    )


def _names(names: Sequence[str]) -> str:
    return "、".join(names[:NAMES_SHOWN]) + (f" 等 {len(names)} 人" if len(names) > NAMES_SHOWN else "")


def _titles(titles: Sequence[str]) -> str:
    return "、".join(titles[:3]) + (f"等 {len(titles)} 件" if len(titles) > 3 else "")


# --- what is sent ----------------------------------------------------------------------------------------------------


async def render_nudges(session: AsyncSession, rows: Sequence[Claimed], now: datetime) -> Rendered:
    """The nudges of many students; who has nothing overdue any more gets none."""
    students = [row.student_id for row in rows if row.student_id]
    views, muted = await items_of_many(session, students, now), await muted_among(session, students)
    return {
        row.id: nudge_text(views.get(row.student_id, []), muted=row.student_id in muted)
        if row.student_id
        else NOTHING_LEFT
        for row in rows
    }


def nudge_text(views: Sequence[ItemView], *, muted: bool = False) -> Reply | Drop:
    """What one student is late with; who stopped his reminders hears only of what is critical."""
    late = [view for view in views if view.overdue and not view.settled and (view.critical or not muted)]
    if not late:
        return NOTHING_LEFT
    head = f"老师提醒你，有 {len(late)} 件事已经过期，请尽快办："
    return Reply("\n".join([head, *lines(late), "有困难就联系辅导员，别拖着。"]), buttons(late))


def _day_of(now: datetime) -> date:
    day = school_day(now)
    return day if now < start_of(day, USELESS_FROM) else day + timedelta(days=1)
