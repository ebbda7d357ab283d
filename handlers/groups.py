"""What happens around a conversation, and class groups: a counselor binds a group chat to a class, in the group.

In a group nothing personal is ever said: the dispatcher gives no actor there. This handler looks up who speaks only to
see whether he may bind the group; his name is not said either.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from handlers.formbook import form_named
from handlers.handler import Context
from handlers.identity import greet
from handlers.messages import Incoming, Reply
from storage import audit, conversations, groups, people
from storage.people import Actor

JOINED = (
    "大家好，我是离校通。离校的事在群里 @我 问就行，比如「几号退寝」。\n"
    "辅导员请在群里发「绑定班级 班名」。个人的事请私聊我。"
)
UNREADABLE = "这种消息我看不了。请发文字、照片或 PDF。"
EDITED = "改过的消息不会重新记录。要更正，请直接发一条新的，比如「电话改成……」。"
ONLY_IN_GROUP = "要在班级群里发这一句：先把我拉进群，再在群里发「绑定班级 班名」。"
ONLY_STAFF = "班级群只有辅导员能绑定。老师请先私聊我绑定身份。"
WHICH = "没有这个班，或者不是您带的班。请写班级的全称。"
PRIVATELY = "个人的事不在群里说，请私聊我。"

_BIND, _END = "绑定班级", "解绑班级"
_PERSONAL = frozenset(
    (
        *("我的事项", "事项", "待办", "我的待办", "进度", "我的进度", "待审", "谁没交", "催办", "群发", "发码"),
        *("导出", "导出地址", "待批绑定", "我的地址", "我的委托书", "撤回同意", "还有什么没办"),
    )
)


async def group_chats(message: Incoming, context: Context) -> Reply | None:
    """Takes note of events, binds groups, and keeps personal things out of them; None: none of that."""
    if message.event is not None:
        kind, _, detail = message.event.partition(":")
        act = _EVENTS.get(kind)
        return await act(message, context, detail) if act else Reply("")
    verb, _, name = message.text.strip().partition(" ")
    if message.action is None and verb in (_BIND, _END):
        if not context.is_group:
            return Reply(ONLY_IN_GROUP)
        return await (_bind(message, context, name.strip()) if verb == _BIND else _end(message, context))
    return _only_public(message) if context.is_group else None


def _only_public(message: Incoming) -> Reply | None:
    """Buttons of a group belong to everybody in it; only questions are for everybody too."""
    if message.action is not None:
        is_public = message.action.startswith(("ask:", "help:", "menu:"))
        return None if is_public else Reply(PRIVATELY)
    return Reply(PRIVATELY) if message.text.strip().strip("。？?！! ") in _PERSONAL else None


async def _joined(message: Incoming, context: Context, detail: str) -> Reply:
    return Reply(JOINED)


async def _left(message: Incoming, context: Context, detail: str) -> Reply:
    await groups.end(context.session, message.sender.channel, message.sender.chat, context.now)
    return Reply("")


async def _moved(message: Incoming, context: Context, detail: str) -> Reply:
    await groups.move(context.session, message.sender.channel, message.sender.chat, detail, context.now)
    return Reply("")


async def _edited(message: Incoming, context: Context, detail: str) -> Reply | None:
    """In a form a changed word could go into the wrong field: it is said anew. A changed question is a question."""
    state = await conversations.load(context.session, message.sender)
    in_form = state is not None and state.form is not None and form_named(state.form) is not None
    return Reply(EDITED) if in_form else None


async def _unreadable(message: Incoming, context: Context, detail: str) -> Reply:
    return Reply(UNREADABLE)


async def _bind(message: Incoming, context: Context, name: str) -> Reply:
    actor = await _staff(message, context)
    if actor is None:
        return Reply(ONLY_STAFF)
    found = await people.classes_named(context.session, actor, name)
    if len(found) != 1:
        return Reply(WHICH)
    sender = message.sender
    await groups.bind(context.session, sender.channel, sender.chat, class_id=found[0].id, by=actor.id, now=context.now)
    await _record(context, actor, "group.bound", found[0].id, sender.channel)
    return Reply(f"本群已绑定：{found[0].name}。班级通知会发到这里；个人的事我只在私聊里说。")


async def _end(message: Incoming, context: Context) -> Reply:
    actor = await _staff(message, context)
    if actor is None:
        return Reply(ONLY_STAFF)
    bound = await groups.of_chat(context.session, message.sender.channel, message.sender.chat)
    mine = {card.id for card in await people.classes_of(context.session, actor)}
    if bound is None or bound.class_id not in mine:
        return Reply("本群没有绑定您带的班级。")
    await groups.end(context.session, message.sender.channel, message.sender.chat, context.now)
    await _record(context, actor, "group.ended", bound.class_id, message.sender.channel)
    return Reply(f"本群和{bound.class_name}已解绑。")


async def _staff(message: Incoming, context: Context) -> Actor | None:
    actor = await people.actor_of(context.session, message.sender)
    return actor if actor is not None and actor.is_staff else None


async def _record(context: Context, actor: Actor, action: str, class_id: UUID, channel: str) -> None:
    await audit.record(
        context.session,
        now=context.now,
        actor=actor.tag,
        action=action,
        target=f"class:{class_id}",
        school_id=actor.school_id,
        channel=channel,
    )


async def _subscribed(message: Incoming, context: Context, detail: str) -> Reply:
    """Whoever begins to follow, or comes into the visible range, is told what this is and how to begin."""
    return greet(context)


async def _silently(message: Incoming, context: Context, detail: str) -> Reply:
    """Blocked: what is sent will say so; nothing is to be done here."""
    return Reply("")


_EVENTS: Mapping[str, Callable[[Incoming, Context, str], Awaitable[Reply | None]]] = {
    "joined": _joined,
    "left": _left,
    "moved": _moved,
    "edited": _edited,
    "unreadable": _unreadable,
    "blocked": _silently,
    "subscribed": _subscribed,
}
