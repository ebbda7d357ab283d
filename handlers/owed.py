"""谁没交: how far everybody is with each item, in counts; and by name who has still to do one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from handlers.handler import Context, Refusal
from handlers.messages import Button, Incoming, Reply
from storage import audit, owing
from storage.owing import NotDone, Progress
from storage.people import Actor

ITEMS_SHOWN = 8
NAMES_SHOWN = 40

_WHO = ("谁没交", "谁没办", "谁没填", "没交的", "未完成")


async def not_done(context: Context, item_id: UUID | None = None) -> list[NotDone]:
    """Who in the actor's classes has still to do an item, or any item. The look is audited."""
    actor = staff(context)
    rows = await owing.not_done(context.session, actor, item_id, context.now)
    await note(context, actor, "not_done.view", f"item:{item_id or 'all'}", students=len({r.student_id for r in rows}))
    return rows


async def progress(context: Context) -> list[Progress]:
    """How far the actor's students are with each item, in counts."""
    return await owing.progress(context.session, staff(context), context.now)


async def owed(message: Incoming, context: Context) -> Reply | None:
    """The handler: 谁没交 [事项] and its buttons; for staff only."""
    if context.actor is None or not context.actor.is_staff or context.is_group:
        return None
    if message.action is not None:
        return await _pressed(message.action, context)
    text = message.text.strip().rstrip("？?。")
    for trigger in _WHO:
        if text.startswith(trigger):
            return await _who(text.removeprefix(trigger).strip(" ：:"), context)
    return None


async def _pressed(action: str, context: Context) -> Reply | None:
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
    signs = [
        "已退回" if row.status == "returned" else "",
        "已停止提醒" if row.muted else "",
        "" if row.bound else "未绑定",
    ]
    noted = "，".join(filter(None, signs))
    return f"{row.name}（{noted}）" if noted else row.name


def staff(context: Context) -> Actor:
    """The member of staff who asks. Raises `Refusal`: it is none."""
    if context.actor is None or not context.actor.is_staff:
        raise Refusal("这个功能给老师用。")
    return context.actor


async def note(context: Context, actor: Actor, action: str, target: str, **detail: int) -> None:
    """Audits what a member of staff looked at or did."""
    await audit.record(
        context.session,
        now=context.now,
        actor=actor.tag,
        action=action,
        target=target,
        school_id=actor.school_id,
        **detail,
    )
