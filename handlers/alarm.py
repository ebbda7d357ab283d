"""A person in distress: warmth and numbers to call for him, and a word to his counselor without what he wrote.

In a group the same numbers are said to whoever reads along, nobody is named, and the counselor is told all the same:
the speaker's own where he is bound, otherwise those of the class whose group it is.
"""

from __future__ import annotations

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from handlers.handler import Context
from handlers.messages import Incoming, Reply
from knowledge import safety
from storage import audit, deliveries, groups, people
from storage.clock import SCHOOL
from storage.people import Actor

DISTRESS = "distress"
TOLD = "我已请你的辅导员尽快联系你。"
IN_GROUP = "需要人陪着说说话，也可以直接找辅导员或身边的同学。看到的同学，请陪着 TA。"
CALL = (
    "【请马上联系】{name}（{class_name}）刚才{where}说的话，让人担心 TA 的安全。\n"
    "我已请 TA 打 12356 或 110/120。请现在打电话或当面找到 TA，先听，不追问；有危险立即报 110/120，并告诉学院。\n"
    "TA 的原话没有记录在这里。"
)
CALL_GROUP = (
    "【请马上看群】{class_name}的班级群里，刚才有人说的话让人担心 TA 的安全。TA 没有绑定，我不知道是谁。\n"
    "我已在群里请 TA 打 12356 或 110/120。请现在看群、找到 TA，先听，不追问；有危险立即报 110/120，并告诉学院。\n"
    "原话没有记录在这里。"
)


async def care(message: Incoming, context: Context) -> Reply | None:
    """Comes before every other handler: a person in distress is answered whatever form is open."""
    found = safety.check(message.text) if message.action is None else None
    if found is None or found.kind != DISTRESS:
        return None
    if context.is_group:
        await _tell_of_group(message, context)
        return Reply(f"{found.reply}\n{IN_GROUP}")
    actor = context.actor
    told = await _tell(context, actor, "对我") if actor and actor.is_student else 0
    return Reply(f"{found.reply}\n{TOLD}" if told else found.reply)


async def _tell_of_group(message: Incoming, context: Context) -> None:
    """The dispatcher gives no actor in a group: who speaks is looked up for this alone, and not said there."""
    actor = await people.actor_of(context.session, message.sender)
    if actor is not None:
        if actor.is_student:
            await _tell(context, actor, "在班级群里")
        return
    bound = await groups.of_chat(context.session, message.sender.channel, message.sender.chat)
    if bound is None:
        return
    speaker = uuid5(NAMESPACE_URL, f"{message.sender.channel}/{message.sender.user}")
    counselors = await people.counselors_of_class(context.session, bound.class_id)
    for counselor in counselors:
        await _alert(context, speaker, counselor.id, CALL_GROUP.format(class_name=bound.class_name))
    await _note(context, f"class:{bound.class_id}", bound.school_id, len(counselors))


async def _tell(context: Context, student: Actor, where: str) -> int:
    """Tells the counselors of the student's class, at any hour, once an hour; how many there are to be told."""
    counselors = await people.counselors_of(context.session, student.id)
    for counselor in counselors:
        actor = await people.staff_actor(context.session, counselor.id)
        card = await people.student_card(context.session, actor, student.id) if actor else None
        if card is not None:
            text = CALL.format(name=card.name, class_name=card.class_name, where=where)
            await _alert(context, student.id, counselor.id, text)
    await _note(context, f"student:{student.id}", student.school_id, len(counselors))
    return len(counselors)


async def _alert(context: Context, about: UUID, counselor_id: UUID, text: str) -> None:
    await deliveries.enqueue(
        context.session,
        key=f"alert:{about.hex}:{counselor_id.hex}:{_hour(context.now)}",
        kind="security",
        now=context.now,
        staff_id=counselor_id,
        text=text,
        urgent=True,
    )


def _hour(now: datetime) -> str:
    return now.astimezone(SCHOOL).strftime("%Y%m%d%H")


async def _note(context: Context, target: str, school_id: UUID, staff: int) -> None:
    await audit.record(
        context.session,
        now=context.now,
        actor="system",
        action="care.alert",
        target=target,
        school_id=school_id,
        staff=staff,
    )
