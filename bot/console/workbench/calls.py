"""电话名单: whom to call and why; a number is shown when it is asked for, and that is audited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from nicegui import ui

from bot.console import theme
from bot.console.workbench.due import pill
from bot.console.workbench.part import Part
from handlers import calling, mask
from handlers.handler import Context
from storage.calling import AGAIN, Callee, phone_list

_TITLES = 4
_WHO = "逾期多天、收不到消息或点了「有困难」的同学"


@dataclass(frozen=True, slots=True)
class Calls:
    """The list as it is shown."""

    rows: tuple[Callee, ...]


class CallsPart(Part[Calls]):
    """The tab with the phone list."""

    async def opened(self) -> None:
        """Somebody looks at the names: audited once per opening, not at each refresh."""
        async with self.desk.noted() as context:
            await calling.call_list(context)

    async def read(self, context: Context) -> Calls:
        """Whom the actor is to call."""
        assert context.actor is not None
        return Calls(tuple(await phone_list(context.session, context.actor, context.now)))

    def draw(self, seen: Calls) -> None:
        """One row for each."""
        if not seen.rows:
            theme.empty(
                "o_phone_enabled", "没有要打电话的同学", "逾期多天的、收不到消息的、点了「有困难」的会出现在这里。"
            )
            return
        with ui.element("div").classes("lx-card"):
            ui.label(f"该打电话的 {len(seen.rows)} 人").classes("lx-h2")
            ui.label(f"逾期多天、收不到消息或点了「有困难」的同学。点「已联系」后 {AGAIN.days} 天内不再列出。").classes(
                "lx-muted"
            )
            for one in seen.rows:
                self._row(one)

    def _row(self, one: Callee) -> None:
        with ui.element("div").classes("lx-item lx-item-call"):
            with ui.element("div"):
                ui.label(one.name).classes("lx-item-title")
                ui.label(one.class_name).classes("lx-faint")
            with ui.element("div").classes("lx-row-wrap lx-item-bar"):
                pill(calling.reason_words(one), "late" if one.days else "wait")
                for title in one.items[:_TITLES]:
                    pill(title)
                if len(one.items) > _TITLES:
                    ui.label(f"另有 {len(one.items) - _TITLES} 项").classes("lx-faint")
            with ui.element("div").classes("lx-actions"):
                number = ui.label(mask.phone(one.phone) if one.phone else "没有电话").classes("lx-num")
                if one.phone:
                    show = theme.button("看号码", quiet=True, icon_name="o_visibility")
                    show.on_click(partial(self._do, partial(self._show, one.student_id, number, show)))
                done = theme.button("已联系", quiet=True, icon_name="o_check")
                done.on_click(partial(self._do, partial(self._called, one.student_id)))

    async def _do(self, act: Callable[[], Awaitable[None]]) -> None:
        await self.desk.guarded(act)

    async def _show(self, student_id: UUID, number: ui.label, show: ui.button) -> None:
        async with self.desk.noted() as context:
            _, phone = await calling.number_of(context, student_id)
        number.set_text(phone or "没有电话")
        show.delete()

    async def _called(self, student_id: UUID) -> None:
        async with self.desk.step() as context:
            await calling.called(context, student_id)
        ui.notify(f"记下了，{AGAIN.days} 天内不再列出", type="positive")
