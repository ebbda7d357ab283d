"""The staff digest: what waits for a counselor, once a day, in numbers; nothing waits, nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.messages import Button, Reply
from handlers.outgoing import NOTHING_LEFT, Drop, Rendered
from storage.deliveries import Claimed
from storage.summary import Summary, summaries

CLASSES_SHOWN = 6
ITEMS_SHOWN = 3


async def render_staff_digests(
    session: AsyncSession, rows: Sequence[Claimed], now: datetime, web_url: str = ""
) -> Rendered:
    """The digests of many counselors, each of his own classes only. `web_url` is where our pages are."""
    found = await summaries(session, {row.staff_id for row in rows if row.staff_id}, now)
    return {
        row.id: staff_digest(found[row.staff_id], web_url) if row.staff_id and row.staff_id in found else NOTHING_LEFT
        for row in rows
    }


def staff_digest(found: Summary, web_url: str = "") -> Reply | Drop:
    """Numbers first, one line each, and the buttons for what can be done about it."""
    if found.is_empty:
        return NOTHING_LEFT
    said = [f"{found.name}，早上好。今天的班级情况：", *_late_lines(found), *_waiting_lines(found)]
    if web_url:
        said.append(f"工作台：{web_url.rstrip('/')}/work")
    choices = (
        (found.late, Button("催办", "nudge:ask")),
        (found.late, Button("谁没交", "nudge:who")),
        (found.waiting, Button("待审", "review:list:0")),
        (found.stuck, Button("有困难的人", "trouble:list")),
        (found.calls, Button("电话名单", "call:list")),
        (found.questions, Button("待答", "answer:list")),
    )
    return Reply("\n".join(said), tuple(button for needed, button in choices if needed))


def _late_lines(found: Summary) -> list[str]:
    if not found.late:
        return []
    shown = "，".join(f"{name} {count} 人" for name, count in found.late[:CLASSES_SHOWN])
    more = f" 等 {len(found.late)} 个班" if len(found.late) > CLASSES_SHOWN else ""
    items = "，".join(f"{title} {count} 人" for title, count in found.items[:ITEMS_SHOWN])
    rest = f" 等 {len(found.items)} 件" if len(found.items) > ITEMS_SHOWN else ""
    return [f"⏰ 逾期 {sum(count for _, count in found.late)} 人：{shown}{more}", f"   {items}{rest}"]


def _waiting_lines(found: Summary) -> list[str]:
    lines = (
        (found.waiting, f"📨 待审材料 {found.waiting} 份"),
        (found.stuck, f"🙋 对通知说「有困难」的 {found.stuck} 人"),
        (found.questions, f"❓ 待答的问题 {found.questions} 个"),
        (found.calls, f"📞 该打电话的 {found.calls} 人"),
        (found.unreachable, f"🔕 还有事没办、又收不到消息的 {found.unreachable} 人"),
    )
    return [line for count, line in lines if count]
