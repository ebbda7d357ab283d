"""What a notice says besides its tasks, on the office's tab: contacts, conditions, file specifications, questions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from nicegui import ui

from bot.console import theme
from bot.console.desk import Desk
from bot.console.workbench.due import pill
from handlers import proposals
from handlers.handler import Context
from handlers.proposals import KINDS, Card, Kind


class Said:
    """The proposals of the open notice, kind by kind, to be confirmed, corrected or rejected."""

    def __init__(self, desk: Desk, cards: Sequence[Card]) -> None:
        self._desk = desk
        self._cards = cards

    def draw(self) -> None:
        """Shows them in the place where it is called."""
        for name, kind in KINDS.items():
            mine = [card for card in self._cards if card.kind == name]
            if mine:
                self._group(kind, mine)

    def _group(self, kind: Kind, cards: Sequence[Card]) -> None:
        waiting = [card for card in cards if card.status == "proposed"]
        with ui.element("section").classes("lx-stack").style("gap:2px"):
            with ui.element("div").classes("lx-row").style("flex-wrap:wrap;padding-top:8px"):
                ui.label(f"{kind.title}（{len(cards)}）").classes("lx-strong")
                ui.label(kind.effect).classes("lx-faint lx-grow")
                if len(waiting) > 1:
                    everything = theme.button(f"全部确认（{len(waiting)}）", quiet=True)
                    everything.on_click(partial(self._do, proposals.confirm, *waiting))
            for card in cards:
                self._card(kind, card)

    def _card(self, kind: Kind, card: Card) -> None:
        with ui.element("div").classes("lx-item lx-item-review"):
            with ui.element("div"):
                (_, first), *rest = card.fields
                ui.label(first).classes("lx-strong")
                for name, text in rest:
                    ui.label(f"{kind.fields[name]}：{text}").classes("lx-muted")
                ui.label(f"“{_short(card.quote)}” {card.locator}").classes("lx-faint")
            with ui.element("div").classes("lx-actions"):
                if card.edited:
                    pill("人工改过", "")
                if card.status == "confirmed":
                    pill("已确认", "done")
                theme.button("修改", quiet=True).on_click(partial(self._ask_edit, kind, card))
                drop = theme.button("撤下" if card.status == "confirmed" else "不要", quiet=True)
                drop.classes("lx-btn-clay").on_click(partial(self._do, proposals.reject, card))
                if card.status == "proposed":
                    confirm = theme.button("确认", icon_name="o_check")
                    confirm.on_click(partial(self._do, proposals.confirm, card))

    async def _do(self, act: Callable[..., Awaitable[int]], *cards: Card) -> None:
        async def work() -> None:
            async with self._desk.step() as context:
                await act(context, *(card.id for card in cards))

        await self._desk.guarded(work)

    def _ask_edit(self, kind: Kind, card: Card) -> None:
        """The dialog with the fields of its kind, the notice's own words above them."""
        known = dict(card.fields)
        with ui.context.client.content, ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
            ui.label(f"修改{kind.title}").classes("lx-h2")
            ui.label(f"原文：{_short(card.quote, 200)}").classes("lx-faint")
            fields = {
                name: ui.textarea(label, value=known.get(name, "")).props("outlined dense autogrow rows=1")
                for name, label in kind.fields.items()
            }
            for field in fields.values():
                field.style("width:100%")
            with ui.element("div").classes("lx-actions"):
                theme.button("不改了", quiet=True).on_click(dialog.close)
                go = theme.button("保存")

        async def save() -> None:
            said = {name: field.value or "" for name, field in fields.items()}
            async with self._desk.step() as context:
                await self._save(context, card, said)
            dialog.close()

        go.on_click(partial(self._desk.guarded, save))
        dialog.on("hide", dialog.delete)

    async def _save(self, context: Context, card: Card, said: dict[str, str]) -> None:
        await proposals.edit(context, card.id, said)


def _short(text: str, longest: int = 90) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
