"""班委: whom the counselor asks to remind the class. They hear how many are behind, never who or with what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from handlers.handler import Context
from handlers.messages import Button, Incoming, Reply
from handlers.owed import note
from storage import committee as store
from storage import people
from storage.people import Actor, StudentCard
from storage.reminders import muted_among

_MOST = 20
_SHOWN = 8
_WHAT = "班委每周至多收到一次「班里还有几位同学过期多天」，只有人数，没有姓名和事项。"
_NAME = "加：发「班委 姓名或学号」（可以几个一起）；撤：发「撤销班委 姓名」。"
_RELEASE = re.compile(r"(?:撤销|取消|去掉|不当)班委[\s：:]*(?P<names>.*)", re.DOTALL)
_ADD = re.compile(r"(?:设|加|任命|添加)?班委(?:名单)?(?:[\s：:]+(?P<names>.+))?", re.DOTALL)


async def class_committee(message: Incoming, context: Context) -> Reply | None:
    """The handler: 班委, 班委 <names>, 撤销班委 <names>; for staff only."""
    actor = context.actor
    if actor is None or not actor.is_staff or context.is_group:
        return None
    if message.action is not None:
        return await _pressed(message.action, context, actor)
    text = message.text.strip()
    release = _RELEASE.fullmatch(text)
    if release is not None:
        return await _change(_split(release["names"]), context, actor, add=False)
    add = _ADD.fullmatch(text)
    if add is None:
        return None
    return (
        await _change(_split(add["names"]), context, actor, add=True) if add["names"] else await _list(context, actor)
    )


async def _pressed(action: str, context: Context, actor: Actor) -> Reply | None:
    noun, _, rest = action.partition(":")
    verb, _, hexed = rest.partition(":")
    if noun != "committee":
        return None
    if verb not in ("add", "end") or not re.fullmatch(r"[0-9a-f]{32}", hexed):
        return await _list(context, actor)
    card = await people.student_card(context.session, actor, UUID(hex=hexed))
    if card is None:
        return Reply("你的班里没有这位同学。")
    return await _done([card], context, actor, add=verb == "add")


async def _list(context: Context, actor: Actor) -> Reply:
    named = await store.members(context.session, actor)
    by_class: dict[str, list[str]] = {card.name: [] for card in await people.classes_of(context.session, actor)}
    muted = await muted_among(context.session, named)
    for one in await people.students_of(context.session, actor) if named else ():
        if one.id in named:
            by_class[one.class_name].append(f"{one.name}（停止了提醒，收不到）" if one.id in muted else one.name)
    if not by_class:
        return Reply("你名下还没有班级，请学校办公室先分班。")
    lines = [f"{name}：{'、'.join(names) or '还没有'}" for name, names in list(by_class.items())[:_MOST]]
    return Reply("\n".join(["班委：", *lines, _WHAT, _NAME]))


async def _change(names: Sequence[str], context: Context, actor: Actor, *, add: bool) -> Reply:
    """All of them or nobody: a name that fits nobody, or several, is asked about first."""
    if not names:
        return Reply(_NAME)
    chosen: list[StudentCard] = []
    for name in names[:_MOST]:
        fitting = await people.student_named(context.session, actor, name)
        if not fitting:
            return Reply(f"你的班里没有「{name[:20]}」，一个也没改。写全名或学号再发一次。")
        if len(fitting) > 1:
            return _which(name, fitting, add=add)
        chosen += fitting
    return await _done(chosen, context, actor, add=add)


def _which(name: str, fitting: Sequence[StudentCard], *, add: bool) -> Reply:
    verb = "add" if add else "end"
    choices = tuple(
        Button(f"{one.class_name} {one.number[-4:]}", f"committee:{verb}:{one.id.hex}") for one in fitting[:_SHOWN]
    )
    return Reply(f"有 {len(fitting)} 位「{name}」，哪一位？（班级和学号后四位）", choices)


async def _done(chosen: Sequence[StudentCard], context: Context, actor: Actor, *, add: bool) -> Reply:
    ids = [one.id for one in chosen]
    if add:
        count = await store.name_members(context.session, ids, context.now, actor.id)
    else:
        count = await store.release_members(context.session, ids)
    for one in ids:
        await note(context, actor, "committee.named" if add else "committee.released", f"student:{one}")
    names = "、".join(f"{one.name}（{one.class_name}）" for one in chosen)
    if not count:
        return Reply(f"{names}本来就{'是' if add else '不是'}班委。", (Button("看班委", "committee:list"),))
    head = f"好，{names}是班委了。{_WHAT}" if add else f"好，{names}不再是班委。"
    return Reply(head, (Button("看班委", "committee:list"),))


def _split(names: str) -> list[str]:
    return [name for name in re.split(r"[\s、，,；;]+", names) if name]
