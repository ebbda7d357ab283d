"""A counselor looks at what was handed in: the list, a card, a full look that is noted, approving, returning.

The functions serve the console and the chat alike; every one goes through the actor's class scope in SQL, and a
foreign id is answered with the words for one that does not exist (T3).
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from handlers import sheet, submit
from handlers.blank import Form
from handlers.fields import Invalid, free_text, plain
from handlers.formbook import form_named
from handlers.handler import Context, Refusal
from handlers.messages import Attachment, Button, Incoming, Reply
from handlers.noting import note
from storage import audit, conversations, items, people, submissions
from storage.clock import SCHOOL
from storage.people import Actor, StudentCard
from storage.submissions import Handed, NotFound, Waiting

PAGE = 8
WORDS = ("待审核", "审核", "待审", "审核列表", "看审核", "待审核列表")
RETURNING = "review:return"
"""The conversation in which the reason of a return is awaited."""

UNSEEN = "这份表有照片，你还没有打开看。看过再通过吗？"

_reason = free_text("退回原因", 2, 200)


@dataclass(frozen=True, slots=True)
class Card:
    """What a counselor sees of one submission. `text` is masked unless it came from `look`."""

    handed: Handed
    student: StudentCard
    form: Form
    text: str
    files: tuple[Attachment, ...] = ()


# --- for chat and console --------------------------------------------------------------------------------------------


async def waiting(context: Context, *, offset: int = 0, limit: int = PAGE) -> list[Waiting]:
    """What waits for the actor, the longest waiting first."""
    return await submissions.waiting(context.session, staff_of(context), limit=limit, offset=offset)


async def card(context: Context, submission_id: UUID) -> Card:
    """One submission, masked. Raises `Refusal`."""
    return await _card(context, submission_id, plain=False)


async def look(context: Context, submission_id: UUID) -> Card:
    """One submission in full, with its photos. The look is noted in the audit. Raises `Refusal`."""
    full = await _card(context, submission_id, plain=True)
    await _note(context, "form.look", full.handed)
    for file in full.files:
        await _note(context, "file.look", full.handed, f"attachment:{file.id}")
    return full


async def is_unseen(context: Context, submission_id: UUID) -> bool:
    """Whether there is a photo in it that the actor has not opened. Raises `Refusal`."""
    actor = staff_of(context)
    found = await card(context, submission_id)
    photos = {f"attachment:{one}" for one in _file_ids(found.form, found.handed)}
    return bool(photos - await audit.targets_of(context.session, actor.tag, "file.look", photos))


async def approve(context: Context, submission_id: UUID) -> Handed:
    """It is in order: the item is done and the student is told at once. Raises `Refusal`."""
    actor = staff_of(context)
    try:
        handed = await submissions.approve(context.session, actor, submission_id, context.now)
    except NotFound:
        raise Refusal(submit.NOT_FOUND) from None
    form = _form(handed)
    await _settle(context, handed, "done", None)
    await submit.tell_reviewers(context, handed.student_id, handed_in=False)
    where = (Button("看一下", f"form:mine:{form.name}"),)
    await submit.tell_student(context, form, handed, f"《{form.title}》审核通过了，不用再做什么。", where)
    return handed


async def give_back(context: Context, submission_id: UUID, reason: str) -> Handed:
    """It goes back: the student is told why, with a button to mend it. Raises `Refusal`."""
    actor = staff_of(context)
    try:
        said = _reason(reason)
    except Invalid as problem:
        raise Refusal(problem.hint) from None
    try:
        handed = await submissions.give_back(context.session, actor, submission_id, said, context.now)
    except NotFound:
        raise Refusal(submit.NOT_FOUND) from None
    form = _form(handed)
    await _settle(context, handed, "returned", said)
    await submit.tell_reviewers(context, handed.student_id, handed_in=False)
    text = f"《{form.title}》被退回了：{said}\n你填的内容都在，只改不对的地方就行。"
    await submit.tell_student(context, form, handed, text, (Button("去修改", f"form:mend:{handed.id.hex}"),))
    return handed


def staff_of(context: Context) -> Actor:
    """The member of staff who acts. Raises `Refusal`, in the words for something that is not there."""
    if context.actor is None or not context.actor.is_staff:
        raise Refusal(submit.NOT_FOUND)
    return context.actor


async def _card(context: Context, submission_id: UUID, *, plain: bool) -> Card:
    actor = staff_of(context)
    try:
        handed = await submissions.seen_by(context.session, actor, submission_id)
    except NotFound:
        raise Refusal(submit.NOT_FOUND) from None
    student = await people.student_card(context.session, actor, handed.student_id)
    assert student is not None  # the submission was in scope, so he is
    form = _form(handed)
    files = await _files(context, form, handed) if plain else ()
    return Card(handed, student, form, sheet.lines(form, handed.answers, plain=plain), files)


async def _files(context: Context, form: Form, handed: Handed) -> tuple[Attachment, ...]:
    return tuple([await context.files.describe(context.session, one) for one in _file_ids(form, handed)])


def _file_ids(form: Form, handed: Handed) -> list[UUID]:
    return [UUID(handed.answers[s.key]) for s in form.shown(handed.answers) if s.file and handed.answers[s.key]]


def _form(handed: Handed) -> Form:
    form = form_named(handed.form)
    if form is None:
        raise Refusal(submit.NOT_FOUND)
    return form


async def _settle(context: Context, handed: Handed, status: str, reason: str | None) -> None:
    actor = staff_of(context)
    await items.mark_form(context.session, handed.student_id, handed.form, status, reason, actor.id, context.now)
    await _note(context, f"form.{handed.status}", handed)


async def _note(context: Context, action: str, handed: Handed, target: str = "") -> None:
    await note(context, staff_of(context), action, target or f"submission:{handed.id}", form=handed.form)


# --- in the chat -----------------------------------------------------------------------------------------------------


async def review(message: Incoming, context: Context) -> Reply | None:
    """The handler. None: not staff, or not about reviewing."""
    if context.actor is None or not context.actor.is_staff or context.is_group:
        return None
    if message.action is not None:
        return await _pressed(message, context)
    text = plain(message.text)
    if text in WORDS:
        await _forget(message, context)
        return await _list(context, 0)
    state = await conversations.load(context.session, message.sender)
    if state is None or state.form != RETURNING:
        return None
    return await _reason_said(message, context, message.text.strip(), _uuid(state.data["submission"]))


async def _pressed(message: Incoming, context: Context) -> Reply | None:
    assert message.action is not None
    noun, _, rest = message.action.partition(":")
    verb, _, argument = rest.partition(":")
    if noun != "review":
        return None
    match verb:
        case "list":
            return await _list(context, int(argument) if argument.isdigit() else 0)
        case "never":
            await _forget(message, context)
            return Reply("好的，没有退回。")
        case "because":
            return await _because(message, context, argument)
    return await _on_one(message, context, verb, _uuid(argument))


async def _on_one(message: Incoming, context: Context, verb: str, submission_id: UUID) -> Reply | None:
    match verb:
        case "show":
            return _shown(await card(context, submission_id), full=False)
        case "full":
            return _shown(await look(context, submission_id), full=True)
        case "approve" if await is_unseen(context, submission_id):
            key = submission_id.hex
            look_first = Button("看完整内容（会记录）", f"review:full:{key}")
            return Reply(UNSEEN, (look_first, Button("不看，直接通过", f"review:approve-unseen:{key}")))
        case "approve" | "approve-unseen":
            await approve(context, submission_id)
            return await _next(context, "已通过，学生会马上收到通知。")
        case "return":
            return await _ask_reason(message, context, submission_id)
    return None


async def _list(context: Context, offset: int) -> Reply:
    found = await waiting(context, offset=offset)
    total = await submissions.waiting_count(context.session, staff_of(context))
    if not found:
        return Reply("没有待审核的表，都处理完了。")
    lines = [f"{offset + number}. {_line(entry)}" for number, entry in enumerate(found, 1)]
    buttons = [Button(f"看第 {offset + n} 份", f"review:show:{entry.id.hex}") for n, entry in enumerate(found, 1)]
    if offset + len(found) < total:
        buttons.append(Button("更多", f"review:list:{offset + len(found)}"))
    return Reply(f"待审核 {total} 份，等得最久的在前：\n" + "\n".join(lines), tuple(buttons))


def _line(entry: Waiting) -> str:
    form = form_named(entry.form)
    day = entry.handed_in_at.astimezone(SCHOOL)
    title = form.title if form else entry.form
    return f"{entry.student}（{entry.class_name}）{title}，{day.month} 月 {day.day} 日提交"


def _shown(found: Card, *, full: bool) -> Reply:
    handed, student = found.handed, found.student
    day = handed.handed_in_at.astimezone(SCHOOL)
    again = f"，第 {handed.version} 次提交" if handed.version > 1 else ""
    head = (
        f"{student.name}（{student.class_name}，{student.number}）\n《{found.form.title}》{sheet.STANDS[handed.status]}"
    )
    notes = [f"提醒：{note}" for note in (found.form.notes(handed.answers) if found.form.notes else ())]
    text = "\n".join([f"{head}（{day.month} 月 {day.day} 日{again}）", "", found.text, *notes])
    return Reply(text, _choices(handed, full=full), found.files)


def _choices(handed: Handed, *, full: bool) -> tuple[Button, ...]:
    key = handed.id.hex
    decide = (Button("通过", f"review:approve:{key}"), Button("退回", f"review:return:{key}"))
    see = Button("看完整内容（会记录）", f"review:full:{key}")
    return (*(decide if handed.status == "handed_in" else ()), *(() if full else (see,)))


async def _ask_reason(message: Incoming, context: Context, submission_id: UUID) -> Reply:
    found = await card(context, submission_id)
    if found.handed.status != "handed_in":
        raise Refusal(submit.NOT_FOUND)
    data = {"submission": submission_id.hex}
    await conversations.save(context.session, message.sender, form=RETURNING, data=data, now=context.now)
    usual = tuple(
        Button(reason, f"review:because:{submission_id.hex}:{number}")
        for number, reason in enumerate(found.form.reasons)
    )
    text = f"为什么退回 {found.student.name} 的《{found.form.title}》？直接回复原因，或点一个常用的。学生会原样看到。"
    return Reply(text, (*usual, Button("不退回了", "review:never")))


async def _because(message: Incoming, context: Context, argument: str) -> Reply:
    key, _, number = argument.partition(":")
    found = await card(context, _uuid(key))
    reasons = found.form.reasons
    if not number.isdigit() or int(number) >= len(reasons):
        raise Refusal(submit.NOT_FOUND)
    return await _returned(message, context, found.handed.id, reasons[int(number)])


async def _reason_said(message: Incoming, context: Context, text: str, submission_id: UUID) -> Reply:
    if text.strip("。.!！ ") in ("取消", "不退回了", "算了", "不退了"):
        await _forget(message, context)
        return Reply("好的，没有退回。")
    try:
        reason = _reason(text)
    except Invalid as problem:
        return Reply(problem.hint, (Button("不退回了", "review:never"),))
    return await _returned(message, context, submission_id, reason)


async def _returned(message: Incoming, context: Context, submission_id: UUID, reason: str) -> Reply:
    await _forget(message, context)
    try:
        await give_back(context, submission_id, reason)
    except Refusal as refusal:
        return Reply(refusal.text)  # a reply, not an error: the awaited reason must be forgotten all the same
    return await _next(context, "已退回，学生会马上收到原因。")


async def _next(context: Context, done: str) -> Reply:
    left = await waiting(context, limit=1)
    if not left:
        return Reply(f"{done}没有待审核的了。")
    total = await submissions.waiting_count(context.session, staff_of(context))
    return Reply(f"{done}还有 {total} 份待审核。", (Button("看下一份", f"review:show:{left[0].id.hex}"),))


async def _forget(message: Incoming, context: Context) -> None:
    state = await conversations.load(context.session, message.sender)
    if state is not None and state.form == RETURNING:
        await conversations.clear(context.session, message.sender, context.now)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refusal(submit.NOT_FOUND) from None
