"""群发: choose classes, write, see first whom it reaches, send; below, how the latest ones went, live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from nicegui import ui

from bot.console import theme
from bot.console.desk import Desk
from bot.console.workbench.due import pill
from bot.console.workbench.part import Part
from handlers import broadcast
from handlers.broadcast import Preview, Status
from handlers.handler import Context
from storage import people
from storage.broadcasts import Recipient

_STANDINGS: Final = {
    "acknowledged": ("已知悉", "done"),
    "sent": ("已发出", ""),
    "queued": ("排队中", "wait"),
    "failed": ("没送到", "late"),
    "unknown": ("结果不明", "late"),
    "expired": ("过期未发", "late"),
    "cancelled": ("已取消", "late"),
}
_NAMES_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Broadcasts:
    """What the sheet shows."""

    classes: tuple[tuple[str, str], ...]
    recent: tuple[Status, ...]


class BroadcastPart(Part[Broadcasts]):
    """The fourth tab."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._open: set[UUID] = set()

    def build(self) -> None:
        """The form above, the records below."""
        super().build()
        self.head.set_visibility(True)
        with self.head, ui.element("div").classes("lx-card lx-stack"):
            ui.label("给班级发通知").classes("lx-h2")
            self._classes = ui.select({}, multiple=True, label="发给哪些班").classes("lx-select")
            self._classes.props("borderless use-chips options-dense").style("width:100%")
            self._text = ui.textarea(placeholder="写清楚什么事、到什么时候、找谁。")
            self._text.props(f'autogrow borderless counter maxlength={broadcast.LONGEST} aria-label="通知内容"')
            self._text.classes("lx-select").style("width:100%")
            with ui.element("div").classes("lx-actions"):
                theme.button("预览", icon_name="o_visibility").on_click(lambda: self.desk.guarded(self._preview))

    async def read(self, context: Context) -> Broadcasts:
        """The classes in scope and the actor's latest broadcasts."""
        assert context.actor is not None
        cards = await people.classes_of(context.session, context.actor)
        recent = await broadcast.recent(context)
        return Broadcasts(tuple((card.id.hex, card.name) for card in cards), tuple(recent))

    def draw(self, seen: Broadcasts) -> None:
        """The records; the form stays as it is being filled in."""
        chosen = self._classes.value or []
        self._classes.set_options(dict(seen.classes), value=[one for one in chosen if one in dict(seen.classes)])
        if not seen.recent:
            theme.empty("o_campaign", "还没有群发过", "发出以后，这里能看到谁收到、谁点了「已知悉」。")
        for status in seen.recent:
            self._record(status)

    def _record(self, status: Status) -> None:
        counts = status.counts
        with ui.element("div").classes("lx-card lx-stack"):
            ui.label(status.text).style("white-space:pre-wrap;overflow-wrap:anywhere")
            with ui.element("div").classes("lx-row-wrap"):
                pill(f"共 {len(status.recipients)} 人")
                for name, (words, tone) in _STANDINGS.items():
                    if counts[name]:
                        pill(f"{words} {counts[name]}", tone)
            expansion = ui.expansion("按人看", value=status.broadcast_id in self._open).props("dense dense-toggle")
            expansion.on_value_change(lambda e: self._remember(status.broadcast_id, bool(e.value)))
            with expansion, ui.element("div").classes("lx-stack"):
                for name, (words, tone) in _STANDINGS.items():
                    _group(words, tone, [one for one in status.recipients if one.status == name])

    def _remember(self, broadcast_id: UUID, is_open: bool) -> None:
        (self._open.add if is_open else self._open.discard)(broadcast_id)

    async def _preview(self) -> None:
        chosen = [UUID(hex=one) for one in self._classes.value or []]
        if not chosen:
            ui.notify("先选要发给哪些班。", type="info")
            return
        async with self.desk.step() as context:
            found = await broadcast.preview(context, chosen, self._text.value or "")
        with self.sheet.client.content:
            self._ask(found)

    def _ask(self, found: Preview) -> None:
        """The dialog with the text as it goes out, the count, and the names of those it does not reach."""
        reached = found.count - len(found.unreachable)
        with ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
            ui.label(f"发给 {'、'.join(found.classes)}").classes("lx-h2")
            ui.label(found.text).classes("lx-preview")
            with ui.element("div").classes("lx-row-wrap"):
                pill(f"{reached} 人能收到", "done")
                if found.unreachable:
                    pill(f"{len(found.unreachable)} 人未绑定，收不到", "late")
            if found.unreachable:
                ui.label("收不到的：" + _names(found.unreachable)).classes("lx-faint")
            urgent = ui.checkbox("紧急：不等早上 8 点，立即发出")
            with ui.element("div").classes("lx-actions"):
                theme.button("再改改", quiet=True).on_click(dialog.close)
                send = theme.button(f"发送给 {found.count} 人", icon_name="o_send")

        async def confirmed() -> None:
            send.disable()
            dialog.close()
            await self.desk.guarded(lambda: self._send(found, urgent=bool(urgent.value)))

        send.on_click(confirmed)
        dialog.on("hide", dialog.delete)

    async def _send(self, found: Preview, *, urgent: bool) -> None:
        async with self.desk.step() as context:
            count = await broadcast.send(context, found.draft_id, urgent=urgent)
        self._text.set_value("")
        self._open.add(found.draft_id)
        ui.notify(f"已排队发给 {count} 人", type="positive")


def _group(words: str, tone: str, recipients: list[Recipient]) -> None:
    if not recipients:
        return
    with ui.element("div"):
        ui.label(f"{words} {len(recipients)} 人").classes("lx-faint" + (f" lx-{tone}" if tone else ""))
        ui.label(_names([one.name for one in recipients], len(recipients))).style("overflow-wrap:anywhere")


def _names(names: list[str] | tuple[str, ...], shown: int = _NAMES_SHOWN) -> str:
    more = f" 等 {len(names)} 人" if len(names) > shown else ""
    return "、".join(names[:shown]) + more
