"""A second chat for the same person: who is told, who decides (SECURITY T1).

A student's counselors decide. For staff the office of the school decides, and the person himself from the place he
has: a fresh personal code alone is not enough, for it may have been read by somebody else on its way. A login of the
workbench that lay idle for half a day is no place any more (`storage.retention`), so the usual next morning's login
asks nobody; where the only office account is the one that wants in, its own first place decides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from handlers.handler import Context
from handlers.messages import Button, Incoming, Reply
from handlers.noting import note
from handlers.words import word_of
from storage import bindings, chat, deliveries, people, replies
from storage.bindings import Owner
from storage.models import Binding
from storage.people import Actor

GONE = "这条申请已经有人处理过了，或者不在你的班里。"
REFUSED = "这个聊天的绑定申请没有通过，这里看不到任何人的信息。是你本人申请的，请当面找辅导员或学校办公室核实。"
_SHOWN = 8


async def tell_of_second(context: Context, owner: Owner, binding_id: UUID) -> None:
    """Warns the person at the address he has, and asks those who may decide."""
    await _warn(context, owner, binding_id)
    if owner.student_id is not None:
        for counselor in await people.counselors_of(context.session, owner.student_id):
            await _ask(context, owner.student_id, binding_id, counselor.id)
    elif owner.staff_id is not None:
        await _ask_office(context, owner.staff_id, binding_id)


async def _warn(context: Context, owner: Owner, binding_id: UUID) -> None:
    refuse = ("不是我，拒绝", f"bind:refuse:{binding_id.hex}")
    approve = [("是我，同意", f"bind:approve:{binding_id.hex}")] if owner.staff_id else []
    await deliveries.enqueue(
        context.session,
        key=f"bind-warn:{binding_id.hex}",
        kind="security",
        now=context.now,
        student_id=owner.student_id,
        staff_id=owner.staff_id,
        text="有人用你的绑定码在另一个聊天里申请绑定。是你本人就不用管；不是你，请马上点下面拒绝，并告诉辅导员。",
        buttons=[*approve, refuse],
        urgent=True,
    )


async def _ask(context: Context, student_id: UUID, binding_id: UUID, counselor_id: UUID) -> None:
    actor = await people.staff_actor(context.session, counselor_id)
    card = await people.student_card(context.session, actor, student_id) if actor else None
    if card is None:
        return
    await deliveries.enqueue(
        context.session,
        key=f"bind-ask:{binding_id.hex}:{counselor_id.hex}",
        kind="notice",
        now=context.now,
        staff_id=counselor_id,
        text=f"{card.name}（{card.class_name}）在另一个聊天里申请绑定，原来的聊天还在用。请先向本人核实，再决定。",
        buttons=[("同意", f"bind:approve:{binding_id.hex}"), ("拒绝", f"bind:refuse:{binding_id.hex}")],
        urgent=True,
    )


async def _ask_office(context: Context, staff_id: UUID, binding_id: UUID) -> None:
    actor = await people.staff_actor(context.session, staff_id)
    for colleague in await people.office_of(context.session, staff_id) if actor else ():
        await deliveries.enqueue(
            context.session,
            key=f"bind-ask:{binding_id.hex}:{colleague.id.hex}",
            kind="notice",
            now=context.now,
            staff_id=colleague.id,
            text=f"{actor.name if actor else ''}老师用绑定码在另一个地方登录，原来的还在用。请先向本人核实，再决定。",
            buttons=[("同意", f"bind:approve:{binding_id.hex}"), ("拒绝", f"bind:refuse:{binding_id.hex}")],
            urgent=True,
        )


async def approval(message: Incoming, context: Context) -> Reply | None:
    """Approves or refuses a waiting binding, or lists what waits; None: nothing of that."""
    actor = context.actor
    if actor is None or context.is_group:
        return None
    if message.action is None:
        return await _list(context, actor) if actor.is_staff and word_of(message.text) in _LIST else None
    decided = _decision(message.action)
    return await decided[0](context, actor, decided[1]) if decided else None


def _decision(action: str) -> tuple[Callable[[Context, Actor, UUID], Awaitable[Reply]], UUID] | None:
    noun, _, rest = action.partition(":")
    verb, _, binding = rest.partition(":")
    decide = {"approve": approve, "refuse": refuse}.get(verb) if noun == "bind" else None
    try:
        return (decide, UUID(hex=binding)) if decide else None
    except ValueError:
        return None


async def approve(context: Context, actor: Actor, binding_id: UUID) -> Reply:
    """Lets a waiting chat speak for its student; for chat and console."""
    binding = await bindings.approve(context.session, actor, binding_id, context.now)
    if binding is None:
        return Reply(GONE)
    await note(context, actor, "bind.approved", f"binding:{binding.id}")
    await _tell_outcome(context, binding, "你的新聊天已经批准，可以用了。原来的聊天不用的话，在那里发「解绑」。")
    return Reply(f"已批准{await _whose(context, actor, binding)}的新聊天，本人已收到通知。")


async def refuse(context: Context, actor: Actor, binding_id: UUID) -> Reply:
    """Ends a waiting binding; the counselor may, and the person himself from the chat he has."""
    binding = await bindings.refuse(context.session, actor, binding_id, context.now)
    if binding is None:
        return Reply(GONE)
    await note(context, actor, "bind.refused", f"binding:{binding.id}")
    await _tell_place(context, binding, REFUSED)
    if actor.is_student:
        return Reply("已拒绝，那个聊天看不到你的任何信息。请告诉辅导员：你的绑定码可能被别人看到了。")
    await _tell_outcome(context, binding, "另一个聊天的绑定申请被拒绝了。如果是你本人申请的，请找辅导员核实。")
    return Reply(f"已拒绝{await _whose(context, actor, binding)}的新聊天，本人已收到通知。")


async def _whose(context: Context, actor: Actor, binding: Binding) -> str:
    if binding.student_id is None:
        return "这位老师"
    card = await people.student_card(context.session, actor, binding.student_id)
    return f" {card.name}（{card.class_name}）" if card else ""


async def _tell_outcome(context: Context, binding: Binding, text: str) -> None:
    await deliveries.enqueue(
        context.session,
        key=f"bind-outcome:{binding.id.hex}",
        kind="notice",
        now=context.now,
        student_id=binding.student_id,
        staff_id=binding.staff_id,
        text=text,
        urgent=True,
    )


async def _tell_place(context: Context, binding: Binding, text: str) -> None:
    """Says something in a chat that speaks for nobody: no delivery goes there."""
    place = people.Place(binding.channel, binding.chat, binding.user)
    if binding.channel in chat.KEPT:
        await chat.add(context.session, place.channel, place.chat, False, text, [], [], context.now)
    else:
        await replies.add(context.session, place, replies.Content(text), worker=None, now=context.now)


async def _list(context: Context, actor: Actor) -> Reply:
    found = await bindings.waiting(context.session, actor)
    if not found:
        return Reply("没有等你批准的绑定。")
    lines, buttons = [f"等你批准的绑定 {len(found)} 个，请先向本人核实："], []
    for place, binding in enumerate(found[:_SHOWN], 1):
        lines.append(f"{place}.{await _whose(context, actor, binding)}")
        buttons.append(Button(f"同意 {place}", f"bind:approve:{binding.id.hex}"))
        buttons.append(Button(f"拒绝 {place}", f"bind:refuse:{binding.id.hex}"))
    if len(found) > _SHOWN:
        lines.append(f"还有 {len(found) - _SHOWN} 个，处理完这些再发「待批绑定」。")
    return Reply("\n".join(lines), tuple(buttons))


_LIST = ("待批绑定", "绑定申请")
