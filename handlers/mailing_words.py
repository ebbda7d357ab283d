"""What a member of staff reads of his broadcasts in the chat: previews, what happens next, how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.mailing import SECOND_APPROVER_FROM, Confirmed, Preview, short
from handlers.messages import Button, Reply
from handlers.outlets import title_of
from handlers.schedule import spoken
from handlers.standing import LABELS, Status, names, reason_words, recalled_words, standing_words
from storage.people import ClassCard
from storage.troubles import Trouble

NAMES_SHOWN = 8
CLASSES_SHOWN = 8
STATES = {
    "waiting": "等第二个人批准",
    "scheduled": "还没发",
    "sending": "正在发",
    "sent": "",
    "corrected": "已更正，没发出去的改发更正后的那条",
    "recalled": "已撤回",
}


def preview_reply(found: Preview, now: datetime, *, note: str = "") -> Reply:
    """Text, whom it reaches where, who is left out by name and why, how long it is; then what may be done."""
    lines = [note] if note else []
    lines += [f"预览，发给 {found.label}，共 {found.count} 人", *reach_lines(found)]
    lines += ["————", found.text, *(f"📎 {file.name}" for file in found.files), "————"]
    lines.append(_when(found, now))
    hexed = found.draft_id.hex
    if found.needs_second:
        first = (Button(f"提交批准（{found.count} 人）", f"broadcast:send:{hexed}"),)
        lines.append(f"超过 {SECOND_APPROVER_FROM} 人，要第二个人批准才发。")
    else:
        first = (Button(f"发送给 {found.count} 人", f"broadcast:send:{hexed}"),)
    urgent = () if found.at or found.needs_second else (Button("紧急，马上发", f"broadcast:urgent:{hexed}"),)
    groups = (Button("不发群，只发个人", f"broadcast:nogroup:{hexed}"),) if found.to_groups else ()
    time = Button("改时间" if found.at else "定时发", f"broadcast:time:{hexed}")
    return Reply("\n".join(lines), (*first, *urgent, time, *groups, Button("取消", f"broadcast:cancel:{hexed}")))


def reach_lines(found: Preview) -> list[str]:
    """Whom it reaches on which channel, the groups, and who is left out by name and why."""
    lines = []
    channels = "、".join(f"{title_of(name)} {count} 人" for name, count in sorted(found.reach.channels.items()))
    lines += [f"能收到 {found.reached} 人：{channels}"] if channels else []
    groups = "、".join(f"{title_of(name)} {count} 个" for name, count in sorted(found.reach.groups.items()))
    lines += [f"另发班级群：{groups}"] if groups else []
    lines += [f"班级群不发：{found.group_note}"] if found.group_note else []
    lines += closed_lines(found)
    if found.reach.unreached:
        lines.append(f"收不到 {found.reach.unreached} 人：{unreached_words(found)}")
    lines += [f"⚠️ {problem}" for problem in found.problems]
    lines += [f"长度：{'；'.join(found.measures)}"] if found.measures else []
    return lines


def closed_lines(found: Preview) -> list[str]:
    """Those who get it on a channel only after they write there."""
    return [
        f"只有他先发消息才能收到：{count} 人（{title_of(name)}"
        + ("，会先用模板消息提醒他来看）" if name in found.knocks else "）")
        for name, count in sorted(found.reach.closed.items())
    ]


def unreached_words(found: Preview, shown: int = NAMES_SHOWN) -> str:
    """Those whom nothing gets to, by name, under each reason."""
    by_reason: dict[str, list[str]] = {}
    for one in found.reach.named[:shown]:
        by_reason.setdefault(reason_words(one.reason), []).append(one.name)
    words = "；".join(f"{'、'.join(listed)}（{reason}）" for reason, listed in by_reason.items())
    rest = found.reach.unreached - min(len(found.reach.named), shown)
    return words + (f"…… 还有 {rest} 人" if rest > 0 else "")


def confirmed_reply(found: Confirmed, now: datetime) -> Reply:
    """What happens next, and the way back."""
    hexed = found.broadcast_id.hex
    buttons = (Button("撤销", f"broadcast:undo:{hexed}"), Button("看送达情况", f"broadcast:status:{hexed}"))
    if found.waits:
        return Reply(f"已提交，{found.count} 人。办公室的另一位老师批准后才会发，批了会告诉你。", buttons)
    seconds = (found.at - now).total_seconds()
    soon = f"{seconds:.0f} 秒后开始发" if seconds <= 90 else f"{spoken(found.at, now)} 发"
    return Reply(f"好，{soon}，共 {found.count} 人。在那之前可以撤销。", buttons)


def status_reply(found: Status, now: datetime) -> Reply:
    """The tally, then by name who failed, who is stuck and who pressed nothing; then what may be done."""
    lines = [f"「{short(found.text)}」发给 {found.label}" if found.label else f"「{short(found.text)}」"]
    lines += [state_words(found, now)] if state_words(found, now) else []
    lines += [tally_words(found)] if found.total else []
    lines += recalled_words(found)
    failed = [one for one in found.recipients if one.status in ("failed", "unknown", "expired", "cancelled")]
    lines += [f"✗ {one.name}（{one.class_name}）：{standing_words(one)}" for one in failed[:NAMES_SHOWN]]
    more = sum(found.counts[name] for name in ("failed", "unknown", "expired", "cancelled")) - NAMES_SHOWN
    lines += [f"…… 还有 {more} 人没有送达"] if more > 0 else []
    stuck = [one.name for one in found.recipients if one.status == "stuck"]
    lines += [f"有困难：{names(stuck)}"] if stuck else []
    silent = [one.name for one in found.recipients if one.status == "sent"]
    lines += [f"已发出、还没点「已知悉」：{names(silent)}"] if silent and found.state != "recalled" else []
    lines += [f"群：{one.class_name}（{title_of(one.channel)}）{standing_words(one)}" for one in found.groups]
    return Reply("\n".join(lines), tuple(_what_may_be_done(found)))


def state_words(found: Status, now: datetime) -> str:
    """Where the whole of it stands, unless it is simply sent."""
    words = STATES.get(found.state, found.state)
    if found.state == "scheduled" and found.at is not None:
        return f"{spoken(found.at, now)} 发" if found.at > now else "马上开始发"
    return words


def tally_words(found: Status) -> str:
    """'共 50 人：已知悉 31，已发出 12，失败 7'."""
    counts = found.counts
    words = [f"{label} {counts[name]}" for name, label in LABELS.items() if counts[name]]
    return f"共 {found.total} 人：" + "，".join(words)


def recent_reply(found: Sequence[Status], now: datetime) -> Reply:
    """The latest ones, a line or two each."""
    if not found:
        return Reply("你还没有群发过。发「群发 班级名」开始。")
    lines = []
    for place, one in enumerate(found, 1):
        told = "，".join(filter(None, (state_words(one, now), tally_words(one) if one.total else "")))
        lines.append(f"{place}. {short(one.text)}\n   {told}")
    buttons = tuple(Button(f"{p} 详情", f"broadcast:status:{one.broadcast_id.hex}") for p, one in enumerate(found, 1))
    return Reply("\n".join(["最近的群发：", *lines]), buttons)


def whom_reply(classes: Sequence[ClassCard]) -> Reply:
    """群发 without a word of whom: his classes to choose from."""
    if not classes:
        return Reply("你还没有带班，没有人可以发。")
    buttons = [Button(card.name, f"broadcast:to:{card.id.hex}") for card in classes[:CLASSES_SHOWN]]
    everybody = [Button(f"全部 {len(classes)} 个班", "broadcast:to:all")] if len(classes) > 1 else []
    return Reply(
        "发给谁？点一下，或者写：\n"
        "群发 会计1班：内容\n"
        "群发 会计学院：内容\n"
        "群发 没交登记表的：内容\n"
        "群发 名单 学号 学号：内容",
        (*buttons, *everybody),
    )


def review_reply(found: Preview, author: str) -> Reply:
    """Somebody else's broadcast, for the second person."""
    lines = [f"{author} 想发给 {found.label}，共 {found.count} 人", *reach_lines(found)]
    lines += ["————", found.text, *(f"📎 {file.name}" for file in found.files), "————", "你批准后才会发。"]
    hexed = found.draft_id.hex
    return Reply(
        "\n".join(lines),
        (
            Button(f"批准，发给 {found.count} 人", f"broadcast:approve:{hexed}"),
            Button("不批准", f"broadcast:refuse:{hexed}"),
        ),
    )


def troubles_reply(found: Sequence[Trouble]) -> Reply:
    """Who is stuck with what; one tap when it is seen to."""
    if not found:
        return Reply("现在没有人说有困难。")
    shown = found[:NAMES_SHOWN]
    lines = [
        f"{place}. {one.name}（{one.class_name}）：{one.note or '没有写原因，请问问他'}\n   关于「{short(one.about)}」"
        for place, one in enumerate(shown, 1)
    ]
    lines += [f"…… 还有 {len(found) - len(shown)} 人"] if len(found) > len(shown) else []
    buttons = tuple(Button(f"{place} 已联系", f"helped:{one.delivery_id}") for place, one in enumerate(shown, 1))
    return Reply("\n".join([f"{len(found)} 人说有困难：", *lines]), buttons)


def _when(found: Preview, now: datetime) -> str:
    if found.at is None:
        return "确认后发出。夜里安静时段会等到早上再发，急事选「紧急」。"
    return f"定在 {spoken(found.at, now)} 发" + (f"（{found.delayed}）。" if found.delayed else "。")


def _what_may_be_done(found: Status) -> list[Button]:
    hexed = found.broadcast_id.hex
    buttons = [Button("撤销", f"broadcast:undo:{hexed}")] if found.can_undo else []
    if found.can_follow_up:
        if found.silent and not found.is_reminder:
            buttons.append(Button(f"提醒没确认的 {found.silent} 人", f"broadcast:remind:{hexed}"))
        if not found.is_reminder:
            buttons.append(Button("更正", f"broadcast:correct:{hexed}"))
        buttons.append(Button("撤回", f"broadcast:recall:{hexed}"))
    buttons += [Button("有困难的人", "trouble:list")] if found.counts["stuck"] else []
    return [*buttons, Button("刷新", f"broadcast:status:{hexed}")]
