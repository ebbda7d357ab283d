"""群发 in the chat: whom, what, when; seen before it goes, followed afterwards."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from uuid import UUID

from handlers import audience, mailing, schedule, standing
from handlers.fields import Invalid
from handlers.handler import Context, Refusal
from handlers.mailing_words import (
    confirmed_reply,
    preview_reply,
    recent_reply,
    review_reply,
    status_reply,
    whom_reply,
)
from handlers.messages import Attachment, Button, Incoming, Reply
from handlers.outlets import title_of
from storage import broadcasts, people
from storage.models import Broadcast
from storage.people import Actor
from storage.reach import Target

AWAITED = timedelta(minutes=10)
"""So long a draft waits for the word that was asked for."""

_COMMAND = re.compile(r"群发[\s：:]*(?P<whom>[^\n：:]*)(?:[：:\n]\s*(?P<text>.+))?", re.DOTALL)
_LIST_COMMAND = re.compile(r"群发[\s：:]*名单[\s：:]*(?P<list>[\s\S]*?)(?:\s*[：:]\s*(?P<text>.+))?", re.DOTALL)
_NO_MORE = ("取消", "不发了", "算了", "不更正了")
_WHAT_WAS_WRONG = "哪里写错了？一句话，比如「时间写成了周五，应该是周四」。不更正了就回「取消」。"
_WHOLE_ANEW = "好。再把改好的全文发给我，我先给你看预览。"
_RECALL = (
    "撤回「{text}」？还没发出去的不会再发；已发出的，{can}会删掉，{cannot}撤不回。"
    "已经看过的人不会忘记，要说清楚请用「更正」。"
)

Act = Callable[[Context, UUID], Awaitable[Reply]]


async def broadcast(message: Incoming, context: Context) -> Reply | None:
    """The handler: 群发, the words and files it waits for, and its buttons; for staff only."""
    actor = context.actor
    if actor is None or not actor.is_staff or context.is_group:
        return None
    if message.action is not None:
        return await _pressed(message.action, context, actor)
    text = message.text.strip()
    if text in ("群发记录", "群发情况"):
        return recent_reply(await standing.recent(context), context.now)
    if text.startswith("群发"):
        return await _command(text, message.attachments, context, actor)
    return await _awaited(text, message.attachments, context, actor)


# --- words -----------------------------------------------------------------------------------------------------------


async def _command(text: str, files: tuple[Attachment, ...], context: Context, actor: Actor) -> Reply:
    listed = _LIST_COMMAND.fullmatch(text)
    match = _COMMAND.fullmatch(text)
    assert match is not None
    if listed is None and not match["whom"].strip():
        if match["text"]:
            raise Refusal("发给哪个班？例如「群发 会计1班：内容」。发「群发」也可以点班级。")
        return whom_reply(await people.classes_of(context.session, actor))
    if listed is not None and not listed["list"].strip():
        return await _ask_list(context, actor)
    whom = f"{audience.LIST} {listed['list']}" if listed is not None else match["whom"]
    target = await audience.target_of(context, actor, whom)
    words = listed["text"] if listed is not None else match["text"]
    return await _begun(context, actor, target, words or "", files)


async def _begun(
    context: Context, actor: Actor, target: Target, text: str, files: tuple[Attachment, ...] = ()
) -> Reply:
    """The target is known: the preview where the text is there too, otherwise the text is asked for."""
    if text.strip():
        return preview_reply(
            await mailing.compose(context, target, text, files=[file.id for file in files]), context.now
        )
    ids = [file.id for file in files]
    await broadcasts.draft(context.session, actor, target, "", context.now, awaits="text", files=ids)
    problems = "".join(f"\n⚠️ {problem}" for problem in target.problems)
    return Reply(
        f"发给 {target.label}。{problems}\n"
        "请把要群发的内容发给我，照片、文件可以一起发；我会先给你看预览。不发了就回「取消」。"
    )


async def _ask_list(context: Context, actor: Actor) -> Reply:
    await broadcasts.draft(context.session, actor, Target((), {"students": []}, ""), "", context.now, awaits="list")
    return Reply("把学号或姓名贴过来，一行一个，或用空格、逗号隔开。不发了就回「取消」。")


async def _awaited(text: str, files: tuple[Attachment, ...], context: Context, actor: Actor) -> Reply | None:
    """What a draft waits for: the draft in the store says so, not a waiting coroutine."""
    waiting = await broadcasts.awaiting(context.session, actor, context.now - AWAITED)
    if waiting is None or not (text or files):
        return None
    if text in _NO_MORE:
        await broadcasts.cancel(context.session, actor, waiting.id)
        return Reply("已取消，没有发给任何人。")
    take = _AWAITED[waiting.awaits or ""]
    return await take(waiting, text, files, context, actor)


async def _take_text(
    waiting: Broadcast, text: str, files: tuple[Attachment, ...], context: Context, actor: Actor
) -> Reply | None:
    ids = [*map(UUID, waiting.files), *(file.id for file in files)]
    if not text:
        await broadcasts.edit(
            context.session, actor, waiting.id, files=[str(one) for one in ids], awaits_at=context.now
        )
        return Reply(f"收到附件，共 {len(ids)} 个。再发一句文字说明，我给你看预览。")
    if waiting.corrects_id is not None:
        await broadcasts.cancel(context.session, actor, waiting.id)
        found = await mailing.correct(context, waiting.corrects_id, waiting.wrong, text, files=ids or None)
        return preview_reply(found, context.now)
    await broadcasts.edit(context.session, actor, waiting.id, text=text)
    return preview_reply(await mailing.change(context, waiting.id, text=text, files=ids), context.now)


async def _take_list(
    waiting: Broadcast, text: str, files: tuple[Attachment, ...], context: Context, actor: Actor
) -> Reply | None:
    if not text:
        return Reply("名单请用文字贴过来；Excel 名单可以在工作台的「群发」里上传。")
    target = await audience.of_list(context, actor, text)
    await broadcasts.cancel(context.session, actor, waiting.id)
    return await _begun(context, actor, target, "")


async def _take_time(
    waiting: Broadcast, text: str, files: tuple[Attachment, ...], context: Context, actor: Actor
) -> Reply | None:
    if text in ("现在", "马上", "立即", "立刻"):
        return preview_reply(await mailing.change(context, waiting.id, not_before=None), context.now)
    try:
        at = schedule.when(text, context.now)
    except Invalid as problem:
        raise Refusal(problem.hint) from None
    return preview_reply(await mailing.change(context, waiting.id, not_before=at), context.now)


async def _take_wrong(
    waiting: Broadcast, text: str, files: tuple[Attachment, ...], context: Context, actor: Actor
) -> Reply | None:
    mailing.check_wrong(text)
    await broadcasts.edit(context.session, actor, waiting.id, wrong=text, awaits="text", awaits_at=context.now)
    return Reply(_WHOLE_ANEW)


async def _take_more(
    waiting: Broadcast, text: str, files: tuple[Attachment, ...], context: Context, actor: Actor
) -> Reply | None:
    """Beside a preview: files are added, a time is taken; any other word is not for the draft."""
    if files:
        ids = [*map(UUID, waiting.files), *(file.id for file in files)]
        return preview_reply(await mailing.change(context, waiting.id, files=ids), context.now, note="附件加上了。")
    try:
        at = schedule.when(text, context.now)
    except Invalid:
        return None
    return preview_reply(await mailing.change(context, waiting.id, not_before=at), context.now)


_AWAITED: Mapping[str, Callable[..., Awaitable[Reply | None]]] = {
    "text": _take_text,
    "list": _take_list,
    "time": _take_time,
    "wrong": _take_wrong,
    "files": _take_more,
}


# --- buttons ---------------------------------------------------------------------------------------------------------


async def _pressed(action: str, context: Context, actor: Actor) -> Reply | None:
    noun, _, rest = action.partition(":")
    verb, _, text = rest.partition(":")
    if noun != "broadcast":
        return None
    if verb == "to":
        return await _to(text, context, actor)
    act, which = _ACTS.get(verb), _uuid(text)
    return await act(context, which) if act is not None and which is not None else None


async def _to(text: str, context: Context, actor: Actor) -> Reply | None:
    which = _uuid(text)
    if text != "all" and which is None:
        return None
    target = (
        await audience.target_of(context, actor, audience.EVERYBODY[0])
        if which is None
        else await audience.of_classes(context, actor, [which])
    )
    return await _begun(context, actor, target, "")


async def _send(context: Context, which: UUID) -> Reply:
    return confirmed_reply(await mailing.confirm(context, which), context.now)


async def _urgent(context: Context, which: UUID) -> Reply:
    return confirmed_reply(await mailing.confirm(context, which, urgent=True), context.now)


async def _ask_time(context: Context, which: UUID) -> Reply:
    await mailing.preview(context, which)
    await broadcasts.edit(context.session, mailing.staff(context), which, awaits="time", awaits_at=context.now)
    return Reply(schedule.HINT)


async def _no_groups(context: Context, which: UUID) -> Reply:
    return preview_reply(await mailing.change(context, which, to_groups=False), context.now)


async def _cancel(context: Context, which: UUID) -> Reply:
    done = await mailing.undo(context, which)
    return Reply("已取消，没有发给任何人。" if done else "这条群发已经发出或取消了。")


async def _undo(context: Context, which: UUID) -> Reply:
    if await mailing.undo(context, which):
        return Reply("已撤销，没有发给任何人。")
    return Reply("来不及撤销，已经开始发了。", (Button("撤回", f"broadcast:recall:{which.hex}"),))


async def _status(context: Context, which: UUID) -> Reply:
    return status_reply(await standing.status(context, which), context.now)


async def _remind(context: Context, which: UUID) -> Reply:
    return preview_reply(await mailing.remind(context, which), context.now)


async def _correct(context: Context, which: UUID) -> Reply:
    actor = mailing.staff(context)
    wanted = await mailing.sent_one(context, which)
    target = broadcasts.target_of(wanted)
    await broadcasts.draft(context.session, actor, target, "", context.now, awaits="wrong", corrects_id=wanted.id)
    return Reply(f"更正「{mailing.short(wanted.text)}」。{_WHAT_WAS_WRONG}")


async def _ask_recall(context: Context, which: UUID) -> Reply:
    wanted = await mailing.sent_one(context, which, for_recall=True)
    able = [title_of(one.name) for one in context.outlets if one.recalls]
    unable = [title_of(one.name) for one in context.outlets if not one.recalls]
    words = _RECALL.format(
        text=mailing.short(wanted.text),
        can="、".join(able) or "没有平台",
        cannot="、".join(unable) or "群机器人发到群里的",
    )
    return Reply(words, (Button("确认撤回", f"broadcast:takeback:{which.hex}"), _look(which)))


async def _recall(context: Context, which: UUID) -> Reply:
    await mailing.recall(context, which)
    return status_reply(await standing.status(context, which), context.now)


async def _review(context: Context, which: UUID) -> Reply:
    found = await mailing.review(context, which)
    return review_reply(found, await mailing.author_of(context, which))


async def _approve(context: Context, which: UUID) -> Reply:
    found = await mailing.approve(context, which)
    return Reply(f"已批准，{schedule.spoken(found.at, context.now)} 开始发给 {found.count} 人。")


async def _refuse(context: Context, which: UUID) -> Reply:
    await mailing.refuse(context, which)
    return Reply("没有批准，不会发。已告诉发起的老师。")


def _look(which: UUID) -> Button:
    return Button("看送达情况", f"broadcast:status:{which.hex}")


_ACTS: Mapping[str, Act] = {
    "send": _send,
    "urgent": _urgent,
    "time": _ask_time,
    "nogroup": _no_groups,
    "cancel": _cancel,
    "undo": _undo,
    "status": _status,
    "remind": _remind,
    "correct": _correct,
    "recall": _ask_recall,
    "takeback": _recall,
    "review": _review,
    "approve": _approve,
    "refuse": _refuse,
}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None
