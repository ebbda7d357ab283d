"""我的事项: what a student has to do, when, how and with whom; one screen a page."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from handlers.digest import icon
from handlers.due import due_words, short_due_words
from handlers.handler import Context
from handlers.messages import Button, Incoming, Reply
from storage.amendments import current
from storage.items import ItemView, items_of, mark
from storage.reminders import may_sleep

PAGE = 5

TRIGGERS = frozenset(
    {"我的事项", "事项", "我的待办", "待办", "办理事项", "我的清单", "清单", "我还有什么没办", "我还要办什么", "/items"}
)
STATES = {
    "open": "未办",
    "handed_in": "已提交，等老师审核",
    "returned": "被退回，要修改",
    "done": "已办好",
    "waived": "不用办",
}
HOW = {"remote": "在线就能办", "proxy": "可以委托别人办", "in_person": "要本人到校", "unknown": ""}
NOT_YOURS = Reply("没有找到这件事项。", (Button("我的事项", "item:page:1"),))


async def items(message: Incoming, context: Context) -> Reply | None:
    """The handler: the list, one item, and 'I have done it'."""
    if not _asked(message):
        return None
    if context.actor is None:
        return Reply("先绑定身份，我才知道哪些事项是你的。发「绑定」开始。", (Button("绑定", "bind:start"),))
    if not context.actor.is_student:
        return Reply("事项清单给学生用。想看班里的进度，发「谁没交」。", (Button("谁没交", "nudge:who"),))
    views = await items_of(context.session, context.actor.id, context.now)
    return await _pressed(message.action or "item:page:1", views, context, context.actor.id)


def page(views: Sequence[ItemView], number: int) -> Reply:
    """One page of the list, with a button for each item and for the pages beside it."""
    if not views:
        return Reply("现在没有要你办的事项。有新的我会告诉你。")
    last = (len(views) + PAGE - 1) // PAGE
    number = min(max(number, 1), last)
    first = (number - 1) * PAGE
    shown = list(enumerate(views[first : first + PAGE], first + 1))
    said = [_head(views, number, last), *(_line(place, view) for place, view in shown)]
    return Reply("\n".join(said), (*(_open_button(place, view) for place, view in shown), *_beside(number, last)))


def card(view: ItemView) -> Reply:
    """Everything about one item, and the one next step."""
    rows = [
        ("截止", due_words(view)),
        ("开始", f"{view.opens_on.month} 月 {view.opens_on.day} 日起" if _not_open_yet(view) and view.opens_on else ""),
        ("状态", STATES[view.status] + (f"：{view.reason}" if view.reason else "")),
        ("怎么办", view.steps or ""),
        ("方式", HOW[view.how]),
        ("地点", view.place or ""),
        ("提醒", "关键事项，停止提醒后也会提醒" if view.critical and not view.settled else ""),
        ("找谁", " ".join(filter(None, (view.department, view.contact)))),
        ("出自", f"《{view.notice}》" if view.notice else ""),
    ]
    said = [f"{icon(view)} {view.title}", *(f"{label}：{value}" for label, value in rows if value)]
    return Reply(
        "\n".join([*said, *_evidence_hint(view)]), (*_next_step(view), *_later(view), Button("我的事项", "item:page:1"))
    )


def _asked(message: Incoming) -> bool:
    if message.action is not None:
        return message.action.startswith("item:")
    return message.text.strip().rstrip("？?。！!") in TRIGGERS


async def _pressed(action: str, views: Sequence[ItemView], context: Context, student_id: UUID) -> Reply:
    verb, _, rest = action.removeprefix("item:").partition(":")
    if verb == "page":
        return page(views, int(rest) if rest.isascii() and rest.isdigit() and len(rest) < 5 else 1)
    view = _of(views, rest) or _of(views, await _valid_now(context, rest))
    if view is None or verb not in ("show", "done", "undo"):
        return NOT_YOURS
    return card(view) if verb == "show" else await _report(verb, view, context, student_id)


def _of(views: Sequence[ItemView], hexed: str) -> ItemView | None:
    return next((view for view in views if view.id.hex == hexed), None)


async def _valid_now(context: Context, hexed: str) -> str:
    """What a later notice has put in the place of the item that a button of an earlier message means."""
    try:
        return (await current(context.session, UUID(hexed))).hex
    except ValueError:
        return ""


async def _report(verb: str, view: ItemView, context: Context, student_id: UUID) -> Reply:
    """The student's own word, where that is evidence enough."""
    if view.evidence != "self" or view.status == "waived":
        return Reply(f"「{view.title}」不能自己勾选。{' '.join(_evidence_hint(view))}", card(view).buttons)
    status = "done" if verb == "done" else "open"
    if view.status != status:
        await mark(context.session, student_id=student_id, item_id=view.id, status=status, now=context.now)
    if status == "open":
        return Reply(f"已改回未办：{view.title}。", (Button("我的事项", "item:page:1"),))
    return Reply(
        f"记下了：「{view.title}」已办好，不再提醒。",
        (Button("我的事项", "item:page:1"), Button("点错了，撤销", f"item:undo:{view.id.hex}")),
    )


def _head(views: Sequence[ItemView], number: int, last: int) -> str:
    left = [view for view in views if not view.settled]
    overdue = sum(view.overdue for view in left)
    words = f"还有 {len(left)} 件事要办" if left else f"全部 {len(views)} 件都办好了"
    words += f"，{overdue} 件已过期" if overdue else ""
    return words + (f"（第 {number}/{last} 页）" if last > 1 else "") + ("：" if left else " 🎓")


def _line(place: int, view: ItemView) -> str:
    state = STATES[view.status] if view.status != "open" else short_due_words(view)
    how = HOW[view.how] if view.status in ("open", "returned") else ""
    return f"{place}. {icon(view)} {view.title}\n   " + " · ".join(filter(None, (state, how)))


def _open_button(place: int, view: ItemView) -> Button:
    return Button(f"{place} {view.title[:8]}", f"item:show:{view.id.hex}")


def _beside(number: int, last: int) -> tuple[Button, ...]:
    before = (Button("上一页", f"item:page:{number - 1}"),) if number > 1 else ()
    return (*before, *((Button("下一页", f"item:page:{number + 1}"),) if number < last else ()))


def _next_step(view: ItemView) -> tuple[Button, ...]:
    if view.evidence == "form" and view.form and view.status in ("open", "returned"):
        return (Button("修改" if view.status == "returned" else "现在填", f"form:start:{view.form}"),)
    if view.evidence == "self" and not view.settled:
        return (Button("我已办好", f"item:done:{view.id.hex}"),)
    if view.evidence == "self" and view.status == "done":
        return (Button("撤销，还没办好", f"item:undo:{view.id.hex}"),)
    return ()


def _later(view: ItemView) -> tuple[Button, ...]:
    can = not view.settled and may_sleep(view, view.today)
    return (Button("稍后提醒", f"remind:item:{view.id.hex}"),) if can else ()


def _evidence_hint(view: ItemView) -> list[str]:
    if view.settled or view.evidence == "self":
        return []
    return ["在这里填好交给老师就行。" if view.evidence == "form" else "办好后由老师确认，不用在这里操作。"]


def _not_open_yet(view: ItemView) -> bool:
    return view.opens_on is not None and view.opens_on > view.today
