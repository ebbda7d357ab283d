"""群发: a counselor writes to his classes, sees first whom it reaches, and afterwards how it went."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.handler import Context, Refusal
from handlers.messages import Button, Incoming, Reply
from handlers.outgoing import Drop, Rendered
from storage import audit, broadcasts, deliveries, people
from storage.broadcasts import Recipient
from storage.deliveries import Claimed
from storage.people import Actor, ClassCard

LONGEST = 800
"""Characters of a broadcast: one phone screen, and within every platform's limit."""
SECOND_APPROVER_FROM = 500
"""More recipients than this need a second person (SECURITY T4), which this version does not offer yet."""
TEXT_AWAITED = timedelta(minutes=10)
NAMES_SHOWN = 8

_COMMAND = re.compile(r"群发[\s：:]*(?P<classes>[^\n：:]*)(?:[：:\n]\s*(?P<text>.+))?", re.DOTALL)
_ALL = ("全部", "所有", "全部班级", "所有班级", "我的班级")
_REASONS = {
    deliveries.UNREACHABLE: "未绑定，收不到消息",
    "unreachable: channel is off": "绑定的平台没有开通",
    "unreachable: only when he writes": "公众号只在他发消息后才能发给他，他一开口就补发",
    "too late": "过了有效时间",
    "not permitted any more": "已不在你的班级",
}
_STANDINGS = {
    "acknowledged": "已知悉",
    "sent": "已发出",
    "queued": "排队中",
    "failed": "失败",
    "unknown": "结果不明",
    "expired": "过期未发",
    "cancelled": "已取消",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a broadcast would do."""

    draft_id: UUID
    text: str
    classes: tuple[str, ...]
    count: int
    unreachable: tuple[str, ...]
    length: int


@dataclass(frozen=True, slots=True)
class Status:
    """How a broadcast went, per student."""

    broadcast_id: UUID
    text: str
    recipients: tuple[Recipient, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many recipients stand where."""
        return Counter(recipient.status for recipient in self.recipients)


# --- what chat and console share -------------------------------------------------------------------------------------


async def preview(context: Context, class_ids: Collection[UUID], text: str) -> Preview:
    """Keeps a draft and says whom it would reach. Classes outside the actor's scope are as if they did not exist.

    Raises `Refusal` where the text does not fit or nobody would get it.
    """
    actor = _staff(context)
    cards = await _in_scope(context.session, actor, class_ids)
    _check_text(text)
    draft_id = await broadcasts.draft(context.session, actor, [card.id for card in cards], text.strip(), context.now)
    return await _preview(context, actor, draft_id, text.strip(), cards)


async def send(context: Context, draft_id: UUID, *, urgent: bool = False) -> int:
    """Sends a draft of the actor's to those he may write to now; gives how many. Raises `Refusal`.

    `urgent` goes before everything else and does not wait for the morning.
    """
    actor = _staff(context)
    broadcast = await broadcasts.own(context.session, actor, draft_id)
    if broadcast is None or not broadcast.text:
        raise Refusal("没有找到这条群发草稿。发「群发 班级名」重新开始。")
    reach = await broadcasts.reach(context.session, actor, [UUID(one) for one in broadcast.class_ids])
    _check_reach(reach.count)
    planned = await broadcasts.start(context.session, actor, draft_id, context.now, urgent=urgent)
    if planned is None:
        raise Refusal("这条群发已经发出或取消了，没有重复发送。")
    await audit.record(
        context.session,
        now=context.now,
        actor=actor.tag,
        action="broadcast.send",
        target=f"broadcast:{draft_id}",
        school_id=actor.school_id,
        recipients=planned,
        urgent=urgent,
    )
    return planned


async def status(context: Context, broadcast_id: UUID) -> Status:
    """Queued, sent, acknowledged, failed and why, per student. Raises `Refusal`: no such broadcast of his."""
    actor = _staff(context)
    broadcast = await broadcasts.own(context.session, actor, broadcast_id)
    if broadcast is None:
        raise Refusal("没有找到这条群发。")
    recipients = await broadcasts.recipients(context.session, actor, broadcast_id)
    return Status(broadcast_id, broadcast.text, tuple(recipients))


async def recent(context: Context, limit: int = 5) -> list[Status]:
    """The actor's latest broadcasts with their recipients."""
    sent = await broadcasts.latest(context.session, _staff(context), limit)
    return [await status(context, broadcast.id) for broadcast in sent]


# --- the chat --------------------------------------------------------------------------------------------------------


async def broadcast(message: Incoming, context: Context) -> Reply | None:
    """The handler: 群发, its buttons, and the student's 已知悉."""
    if message.action is not None:
        return await _pressed(message.action, context)
    if context.actor is None or not context.actor.is_staff or context.is_group:
        return None
    text = message.text.strip()
    if text in ("群发记录", "群发情况"):
        return await _recent(context)
    if text.startswith("群发"):
        return await _command(text, context)
    return await _awaited_text(text, context, context.actor)


async def _pressed(action: str, context: Context) -> Reply | None:
    noun, _, rest = action.partition(":")
    if noun == "ack":
        return await _acknowledge(rest, context)
    if noun != "broadcast" or context.actor is None or not context.actor.is_staff:
        return None
    verb, _, text = rest.partition(":")
    broadcast_id = _uuid(text)
    if broadcast_id is None:
        return None
    if verb in ("send", "urgent"):
        return _sent(await send(context, broadcast_id, urgent=verb == "urgent"), broadcast_id)
    if verb == "cancel":
        done = await broadcasts.cancel(context.session, context.actor, broadcast_id)
        return Reply("已取消，没有发给任何人。" if done else "这条群发已经发出或取消了。")
    return status_reply(await status(context, broadcast_id)) if verb == "status" else None


async def _acknowledge(text: str, context: Context) -> Reply:
    """Only the person whom the message went to can acknowledge it; for others it does not exist."""
    actor = context.actor
    which = _uuid(text[1:]) if text.startswith("b") else _number(text)
    if actor is None or not actor.is_student or which is None:
        return Reply("没有找到这条消息。")
    done = await deliveries.acknowledge(context.session, which, actor.id, context.now)
    return Reply("收到，已告诉老师你知道了。" if done else "没有找到这条消息。")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def _command(text: str, context: Context) -> Reply:
    match = _COMMAND.fullmatch(text)
    assert match is not None
    actor = _staff(context)
    cards = await _named(context.session, actor, match["classes"])
    if match["text"]:
        return preview_reply(await preview(context, [card.id for card in cards], match["text"]))
    await broadcasts.draft(context.session, actor, [card.id for card in cards], "", context.now)
    names = "、".join(card.name for card in cards)
    return Reply(f"发给 {names}。请把要群发的内容发给我，我会先给你看预览。不发了就回「取消」。")


async def _awaited_text(text: str, context: Context, actor: Actor) -> Reply | None:
    """The message after '群发 班级' is its text: the draft in the store says so, not a waiting coroutine."""
    waiting = await broadcasts.awaiting_text(context.session, actor, context.now - TEXT_AWAITED)
    if waiting is None or not text:
        return None
    if text in ("取消", "不发了", "算了"):
        await broadcasts.cancel(context.session, actor, waiting.id)
        return Reply("已取消，没有发给任何人。")
    _check_text(text)
    cards = await _in_scope(context.session, actor, [UUID(one) for one in waiting.class_ids])
    await broadcasts.write(context.session, actor, waiting.id, text)
    return preview_reply(await _preview(context, actor, waiting.id, text, cards))


async def _recent(context: Context) -> Reply:
    found = await recent(context)
    if not found:
        return Reply("你还没有群发过。发「群发 班级名」开始。")
    lines = [f"{place}. {_short(one.text)}\n   {_tally(one)}" for place, one in enumerate(found, 1)]
    buttons = tuple(
        Button(f"{place} 详情", f"broadcast:status:{one.broadcast_id.hex}") for place, one in enumerate(found, 1)
    )
    return Reply("\n".join(["最近的群发：", *lines]), buttons)


# --- what is shown ---------------------------------------------------------------------------------------------------


def preview_reply(found: Preview) -> Reply:
    """The preview with its exact count and who will not get it."""
    lines = [f"预览（{found.length} 字），将发给 {'、'.join(found.classes)}，共 {found.count} 人："]
    if found.unreachable:
        lines.append(f"其中 {len(found.unreachable)} 人未绑定，收不到：{_names(found.unreachable)}")
    lines += ["————", found.text, "————", "确认后发出。夜里安静时段会等到早上再发，急事选「紧急」。"]
    hexed = found.draft_id.hex
    return Reply(
        "\n".join(lines),
        (
            Button(f"发送给 {found.count} 人", f"broadcast:send:{hexed}"),
            Button("紧急，马上发", f"broadcast:urgent:{hexed}"),
            Button("取消", f"broadcast:cancel:{hexed}"),
        ),
    )


def status_reply(found: Status) -> Reply:
    """The tally, then by name who failed and who has not acknowledged."""
    lines = [f"「{_short(found.text)}」", _tally(found)]
    failed = [one for one in found.recipients if one.status in ("failed", "unknown", "expired", "cancelled")]
    lines += [f"✗ {one.name}（{one.class_name}）：{_reason(one)}" for one in failed[:NAMES_SHOWN]]
    lines += [f"…… 还有 {len(failed) - NAMES_SHOWN} 人没有送达"] if len(failed) > NAMES_SHOWN else []
    silent = [one.name for one in found.recipients if one.status == "sent"]
    lines += [f"已发出、还没点「已知悉」：{_names(silent)}"] if silent else []
    return Reply("\n".join(lines), (Button("刷新", f"broadcast:status:{found.broadcast_id.hex}"),))


def _sent(count: int, broadcast_id: UUID) -> Reply:
    return Reply(
        f"已排队，发给 {count} 人。谁收到、谁点了「已知悉」，点下面看。",
        (Button("看送达情况", f"broadcast:status:{broadcast_id.hex}"),),
    )


def _tally(found: Status) -> str:
    counts = found.counts
    words = [f"{label} {counts[name]}" for name, label in _STANDINGS.items() if counts[name]]
    return f"共 {len(found.recipients)} 人：" + "，".join(words) if words else "没有收件人"


def _reason(one: Recipient) -> str:
    reason = _REASONS.get(one.reason or "", one.reason)
    return f"{_STANDINGS[one.status]}，{reason}" if reason else _STANDINGS[one.status]


def _names(names: Sequence[str]) -> str:
    rest = len(names) - NAMES_SHOWN
    return "、".join(names[:NAMES_SHOWN]) + (f" 等 {len(names)} 人" if rest > 0 else "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 24 else f"{line[:24]}…"


# --- what is sent ----------------------------------------------------------------------------------------------------


async def render_broadcasts(session: AsyncSession, rows: Sequence[Claimed], now: datetime) -> Rendered:
    """The broadcast's text with its 已知悉; the author's right to write to the student is looked at again (T4)."""
    ids = {row.broadcast_id for row in rows if row.broadcast_id}
    sayings = await broadcasts.sayings(session, ids)
    allowed = await _allowed(session, rows, await broadcasts.authors(session, ids))
    gone = Drop("cancelled", "not permitted any more")
    return {
        row.id: _saying(sayings[row.broadcast_id], row) if row.broadcast_id and row.id in allowed else gone
        for row in rows
    }


async def _allowed(session: AsyncSession, rows: Sequence[Claimed], authors: dict[UUID, UUID]) -> set[int]:
    allowed: set[int] = set()
    for staff_id in set(authors.values()):
        actor = await people.staff_actor(session, staff_id)
        his = [row for row in rows if row.broadcast_id and authors.get(row.broadcast_id) == staff_id]
        students = {row.student_id for row in his if row.student_id}
        reachable = await broadcasts.within_scope(session, actor, students) if actor else set()
        allowed |= {row.id for row in his if row.student_id in reachable}
    return allowed


def _saying(saying: broadcasts.Saying, row: Claimed) -> Reply:
    # By broadcast, not by row: what is the same for everybody can go out in one call (企业微信).
    buttons = (Button("已知悉", f"ack:b{row.broadcast_id.hex}"),) if saying.acknowledge and row.broadcast_id else ()
    return Reply(f"📢 {saying.author}：\n{saying.text}", buttons)


# --- who and what ----------------------------------------------------------------------------------------------------


def _staff(context: Context) -> Actor:
    if context.actor is None or not context.actor.is_staff:
        raise Refusal("这个功能给老师用。")
    return context.actor


async def _in_scope(session: AsyncSession, actor: Actor, class_ids: Collection[UUID]) -> list[ClassCard]:
    wanted = set(class_ids)
    found = [card for card in await people.classes_of(session, actor) if card.id in wanted]
    if not found:
        raise Refusal("没有找到这个班级。发「群发 班级名」，班级名要和名册上一样。")
    return found


async def _named(session: AsyncSession, actor: Actor, text: str) -> list[ClassCard]:
    names = [name for name in re.split(r"[、，,;；\s]+", text) if name]
    if not names:
        mine = "、".join(card.name for card in (await people.classes_of(session, actor))[:NAMES_SHOWN])
        raise Refusal(f"发给哪个班？例如「群发 班级名：内容」。你的班级：{mine or '还没有'}。")
    if names[0] in _ALL:
        return await people.classes_of(session, actor)
    found: dict[UUID, ClassCard] = {}
    for name in names:
        cards = await people.classes_named(session, actor, name)
        if len(cards) != 1:
            raise Refusal(_which(name, cards))
        found[cards[0].id] = cards[0]
    return list(found.values())


def _which(name: str, cards: Sequence[ClassCard]) -> str:
    if not cards:
        return f"没有找到班级「{name}」。班级名要和名册上一样。"
    return f"「{name}」有 {len(cards)} 个班对得上：{_names([card.name for card in cards])}。请写全名。"


def _check_text(text: str) -> None:
    if not text.strip():
        raise Refusal("群发内容是空的。")
    if len(text.strip()) > LONGEST:
        raise Refusal(f"群发内容 {len(text.strip())} 字，最多 {LONGEST} 字：一屏看不完的通知请分成几条。")


def _check_reach(count: int) -> None:
    if count == 0:
        raise Refusal("这些班里现在没有你能发到的学生，没有发送。")
    if count > SECOND_APPROVER_FROM:
        raise Refusal(
            f"一次群发 {count} 人，超过 {SECOND_APPROVER_FROM} 人需要第二个人批准，这一版还不支持。请分班发送。"
        )


async def _preview(context: Context, actor: Actor, draft_id: UUID, text: str, cards: Sequence[ClassCard]) -> Preview:
    reach = await broadcasts.reach(context.session, actor, [card.id for card in cards])
    _check_reach(reach.count)
    return Preview(draft_id, text, tuple(card.name for card in cards), reach.count, reach.unreachable, len(text))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None
