"""What a student answers to a broadcast: 已知悉, or 有困难 with one line about it, which his counselors see."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from handlers.handler import Context
from handlers.mailing_words import troubles_reply
from handlers.messages import Address, Incoming, Reply
from handlers.words import word_of
from storage import announcements, conversations, deliveries, people, standings, troubles
from storage.models import Broadcast
from storage.people import Actor

ASKED = "trouble"
"""The name of the conversation in which the line is awaited."""
AWAITED = timedelta(minutes=15)
LONGEST = 200
LATE = timedelta(days=14)
"""So long after a broadcast '有困难：…' still belongs to it."""

_NOT_YOURS = "没有找到这条消息。"
_TOLD = "记下了，已转给老师，老师会联系你。"
_ASK = "愿意的话，用一句话说说卡在哪里（比如「人在外地，赶不回来」）；不想说就回「不用」。"
_NO = ("不用", "不说", "不说了", "没有", "取消", "算了", "跳过")
_LATER = re.compile(r"(?:我)?有困难[：:，,\s]+(?P<note>.+)", re.DOTALL)
_LISTS = ("有困难", "有困难的人", "谁有困难", "困难名单")


async def receipts(message: Incoming, context: Context) -> Reply | None:
    """The handler: a student's buttons and his line; for staff, who is stuck."""
    if context.is_group or context.actor is None:
        return Reply(_NOT_YOURS) if _is_receipt(message.action) and not context.is_group else None
    if context.actor.is_staff:
        return await _for_staff(message, context, context.actor)
    if message.action is not None:
        return await _pressed(message, context, context.actor)
    return await _said(message, context, context.actor)


def _is_receipt(action: str | None) -> bool:
    return action is not None and action.startswith(("ack:", "stuck:"))


# --- the student -----------------------------------------------------------------------------------------------------


async def _pressed(message: Incoming, context: Context, actor: Actor) -> Reply | None:
    noun, _, which = (message.action or "").partition(":")
    if noun == "ack":
        return await _acknowledge(which, context, actor)
    return await _stuck(which, message.sender, context, actor) if noun == "stuck" else None


async def _acknowledge(which: str, context: Context, actor: Actor) -> Reply:
    """Only the person whom the message went to can acknowledge it; for others it does not exist."""
    if not which.startswith("b"):
        number = _number(which)
        done = number is not None and await deliveries.acknowledge(context.session, number, actor.id, context.now)
        return Reply("收到，已告诉老师你知道了。" if done else _NOT_YOURS)
    broadcast_id = _uuid(which[1:])
    if broadcast_id is None:
        return Reply(_NOT_YOURS)
    ids = await standings.same_matter(context.session, broadcast_id)
    answered = [await deliveries.acknowledge(context.session, one, actor.id, context.now) for one in ids]
    return await _after(context, broadcast_id, "收到，已告诉老师你知道了。") if any(answered) else Reply(_NOT_YOURS)


async def _stuck(which: str, sender: Address, context: Context, actor: Actor) -> Reply:
    broadcast_id = _uuid(which[1:]) if which.startswith("b") else None
    if broadcast_id is None:
        return Reply(_NOT_YOURS)
    # A reminder asks for the same: the trouble is with what it reminds of.
    ids = await standings.same_matter(context.session, broadcast_id)
    marked = [(one, await troubles.mark(context.session, one, actor.id, context.now)) for one in reversed(ids)]
    mine = [(one, delivery) for one, delivery in marked if delivery is not None]
    if not mine:
        return Reply(_NOT_YOURS)
    about, delivery = mine[0]
    for _, later in mine[1:]:
        await troubles.settle(context.session, later, context.now)
    await _tell(context, about, actor.id)
    return await _after(context, broadcast_id, await _asked(context, sender, delivery))


async def _asked(context: Context, sender: Address, delivery: int) -> str:
    """Asks for the line, unless a form is being filled in: its next word belongs to the form."""
    state = await conversations.load(context.session, sender)
    if state is not None and state.form not in (None, ASKED):
        return f"{_TOLD}要说明情况，填完表后发「有困难：……」。"
    data = {**(state.data if state else {}), "delivery": delivery}
    await conversations.save(context.session, sender, form=ASKED, data=data, now=context.now)
    return f"{_TOLD}\n{_ASK}"


async def _after(context: Context, broadcast_id: UUID, words: str) -> Reply:
    """A button of a message that was taken back, or set right since, says so."""
    found = await context.session.get(Broadcast, broadcast_id)
    if found is not None and found.status == "recalled":
        return Reply("这条通知老师已经撤回了，不用照着办。")
    if found is not None and found.corrected_at is not None:
        return Reply(f"{words}\n这条后来更正过，以更正后的那条为准。")
    return Reply(words)


async def _said(message: Incoming, context: Context, actor: Actor) -> Reply | None:
    text = message.text.strip()
    if found := _LATER.fullmatch(text):
        return await _late(found["note"], context, actor)
    state = await conversations.load(context.session, message.sender)
    if state is None or state.form != ASKED:
        return None
    await _close(context, message.sender, {key: value for key, value in state.data.items() if key != "delivery"})
    if context.now - state.updated_at > AWAITED or not text:
        return None
    if word_of(text) in _NO:
        return Reply("好的，老师会直接联系你。")
    return await _note(context, actor, int(state.data["delivery"]), text)


async def _close(context: Context, sender: Address, rest: dict[str, object]) -> None:
    if rest:
        await conversations.save(context.session, sender, form=None, data=rest, now=context.now)
    else:
        await conversations.clear(context.session, sender, context.now)


async def _late(note: str, context: Context, actor: Actor) -> Reply:
    """'有困难：…' typed by hand, about the latest broadcast he got."""
    delivery = await troubles.last_of(context.session, actor.id, context.now - LATE)
    about = await troubles.of_delivery(context.session, delivery) if delivery is not None else None
    if delivery is None or about is None:
        return Reply("最近没有发给你的通知。有事直接问我，或者联系辅导员。")
    await troubles.mark(context.session, about, actor.id, context.now)
    return await _note(context, actor, delivery, note)


async def _note(context: Context, actor: Actor, delivery: int, text: str) -> Reply:
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 1]}…"
    if not await troubles.note(context.session, delivery, actor.id, text):
        return Reply(_NOT_YOURS)
    about = await troubles.of_delivery(context.session, delivery)
    if about is not None:
        await _tell(context, about, actor.id)
    return Reply(f"已转给老师：「{text}」。要问别的，直接问我就行。")


async def _tell(context: Context, broadcast_id: UUID, student_id: UUID) -> None:
    """The counselors of his class, and the author where there is none: one message for many, at most once an hour."""
    found = await context.session.get(Broadcast, broadcast_id)
    staff = [card.id for card in await people.counselors_of(context.session, student_id)]
    for staff_id in staff or ([found.author_id] if found else []):
        actor = await people.staff_actor(context.session, staff_id)
        count = await troubles.open_count(context.session, actor) if actor else 0
        if count:
            words = f"有 {count} 名学生点了「有困难」，等你联系。"
            await announcements.announce(
                context.session, "trouble", staff_id, words, [("看是谁", "trouble:list")], context.now
            )


# --- staff -----------------------------------------------------------------------------------------------------------


async def _for_staff(message: Incoming, context: Context, actor: Actor) -> Reply | None:
    if message.action is None:
        return await _list(context, actor) if message.text.strip() in _LISTS else None
    noun, _, which = message.action.partition(":")
    if message.action == "trouble:list":
        return await _list(context, actor)
    if noun == "helped":
        number = _number(which)
        if number is None or not await see_to(context, number):
            return Reply("这一条已经有人处理过了，或者不在你的班里。")
        return await _list(context, actor)
    return Reply(_NOT_YOURS) if _is_receipt(message.action) else None


async def _list(context: Context, actor: Actor) -> Reply:
    return troubles_reply(await troubles.open_ones(context.session, actor))


async def see_to(context: Context, delivery_id: int) -> bool:
    """Somebody had seen to a student's trouble; False: it is none of the actor's, or was seen to before."""
    actor = context.actor
    if actor is None or not await troubles.see_to(context.session, actor, delivery_id, context.now):
        return False
    if not await troubles.open_count(context.session, actor):
        await announcements.withdraw(context.session, "trouble", actor.id, context.now)
    return True


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None
