"""停止, 恢复, 稍后 and where: what a person decides about being reminded; it says plainly what still comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from handlers import ways
from handlers.due import day_words, left_words
from handlers.handler import Context
from handlers.later import LONGEST, wish_of
from handlers.messages import Button, Incoming, Reply
from handlers.personal import items_meant
from handlers.words import word_of
from storage import conversations, reminders
from storage.clock import school_day
from storage.items import ItemView, open_items
from storage.people import Actor
from storage.ways import ways_of

STOP = frozenset(
    (
        *("停止提醒", "停止", "别提醒我", "别提醒我了", "别提醒了", "不要提醒", "不要提醒我", "不用提醒我", "不再提醒"),
        *("关闭提醒", "取消提醒", "退订", "td", "/stop", "remind:stop"),
    )
)
_AMBIGUOUS = frozenset(("停止", "td"))
"""In the middle of a form these may be meant for the form."""
RESUME = frozenset(("恢复提醒", "恢复", "继续提醒", "开启提醒", "打开提醒", "重新提醒", "/resume", "remind:resume"))
SHOW = frozenset(("提醒设置", "我的提醒", "提醒方式", "怎么提醒我", "用哪里提醒我", "remind:show"))
SPANS = (1, 2, 3, 5)
"""Days offered as buttons."""
_NAMED = 5
_MINE, _RESUME, _STOP = (
    Button("我的事项", "item:page:1"),
    Button("恢复提醒", "remind:resume"),
    Button("停止提醒", "remind:stop"),
)
_BIND = Reply("先绑定身份，我才知道提醒谁。发「绑定」开始。", (Button("绑定", "bind:start"),))
STAFF = "停止和稍后是学生的设置。你每天至多收到一份摘要，没有事的日子不发。"


async def reminding(message: Incoming, context: Context) -> Reply | None:
    """The handler; None: nothing about reminders, or other people read along."""
    if context.is_group or not await _asked(message, context):
        return None
    if context.actor is None:
        return _BIND
    word = message.action or word_of(message.text)
    channel = word.removeprefix("remind:way:") if word.startswith("remind:way:") else ways.choice_of(message.text)
    if channel is not None:
        return await ways.choose(context, context.actor, channel)
    if not context.actor.is_student:
        return Reply(STAFF)
    if word in STOP:
        return await _stop(context, context.actor)
    if word in RESUME:
        return await _resume(context, context.actor)
    return await _show(context, context.actor) if word in SHOW else await _later(message, context, context.actor)


async def _asked(message: Incoming, context: Context) -> bool:
    if message.action is not None:
        return message.action.startswith("remind:")
    word = word_of(message.text)
    if word in _AMBIGUOUS or word in ("恢复", "继续提醒"):
        return not await _in_form(message, context)
    known = word in STOP or word in RESUME or word in SHOW
    if context.actor is not None and context.actor.is_staff:  # a date in a teacher's words is not about reminders
        return known or ways.choice_of(message.text) is not None
    return (
        known or ways.choice_of(message.text) is not None or wish_of(message.text, school_day(context.now)) is not None
    )


async def _in_form(message: Incoming, context: Context) -> bool:
    state = await conversations.load(context.session, message.sender)
    return state is not None and state.form is not None


# --- stop and go on --------------------------------------------------------------------------------------------------


async def _stop(context: Context, actor: Actor) -> Reply:
    is_new = await reminders.mute(context.session, actor.id, context.now)
    critical = [view for view in await open_items(context.session, actor.id, context.now) if view.critical]
    head = "已停止提醒，不再发每日提醒。" if is_new else "你已经停止提醒了。"
    named = "、".join(f"「{view.title}」" for view in critical[:_NAMED]) + (
        f"等 {len(critical)} 件" if len(critical) > _NAMED else ""
    )
    still = f"关键事项的提醒：{named}" if critical else "学校标为关键的事项（你现在没有）"
    return Reply(
        f"{head}照样会来的：\n"
        f"· {still}\n"
        "· 老师群发的通知、日期变动、你交的表的审核结果\n"
        "辅导员看得到你停止了提醒，事情没办完他会打电话找你。",
        (_RESUME, _MINE),
    )


async def _resume(context: Context, actor: Actor) -> Reply:
    changed = await reminders.unmute(context.session, actor.id)
    head = "已恢复提醒，推后的也取消了。" if changed else "提醒本来就开着。"
    return Reply(f"{head}每天至多一条，只说你还没办的。", (_MINE,))


async def _show(context: Context, actor: Actor) -> Reply:
    today = school_day(context.now)
    standing = (await reminders.standings(context.session, [actor.id], today))[actor.id]
    mine = (await ways_of(context.session, [actor.id]))[actor.id]
    views = {view.id: view for view in await open_items(context.session, actor.id, context.now)}
    slept = [
        (views[one], day)
        for one, day in standing.snoozes.items()
        if one in views and standing.sleeps(views[one], today)
    ]
    said = [
        "提醒：已停止，只提醒关键事项。" if standing.muted else "提醒：开着，每天至多一条。",
        ways.order_words(mine),
    ]
    if slept:
        said.append("推后的：" + "、".join(f"「{view.title}」到 {_short(day)}" for view, day in slept[:_NAMED]))
    switch = _RESUME if standing.muted or slept else _STOP
    return Reply("\n".join(said), (switch, *ways.ways_buttons(mine)))


# --- later -----------------------------------------------------------------------------------------------------------


async def _later(message: Incoming, context: Context, actor: Actor) -> Reply:
    today = school_day(context.now)
    views = await open_items(context.session, actor.id, context.now)
    if message.action is not None:
        return await _pressed(message.action, views, context, actor)
    wish = wish_of(message.text, today)
    assert wish is not None  # `_asked` has seen it
    chosen = items_meant(wish.what, views) if wish.what else views
    if wish.what and not chosen:
        return Reply(f"你没办的事项里没有「{wish.what[:20]}」。", (_MINE, Button("全部推后", "remind:later")))
    if wish.until is None:
        return _offer(chosen, bool(wish.what), today)
    return await _put_off(chosen, wish.until, context, actor, is_named=bool(wish.what))


async def _pressed(action: str, views: Sequence[ItemView], context: Context, actor: Actor) -> Reply:
    """'remind:later', 'remind:in:<days>', 'remind:item:<id>', 'remind:item:<id>:<days>'."""
    today = school_day(context.now)
    verb, _, rest = action.removeprefix("remind:").partition(":")
    hexed, _, days = rest.partition(":") if verb == "item" else ("", "", rest)
    chosen = [view for view in views if view.id.hex == hexed] if verb == "item" else views
    if verb == "item" and not chosen:
        return Reply("这件事已经不用提醒了。", (_MINE,))
    if not (days.isascii() and days.isdigit() and 0 < int(days[:4]) <= LONGEST):
        return _offer(chosen, verb == "item", today)
    return await _put_off(chosen, today + timedelta(days=int(days)), context, actor, is_named=verb == "item")


def _offer(views: Sequence[ItemView], is_named: bool, today: date) -> Reply:
    """Asks for how long; only what fits before the day before the date is offered."""
    movable = [view for view in views if reminders.may_sleep(view, today)]
    if not movable:
        return Reply(_fixed_words(views), (_MINE,))
    start = f"remind:item:{movable[0].id.hex}:" if is_named and len(views) == 1 else "remind:in:"
    last = max(reminders.latest(view, today + timedelta(days=LONGEST)) for view in movable)
    choices = [
        Button("明天" if n == 1 else f"{n} 天后", f"{start}{n}") for n in SPANS if today + timedelta(days=n) <= last
    ]
    what = f"「{movable[0].title}」" if start != "remind:in:" else ""
    return Reply(
        f"{what}什么时候再提醒你？也可以直接说，比如「周五再提醒我」。每件事最晚在截止前一天还会提醒。", tuple(choices)
    )


async def _put_off(views: Sequence[ItemView], wanted: date, context: Context, actor: Actor, *, is_named: bool) -> Reply:
    today = school_day(context.now)
    wanted = min(wanted, today + timedelta(days=LONGEST))
    movable = [view for view in views if reminders.may_sleep(view, today)]
    if not movable:
        return Reply(_fixed_words(views), (_MINE,))
    until: dict[UUID, date] = {view.id: reminders.latest(view, wanted) for view in movable}
    await reminders.snooze(context.session, actor.id, until)
    said = [_done_words(movable, until, wanted, is_named)]
    said += [
        f"{_cut_words(view)}，最晚前一天（{_short(until[view.id])}）还会提醒。"
        for view in movable
        if until[view.id] < wanted
    ][:_NAMED]
    fixed = [view for view in views if view not in movable]
    said += [_fixed_words(fixed)] if fixed else []
    return Reply("\n".join(said), (_MINE, Button("不推了，照常提醒", "remind:resume")))


def _done_words(movable: Sequence[ItemView], until: dict[UUID, date], wanted: date, is_named: bool) -> str:
    days = set(until.values())
    if is_named and len(days) == 1:
        return f"好，{'、'.join(f'「{view.title}」' for view in movable[:_NAMED])}{day_words(days.pop())}再提醒你。"
    return f"好，{day_words(wanted)}再提醒你。"


def _cut_words(view: ItemView) -> str:
    assert view.due_on is not None  # only a date cuts a wish short
    return f"「{view.title}」{_short(view.due_on)}截止"


def _fixed_words(views: Sequence[ItemView]) -> str:
    if not views:
        return "现在没有要提醒你的事项。"
    named = "、".join(f"「{view.title}」（{left_words(view)}）" for view in views[:_NAMED])
    more = f"等 {len(views)} 件" if len(views) > _NAMED else ""
    return f"{named}{more}不能再往后推：最晚只能推到截止前一天。照常提醒，办完就不再提醒。"


def _short(day: date) -> str:
    return f"{day.month} 月 {day.day} 日"
