"""谁没交 and 催办: a counselor sees who has still what to do, and reminds all who are late in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.digest import buttons, lines
from handlers.handler import Context, Refusal
from handlers.messages import Button, Incoming, Reply
from handlers.outgoing import NOTHING_LEFT, Drop, Rendered
from storage import audit, owing
from storage.clock import school_day, start_of
from storage.deliveries import Claimed
from storage.fanout import plan_nudges
from storage.items import ItemView, items_of_many
from storage.owing import NotDone, Progress
from storage.people import Actor

ITEMS_SHOWN = 8
NAMES_SHOWN = 40
USELESS_FROM = time(21, 30)
"""After this a nudge is one of the next school day."""

_WHO = ("谁没交", "谁没办", "谁没填", "没交的", "未完成")
_NUDGE = ("催办", "一键催办", "催一下", "提醒逾期", "催")


@dataclass(frozen=True, slots=True)
class NudgePreview:
    """Whom a nudge would reach."""

    count: int
    unbound: tuple[str, ...]
    """Names of those a message cannot reach."""
    items: tuple[str, ...]
    """Titles of what is overdue."""


@dataclass(frozen=True, slots=True)
class NudgeResult:
    """What a nudge planned. `already` were nudged on this day before and are left in peace."""

    planned: int
    already: int
    unbound: tuple[str, ...]


# --- what chat and console share -------------------------------------------------------------------------------------


async def not_done(context: Context, item_id: UUID | None = None) -> list[NotDone]:
    """Who in the actor's classes has still to do an item, or any item. The look is audited."""
    actor = _staff(context)
    rows = await owing.not_done(context.session, actor, item_id, context.now)
    await _note(context, actor, "not_done.view", f"item:{item_id or 'all'}", students=len({r.student_id for r in rows}))
    return rows


async def progress(context: Context) -> list[Progress]:
    """How far the actor's students are with each item, in counts."""
    return await owing.progress(context.session, _staff(context), context.now)


async def nudge_preview(context: Context) -> NudgePreview:
    """Whom `nudge_overdue` would reach; nothing is planned."""
    rows = await owing.not_done(context.session, _staff(context), None, context.now, overdue_only=True)
    names = {row.student_id: row.name for row in rows}
    unbound = {row.student_id: row.name for row in rows if not row.bound}
    return NudgePreview(len(names), tuple(unbound.values()), tuple(dict.fromkeys(row.title for row in rows)))


async def nudge_overdue(context: Context) -> NudgeResult:
    """Plans one message for every student in the actor's classes who is late; at most one per student and day."""
    actor = _staff(context)
    found = await nudge_preview(context)
    day = _day_of(context.now)
    planned = await plan_nudges(
        context.session,
        actor,
        await owing.overdue_items(context.session, actor, context.now),
        day=day,
        expires_at=start_of(day, USELESS_FROM),
        now=context.now,
    )
    await _note(context, actor, "nudge.send", f"staff:{actor.id}", recipients=planned)
    return NudgeResult(planned, found.count - planned, found.unbound)


# --- the chat --------------------------------------------------------------------------------------------------------


async def nudge(message: Incoming, context: Context) -> Reply | None:
    """The handler: 谁没交 [事项], 催办, and their buttons; for staff only."""
    if context.actor is None or not context.actor.is_staff or context.is_group:
        return None
    if message.action is not None:
        return await _pressed(message.action, context)
    text = message.text.strip().rstrip("？?。")
    if text in _NUDGE:
        return _preview_reply(await nudge_preview(context))
    for trigger in _WHO:
        if text.startswith(trigger):
            return await _who(text.removeprefix(trigger).strip(" ：:"), context)
    return None


async def _pressed(action: str, context: Context) -> Reply | None:
    if action == "nudge:all":
        return _preview_reply(await nudge_preview(context))
    if action == "nudge:confirm":
        return _result_reply(await nudge_overdue(context))
    if action == "nudge:who":
        return _progress_reply(await progress(context))
    if action.startswith("nudge:item:"):
        return await _one_item(action.removeprefix("nudge:item:"), context)
    return None


async def _who(wanted: str, context: Context) -> Reply:
    found = await progress(context)
    fitting = [one for one in found if wanted in one.title] if wanted else found
    if wanted and len(fitting) == 1:
        return await _one_item(fitting[0].item_id.hex, context)
    if wanted and not fitting:
        return Reply(f"没有叫「{wanted[:20]}」的事项。", (Button("看全部事项", "nudge:who"),))
    return _progress_reply(fitting)


async def _one_item(text: str, context: Context) -> Reply:
    found = {one.item_id.hex: one for one in await progress(context)}.get(text)
    if found is None:
        return Reply("没有找到这件事项。", (Button("看全部事项", "nudge:who"),))
    return _names_reply(found, await not_done(context, found.item_id))


# --- what is shown ---------------------------------------------------------------------------------------------------


def _progress_reply(found: Sequence[Progress]) -> Reply:
    late = sum(one.open for one in found if one.overdue)
    left = sorted((one for one in found if one.open or one.waiting), key=lambda one: not one.overdue)
    if not left:
        return Reply("都办完了，没有人欠着事项。")
    shown = left[:ITEMS_SHOWN]
    more = [f"…… 还有 {len(left) - ITEMS_SHOWN} 件，发「谁没交 事项名」查"] if len(left) > ITEMS_SHOWN else []
    choices = [Button(f"{place} 名单", f"nudge:item:{one.item_id.hex}") for place, one in enumerate(shown, 1)]
    choices += [Button("一键催办逾期的", "nudge:all")] if late else []
    return Reply(
        "\n".join(["各事项进度：", *map(_progress_line, range(1, len(shown) + 1), shown), *more]), tuple(choices)
    )


def _progress_line(place: int, one: Progress) -> str:
    words = [f"未办 {one.open}", f"待审核 {one.waiting}" if one.waiting else "", f"已办 {one.settled}"]
    sign = "⏰" if one.overdue else "▫️"
    return f"{place}. {sign} {one.title}\n   {' · '.join(filter(None, words))}（共 {one.concerned} 人）"


def _names_reply(found: Progress, rows: Sequence[NotDone]) -> Reply:
    if not rows:
        waiting = f"，其中 {found.waiting} 人等你审核" if found.waiting else ""
        return Reply(f"「{found.title}」没有人欠着{waiting}。")
    said = [f"「{found.title}」还有 {len(rows)} 人没办（共 {found.concerned} 人）："]
    for class_name, same in groupby(rows[:NAMES_SHOWN], key=lambda row: row.class_name):
        said.append(f"{class_name}：" + "、".join(_name_words(row) for row in same))
    if len(rows) > NAMES_SHOWN:
        said.append(f"…… 还有 {len(rows) - NAMES_SHOWN} 人")
    choices = (Button("一键催办逾期的", "nudge:all"),) if found.overdue else ()
    return Reply("\n".join(said), choices)


def _name_words(row: NotDone) -> str:
    signs = ["已退回" if row.status == "returned" else "", "" if row.bound else "未绑定"]
    noted = "，".join(filter(None, signs))
    return f"{row.name}（{noted}）" if noted else row.name


def _preview_reply(found: NudgePreview) -> Reply:
    if not found.count:
        return Reply("没有人逾期，不用催。")
    without = f"，其中 {len(found.unbound)} 人未绑定，收不到" if found.unbound else ""
    titles = "、".join(found.items[:3]) + (f"等 {len(found.items)} 件" if len(found.items) > 3 else "")
    said = [
        f"将提醒 {found.count} 人{without}。",
        f"逾期的事项：{titles}。",
        "每人只收到一条，列出他自己没办的；同一天不会重复催。",
    ]
    return Reply(
        "\n".join(said),
        (Button(f"确认提醒 {found.count} 人", "nudge:confirm"), Button("看名单", "nudge:who")),
    )


def _result_reply(found: NudgeResult) -> Reply:
    if not found.planned:
        return Reply("逾期的同学今天都催过了，没有重复发。" if found.already else "没有人逾期，不用催。")
    said = [f"已安排提醒 {found.planned} 人。"]
    if found.already:
        said.append(f"{found.already} 人今天已经催过，没有重复发。")
    if found.unbound:
        said.append(f"未绑定、要另外联系的 {len(found.unbound)} 人：{'、'.join(found.unbound[:NAMES_SHOWN])}")
    return Reply("\n".join(said), (Button("看进度", "nudge:who"),))


# --- what is sent ----------------------------------------------------------------------------------------------------


async def render_nudges(session: AsyncSession, rows: Sequence[Claimed], now: datetime) -> Rendered:
    """The nudges of many students; who has nothing overdue any more gets none."""
    views = await items_of_many(session, [row.student_id for row in rows if row.student_id], now)
    return {row.id: nudge_text(views.get(row.student_id, [])) if row.student_id else NOTHING_LEFT for row in rows}


def nudge_text(views: Sequence[ItemView]) -> Reply | Drop:
    """What one student is late with."""
    late = [view for view in views if view.overdue and not view.settled]
    if not late:
        return NOTHING_LEFT
    head = f"老师提醒你，有 {len(late)} 件事已经过期，请尽快办："
    return Reply("\n".join([head, *lines(late), "有困难就联系辅导员，别拖着。"]), buttons(late))


# --- who and when ----------------------------------------------------------------------------------------------------


def _day_of(now: datetime) -> date:
    day = school_day(now)
    return day if now < start_of(day, USELESS_FROM) else day + timedelta(days=1)


def _staff(context: Context) -> Actor:
    if context.actor is None or not context.actor.is_staff:
        raise Refusal("这个功能给老师用。")
    return context.actor


async def _note(context: Context, actor: Actor, action: str, target: str, **detail: int) -> None:
    await audit.record(
        context.session,
        now=context.now,
        actor=actor.tag,
        action=action,
        target=target,
        school_id=actor.school_id,
        **detail,
    )
