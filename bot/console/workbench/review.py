"""待审核: what was handed in, masked; a look at the whole is audited; approve, or give back with a reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from nicegui import ui

from bot.console import theme
from bot.console.workbench.due import moment, pill
from bot.console.workbench.part import Part
from handlers import review, sheet
from handlers.formbook import form_named
from handlers.handler import Context
from storage import submissions
from storage.submissions import Handed, Waiting

_SHOWN: Final = 30
"""Cards at once; the rest come up as these are done."""


@dataclass(frozen=True, slots=True)
class Line:
    """One answer as it is shown; `file` is a picture or document to open instead."""

    label: str
    value: str
    file: UUID | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One form that waits."""

    id: UUID
    student: str
    class_name: str
    title: str
    handed_in_at: datetime
    lines: tuple[Line, ...] = field(compare=False)
    notes: tuple[str, ...] = ()
    """What to look at twice."""
    reasons: tuple[str, ...] = ()
    """The usual reasons for giving it back."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The cards and how many there are in all."""

    cards: tuple[Card, ...]
    count: int


class ReviewPart(Part[Queue]):
    """The second tab."""

    async def read(self, context: Context) -> Queue:
        """What waits in the actor's scope, the longest waiting first, masked."""
        assert context.actor is not None
        session, actor = context.session, context.actor
        rows = await submissions.waiting(session, actor, limit=_SHOWN)
        cards = [_card(row, await submissions.seen_by(session, actor, row.id)) for row in rows]
        return Queue(tuple(cards), await submissions.waiting_count(session, actor))

    def draw(self, seen: Queue) -> None:
        """The cards."""
        if not seen.cards:
            theme.empty("o_inbox", "都看完了", "学生提交材料后，会马上出现在这里。")
            return
        for card in seen.cards:
            self._card(card)
        if seen.count > len(seen.cards):
            ui.label(f"还有 {seen.count - len(seen.cards)} 份，审完上面的就会出来。").classes("lx-faint")

    def _card(self, card: Card) -> None:
        with ui.element("article").classes("lx-card lx-stack"):
            with ui.element("div").classes("lx-row").style("flex-wrap:wrap"):
                ui.label(card.student).classes("lx-h2")
                ui.label(card.class_name).classes("lx-faint")
                ui.element("div").classes("lx-grow")
                pill(card.title, "wait")
                ui.label(moment(card.handed_in_at)).classes("lx-faint lx-num")
            lines = ui.element("div").classes("lx-fields")
            with lines:
                _lines(card.lines)
            for note in card.notes:
                ui.label(f"留意：{note}").classes("lx-wait")
            with ui.element("div").classes("lx-actions"):
                whole = theme.button("查看完整", quiet=True, icon_name="o_visibility")
                theme.button("退回", quiet=True).classes("lx-btn-clay").on_click(lambda: self._ask_back(card))
                theme.button("通过", icon_name="o_check").on_click(lambda: self._do(lambda: self._approve(card)))
            whole.on_click(lambda: self._do(lambda: self._whole(card, lines, whole)))

    async def _do(self, act: Callable[[], Awaitable[None]]) -> None:
        await self.desk.guarded(act)

    async def _whole(self, card: Card, lines: ui.element, button: ui.button) -> None:
        """Shows everything on this card; the look is in the audit."""
        async with self.desk.noted() as context:
            found = await review.look(context, card.id)
        lines.clear()
        with lines:
            _lines(shown(found.handed, plain=True), pictures=True)
        button.delete()

    async def _approve(self, card: Card) -> None:
        """Approves; a photo that was not opened is asked about once."""
        async with self.desk.look() as context:
            unseen = await review.is_unseen(context, card.id)
        if unseen:
            self._ask_unseen(card)
        else:
            await self._approved(card)

    def _ask_unseen(self, card: Card) -> None:
        with ui.context.client.content, ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
            ui.label(f"{card.student} 的照片还没有打开看").classes("lx-h2")
            ui.label("看看签名齐不齐、字清不清楚，再决定。").classes("lx-muted")
            with ui.element("div").classes("lx-actions"):
                anyway = theme.button("不看，直接通过", quiet=True)
                first = theme.button("看照片", icon_name="o_image")

        async def approve() -> None:
            anyway.disable()
            dialog.close()
            await self._do(lambda: self._approved(card))

        def look() -> None:
            dialog.close()
            _enlarge(next(line.file for line in card.lines if line.file))

        anyway.on_click(approve)
        first.on_click(look)
        dialog.on("hide", dialog.delete)

    async def _approved(self, card: Card) -> None:
        async with self.desk.step() as context:
            await review.approve(context, card.id)
        ui.notify(f"已通过 {card.student} 的《{card.title}》", type="positive")

    def _ask_back(self, card: Card) -> None:
        """The dialog that asks for the reason, with the usual ones a tap away."""
        with ui.context.client.content, ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
            ui.label(f"退回 {card.student} 的《{card.title}》").classes("lx-h2")
            ui.label("写给学生看的原因，他会马上收到，照着改就能重交。").classes("lx-muted")
            reason = ui.textarea(placeholder="哪里要改，怎么改").props("autogrow borderless autofocus maxlength=200")
            reason.classes("lx-select").style("width:100%").props('aria-label="退回原因"')
            with ui.element("div").classes("lx-row-wrap"):
                for words in card.reasons:
                    choice = ui.button(words, color=None, on_click=lambda words=words: reason.set_value(words))
                    choice.props("unelevated no-caps").classes("lx-choice")
            with ui.element("div").classes("lx-actions"):
                theme.button("先不退", quiet=True).on_click(dialog.close)
                go = theme.button("退回给学生")

        async def confirmed() -> None:
            if not (reason.value or "").strip():
                ui.notify("写一句原因，学生才知道怎么改。", type="info")
                return
            go.disable()
            dialog.close()
            await self._do(lambda: self._back(card, str(reason.value).strip()))

        go.on_click(confirmed)
        dialog.on("hide", dialog.delete)

    async def _back(self, card: Card, reason: str) -> None:
        async with self.desk.step() as context:
            await review.give_back(context, card.id, reason)
        ui.notify(f"已退回，{card.student} 会马上收到原因", type="positive")


def shown(handed: Handed, *, plain: bool = False) -> tuple[Line, ...]:
    """The answers in the order of the form, masked unless `plain`."""
    form = form_named(handed.form)
    if form is None:
        return ()
    lines = []
    for step in form.shown(handed.answers):
        file = _file(handed.answers[step.key]) if step.file else None
        lines.append(Line(step.label, sheet.value_of(step, handed.answers, plain=plain), file))
    return tuple(lines)


def _file(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _card(row: Waiting, handed: Handed) -> Card:
    form = form_named(row.form)
    return Card(
        id=row.id,
        student=row.student,
        class_name=row.class_name,
        title=form.title if form else row.form,
        handed_in_at=row.handed_in_at,
        lines=shown(handed),
        notes=form.notes(handed.answers) if form and form.notes else (),
        reasons=form.reasons if form else (),
    )


def _lines(lines: tuple[Line, ...], *, pictures: bool = False) -> None:
    for line in lines:
        ui.label(line.label).classes("lx-k")
        if line.file is None:
            ui.label(line.value).classes("lx-v")
        else:
            _picture(line.file, shown=pictures)


def _picture(file: UUID, *, shown: bool) -> None:
    """A small picture that opens large; unless the whole was asked for, a button: each look is in the audit."""
    with ui.element("div").classes("lx-v"):
        if shown:
            small = ui.element("img").props(f'src="/file/{file.hex}" alt="照片，点开看大图" tabindex=0 role=button')
            small.classes("lx-thumb").on("click", lambda: _enlarge(file)).on("keydown.enter", lambda: _enlarge(file))
        else:
            ui.button("打开照片", color=None, on_click=lambda: _enlarge(file)).props("unelevated no-caps").classes(
                "lx-choice"
            )


def _enlarge(file: UUID | None) -> None:
    """The photo in full size, over the page."""
    if file is None:
        return
    with ui.context.client.content, ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog lx-dialog-photo"):
        ui.element("img").props(f'src="/file/{file.hex}" alt="照片"').classes("lx-photo")
        with ui.element("div").classes("lx-actions"):
            save = ui.element("a").props(f'href="/file/{file.hex}" download').classes("lx-faint")
            with save:
                ui.label("下载")
            theme.button("关闭", quiet=True).on_click(dialog.close)
    dialog.on("hide", dialog.delete)
