"""How channels are called, and which of a person's ways is used: '用 Telegram 提醒我'."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from handlers.fields import plain
from handlers.handler import Context
from handlers.messages import Button, Reply
from storage.people import Actor
from storage.ways import Way, prefer, ways_of

NAMES = {"wecom": "企业微信", "wechat": "公众号", "telegram": "Telegram", "web": "网页", "terminal": "终端"}
"""What people call a channel."""
_SPOKEN: Mapping[str, str] = {
    "企业微信": "wecom",
    "企微": "wecom",
    "微信公众号": "wechat",
    "公众号": "wechat",
    "微信": "wechat",
    "telegram": "telegram",
    "tg": "telegram",
    "电报": "telegram",
    "网页聊天": "web",
    "网页": "web",
    "终端": "terminal",
}
_CHANNEL = "|".join(sorted(map(re.escape, _SPOKEN), key=len, reverse=True))
_CHOICE = re.compile(
    rf"(?:请|以后|今后|今后都|以后都|请以后)*(?:改用|改到|用|在|从|发到|发去|发|通过|优先用|优先)(?P<channel>{_CHANNEL})(?:里|上|那边)?"
    r"(?P<verb>(?:发|给我)?(?:提醒|通知|联系|告诉|找)?我?(?:消息)?(?:就行|吧|好了)?)"
)


def choice_of(text: str) -> str | None:
    """The channel a sentence like '以后发企业微信' chooses; None: it chooses none."""
    said = re.sub(r"[\s,，。.!！~～]", "", plain(text).lower())
    found = _CHOICE.fullmatch(said)
    if found is None or not (found["verb"] or said.startswith(("以后", "今后", "请以后", "改", "优先"))):
        return None
    return _SPOKEN[found["channel"]]


async def choose(context: Context, actor: Actor, channel: str) -> Reply:
    """Writes to the person on this channel first from now on, where he has it."""
    done = await prefer(context.session, actor.id, channel, context.now)
    ways = (await ways_of(context.session, [actor.id]))[actor.id]
    name = NAMES.get(channel, channel)
    if not done:
        return Reply(
            f"你还没有在{_spaced(name, '里')}绑定，发不到那边。先在那边发「绑定」。{order_words(ways)}",
            ways_buttons(ways),
        )
    blocked = next((way.blocked for way in ways if way.place.channel == channel and way.blocked), None)
    if blocked:
        return Reply(
            f"记下了，但现在发不到你的{_spaced(name)}：在那边给我发一句话就恢复。在那以前，{order_words(ways)}"
        )
    return Reply(f"好，以后{order_words(ways)}")


REASONS: Mapping[str, str] = {
    "unreachable: blocked": "拉黑了机器人",
    "unreachable: chat not found": "聊天找不到了",
    "unreachable: no such chat": "聊天找不到了",
    "unreachable: not bound": "未绑定",
    "unreachable: channel is off": "绑定的平台没有开通",
    "unreachable: only when he writes": "公众号要等他先发消息",
    "refused by Telegram": "Telegram 拒收",
    "too late": "过了有效时间",
    "nothing left": "已经办完",
}
"""Why a message does not arrive, as platforms and store say it, in words; any other reason is in words already."""


def first_way(mine: Sequence[Way]) -> str | None:
    """The channel a person is written to on; None: no message reaches him."""
    return mine[0].place.channel if mine and not mine[0].blocked else None


def why_not(mine: Sequence[Way]) -> str:
    """Why no message reaches a person."""
    if not mine:
        return "未绑定"
    name, reason = NAMES.get(mine[0].place.channel, mine[0].place.channel), mine[0].blocked or ""
    return f"{name}：{REASONS.get(reason, reason)}"


def order_words(ways: Sequence[Way]) -> str:
    """In which order a person is written to."""
    names = list(dict.fromkeys(NAMES.get(way.place.channel, way.place.channel) for way in ways if not way.blocked))
    if len(names) < 2:
        return f"提醒发到{_spaced(names[0])}。" if names else "现在没有一个聊天能收到提醒。"
    return f"先发{_spaced(names[0])}，发不到再试{'、'.join(map(_spaced, names[1:]))}。"


def ways_buttons(ways: Sequence[Way]) -> tuple[Button, ...]:
    """One button for each channel that is not the first already."""
    channels = list(dict.fromkeys(way.place.channel for way in ways))[1:]
    return tuple(Button(f"先发{NAMES.get(one, one)}", f"remind:way:{one}") for one in channels)


def _spaced(name: str, behind: str = "") -> str:
    """With a blank between Chinese and Latin; `behind` is the Chinese that follows, if any."""
    return f" {name}{' ' if behind else ''}{behind}" if name.isascii() else name + behind
