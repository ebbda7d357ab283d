"""How a form looks in a chat: the question being asked, the summary, the consent, where a submission stands."""

from __future__ import annotations

from handlers.blank import EMPTY, Answers, Consent, Form, Step
from handlers.desk import Draft
from handlers.messages import Attachment, Button, Reply
from storage.clock import SCHOOL
from storage.submissions import Handed

CANCEL = Button("取消", "form:cancel")
BACK = Button("上一步", "form:back")
SKIP = Button("跳过", "form:skip")

STANDS = {
    "handed_in": "已提交，等辅导员审核",
    "approved": "已审核通过",
    "returned": "被退回，需要修改",
    "withdrawn": "已撤回",
    "revoked": "已撤销，不再有效",
    "replaced": "已被新的代替",
}


def progress(form: Form, step: Step, answers: Answers) -> str:
    """'第 3/6 步'; for a step after the summary '最后一步'."""
    asked = form.asked(answers)
    return f"第 {asked.index(step) + 1}/{len(asked)} 步" if step in asked else "最后一步"


def prompt(form: Form, step: Step, answers: Answers, *, lead: str = "") -> Reply:
    """The question of a step, with what was said before it."""
    choices = tuple(
        Button(choice, f"form:pick:{step.key}:{number}")
        for number, choice in enumerate(step.choices_for(answers), start=1)
    )
    first = form.asked(answers)[:1] == [step]
    buttons = (*choices, *([SKIP] if step.optional else []), *([] if first else [BACK]), CANCEL)
    text = f"{progress(form, step, answers)}：{step.label}\n{step.ask}"
    return Reply(_joined(lead, text), buttons)


def summary(form: Form, draft: Draft, view: Answers, *, lead: str = "") -> Reply:
    """What will be handed in, masked, with the three ways to go on."""
    text = f"请核对《{form.title}》：\n{lines(form, view)}"
    notes = "\n".join(f"提醒：{note}" for note in (form.notes(view) if form.notes else ()))
    ending = f"没问题就点“确认提交”；要改就说“第 2 项”或“改{_example(form, view)}”。"
    buttons = (
        Button("确认提交", f"form:confirm:{draft.edition}"),
        Button("修改", "form:edit"),
        CANCEL,
    )
    return Reply(_joined(lead, text, notes, ending), buttons)


def _example(form: Form, view: Answers) -> str:
    """A label of this form, to show how a correction is said."""
    return [step for step in form.shown(view) if not step.fixed][:2][-1].label


def lines(form: Form, answers: Answers, *, plain: bool = False) -> str:
    """The numbered values, masked unless `plain`. Numbers are those a person may name: '第 3 项'."""
    shown = form.shown(answers)
    numbered = [
        f"{number}. {step.label}：{value_of(step, answers, plain=plain)}" for number, step in enumerate(shown, 1)
    ]
    return "\n".join(numbered)


def value_of(step: Step, answers: Answers, *, plain: bool = False) -> str:
    """One value as it is shown."""
    value = answers[step.key]
    if value == EMPTY:
        return "（未填）"
    if step.file:
        return "已收到"
    return step.spell(value) if plain else step.mask(step.spell(value))


def consent(form: Form, asked: Consent, *, lead: str = "") -> Reply:
    """The question for consent; the buttons name what is agreed to."""
    buttons = (
        Button("同意", f"form:agree:{asked.purpose}"),
        Button("不同意", f"form:refuse:{asked.purpose}"),
    )
    return Reply(_joined(lead, asked.text), buttons)


def choose_field(form: Form, view: Answers) -> Reply:
    """Which field is to be changed."""
    buttons = tuple(Button(step.label, f"form:edit:{step.key}") for step in form.shown(view) if not step.fixed)
    return Reply("改哪一项？", (*buttons, Button("不改了", "form:resume")))


def card(form: Form, handed: Handed | None, *, held: bool = False) -> Reply:
    """Where the student's submission stands, masked, with what he can do next; `held`: a pasted text waits for it."""
    if handed is None:
        return Reply(f"你还没有提交《{form.title}》。", (Button("现在填写", f"form:start:{form.name}"),))
    day = handed.handed_in_at.astimezone(SCHOOL)
    head = f"《{form.title}》{STANDS[handed.status]}（{day.month} 月 {day.day} 日提交）"
    reason = f"退回原因：{handed.reason}" if handed.status == "returned" and handed.reason else ""
    steps = _next_steps(form, handed)
    kept = f"刚才发来的内容我先留着，点“{steps[0].label}”就按它改，不用再写。" if held and steps else ""
    return Reply(_joined(head, reason, lines(form, handed.answers), kept), steps)


def _next_steps(form: Form, handed: Handed) -> tuple[Button, ...]:
    mend = Button("去修改" if handed.status == "returned" else "修改重交", f"form:mend:{handed.id.hex}")
    end = Button("撤销" if handed.status == "approved" else "撤回", f"form:withdraw:{handed.id.hex}")
    return (mend, end) if handed.status in ("handed_in", "approved", "returned") else ()


def with_files(reply: Reply, lead: str, files: tuple[Attachment, ...]) -> Reply:
    """The reply with files and the sentence that goes with them."""
    return Reply(_joined(lead, reply.text), reply.buttons, (*files, *reply.files))


def after(answer: Reply, continuation: Reply) -> Reply:
    """The answer to a question in the middle of a form, and then the form."""
    goes_on = "继续" if continuation.text.startswith("第") else "继续填表：\n"
    text = _joined(answer.text, f"——\n{goes_on}{continuation.text}")
    return Reply(text, (*continuation.buttons, *answer.buttons), (*answer.files, *continuation.files))


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
