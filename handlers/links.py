"""One-time links: from a chat abroad to the same form on our own page, and from a bound chat to one more platform.

On a platform whose servers lie abroad nothing sensitive is asked for (PIPL 38–40). The link carries a random token and
nothing else; whoever opens it goes on as the person who asked for it, once, within half an hour.
"""

from __future__ import annotations

import re

from handlers import export, review
from handlers.fields import plain
from handlers.handler import Context
from handlers.messages import Button, Incoming, Reply
from handlers.noting import note
from storage import bindings, deliveries, links, people
from storage.bindings import Owner
from storage.people import Actor

PATH = "/go/"
"""Where our pages take a token."""
SCAN = "/scan/"
"""Where our pages show a token as the QR code of the 公众号."""

ABROAD = (
    "这个聊天平台的服务器在境外，电话、地址、证件号不在这里填。点下面的链接，在学校的离校通网页里接着办{what}：\n"
    "{url}\n"
    "链接只能用一次，30 分钟内有效，不要转发给别人。"
)
STAFF_ABROAD = "这里会看到学生的个人信息，而这个聊天平台的服务器在境外。请到工作台办理：{url}/work"
NAMES = {"telegram": "Telegram", "wechat": "公众号", "wecom": "企业微信"}
OPENED = "点这个链接，在 {name} 里按「开始」，就绑定好了：\n{url}\n链接只能用一次，30 分钟内有效，不要转发给别人。"
SCANNED = (
    "打开这个链接，用微信扫里面的二维码（就在微信里看的话，长按它），关注公众号就绑定好了：\n{url}\n"
    "链接只能用一次，30 分钟内有效，不要转发给别人。"
)
EXPIRED = "这个链接已经用过或者过期了。请在原来的聊天里再要一个，或者发「绑定」用绑定码绑定。"
TOLD = "你的账号刚刚在 {name} 里绑定了。不是你本人操作的话，马上发「解绑」，并告诉辅导员。"

_START = re.compile(r"/start\s+(\S+)")
_WANTED = re.compile(
    r"(?:绑定|换到|添加|加上|打开)\s*(?:(?P<telegram>telegram|电报|tg)|(?P<wechat>(?:微信)?公众号|微信))", re.IGNORECASE
)


async def one_time_links(message: Incoming, context: Context) -> Reply | None:
    """Redeems a deep link, hands one out, and leads staff abroad to the workbench; None: none of that."""
    if context.is_group:
        return None
    if message.action is None:
        if found := _START.fullmatch(message.text.strip()):
            return await _redeem(message, context, found[1])
        if found := _WANTED.fullmatch(message.text.strip()):
            return await _hand_out(context, str(found.lastgroup))
    return _workbench(message, context)


async def elsewhere(context: Context, action: str, what: str = "") -> Reply:
    """A link to go on with `action` on our own page, for the student of this chat."""
    assert context.actor is not None
    actor = context.actor
    token = await links.issue(context.session, _owner(actor), "web", context.now, action=action)
    await note(context, actor, "link.issued", actor.tag, purpose="web")
    return Reply(ABROAD.format(what=what, url=f"{context.web_url}{PATH}{token}"))


def _workbench(message: Incoming, context: Context) -> Reply | None:
    """A review card shows phones and addresses: not abroad."""
    if context.sensitive_allowed or context.actor is None or not context.actor.is_staff:
        return None
    return Reply(STAFF_ABROAD.format(url=context.web_url)) if _shows_students(message) else None


def _shows_students(message: Incoming) -> bool:
    if message.action is not None:
        return message.action.startswith(("review:", "export:"))
    said = plain(message.text)
    return said in review.WORDS or export.WORDS.fullmatch(said) is not None


async def _hand_out(context: Context, channel: str) -> Reply:
    name = NAMES[channel]
    if context.actor is None:
        return Reply("先在这里绑定身份，再绑定别的聊天。", (Button("绑定", "bind:start"),))
    if channel not in context.bots:
        return Reply(f"学校没有开通 {name}。")
    token = await links.issue(context.session, _owner(context.actor), "bind", context.now)
    await note(context, context.actor, "link.issued", context.actor.tag, purpose="bind")
    words = SCANNED if channel == "wechat" else OPENED
    return Reply(words.format(name=name, url=f"{context.bots[channel]}{token}"))


async def _redeem(message: Incoming, context: Context, token: str) -> Reply:
    """Binds this chat to whoever asked for the link. He did so from a chat that speaks for him: nobody has to approve,
    but that chat is told."""
    going = await links.redeem(context.session, token, "bind", context.now) if links.is_token(token) else None
    if going is None:
        return Reply(EXPIRED, (Button("绑定", "bind:start"),))
    made = await bindings.bind(context.session, message.sender, going.owner, context.now)
    actor = await people.actor_of(context.session, message.sender)
    assert actor is not None
    await _tell(context, going.owner, f"link:{going.id.hex}", NAMES.get(message.sender.channel, message.sender.channel))
    await note(context, actor, "bind.made", actor.tag, binding=str(made), channel=message.sender.channel)
    return Reply(f"绑定好了，{actor.name}。想问什么直接发给我。", (Button("菜单", "menu:show"),))


async def _tell(context: Context, owner: Owner, key: str, name: str) -> None:
    await deliveries.enqueue(
        context.session,
        key=key,
        kind="security",
        now=context.now,
        student_id=owner.student_id,
        staff_id=owner.staff_id,
        text=TOLD.format(name=name),
        urgent=True,
    )


def _owner(actor: Actor) -> Owner:
    return Owner(student_id=actor.id) if actor.is_student else Owner(staff_id=actor.id)
