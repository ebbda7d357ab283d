"""未答: questions no notice answers. One message of staff answers all who asked, and whoever asks from then on."""

from __future__ import annotations

from uuid import UUID

from handlers.handler import Context, Refusal
from handlers.messages import Button, Incoming, Reply
from handlers.noting import note
from handlers.review import staff_of
from storage import conversations, deliveries, entries, unanswered
from storage.entries import EntryRow
from storage.people import Actor
from storage.unanswered import Open

WRITING = "answer"
"""The conversation in which the next message is the answer."""
SHOWN = 6
LONGEST = 400
_LIST = ("未答", "未答问题", "没答的", "待答", "/unanswered")
_OWN = ("我的答复", "答复", "已答")
_CANCEL = ("取消", "算了", "不答了", "不写了")
GONE = "这个问题已经答过了，或者不是你班上学生问的。"
NOT_YOURS = "没有找到这条答复。"
EMPTY = "没有等着回答的问题。"


async def answers(message: Incoming, context: Context) -> Reply | None:
    """The handler: 未答, 我的答复, their buttons, and the message that is the answer; for staff only."""
    actor = context.actor
    if actor is None or not actor.is_staff or context.is_group:
        return None
    if message.action is not None:
        return await _pressed(message, context, actor)
    text = message.text.strip()
    if text.rstrip("？?。") in _LIST:
        await _forget(message, context)
        return await _waiting(context, actor)
    if text.rstrip("？?。") in _OWN:
        return await _given(context, actor)
    return await _written(message, text, context, actor)


async def _pressed(message: Incoming, context: Context, actor: Actor) -> Reply | None:
    noun, _, rest = (message.action or "").partition(":")
    verb, _, key = rest.partition(":")
    if noun != "answer":
        return None
    match verb:
        case "list":
            return await _waiting(context, actor)
        case "never":
            await _forget(message, context)
            return Reply("好的，先不答。", (_back(),))
        case "write":
            return await _begin(message, context, actor, _uuid(key, GONE))
        case "dismiss":
            await _forget(message, context)
            await dismiss(context, _uuid(key, GONE))
            return Reply("好，这个问题不再列出；再有人问会重新出现。", (_back(),))
        case "own":
            return await _given(context, actor)
        case "retire":
            return await _retire(context, actor, _uuid(key, NOT_YOURS))
    return None


# --- the list --------------------------------------------------------------------------------------------------------


async def _waiting(context: Context, actor: Actor) -> Reply:
    found = await unanswered.waiting(context.session, actor, limit=SHOWN + 1)
    if not found:
        return Reply(EMPTY, (Button("看已经答过的", "answer:own"),))
    shown = found[:SHOWN]
    more = ["…… 还有更多，答完这些再看。"] if len(found) > SHOWN else []
    said = ["等着回答的问题（点号码来答，问过的人都会收到）：", *map(_line, range(1, len(shown) + 1), shown), *more]
    choices = (Button(f"答 {n}", f"answer:write:{one.id.hex}") for n, one in enumerate(shown, 1))
    return Reply("\n".join(said), tuple(choices))


def _line(place: int, one: Open) -> str:
    times = f"（{one.times} 次）" if one.times > 1 else ""
    return f"{place}. {_short(one.text)}{times}"


def _short(text: str, longest: int = 40) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


# --- one answer ------------------------------------------------------------------------------------------------------


async def _begin(message: Incoming, context: Context, actor: Actor, row_id: UUID) -> Reply:
    found = await _found(context, actor, row_id)
    await conversations.save(
        context.session, message.sender, form=WRITING, data={"question": row_id.hex}, now=context.now
    )
    return Reply(
        f"「{_short(found.text, 100)}」（问过 {found.times} 次）\n"
        f"直接回复答案（{LONGEST} 字以内）：问过的人都会收到，以后再问也用它回答。请不要写学生的个人信息。",
        (Button("先不答", "answer:never"), Button("不用答", f"answer:dismiss:{row_id.hex}")),
    )


async def _written(message: Incoming, text: str, context: Context, actor: Actor) -> Reply | None:
    state = await conversations.load(context.session, message.sender)
    if state is None or state.form != WRITING:
        return None
    if text.rstrip("。.!！") in _CANCEL:
        await _forget(message, context)
        return Reply("好的，先不答。", (_back(),))
    if not 2 <= len(text) <= LONGEST:
        return Reply(f"答案要 2 到 {LONGEST} 个字，现在 {len(text)} 个。", (Button("先不答", "answer:never"),))
    await _forget(message, context)
    found = await unanswered.one(context.session, actor, UUID(state.data["question"]))
    return Reply(GONE, (_back(),)) if found is None else await publish(context, actor, found, text)


async def publish(context: Context, actor: Actor, question: Open, text: str, *, wording: str = "") -> Reply:
    """Closes the question with its like, keeps the answer, and plans a message to everyone who asked.

    `wording`: how the question is put by the one who answers; it stays when the askers' own are forgotten. Raises
    `Refusal` where somebody else closed it in this moment.
    """
    closed = await unanswered.settle(context.session, actor, question.same, context.now)
    if not closed.asks:
        raise Refusal(GONE)
    asks = tuple(dict.fromkeys(ask for ask in (wording, *closed.asks) if ask))
    entry_id = await entries.publish(context.session, actor, asks, text, context.now, for_students=closed.askers)
    for student_id, asked in closed.askers.items():
        await deliveries.enqueue(
            context.session,
            key=f"answer:{entry_id.hex}:{student_id.hex}",
            kind="answer",
            now=context.now,
            student_id=student_id,
            text=f"你问的「{_short(asked)}」，老师答复：\n{text}\n——辅导员答复",
        )
    await note(context, actor, "entry.publish", f"entry:{entry_id}", students=len(closed.askers))
    told = f"，已发给问过的 {len(closed.askers)} 人" if closed.askers else ""
    return Reply(
        f"已发布{told}。以后有人再问，就用它回答。", (_back(), Button("撤下这条", f"answer:retire:{entry_id.hex}"))
    )


# --- for the console ------------------------------------------------------------------------------------------------


async def look(context: Context) -> list[Open]:
    """The open questions; that somebody looked is noted."""
    actor = staff_of(context)
    found = await unanswered.waiting(context.session, actor)
    await note(context, actor, "question.look", actor.tag, questions=len(found))
    return found


async def answer(context: Context, row_id: UUID, text: str, wording: str = "") -> Reply:
    """Answers one question with all its like (`publish`). Raises `Refusal`."""
    actor, text = staff_of(context), text.strip()
    if not 2 <= len(text) <= LONGEST:
        raise Refusal(f"答案要 2 到 {LONGEST} 个字，现在 {len(text)} 个。")
    return await publish(context, actor, await _found(context, actor, row_id), text, wording=_short(wording, 100))


async def dismiss(context: Context, row_id: UUID) -> None:
    """Takes a question with its like off the list; nobody is told, and asked again it waits again. Raises `Refusal`."""
    actor = staff_of(context)
    found = await _found(context, actor, row_id)
    closed = await unanswered.settle(context.session, actor, found.same, context.now)
    await note(context, actor, "question.dismiss", f"unanswered:{row_id}", students=len(closed.askers))


async def retire(context: Context, entry_id: UUID) -> Reply:
    """Takes an answer out of use. Raises `Refusal`."""
    return await _retire(context, staff_of(context), entry_id)


async def _found(context: Context, actor: Actor, row_id: UUID) -> Open:
    found = await unanswered.one(context.session, actor, row_id)
    if found is None:
        raise Refusal(GONE)
    return found


# --- what was answered -----------------------------------------------------------------------------------------------


async def _given(context: Context, actor: Actor) -> Reply:
    rows = (await entries.of_staff(context.session, actor))[:SHOWN]
    if not rows:
        return Reply("还没有用过的答复。", (_back(),))
    said = ["正在使用的答复：", *map(_entry_line, range(1, len(rows) + 1), rows)]
    return Reply(
        "\n".join(said), tuple(Button(f"撤下 {n}", f"answer:retire:{r.id.hex}") for n, r in enumerate(rows, 1))
    )


def _entry_line(place: int, row: EntryRow) -> str:
    asked = _short(row.asks[0], 24) if row.asks else "（没有问法）"
    return f"{place}. {asked} → {_short(row.answer, 36)}"


async def _retire(context: Context, actor: Actor, entry_id: UUID) -> Reply:
    if not await entries.retire(context.session, actor, entry_id, context.now):
        raise Refusal(NOT_YOURS)
    await note(context, actor, "entry.retire", f"entry:{entry_id}")
    return Reply("已撤下，不再用它回答。", (Button("看答复", "answer:own"),))


def _back() -> Button:
    return Button("看未答", "answer:list")


def _uuid(text: str, otherwise: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise Refusal(otherwise) from None


async def _forget(message: Incoming, context: Context) -> None:
    state = await conversations.load(context.session, message.sender)
    if state is not None and state.form == WRITING:
        await conversations.clear(context.session, message.sender, context.now)
