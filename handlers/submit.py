"""A form leaves the student's hands, and comes back: handing in, withdrawing, revoking."""

from __future__ import annotations

from uuid import UUID

from handlers.blank import Form, kept
from handlers.desk import Draft
from handlers.handler import Context, Refusal
from handlers.messages import Button
from handlers.noting import note
from storage import announcements, deliveries, items, people, submissions
from storage.people import Actor
from storage.submissions import Handed, NotFound

NOT_FOUND = "没有找到这份表，可能已经处理过了。"
"""One sentence for foreign, unknown and settled ids alike (T3)."""


async def hand_in(context: Context, form: Form, draft: Draft) -> Handed:
    """Keeps the answers, marks the items this form hands in, and lets the form finish."""
    student = student_of(context)
    if before := await submissions.latest(context.session, student.id, form.name):
        await _untell(context, before)
    handed = await submissions.hand_in(
        context.session,
        student_id=student.id,
        form=form.name,
        answers=kept(draft.answers),
        now=context.now,
        person=draft.answers.get(form.person) if form.person else None,
    )
    await _mark(context, form, student.id, "handed_in")
    await tell_reviewers(context, student.id)
    await note(context, student, "form.hand_in", f"submission:{handed.id}", form=handed.form)
    if form.finish:
        await form.finish(context, handed.answers)
    return handed


async def own(context: Context, submission_id: UUID) -> Handed:
    """One of the student's own submissions. Raises `Refusal`."""
    try:
        return await submissions.own(context.session, student_of(context).id, submission_id)
    except NotFound:
        raise Refusal(NOT_FOUND) from None


async def end(context: Context, form: Form, submission_id: UUID) -> Handed:
    """Withdraws what waits or was returned, revokes what was approved; then the counselors are told.

    Raises `Refusal`.
    """
    student = student_of(context)
    held = await own(context, submission_id)
    act = submissions.revoke if held.status == "approved" else submissions.withdraw
    try:
        ended = await act(context.session, student.id, held.id, context.now)
    except NotFound:
        raise Refusal(NOT_FOUND) from None
    await _untell(context, held)
    await _mark(context, form, student.id, "open")
    await tell_reviewers(context, student.id, handed_in=False)
    await note(context, student, f"form.{ended.status}", f"submission:{ended.id}", form=ended.form)
    if ended.status == "revoked":
        await _tell_counselors(context, form, student, ended)
    return ended


def student_of(context: Context) -> Actor:
    """The student who speaks. Raises `Refusal`."""
    if context.actor is None or not context.actor.is_student:
        raise Refusal("这里是学生填写的表，请先绑定学生身份。")
    return context.actor


async def tell_student(context: Context, form: Form, handed: Handed, text: str, buttons: tuple[Button, ...]) -> None:
    """A message that goes out at once, as a delivery row like every other."""
    await deliveries.enqueue(
        context.session,
        key=_told(handed),
        kind="notice",
        now=context.now,
        student_id=handed.student_id,
        text=text,
        buttons=[(button.label, button.action) for button in buttons],
        urgent=True,
    )


def _told(handed: Handed) -> str:
    return f"form:{handed.id.hex}:{handed.status}"


async def _untell(context: Context, handed: Handed) -> None:
    """What the student was to hear of this submission and did not yet, he knows better by now."""
    await announcements.unplan(context.session, _told(handed), context.now)


async def tell_reviewers(context: Context, student_id: UUID, *, handed_in: bool = True) -> None:
    """One message an hour, however many hand in; none where all of it was looked at before it was sent."""
    for counselor in await people.counselors_of(context.session, student_id):
        actor = await people.staff_actor(context.session, counselor.id)
        waiting = await submissions.waiting_count(context.session, actor) if actor else 0
        if not waiting:
            await announcements.withdraw(context.session, "review", counselor.id, context.now)
        elif handed_in:
            text, buttons = f"有 {waiting} 份材料等你审核。", [("待审核", "review:list:0")]
            await announcements.announce(context.session, "review", counselor.id, text, buttons, context.now)


async def _tell_counselors(context: Context, form: Form, student: Actor, handed: Handed) -> None:
    for counselor in await people.counselors_of(context.session, student.id):
        await deliveries.enqueue(
            context.session,
            key=f"form:{handed.id.hex}:{handed.status}:{counselor.id.hex}",
            kind="notice",
            now=context.now,
            staff_id=counselor.id,
            text=f"{student.name} 撤销了已通过的《{form.title}》，从现在起不要再凭它办理。",
            urgent=True,
        )


async def _mark(context: Context, form: Form, student_id: UUID, status: str) -> None:
    await items.mark_form(context.session, student_id, form.name, status, None, None, context.now)
