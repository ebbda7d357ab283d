"""A person in distress: warmth and numbers to call for him, and a word to his counselor without what he wrote."""

from __future__ import annotations

from uuid import UUID

from handlers.handler import Context
from handlers.messages import Incoming, Reply
from knowledge import safety
from storage import audit, deliveries, people
from storage.clock import SCHOOL

DISTRESS = "distress"
TOLD = "我已请你的辅导员尽快联系你。"
CALL = (
    "【请马上联系】{name}（{class_name}）刚才对我说的话，让人担心 TA 的安全。\n"
    "我已请 TA 打 12356 或 110/120。请现在打电话或当面找到 TA，先听，不追问；有危险立即报 110/120，并告诉学院。\n"
    "TA 的原话没有记录在这里。"
)


async def care(message: Incoming, context: Context) -> Reply | None:
    """Comes before every other handler: a person in distress is answered whatever form is open."""
    found = safety.check(message.text) if message.action is None else None
    if found is None or found.kind != DISTRESS:
        return None
    told = await _tell(context, context.actor.id) if context.actor and context.actor.is_student else 0
    return Reply(f"{found.reply}\n{TOLD}" if told else found.reply)


async def _tell(context: Context, student_id: UUID) -> int:
    """Tells the counselors of the student's class, at any hour, once an hour; how many there are to be told."""
    counselors = await people.counselors_of(context.session, student_id)
    hour = context.now.astimezone(SCHOOL).strftime("%Y%m%d%H")
    for counselor in counselors:
        await _tell_one(context, student_id, counselor.id, hour)
    await audit.record(
        context.session,
        now=context.now,
        actor="system",
        action="care.alert",
        target=f"student:{student_id}",
        school_id=context.actor.school_id if context.actor else None,
        staff=len(counselors),
    )
    return len(counselors)


async def _tell_one(context: Context, student_id: UUID, counselor_id: UUID, hour: str) -> None:
    actor = await people.staff_actor(context.session, counselor_id)
    card = await people.student_card(context.session, actor, student_id) if actor else None
    if card is None:
        return
    await deliveries.enqueue(
        context.session,
        key=f"alert:{student_id.hex}:{counselor_id.hex}:{hour}",
        kind="security",
        now=context.now,
        staff_id=counselor_id,
        text=CALL.format(name=card.name, class_name=card.class_name),
        urgent=True,
    )
