"""群发: write, see first whom it reaches, send; below, who is stuck, what waits for approval, how the latest went."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from nicegui import ui

from bot.console import theme
from bot.console.desk import Desk
from bot.console.workbench import broadcast_dialogs as dialogs
from bot.console.workbench.broadcast_form import BroadcastForm, Choices, choices_of
from bot.console.workbench.due import moment, pill
from bot.console.workbench.part import Part
from handlers import mailing, receipts, standing
from handlers.handler import Context, Refusal
from handlers.mailing import Confirmed, Preview
from handlers.mailing_words import state_words
from handlers.outlets import title_of
from handlers.standing import LABELS, Status
from storage import troubles
from storage.standings import Recipient
from storage.troubles import Trouble

_TONES: Final = {
    "stuck": "late",
    "acknowledged": "done",
    "queued": "wait",
    "failed": "late",
    "unknown": "late",
    "expired": "late",
    "cancelled": "late",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody else's broadcast that waits for this person."""

    broadcast_id: UUID
    author: str
    preview: Preview


@dataclass(frozen=True, slots=True)
class Broadcasts:
    """What the sheet shows."""

    choices: Choices
    recent: tuple[Status, ...]
    stuck: tuple[Trouble, ...]
    waiting: tuple[Waiting, ...]
    states: tuple[str, ...]
    """Where each of the recent ones stands, in words that change with the time."""


class BroadcastPart(Part[Broadcasts]):
    """The fourth tab."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._open: set[UUID] = set()
        self._form = BroadcastForm(desk, lambda found: self._ask(found, is_from_form=True))

    def build(self) -> None:
        """The form above, the records below."""
        super().build()
        self.head.set_visibility(True)
        with self.head, ui.element("div").classes("lx-card lx-stack"):
            self._form.build()

    async def read(self, context: Context) -> Broadcasts:
        """What is in scope, the actor's latest broadcasts, who is stuck, and what waits for him."""
        assert context.actor is not None
        recent = tuple(await standing.recent(context))
        return Broadcasts(
            choices=await choices_of(context, context.actor),
            recent=recent,
            stuck=tuple(await troubles.open_ones(context.session, context.actor)),
            waiting=tuple([await _waiting(context, one.id, shown) for one, shown in await mailing.pending(context)]),
            states=tuple(state_words(one, context.now) for one in recent),
        )

    def draw(self, seen: Broadcasts) -> None:
        """The records; the form stays as it is being filled in."""
        self._form.offer(seen.choices)
        for waiting in seen.waiting:
            self._to_approve(waiting)
        if seen.stuck:
            self._stuck(seen.stuck)
        if not seen.recent:
            theme.empty("o_campaign", "还没有群发过", "发出以后，这里能看到谁收到、谁点了「已知悉」。")
        for status, words in zip(seen.recent, seen.states, strict=True):
            self._record(status, words)

    # --- one card each ---

    def _to_approve(self, waiting: Waiting) -> None:
        with ui.element("div").classes("lx-card lx-stack"):
            ui.label(f"{waiting.author} 想发给 {waiting.preview.label}，等你批准").classes("lx-h2")
            dialogs.show(waiting.preview, self.desk.app.clock())
            with ui.element("div").classes("lx-actions"):
                self._act("不批准", waiting.broadcast_id, _refuse, "没有批准，不会发。")
                approve = theme.button(f"批准，发给 {waiting.preview.count} 人", icon_name="o_done_all")
                approve.on_click(lambda: self._does(waiting.broadcast_id, mailing.approve, "已批准。"))

    def _stuck(self, stuck: tuple[Trouble, ...]) -> None:
        with ui.element("div").classes("lx-card lx-stack"):
            ui.label(f"有困难 {len(stuck)} 人").classes("lx-h2")
            for one in stuck:
                with ui.element("div").classes("lx-item lx-item-person"):
                    with ui.element("div"):
                        ui.label(f"{one.name} · {one.class_name}").classes("lx-item-title")
                        ui.label(f"{moment(one.at)} · 关于「{mailing.short(one.about)}」").classes("lx-faint")
                    ui.label(one.note or "没有写原因，请问问他").classes("lx-item-bar").style("overflow-wrap:anywhere")
                    done = ui.button("已联系", color=None).props("flat dense no-caps").classes("lx-done")
                    done.on_click(lambda one=one: self.desk.guarded(lambda: self._helped(one.delivery_id)))

    def _record(self, status: Status, words: str) -> None:
        counts = status.counts
        with ui.element("div").classes("lx-card lx-stack"):
            ui.label(f"发给 {status.label}" if status.label else "").classes("lx-faint")
            ui.label(status.text).style("white-space:pre-wrap;overflow-wrap:anywhere")
            with ui.element("div").classes("lx-row-wrap"):
                if words:
                    pill(words, "wait")
                if status.total:
                    pill(f"共 {status.total} 人")
                for name, label in LABELS.items():
                    if counts[name]:
                        pill(f"{label} {counts[name]}", _TONES.get(name, ""))
                if status.files:
                    pill(f"📎 {status.files}")
            for line in standing.recalled_words(status):
                ui.label(line).classes("lx-muted")
            self._details(status)
            self._actions(status)

    def _details(self, status: Status) -> None:
        if not status.total and not status.groups:
            return
        expansion = ui.expansion("按人看", value=status.broadcast_id in self._open).props("dense dense-toggle")
        expansion.on_value_change(lambda e: self._remember(status.broadcast_id, bool(e.value)))
        with expansion, ui.element("div").classes("lx-stack"):
            for name, label in LABELS.items():
                _group(label, name, [one for one in status.recipients if one.status == name], status.counts[name])
            for group in status.groups:
                words = f"{group.class_name}（{title_of(group.channel)}群）{standing.standing_words(group)}"
                ui.label(words).classes("lx-faint")

    def _actions(self, status: Status) -> None:
        which = status.broadcast_id
        with ui.element("div").classes("lx-actions"):
            if status.can_undo:
                self._act("撤销", which, _undo, "已撤销，没有发给任何人。")
            if not status.can_follow_up:
                return
            self._button("撤回", lambda: self._ask_recall(which))
            if not status.is_reminder:
                self._button("更正", lambda: self._ask_correction(status))
                if status.silent:
                    self._button(f"提醒没确认的 {status.silent} 人", lambda: self._remind(which))

    def _button(self, label: str, act: Callable[[], Awaitable[None]]) -> None:
        theme.button(label, quiet=True).on_click(lambda: self.desk.guarded(act))

    def _act(self, label: str, which: UUID, act: Callable[[Context, UUID], Awaitable[object]], done: str) -> None:
        theme.button(label, quiet=True).on_click(lambda: self._does(which, act, done))

    async def _does(self, which: UUID, act: Callable[[Context, UUID], Awaitable[object]], done: str) -> None:
        async def do() -> None:
            async with self.desk.step() as context:
                await act(context, which)
            ui.notify(done, type="positive")
            await self.refresh()

        await self.desk.guarded(do)

    # --- what is done ---

    def _remember(self, broadcast_id: UUID, is_open: bool) -> None:
        (self._open.add if is_open else self._open.discard)(broadcast_id)

    def _ask(self, found: Preview, *, is_from_form: bool = False) -> None:
        async def go(urgent: bool, groups: bool) -> None:
            await self.desk.guarded(lambda: self._send(found, urgent=urgent, groups=groups))
            if is_from_form and found.draft_id in self._open:
                self._form.clear()

        with self.sheet.client.content:
            dialogs.ask_send(found, self.desk.app.clock(), go)

    async def _send(self, found: Preview, *, urgent: bool, groups: bool) -> None:
        async with self.desk.step() as context:
            if found.to_groups and not groups:
                await mailing.change(context, found.draft_id, to_groups=False)
            confirmed = await mailing.confirm(context, found.draft_id, urgent=urgent)
        self._open.add(found.draft_id)
        ui.notify(_said(confirmed, self.desk.app.clock()), type="positive")
        await self.refresh()

    async def _remind(self, which: UUID) -> None:
        async with self.desk.step() as context:
            found = await mailing.remind(context, which)
        self._ask(found)

    async def _ask_correction(self, status: Status) -> None:
        async def go(wrong: str, text: str) -> bool:
            taken: list[Preview] = []
            await self.desk.guarded(lambda: self._correct(status.broadcast_id, wrong, text, taken))
            return bool(taken)

        with self.sheet.client.content:
            dialogs.ask_correction(status.text, go)

    async def _correct(self, which: UUID, wrong: str, text: str, taken: list[Preview]) -> None:
        async with self.desk.step() as context:
            taken.append(await mailing.correct(context, which, wrong, text))
        self._ask(taken[0])

    async def _ask_recall(self, which: UUID) -> None:
        async with self.desk.look() as context:
            outlets = context.outlets
        can = "、".join(title_of(one.name) for one in outlets if one.recalls)
        cannot = "、".join(title_of(one.name) for one in outlets if not one.recalls)
        with self.sheet.client.content:
            dialogs.ask_recall(can, cannot, lambda: self._does(which, mailing.recall, "撤回了。"))

    async def _helped(self, delivery_id: int) -> None:
        async with self.desk.step() as context:
            if not await receipts.see_to(context, delivery_id):
                raise Refusal("这一条已经有人处理过了。")
        await self.refresh()


async def _waiting(context: Context, broadcast_id: UUID, preview: Preview) -> Waiting:
    author = await mailing.author_of(context, broadcast_id)
    return Waiting(broadcast_id, author, preview)


async def _undo(context: Context, which: UUID) -> None:
    if not await mailing.undo(context, which):
        raise Refusal("来不及撤销，已经开始发了。可以用「撤回」。")


async def _refuse(context: Context, which: UUID) -> None:
    await mailing.refuse(context, which)


def _said(confirmed: Confirmed, now: datetime) -> str:
    if confirmed.waits:
        return f"已提交，{confirmed.count} 人，等另一位老师批准"
    seconds = (confirmed.at - now).total_seconds()
    if seconds <= 90:
        return f"{max(seconds, 0):.0f} 秒后开始发给 {confirmed.count} 人，可以撤销"
    return f"{moment(confirmed.at)} 发给 {confirmed.count} 人，之前可以撤销"


def _group(label: str, name: str, recipients: list[Recipient], count: int) -> None:
    if not count:
        return
    tone = _TONES.get(name, "")
    with ui.element("div"):
        ui.label(f"{label} {count} 人").classes("lx-faint" + (f" lx-{tone}" if tone else ""))
        names = "、".join(_named(one) for one in recipients)
        more = f" …… 还有 {count - len(recipients)} 人" if count > len(recipients) else ""
        ui.label(names + more).style("overflow-wrap:anywhere")


def _named(one: Recipient) -> str:
    return f"{one.name}（{standing.reason_words(one.reason)}）" if one.reason else one.name
