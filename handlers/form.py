"""The form engine: a form is data, and a form is a handler. The conversation row holds all there is of a dialogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from handlers import desk, intent, sheet, submit
from handlers.blank import EMPTY, Answers, Clean, Consent, Form, Step, kept
from handlers.desk import Desk, Draft
from handlers.fields import plain
from handlers.filling import Ask, Filling, let_go
from handlers.handler import Context, Handler, Refusal
from handlers.intent import Wish
from handlers.links import elsewhere
from handlers.messages import Button, Incoming, Reply
from handlers.naming import Names, names_of
from storage import submissions
from storage.clock import SCHOOL
from storage.submissions import LIVE, Handed

__all__ = ["EMPTY", "Answers", "Clean", "Consent", "Form", "Step", "engine"]

PAUSE = timedelta(days=7)
"""After such a pause a form asks whether to go on instead of taking the next words as a value."""

UNBOUND = "填表之前先要确认你是谁：请发“绑定”，按提示输入学号、姓名和辅导员发的绑定码。"
BIND = Button("绑定", "bind:start")
IN_GROUP = "填表会写到个人信息，请私聊我说“{title}”。"

_ELSEWHERE = frozenset(
    ("我的事项", "事项", "待办", "我的待办", "办理事项", "菜单", "我是谁", "我的数据", "解绑", "还有什么没办")
)
"""Said in the middle of a form, these are for another feature; the form waits."""


def engine(forms: Sequence[Form], ask: Ask | None = None) -> Handler:
    """The handler for these forms. `ask` answers a question in the middle of a form."""
    by_name = {form.name: form for form in forms}
    return Engine(by_name, ask or _ask, names_of(forms))


async def _ask(text: str, message: Incoming, context: Context) -> Reply | None:
    from handlers.ask import answer_question  # the last handler of the registry; it knows nothing of forms

    return await answer_question(text, message, context)


@dataclass(frozen=True, slots=True)
class Engine:
    """Decides whether a message is for a form, and for which."""

    forms: dict[str, Form]
    ask: Ask
    names: Names

    async def __call__(self, message: Incoming, context: Context) -> Reply | None:
        """The form's reply, or None: not for a form."""
        wanted = self._wanted(message)
        if context.actor is not None and not context.actor.is_student:
            return None
        if wanted and (stop := _closed_door(wanted, message, context)):
            return stop
        if context.actor is None or context.is_group:
            return None
        table = await desk.load(context, message.sender, self.forms)
        if not context.sensitive_allowed and (action := self._abroad(message, wanted, table)):
            await let_go(context, message)
            return await elsewhere(context, action)
        if table.foreign and wanted is None:
            return None
        turn = Turn(self, message, context, table)
        reply = await turn.reply(wanted)
        if turn.dirty:
            await desk.save(context, message.sender, table)
        return reply

    def _abroad(self, message: Incoming, wanted: Form | None, table: Desk) -> str | None:
        """What to go on with on our own page instead (a button's action); None: there is nothing sensitive in it."""
        if message.action is not None:
            is_harmless = wanted is not None and not wanted.is_sensitive
            return message.action if message.action.startswith("form:") and not is_harmless else None
        if wanted is not None and wanted.is_sensitive:
            verb = "mine" if plain(message.text) in (*wanted.mine, *wanted.ending) else "start"
            return f"form:{verb}:{wanted.name}"
        is_sensitive = table.draft is not None and self.forms[table.draft.form].is_sensitive
        return "form:resume" if is_sensitive and not intent.is_question(plain(message.text)) else None

    def _wanted(self, message: Incoming) -> Form | None:
        """The form that a message names or was pasted for, or whose button was pressed to start it."""
        if message.action is not None:
            noun, _, rest = message.action.partition(":")
            verb, _, name = rest.partition(":")
            return self.forms.get(name) if (noun, verb) == ("form", "start") else None
        text = plain(message.text)
        if form := self.names.meant(text):
            return form
        pasted = (f for f in self.forms.values() if f.recognises and f.recognises(message.text))
        return None if intent.is_question(text) else next(pasted, None)


def _closed_door(form: Form, message: Incoming, context: Context) -> Reply | None:
    """Why this form cannot be filled in here, or None."""
    if context.is_group:
        return Reply(IN_GROUP.format(title=form.triggers[0]))
    if context.actor is None:
        return Reply(UNBOUND, (BIND,))
    return None


@dataclass(slots=True)
class Turn:
    """One message at a person's desk."""

    engine: Engine
    message: Incoming
    context: Context
    table: Desk
    dirty: bool = field(default=False)

    async def reply(self, wanted: Form | None) -> Reply | None:
        """What is said; `dirty` tells whether the desk changed."""
        if self.message.action is not None:
            return await self._pressed(self.message.action)
        text = self.message.text.strip()
        if wanted and (answer := await self._about(wanted, plain(text))):
            return answer
        if self.message.attachments:
            return await self._file()
        draft = self.table.draft
        if draft is None:
            return await self._without_draft(wanted, text)
        if wanted and await self._begins(wanted, draft, text):
            return await self._start(wanted, text)
        return await self._on(draft, text)

    async def _about(self, form: Form, text: str) -> Reply | None:
        """'我的地址', '撤销委托': where it stands, taking it back. The draft, if there is one, waits."""
        if text not in (*form.mine, *form.ending):
            return None
        handed = await submissions.latest(self.context.session, self._student, form.name)
        if text in form.mine or handed is None:
            return sheet.card(form, handed)
        return self._sure(form, handed)

    async def _without_draft(self, wanted: Form | None, text: str) -> Reply | None:
        if wanted:
            return await self._start(wanted, text)
        if Wish.RESUME.said(text) and self.table.parked:
            return await self._resume(next(iter(self.table.parked)))
        return None

    async def _begins(self, wanted: Form, draft: Draft, text: str) -> bool:
        """Whether the words start (or go on with) `wanted` rather than answer the form on top."""
        return self.engine.names.starts(wanted, plain(text)) or (
            wanted.name != draft.form and await self._waits_for_file(draft)
        )

    # --- words ---

    async def _on(self, draft: Draft, text: str) -> Reply | None:
        if plain(text).strip("。.!！?？ ") in _ELSEWHERE:
            return None
        if self.context.now - draft.idle_since(self.context.now) > PAUSE and not Wish.RESUME.said(text):
            return await self._after_pause(draft, text)
        filling = await self._filling(draft)
        self.dirty = True
        wanted = await filling.wanted_consent()
        if wanted and Wish.DISAGREE.said(text):
            return await filling.refuse()
        if wanted and Wish.AGREE.said(text):
            return await filling.agree(wanted.purpose)
        return await self._said(filling, text)

    async def _said(self, filling: Filling, text: str) -> Reply | None:
        if Wish.CANCEL.said(text):
            return self._cancel(filling.form)
        if Wish.RESTART.said(text):
            return await self._restart(filling.draft)
        if filling.step is None and Wish.CONFIRM.said(text):
            return await self._confirm(filling)
        for wish in (Wish.BACK, Wish.SKIP, Wish.HELP, Wish.REVIEW, Wish.RESUME, Wish.EDIT):
            if wish.said(text) and (reply := await filling.wish(wish)):
                return reply
        return await filling.take(text)

    async def _after_pause(self, draft: Draft, text: str) -> Reply | None:
        if intent.is_question(text):
            return None
        if Wish.CANCEL.said(text):
            self.dirty = True
            return self._cancel(self.engine.forms[draft.form])
        form, day = self.engine.forms[draft.form], draft.idle_since(self.context.now).astimezone(SCHOOL)
        lead = f"《{form.title}》填到一半，上次是 {day.month} 月 {day.day} 日。接着填吗？（刚才这条没有记下）"
        again, anew = Button("接着填", "form:resume"), Button("重新填", "form:restart")
        return Reply(lead, (again, anew, sheet.CANCEL))

    async def _file(self) -> Reply | None:
        """A file goes to the form that waits for one, on top or aside."""
        waiting = [d for d in (self.table.draft, *self.table.parked.values()) if d and await self._waits_for_file(d)]
        if not waiting:
            return await self._no_file()
        draft = self.table.open(waiting[0].form)
        self.dirty = True
        filling = await self._filling(draft)
        return await filling.receive(self.message.attachments[0]) or await self._confirm(filling)

    async def _no_file(self) -> Reply | None:
        if self.table.draft is None:
            await let_go(self.context, self.message)
            return Reply("现在没有要交的照片或文件，发来的我没有保留。")
        filling = await self._filling(self.table.draft)
        return await filling.receive(self.message.attachments[0])

    async def _waits_for_file(self, draft: Draft) -> bool:
        step = (await self._filling(draft)).step
        return bool(step and step.file)

    # --- buttons ---

    async def _pressed(self, action: str) -> Reply | None:
        noun, _, rest = action.partition(":")
        if noun != "form":
            return None
        verb, _, argument = rest.partition(":")
        if verb == "start":
            form = self.engine.forms.get(argument)
            return await self._start(form, "") if form else None
        if verb == "mine":
            form = self.engine.forms.get(argument)
            return await self._about(form, form.mine[0]) if form and form.mine else None
        if verb in ("mend", "withdraw", "end"):
            return await self._with_submission(verb, argument)
        if self.table.draft is None:
            return await self._stale(verb)
        self.dirty = True
        return await self._button(await self._filling(self.table.draft), verb, argument)

    async def _stale(self, verb: str) -> Reply:
        if verb == "resume" and self.table.parked:
            return await self._resume(next(iter(self.table.parked)))
        return Reply("这张表已经不在填写中了。", self._starts())

    async def _button(self, filling: Filling, verb: str, argument: str) -> Reply | None:
        match verb:
            case "confirm":
                return await self._confirm(filling, argument)
            case "cancel":
                return self._cancel(filling.form)
            case "restart":
                return await self._restart(filling.draft)
            case "edit":
                return await filling.edit(argument)
            case "agree":
                return await filling.agree(argument)
            case "refuse":
                return await filling.refuse()
            case "literal":
                return await filling.take_literally()
            case "back":
                return await filling.back()
            case "again":
                return await filling.again()
            case "skip":
                return await filling.skip()
            case "pick":
                return await filling.pick(argument)
            case _:
                return await filling.release()

    async def _with_submission(self, verb: str, argument: str) -> Reply:
        handed = await submit.own(self.context, _uuid(argument))
        form = self.engine.forms.get(handed.form)
        if form is None or handed.status not in LIVE:
            raise Refusal(submit.NOT_FOUND)
        if verb == "mend":
            return await self._mend(form, handed)
        if verb == "withdraw":
            return self._sure(form, handed)
        ended = await submit.end(self.context, form, handed.id)
        return Reply(f"《{form.title}》{sheet.STANDS[ended.status]}。", (_start_button(form),))

    def _sure(self, form: Form, handed: Handed) -> Reply:
        word = "撤销" if handed.status == "approved" else "撤回"
        buttons = (Button(f"确定{word}", f"form:end:{handed.id.hex}"), Button("不了", f"form:mine:{form.name}"))
        return Reply(f"确定{word}《{form.title}》吗？{word}后需要重新提交才有效。", buttons)

    # --- what happens to a draft ---

    async def _start(self, form: Form, text: str) -> Reply | None:
        """Opens a form; what is live already is shown instead, and a pasted text is taken at once."""
        stop = _closed_door(form, self.message, self.context)
        if stop:
            return stop
        handed = await submissions.latest(self.context.session, self._student, form.name)
        pasted = bool(text) and not self.engine.names.starts(form, plain(text))
        if handed and not self.table.is_open(form.name):
            return self._live(form, handed, text if pasted else "")
        aside = self.table.draft.form if self.table.draft and self.table.draft.form != form.name else None
        filling = await self._filling(self.table.open(form.name))
        self.dirty = True
        lead = self._opening(form, filling, aside)
        return await filling.take(text) if pasted else await filling.go_on(lead=lead)

    def _live(self, form: Form, handed: Handed, pasted: str) -> Reply:
        """Where the live submission stands; a text pasted for it waits until the student says to change it."""
        if pasted:
            self.table.hold(form.name, pasted)
            self.dirty = True
        return sheet.card(form, handed, held=bool(pasted))

    def _opening(self, form: Form, filling: Filling, aside: str | None) -> str:
        count = len(form.asked(filling.view))
        hint = "也可以把全部内容一次发给我，" if form.extract else ""
        begun = any(step.key in filling.draft.answers for step in form.asked(filling.view))
        fresh = "" if begun else f"《{form.title}》共 {count} 步，{hint}中途可以随时提问。"
        put_aside = f"《{self.engine.forms[aside].title}》先放一放，之后说“继续”就能接着填。" if aside else ""
        return "\n".join(part for part in (put_aside, fresh) if part)

    async def _mend(self, form: Form, handed: Handed) -> Reply:
        """The returned form, prefilled: only what is wrong has to be changed."""
        draft = self.table.open(form.name)
        if draft.mends != handed.id.hex:
            closing = {step.key for step in form.closing}
            draft.answers = {k: v for k, v in kept(handed.answers).items() if k not in closing}
            draft.mends, draft.editing, draft.confirmed = handed.id.hex, None, False
            draft.edition += 1
        self.dirty = True
        if draft.held:
            return await (await self._filling(draft)).release()
        reason = f"退回原因：{handed.reason}\n原来的内容都在，只改不对的地方就行。" if handed.reason else ""
        return await (await self._filling(draft)).go_on(lead=reason)

    async def _resume(self, form: str) -> Reply:
        self.dirty = True
        return await (await self._filling(self.table.open(form))).release()

    async def _restart(self, draft: Draft) -> Reply:
        self.table.close()
        self.dirty = True
        filling = await self._filling(self.table.open(draft.form))
        return await filling.go_on(lead="好的，从头填。")

    def _cancel(self, form: Form) -> Reply:
        self.table.close()
        return Reply(f"已取消填写《{form.title}》，填过的内容没有保留。", (_start_button(form), *self._go_on_with()))

    async def _confirm(self, filling: Filling, edition: str = "") -> Reply:
        """Hands in, or goes on to the closing steps; an older summary's button only shows the new summary."""
        draft = filling.draft
        if edition and edition != str(draft.edition):
            return await filling.go_on(lead="内容有变化，请再核对一次。")
        if filling.form.next_step(filling.view) is not None or draft.editing:
            return await filling.go_on()
        barred = await filling.form.barred(self.context, filling.view) if filling.form.barred else None
        if barred:
            return await filling.ask_anew(barred)
        draft.confirmed = True
        if filling.step is not None:
            return await filling.go_on()
        handed = await submit.hand_in(self.context, filling.form, draft)
        self.table.close()
        withdraw = Button("撤回", f"form:withdraw:{handed.id.hex}")
        return Reply(f"{filling.form.done}\n结果会第一时间告诉你。", (withdraw, *self._go_on_with()))

    def _go_on_with(self) -> tuple[Button, ...]:
        parked = next(iter(self.table.parked), None)
        return (Button(f"继续{self.engine.forms[parked].title}", "form:resume"),) if parked else ()

    def _starts(self) -> tuple[Button, ...]:
        return tuple(_start_button(form) for form in self.engine.forms.values())

    async def _filling(self, draft: Draft) -> Filling:
        form = self.engine.forms[draft.form]
        facts = await form.facts(self.context) if form.facts else {}
        draft.answers.update(kept(facts))
        return Filling(form, draft, self.message, self.context, self.engine.ask, facts)

    @property
    def _student(self) -> UUID:
        return submit.student_of(self.context).id


def _start_button(form: Form) -> Button:
    return Button(f"填写{form.title}", f"form:start:{form.name}")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refusal(submit.NOT_FOUND) from None
