"""How broadcasts went: who has it, who acknowledged, who is stuck, who cannot be reached and why; never 'read'."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from handlers.handler import Context, Refusal
from handlers.mailing import GONE, staff
from handlers.outlets import title_of
from storage import broadcasts, deliveries, recalls, standings
from storage.models import Broadcast
from storage.standings import GroupStanding, Recipient

LABELS = {
    "stuck": "有困难",
    "acknowledged": "已知悉",
    "sent": "已发出",
    "queued": "排队中",
    "failed": "失败",
    "unknown": "结果不明",
    "expired": "过期未发",
    "cancelled": "没有发",
}
REASONS = {
    deliveries.UNREACHABLE: "未绑定，收不到消息",
    "not bound": "未绑定",
    "channel is off": "绑定的平台没有开通",
    "blocked": "对方屏蔽了机器人",
    "unreachable: blocked": "对方屏蔽了机器人",
    "unreachable: channel is off": "绑定的平台没有开通",
    deliveries.ONLY_WHEN_HE_WRITES: "公众号只在他发消息后才能发给他，他一开口就补发",
    "too late": "过了有效时间",
    "not permitted any more": "已不在你的班级",
    "recalled": "发出前撤回了",
    "corrected": "改发更正后的那条",
    "answered meanwhile": "发之前已经确认了",
    recalls.CANNOT: "平台不支持撤回",
    "too old": "发出太久，平台不让撤回了",
}


@dataclass(frozen=True, slots=True)
class Status:
    """How a broadcast stands. `recipients` holds at most `standings.SHOWN`, trouble first; `tally` counts all."""

    broadcast_id: UUID
    text: str
    label: str
    state: str
    """waiting, scheduled, sending, sent, corrected or recalled"""
    at: datetime | None
    tally: tuple[tuple[str, int], ...]
    recipients: tuple[Recipient, ...]
    groups: tuple[GroupStanding, ...] = ()
    files: int = 0
    is_correction: bool = False
    is_reminder: bool = False
    done: int = 0
    """Taken back from so many."""
    undoing: int = 0
    refused: tuple[tuple[str, str, int], ...] = ()
    """(channel, why, from how many it could not be taken back)"""
    read: int = 0
    """So many had acknowledged it before it was taken back."""

    @property
    def counts(self) -> Counter[str]:
        """How many recipients stand where."""
        return Counter(dict(self.tally))

    @property
    def total(self) -> int:
        """How many students it was planned for."""
        return sum(count for _, count in self.tally)

    @property
    def silent(self) -> int:
        """How many have it, as far as is known, and pressed nothing."""
        return self.counts["sent"] + self.counts["unknown"]

    @property
    def can_undo(self) -> bool:
        """Nothing is out yet."""
        return self.state in ("waiting", "scheduled")

    @property
    def can_follow_up(self) -> bool:
        """It is out and stands: it may be corrected, reminded of, taken back."""
        return self.state in ("sending", "sent")


async def status(context: Context, broadcast_id: UUID) -> Status:
    """How one of the actor's broadcasts stands. Raises `Refusal`: there is no such broadcast of his."""
    found = await broadcasts.own(context.session, staff(context), broadcast_id)
    if found is None:
        raise Refusal(GONE)
    return await _status(context, found)


async def recent(context: Context, limit: int = 5) -> list[Status]:
    """The actor's latest broadcasts."""
    return [await _status(context, one) for one in await broadcasts.latest(context.session, staff(context), limit)]


def reason_words(reason: str | None) -> str:
    """Why, in words."""
    return REASONS.get(reason or "", reason or "")


def standing_words(one: Recipient | GroupStanding) -> str:
    """'失败，未绑定，收不到消息'."""
    label = LABELS.get(one.status, one.status)
    return f"{label}，{reason_words(one.reason)}" if one.reason else label


def recalled_words(found: Status) -> list[str]:
    """What taking it back came to, honestly."""
    if found.state != "recalled":
        return []
    words = [f"已撤回 {found.done} 人" if found.done else "", f"正在撤回 {found.undoing} 人" if found.undoing else ""]
    lines = ["，".join(filter(None, words))] if any(words) else []
    lines += [f"{title_of(channel)}：{count} 人撤不回（{reason_words(why)}）" for channel, why, count in found.refused]
    if found.read:
        lines.append(f"其中 {found.read} 人撤回前已经点了「已知悉」，请另外告诉他们。")
    return lines or ["还没有人收到，都没有发出去。"]


async def _status(context: Context, found: Broadcast) -> Status:
    actor = staff(context)
    tally = await standings.counts(context.session, actor, found.id)
    taken = await recalls.result(context.session, found.id) if found.status == "recalled" else None
    return Status(
        broadcast_id=found.id,
        text=found.text,
        label=found.label,
        state=_state(found),
        at=found.not_before,
        tally=tuple((name, tally[name]) for name in LABELS if name in tally),
        recipients=tuple(await standings.recipients(context.session, actor, found.id)),
        groups=tuple(await standings.groups(context.session, actor, found.id)),
        files=len(found.files),
        is_correction=found.corrects_id is not None,
        is_reminder="silent" in found.audience,
        done=taken.done if taken else 0,
        undoing=taken.planned if taken else 0,
        refused=tuple((channel, why, count) for (channel, why), count in taken.refused.items()) if taken else (),
        read=taken.read if taken else 0,
    )


def _state(found: Broadcast) -> str:
    if found.status != "sent":
        return found.status
    if found.corrected_at is not None:
        return "corrected"
    return "sent" if found.planned_at is not None else "sending"


def names(listed: Sequence[str], shown: int = 8) -> str:
    """'林一、陈二 等 12 人'."""
    return "、".join(listed[:shown]) + (f" 等 {len(listed)} 人" if len(listed) > shown else "")
