"""Filling in: one text becomes values, a correction, a question or a wish, and then the next thing is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from handlers import intent, sheet
from handlers.blank import EMPTY, Answers, Barred, Consent, Form, Step
from handlers.desk import Draft
from handlers.fields import Declined, Invalid
from handlers.handler import Context
from handlers.intent import Wish
from handlers.messages import Attachment, Button, Incoming, Reply
from storage import chat
from storage import consent as consents

Ask = Callable[[str, Incoming, Context], Awaitable[Reply | None]]
"""Answers a question in the middle of a form; None: nothing found."""


@dataclass(slots=True)
class Filling:
    """One message to one draft. `facts` are what holds now; `student` is whose form it is."""

    form: Form
    draft: Draft
    message: Incoming
    context: Context
    ask: Ask
    facts: dict[str, str]
    agreed: set[str] = field(default_factory=set)

    @property
    def view(self) -> Answers:
        """The answers with the facts beside them."""
        return {**self.draft.answers, **self.facts}

    @property
    def step(self) -> Step | None:
        """What is being asked; None: everything is answered and waits to be confirmed (or handed in)."""
        editing = self.form.step(self.draft.editing) if self.draft.editing else None
        if editing and editing.when(self.view):
            return editing
        missing = self.form.next_step(self.view)
        if missing is None and self.draft.confirmed:
            return next((s for s in self.form.closing if s.key not in self.view), None)
        return missing

    # --- what was said ---

    async def take(self, text: str) -> Reply | None:
        """Takes a text. None: it is not for the form."""
        step = self.step
        if step and step.file and not self._corrects(text):
            return await self._beside(text)
        found = self._values(text)
        if found is not None:
            return await self._store(found, text)
        if intent.is_question(text) or intent.is_topic(text):
            return await self._answer(text)
        return await self.go_on(lead="没太明白。" if step is None else "")

    async def _beside(self, text: str) -> Reply | None:
        """While a file is waited for, words are for the rest of the house, except a question about the form."""
        return await self._answer(text) if intent.is_question(text) else None

    def _corrects(self, text: str) -> bool:
        return intent.correction(text, self._numbered()) is not None

    def _numbered(self) -> list[Step]:
        return self.form.shown(self.view) if self.step is None or self.draft.confirmed else self.form.asked(self.view)

    def _values(self, text: str) -> dict[str, str] | None:
        """The raw values in a text by step; None where there are none."""
        step = self.step
        fix = intent.correction(text, self._numbered(), bare_numbers=step is None)
        if fix and not fix[0].fixed:
            return {fix[0].key: fix[1]}
        if step is None and (told := self._told(text)):
            return told
        pasted = self.form.extract(text, step.key if step else None) if self.form.extract else {}
        if intent.is_question(text) and not any(self._fits_at(key, raw) for key, raw in pasted.items()):
            pasted = {}  # '电话是多少' names a field and asks
        if pasted and not (step and set(pasted) == {step.key}):
            return pasted
        if step is None:
            return pasted or None
        raw = pasted.get(step.key, text)
        return {step.key: raw} if self._is_value(step, raw) else None

    def _told(self, text: str) -> dict[str, str] | None:
        """At the summary: '邮编 401121' names what it corrects."""
        found = None if intent.is_question(text) else intent.stated(text, self._numbered())
        if found is None or found[0].fixed or not self._fits(*found):
            return None
        return {found[0].key: found[1]}

    def _is_value(self, step: Step, raw: str) -> bool:
        """A value, good or bad, rather than a question: a bad value that reads as a question is one."""
        asks = intent.is_question(raw)
        if not asks and not intent.is_topic(raw):
            return True
        return self._fits(step, raw) and not (asks and step.open_text)

    def _fits_at(self, key: str, raw: str) -> bool:
        step = self.form.step(key)
        return step is not None and self._fits(step, raw)

    def _fits(self, step: Step, raw: str) -> bool:
        try:
            self._cleaned(step, raw)
        except Invalid:
            return False
        return True

    # --- taking values ---

    async def _store(self, found: dict[str, str], text: str) -> Reply:
        """Puts values in their places, unless consent has to be asked first: then the text is held as it is."""
        steps = [step for key in found if (step := self.form.step(key))]
        if len(found) > 1 and (why := self._declined(steps, found)):
            return await self.go_on(lead=why)
        needed = await self.missing_consent(steps)
        if needed and any(found.values()):
            self.draft.held = f"{self.draft.held}\n{text}".strip()
            return sheet.consent(self.form, needed, lead="先问一句，你刚才写的我先留着，不用再写。")
        bare = next((key for key, raw in found.items() if not raw), None)
        if bare:
            self.draft.editing = bare
            return await self.go_on()
        return await self.go_on(lead=self._put_all(found))

    def _declined(self, steps: Iterable[Step], found: dict[str, str]) -> str | None:
        """Why nothing of this may be taken; None: it may."""
        for step in steps:
            try:
                self._cleaned(step, found[step.key])
            except Declined as problem:
                return problem.hint
            except Invalid:
                continue
        return None

    def _put_all(self, found: dict[str, str]) -> str:
        """Stores what fits; gives the hints for what does not. The first that does not fit is asked next."""
        hints: list[str] = []
        for step in (*self.form.steps, *self.form.closing):
            if step.key in found and not step.fixed:
                try:
                    self.put(step, found[step.key])
                except Invalid as problem:
                    hints.append(problem.hint if len(found) == 1 else f"{step.label}：{problem.hint}")
                    self.draft.editing = self.draft.editing or (step.key if step.key in self.draft.answers else None)
        if len(found) > 1 and len(found) > len(hints):
            hints.insert(0, f"记下了 {len(found) - len(hints)} 项。")
        return "\n".join(hints)

    def put(self, step: Step, raw: str) -> None:
        """Stores one value. Raises `Invalid`; what was there before stays."""
        value = self._cleaned(step, raw)
        if self.draft.answers.get(step.key) != value or self.draft.editing:
            self.draft.set(step.key, value)
            self._reopen()

    def _cleaned(self, step: Step, raw: str) -> str:
        value = step.clean(raw)
        if step.fit:
            value = step.fit(value, self.view)
        for rule in self.form.rules:
            problem = rule({**self.view, step.key: value})
            if problem:
                raise Invalid(problem)
        return value

    def _reopen(self) -> None:
        """Values changed: what was confirmed is not any more, and what was signed is of another letter."""
        self.draft.confirmed = False
        for step in self.form.closing:
            self.draft.answers.pop(step.key, None)

    async def receive(self, attachment: Attachment) -> Reply | None:
        """Takes a file where one is waited for; what is not taken is not kept. None: now everything is there."""
        step = self.step
        if step is None or not step.file or step.receive is None:
            await let_go(self.context, self.message)
            return await self.go_on(lead="这一步写文字就可以，文件我没有收。")
        needed = await self.missing_consent([step])
        if needed:
            await let_go(self.context, self.message)
            return sheet.consent(self.form, needed, lead="先问一句；同意以后请把照片再发一次，我没有保留。")
        try:
            kept = self.draft.answers[step.key] = await step.receive(self.context, attachment)
        except Invalid as problem:
            await let_go(self.context, self.message)
            return await self.go_on(lead=problem.hint)
        where = self.message.sender
        await chat.refile(self.context.session, where.channel, where.chat, attachment.id, UUID(kept))
        return None if self.step is None else await self.go_on()

    # --- consent ---

    async def missing_consent(self, steps: Iterable[Step]) -> Consent | None:
        """The first consent that these steps need and that was not given."""
        actor = self.context.actor
        assert actor is not None
        for needed in filter(None, map(self.form.consent_for, steps)):
            if needed.purpose not in self.agreed:
                given = await consents.given(self.context.session, actor.id, needed.purpose, needed.version)
                if not given:
                    return needed
                self.agreed.add(needed.purpose)
        return None

    async def wanted_consent(self) -> Consent | None:
        """What is being asked to be agreed to now: for what is held, or for the step."""
        steps = list(self.form.asked(self.view)) if self.draft.held else []
        current = self.step
        held = self._values(self.draft.held) or {} if steps else {}
        return await self.missing_consent([*(s for s in steps if s.key in held), *([current] if current else [])])

    async def agree(self, purpose: str) -> Reply:
        """Notes the consent, if it is the one that was asked, and goes on with what was held."""
        wanted = await self.wanted_consent()
        actor = self.context.actor
        assert actor is not None
        if wanted and wanted.purpose == purpose:
            await consents.give(
                self.context.session,
                actor.id,
                purpose,
                text_version=wanted.version,
                channel=self.message.sender.channel,
                now=self.context.now,
            )
            self.agreed.add(purpose)
        return await self.release()

    async def release(self) -> Reply:
        """Takes what was held, now that nothing stands in its way."""
        held, self.draft.held = self.draft.held, ""
        reply = await self.take(held) if held else None
        return reply or await self.go_on()

    async def refuse(self) -> Reply:
        """Without consent nothing sensitive is kept, and what was held is forgotten, also in the log of the chat; the
        rest stays."""
        if self.draft.held:
            where = self.message.sender
            await chat.unsay(self.context.session, where.channel, where.chat, self.draft.held)
        self.draft.held = ""
        text = "好的，没有你的同意我不会记录，刚才发来的内容已丢弃。你可以到学院当面办理；改变主意请说“继续”。"
        return Reply(text, (Button("继续填写", "form:resume"), sheet.CANCEL))

    # --- questions ---

    async def _answer(self, text: str) -> Reply:
        """Answers a question, then goes on; one tap takes the words as the value after all."""
        step = self.step
        answer = await self.ask(text, self.message, self.context)
        if step and not step.file and self._fits(step, text) and not await self.missing_consent([step]):
            self.draft.literal = text
        if answer is None:
            answer = Reply("这个问题我在通知里没找到答案，可以问问辅导员。")
        follow = await self.go_on()
        if self.draft.literal:
            follow = Reply(follow.text, (Button("我就是要填这个", "form:literal"), *follow.buttons), follow.files)
        return sheet.after(answer, follow)

    async def take_literally(self) -> Reply:
        """What looked like a question is the value."""
        step, text = self.step, self.draft.literal
        if step is None or not text:
            return await self.go_on()
        return await self.go_on(lead=self._put_all({step.key: text}))

    # --- going on ---

    async def go_on(self, *, lead: str = "") -> Reply:
        """The next thing: consent, a question, or the summary."""
        step = self.step
        if step is None:
            return sheet.summary(self.form, self.draft, self.view, lead=lead)
        needed = await self.missing_consent([step])
        if needed:
            return sheet.consent(self.form, needed, lead=lead)
        reply = sheet.prompt(self.form, step, self.view, lead=lead)
        return await self._prepared(step, reply) if step.prepare else reply

    async def _prepared(self, step: Step, reply: Reply) -> Reply:
        """The question with the files that belong to it; they are made once, and again when asked for."""
        assert step.prepare is not None
        if self.draft.prepared == self.draft.edition:
            return Reply(reply.text, (Button("再发一次文件", "form:again"), *reply.buttons))
        lead, files = await step.prepare(self.context, self.view)
        self.draft.prepared = self.draft.edition
        return sheet.with_files(reply, lead, files)

    async def again(self) -> Reply:
        """Makes the files of this step anew."""
        self.draft.prepared = -1
        return await self.go_on()

    async def ask_anew(self, barred: Barred) -> Reply:
        """Says why it cannot be handed in, and asks for what has to be another."""
        self._reopen()
        for key in barred.keys:
            self.draft.answers.pop(key, None)
        self.draft.edition += 1
        return await self.go_on(lead=barred.words)

    async def back(self) -> Reply:
        """One step back: the answer before this one is asked again (and stays until a new one fits)."""
        if self.draft.confirmed:
            self._reopen()
            return await self.go_on()
        asked = self.form.asked(self.view)
        here = asked.index(self.step) if self.step in asked else len(asked)
        before = [step for step in asked[:here] if step.key in self.view]
        if not before:
            return await self.go_on(lead="这已经是第一步了。")
        self.draft.editing, self.draft.literal = before[-1].key, ""
        return await self.go_on()

    async def skip(self) -> Reply:
        """Leaves an optional step empty."""
        step = self.step
        if step is None or not step.optional:
            return await self.go_on(lead="这一项不能跳过。" if step else "")
        self.draft.set(step.key, EMPTY)
        return await self.go_on()

    async def pick(self, argument: str) -> Reply | None:
        """A choice by its button; one of an earlier question is not taken for this one."""
        key, _, number = argument.partition(":")
        step = self.step
        if step is None or step.key != key or not number.isdigit():
            return await self.go_on()
        return await self.take(number)

    async def edit(self, key: str) -> Reply:
        """Asks one field again; '' asks which."""
        step = self.form.step(key)
        if step is None or step.fixed or key not in self.view:
            return sheet.choose_field(self.form, self.view)
        self._reopen()
        self.draft.editing, self.draft.literal = key, ""
        return await self.go_on()

    async def help(self) -> Reply:
        """What can be said here."""
        step = self.step
        words = ["取消", "上一步", *(["跳过"] if step and step.optional else []), "看看（已填内容）"]
        return await self.go_on(lead="可以直接回答，也可以问我问题，问完接着填。还可以说：" + "、".join(words) + "。")

    async def review(self) -> Reply:
        """What was filled in so far."""
        so_far = sheet.lines(self.form, self.view) or "还没有填。"
        return await self.go_on(lead=f"已填内容：\n{so_far}") if self.step else await self.go_on()

    async def wish(self, wish: Wish) -> Reply | None:
        """Does what a word for the form asks; None: it means nothing here, take it as a text."""
        step = self.step
        if wish is Wish.BACK:
            return await self.back()
        if wish is Wish.SKIP and step and step.optional:
            return await self.skip()
        if wish is Wish.HELP:
            return await self.help()
        if wish is Wish.REVIEW:
            return await self.review()
        if wish is Wish.RESUME:
            return await self.release()
        if wish is Wish.EDIT and step is None:
            return await self.edit("")
        return None


async def let_go(context: Context, message: Incoming) -> None:
    """Forgets the files of a message that nothing took."""
    for attachment in message.attachments:
        await context.files.remove(context.session, attachment.id)
