"""未答: what no notice answers, how often it was asked and in which class; one answer tells all who asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from nicegui import ui

from bot.console import theme
from bot.console.workbench.due import moment, pill
from bot.console.workbench.part import Part
from handlers import answers
from handlers.handler import Context
from storage import entries, unanswered
from storage.entries import EntryRow
from storage.unanswered import Open

_SHOWN: Final = 30
"""Questions at once; the rest come up as these are answered."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that is in use."""

    id: UUID
    asks: tuple[str, ...]
    text: str
    since: str


@dataclass(frozen=True, slots=True)
class Questions:
    """What waits, how many there are in all, and what was answered."""

    waiting: tuple[Open, ...]
    count: int
    given: tuple[Given, ...]


class QuestionsPart(Part[Questions]):
    """The tab of the questions."""

    async def opened(self) -> None:
        """Somebody looks at what students asked: audited once per opening, not at each refresh."""
        async with self.desk.noted() as context:
            await answers.look(context)

    async def read(self, context: Context) -> Questions:
        """What the actor may see, the most asked first."""
        assert context.actor is not None
        waiting = await unanswered.waiting(context.session, context.actor, limit=_SHOWN)
        count = await unanswered.waiting_count(context.session, context.actor)
        given = await entries.of_staff(context.session, context.actor)
        return Questions(tuple(waiting), count, tuple(map(_given, given)))

    def draw(self, seen: Questions) -> None:
        """The questions, and below them the answers in use."""
        if not seen.waiting:
            theme.empty("o_mark_chat_read", "没有等着回答的问题", "通知里找不到答案的提问，会马上出现在这里。")
        for question in seen.waiting:
            self._question(question)
        if seen.count > len(seen.waiting):
            ui.label(f"还有 {seen.count - len(seen.waiting)} 个，答完上面的就会出来。").classes("lx-faint")
        if seen.given:
            with ui.element("section").classes("lx-card"):
                ui.label("正在使用的答复").classes("lx-h2")
                for given in seen.given:
                    self._in_use(given)

    def _question(self, question: Open) -> None:
        with ui.element("article").classes("lx-card lx-stack"):
            with ui.element("div").classes("lx-row").style("align-items:flex-start"):
                ui.label(question.text).classes("lx-h2 lx-grow").style("overflow-wrap:anywhere")
                pill(f"{question.times} 次", "wait" if question.times > 1 else "").style("flex:none")
            with ui.element("div").classes("lx-row-wrap"):
                for name, count in question.classes:
                    ui.label(f"{name} {count} 次" if len(question.classes) > 1 else name).classes("lx-faint")
                if not question.classes:
                    ui.label("没有绑定的人问的").classes("lx-faint")
                ui.label(_since(question)).classes("lx-faint lx-num")
            with ui.element("div").classes("lx-actions"):
                theme.button("不用答", quiet=True).on_click(lambda: self._ask_dismiss(question))
                theme.button("答复", icon_name="o_edit").on_click(lambda: self._ask_answer(question))

    def _in_use(self, given: Given) -> None:
        with ui.element("div").classes("lx-stack").style("gap:4px;padding:10px 0"):
            ui.label(given.asks[0] if given.asks else "（问法已按期删除）").classes("lx-item-title")
            ui.label(given.text).classes("lx-muted").style("white-space:pre-wrap;overflow-wrap:anywhere")
            with ui.element("div").classes("lx-row"):
                ui.label(given.since).classes("lx-faint lx-num lx-grow")
                theme.button("撤下", quiet=True).on_click(lambda: self._ask_retire(given))

    # what is asked back

    def _ask_answer(self, question: Open) -> None:
        """The dialog in which the answer is written, with the question as it will be found again."""
        with ui.context.client.content, ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
            ui.label("答复").classes("lx-h2")
            ui.label(f"「{question.text}」").classes("lx-muted").style("overflow-wrap:anywhere")
            text = ui.textarea(placeholder="直接写答案").classes("lx-select").style("width:100%")
            text.props(f'autogrow borderless autofocus maxlength={answers.LONGEST} counter aria-label="答案"')
            wording = ui.input(placeholder="换成通用的问法（可不填）").classes("lx-select").style("width:100%")
            wording.props('borderless dense maxlength=100 aria-label="通用的问法"')
            ui.label(
                "问过的人各收到一条，以后再问也用它回答。请不要写学生的个人信息。"
                "学生的原话半年后删除，写了通用的问法，答复就一直找得到。"
            ).classes("lx-faint")
            with ui.element("div").classes("lx-actions"):
                theme.button("先不答", quiet=True).on_click(dialog.close)
                go = theme.button("发布并告诉问过的人")

        async def confirmed() -> None:
            if len((text.value or "").strip()) < 2:
                ui.notify("先写答案。", type="info")
                return
            go.disable()
            dialog.close()
            await self.desk.guarded(lambda: self._answer(question, str(text.value), str(wording.value or "")))

        go.on_click(confirmed)
        dialog.on("hide", dialog.delete)

    def _ask_dismiss(self, question: Open) -> None:
        words = "不会告诉问过的人；再有人问，它会重新出现。"
        self._confirm(f"「{question.text}」不用答？", words, "不用答", partial(self._dismiss, question))

    def _ask_retire(self, given: Given) -> None:
        words = "以后再问不再用它回答。已经发给学生的收不回来。"
        self._confirm("撤下这条答复？", words, "撤下", partial(self._retire, given))

    def _confirm(self, title: str, words: str, label: str, act: Callable[[], Awaitable[None]]) -> None:
        with ui.context.client.content, ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
            ui.label(title).classes("lx-h2").style("overflow-wrap:anywhere")
            ui.label(words).classes("lx-muted")
            with ui.element("div").classes("lx-actions"):
                theme.button("先留着", quiet=True).on_click(dialog.close)
                go = theme.button(label)

        async def confirmed() -> None:
            go.disable()
            dialog.close()
            await self.desk.guarded(act)

        go.on_click(confirmed)
        dialog.on("hide", dialog.delete)

    # what is done

    async def _answer(self, question: Open, text: str, wording: str) -> None:
        async with self.desk.step() as context:
            done = await answers.answer(context, question.id, text, wording)
        ui.notify(done.text, type="positive")

    async def _dismiss(self, question: Open) -> None:
        async with self.desk.step() as context:
            await answers.dismiss(context, question.id)
        ui.notify("不再列出这个问题", type="info")

    async def _retire(self, given: Given) -> None:
        async with self.desk.step() as context:
            done = await answers.retire(context, given.id)
        ui.notify(done.text, type="positive")


def _given(row: EntryRow) -> Given:
    return Given(row.id, row.asks, row.answer, moment(row.published_at))


def _since(question: Open) -> str:
    first, last = moment(question.first_asked_at), moment(question.last_asked_at)
    return first if first == last else f"{first} 到 {last}"
