"""没送到: what did not arrive, why, and once more; for counselors their classes, for the office the school."""

from __future__ import annotations

from datetime import timedelta

from handlers.handler import Context, Refusal
from handlers.messages import Button, Incoming, Reply
from storage import audit, deadletters
from storage.deadletters import Letter
from storage.people import Actor

USEFUL = timedelta(days=1)
SHOWN = 8
TRIGGERS = frozenset({"没送到", "未送达", "送达失败", "失败记录"})

_STATES = {"failed": "失败", "unknown": "结果不明", "expired": "过期未发"}
_REASONS = {
    "unreachable: not bound": "未绑定",
    "unreachable: channel is off": "绑定的平台没有开通",
    "unreachable: blocked": "对方屏蔽了机器人",
    "unreachable: only when he writes": "要等他先说话",
    "too late": "过了有效时间",
    "the sender stopped while sending": "发送时服务中断",
}


async def dead_letters(message: Incoming, context: Context) -> Reply | None:
    """The handler: the list, and 'once more' for all of it."""
    asked = message.action == "dead:list" or (message.action is None and message.text.strip() in TRIGGERS)
    if context.actor is None or not context.actor.is_staff or context.is_group:
        return None
    if asked:
        return await _list(context, context.actor)
    if message.action == "dead:retry":
        count = await retry(context)
        return Reply(f"已重新排队 {count} 条，一天内有效。" if count else "现在没有可以重发的。")
    return None


async def retry(context: Context) -> int:
    """Plans everything that did not arrive again; gives how many. Raises `Refusal` for students."""
    actor = context.actor
    if actor is None or not actor.is_staff:
        raise Refusal("这个功能给老师用。")
    found = await deadletters.letters(context.session, actor, context.now, limit=1000)
    ids = [letter.id for letter in found]
    planned = await deadletters.retry(context.session, actor, ids, context.now, context.now + USEFUL)
    if planned:
        await audit.record(
            context.session,
            now=context.now,
            actor=actor.tag,
            action="delivery.retry",
            target="delivery",
            school_id=actor.school_id,
            recipients=len(planned),
        )
    return len(planned)


def reason_words(status: str, reason: str | None) -> str:
    """Why, in words: '失败：未绑定'."""
    state = _STATES.get(status, status)
    return f"{state}：{_REASONS.get(reason, reason)}" if reason else state


async def _list(context: Context, actor: Actor) -> Reply:
    found = await deadletters.letters(context.session, actor, context.now)
    if not found:
        return Reply("没有送不到的消息。")
    lines = [f"{place}. {_line(letter)}" for place, letter in enumerate(found[:SHOWN], 1)]
    rest = [f"…… 还有 {len(found) - SHOWN} 条"] if len(found) > SHOWN else []
    head = f"有 {len(found)} 条没有送到：" if len(found) < 100 else "至少 100 条没有送到，先看最近的："
    return Reply("\n".join([head, *lines, *rest]), (Button("全部重发", "dead:retry"),))


def _line(letter: Letter) -> str:
    return f"{letter.name}（{letter.class_name}）{reason_words(letter.status, letter.reason)}"
