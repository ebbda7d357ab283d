"""帮助, 菜单, and what everybody may know and decide about his own data (PIPL 15, 44-47)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from handlers import mask
from handlers.formbook import form_named
from handlers.handler import Context
from handlers.messages import Button, Incoming, Reply
from handlers.noting import note
from handlers.sheet import STANDS
from handlers.words import word_of
from storage import consent, conversations, dossier, erasure, items
from storage.erasure import Erased
from storage.people import Actor

PRIVATELY = "这里人多，个人的事请私聊我。"
UNBOUND = "这个聊天还没有绑定，我这里没有关于你的信息。只有办个人的事才需要绑定。"
STAFF = "老师的姓名、工号和电话由学校办公室维护，要看要改请找办公室。"
ABROAD = "这个聊天平台的服务器在境外，不能把个人信息发到这里。请到网页聊天里发「导出」。"

_BIND = Button("绑定", "bind:start")
_MENU = Button("菜单", "menu:show")
_EXPORT = Button("导出", "data:export")
_WITHDRAW = Button("撤回同意", "consent:ask")
_ERASE = Button("删除我的数据", "data:erase-ask")

HELP = {
    "nobody": (
        "离校的事直接问我，比如「档案寄到哪里」「几号退寝」，答案后面有出处。\n"
        "绑定以后还能：看自己的事项、填档案邮寄地址、办委托书、收到期提醒。\n"
        "绑定：准备学号、姓名和辅导员发的绑定码，发「绑定」。"
    ),
    "student": (
        "离校的事直接问，比如「档案寄到哪里」，填表填到一半也能问。\n"
        "我的事项 – 还差什么、几号到期\n"
        "档案邮寄地址 / 委托书 – 在聊天里填\n"
        "稍后提醒 / 停止提醒 / 用 Telegram 提醒我 – 管提醒\n"
        "我的数据 / 导出 / 撤回同意 / 删除我的数据\n"
        "我是谁 / 解绑 – 看或换绑定"
    ),
    "counselor": (
        "只涉及你带的班：\n"
        "谁没交 – 谁还差什么　催办 – 一次提醒所有逾期的\n"
        "电话名单 – 该打电话的　班委 – 请谁提醒全班\n"
        "待审 – 审学生交的表　未答 – 答没人答上的提问\n"
        "群发 – 发通知，看谁确认了\n"
        "导出地址 – 一个班的档案地址\n"
        "发码 – 给学生发绑定码　待批绑定 – 换聊天的学生\n"
        "也可以直接提问。"
    ),
}
MENUS = {
    "nobody": (_BIND, Button("帮助", "help:show")),
    "student": (
        Button("我的事项", "item:page:1"),
        Button("档案邮寄地址", "form:start:address"),
        Button("委托书", "form:start:proxy"),
        Button("我的数据", "data:show"),
    ),
    "counselor": (
        Button("谁没交", "nudge:who"),
        Button("催办", "nudge:all"),
        Button("待审", "review:list:0"),
        Button("发码", "codes:list"),
    ),
}


async def commands(message: Incoming, context: Context) -> Reply | None:
    """Answers the commands that belong to no feature; None: it was none of them."""
    word = message.action or word_of(message.text)
    if word in _HELP:
        return None if await _in_form(message, context) else _help(context)
    if word in _MENU_WORDS:
        return _menu(context)
    act = _OWN.get(word)
    if act is None:
        return None
    if context.is_group:
        return Reply(PRIVATELY)
    if context.actor is None:
        return Reply(UNBOUND, (_BIND,))
    return await act(context, context.actor) if context.actor.is_student else Reply(STAFF)


async def _in_form(message: Incoming, context: Context) -> bool:
    """In the middle of a form, help is about the form: the form gives it."""
    if message.action is not None or context.actor is None:
        return False
    state = await conversations.load(context.session, message.sender)
    return state is not None and state.form is not None and form_named(state.form) is not None


def _kind(context: Context) -> str:
    if context.actor is None or context.is_group:
        return "nobody"
    return "student" if context.actor.is_student else "counselor"


def _help(context: Context) -> Reply:
    return Reply(HELP[_kind(context)], () if context.is_group else (_BIND if context.actor is None else _MENU,))


def _menu(context: Context) -> Reply:
    return Reply("想办什么？点一下，或者直接提问。", () if context.is_group else MENUS[_kind(context)])


# --- what is kept about me -------------------------------------------------------------------------------------------


async def _data(context: Context, actor: Actor) -> Reply:
    """A masked overview; the whole is in the export."""
    kept = await dossier.of_student(context.session, actor.id)
    await note(context, actor, "data.seen", actor.tag)
    return Reply("\n".join(_overview(kept)), (_EXPORT, _WITHDRAW, _ERASE))


def _overview(kept: Mapping[str, Any]) -> list[str]:
    who = kept["本人"]
    phone = mask.phone(who["手机"]) if who["手机"] else "没有"
    live = [binding for binding in kept["绑定"] if binding["批准"] and not binding["结束"]]
    standing = [one for one in kept["同意"] if not one["撤回"]]
    return [
        "我这里存着关于你的：",
        f"姓名 {mask.name(who['姓名'])}　学号 {mask.number(who['学号'])}　手机 {phone}",
        f"班级 {who['班级']}（{who['届']}，{who['学院']}）",
        *_forms(kept["表单"]),
        f"绑定的聊天 {len(live)} 个，有效的同意 {len(standing)} 项，文件 {len(kept['文件'])} 个",
        f"对话 {len(kept['对话'])} 条，没答上的提问 {len(kept['未答上的提问'])} 个",
        "全部内容发「导出」。花名册上的信息写错了，请找辅导员更正。",
    ]


def _forms(submissions: list[dict[str, Any]]) -> list[str]:
    latest = {one["表单"]: one["状态"] for one in submissions}
    return [f"{_title(form)}：{STANDS.get(status, status)}" for form, status in latest.items()]


def _title(form: str) -> str:
    known = form_named(form)
    return known.title if known else form


async def _export(context: Context, actor: Actor) -> Reply:
    if not context.sensitive_allowed:
        return Reply(ABROAD)
    kept = await dossier.of_student(context.session, actor.id)
    await note(context, actor, "data.exported", actor.tag)
    data = json.dumps(kept, ensure_ascii=False, indent=2).encode()
    file = await context.files.save(
        context.session,
        data,
        name="我的数据.json",
        media_type="application/json",
        now=context.now,
        student_id=actor.id,
    )
    return Reply("都在这个文件里，没有打码，请自己收好。", files=(file,))


# --- consent ---------------------------------------------------------------------------------------------------------


async def _ask_withdrawal(context: Context, actor: Actor) -> Reply:
    standing = await consent.standing(context.session, actor.id)
    if not standing:
        return Reply("你现在没有给过同意，不用撤回。")
    return Reply(
        f"你给过 {len(standing)} 项同意。撤回以后：\n"
        "· 填了一半的表、还没审核通过的表和传的照片会删掉，这里的聊天记录也清空\n"
        "· 没答上的提问也删掉\n"
        "· 已经审核通过的，学校在照着办；要停办请马上找辅导员\n"
        "· 提问和提醒照旧；再填表要重新同意\n"
        "确定撤回吗？",
        (Button("确定撤回", "consent:withdraw"), Button("不撤回", "consent:keep")),
    )


async def _withdraw(context: Context, actor: Actor) -> Reply:
    ended = await consent.withdraw(context.session, actor.id, context.now)
    if not ended:
        return Reply("你现在没有给过同意，不用撤回。")
    erased = await _forget(context, actor, "consent.withdrawn", ended)
    gone = "、".join(_title(form) for form in erased.forms)
    return Reply(
        "已撤回。" + (f"{gone}已删除，对应的事项又变成「未办」。" if gone else "没有审核通过的内容都已删除。"),
        (Button("我的事项", "item:page:1"),),
    )


async def _ask_erasure(context: Context, actor: Actor) -> Reply:
    return Reply(
        "会删掉：填了一半的、还没审核通过的表和照片，聊天记录，没答上的提问；给过的同意也一并撤回。\n"
        "会留下：花名册（学校的记录）、已经审核通过的表（办完后 6 个月内删）、操作记录。\n"
        "删了找不回来，想留一份请先发「导出」。确定删除吗？",
        (Button("确定删除", "data:erase"), Button("不删", "consent:keep")),
    )


async def _erase(context: Context, actor: Actor) -> Reply:
    ended = await consent.withdraw(context.session, actor.id, context.now)
    erased = await _forget(context, actor, "data.erased", ended)
    forms = "、".join(f"《{_title(form)}》" for form in erased.forms)
    said = f"包括{forms}，对应的事项又变成「未办」。" if forms else ""
    return Reply(f"已删除。{said}要再填表，会重新问你同不同意。", (Button("我的事项", "item:page:1"),))


async def _forget(context: Context, actor: Actor, action: str, purposes: list[str]) -> Erased:
    """Erases what the school does not act on yet; the items of those forms are open again."""
    erased = await erasure.erase_unfinished(context.session, actor.id, context.now)
    for file_id in erased.files:
        await context.files.remove(context.session, file_id)
    for form in erased.forms:
        await items.mark_form(context.session, actor.id, form, "open", None, None, context.now)
    counts = {"files": len(erased.files), "questions": erased.questions}
    await note(context, actor, action, actor.tag, purposes=purposes, forms=list(erased.forms), **counts)
    return erased


async def _keep(context: Context, actor: Actor) -> Reply:
    return Reply("好，什么都没变。")


_HELP = frozenset(("帮助", "help", "/help", "?", "help:show", "你会什么", "怎么用"))
_MENU_WORDS = frozenset(("菜单", "menu", "/menu", "menu:show"))
_OWN: Mapping[str, Callable[[Context, Actor], Awaitable[Reply]]] = {
    "我的数据": _data,
    "我的信息": _data,
    "/mydata": _data,
    "data:show": _data,
    "导出": _export,
    "导出我的数据": _export,
    "/export": _export,
    "data:export": _export,
    "撤回同意": _ask_withdrawal,
    "/撤回同意": _ask_withdrawal,
    "consent:ask": _ask_withdrawal,
    "确定撤回": _withdraw,
    "consent:withdraw": _withdraw,
    "consent:keep": _keep,
    "删除我的数据": _ask_erasure,
    "删除我的信息": _ask_erasure,
    "data:erase-ask": _ask_erasure,
    "data:erase": _erase,
}
"""What a word or a button does; only a bound student gets that far."""
