"""催办: whom it would reach, then one press."""

from __future__ import annotations

from nicegui import ui

from bot.console import theme
from bot.console.desk import Desk
from bot.console.workbench.due import pill
from handlers import nudge
from handlers.nudge import NudgePreview, NudgeResult

_SHOWN = 12


async def ask_nudge(desk: Desk) -> None:
    """Shows whom a nudge would reach and asks."""

    async def ask() -> None:
        async with desk.look() as context:
            found = await nudge.nudge_preview(context)
        if found.count == 0:
            ui.notify("没有人逾期，不用催。", type="positive")
            return
        _dialog(desk, found)

    await desk.guarded(ask)


def _dialog(desk: Desk, found: NudgePreview) -> None:
    with ui.context.client.content, ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
        ui.label(f"提醒 {found.count} 名逾期的学生").classes("lx-h2")
        ui.label("每人一条，列出他自己没办的事；今天催过的不再打扰。").classes("lx-muted")
        with ui.element("div").classes("lx-row-wrap"):
            for title in found.items:
                pill(title, "late")
        if found.unbound:
            ui.label(f"{len(found.unbound)} 人还没绑定，收不到：{_names(found.unbound)}").classes("lx-faint")
        with ui.element("div").classes("lx-actions"):
            theme.button("先不催", quiet=True).on_click(dialog.close)
            go = theme.button("现在提醒", icon_name="o_notifications_active")

    async def confirmed() -> None:
        go.disable()
        dialog.close()
        await desk.guarded(send)

    async def send() -> None:
        async with desk.step() as context:
            result = await nudge.nudge_overdue(context)
        ui.notify(said(result), type="positive", multi_line=True)

    go.on_click(confirmed)
    dialog.on("hide", dialog.delete)


def said(result: NudgeResult) -> str:
    """What was done, in one sentence."""
    words = f"已给 {result.planned} 人排上提醒" if result.planned else "没有新的提醒要发"
    return f"{words}；{result.already} 人今天已经催过。" if result.already else f"{words}。"


def _names(names: tuple[str, ...]) -> str:
    return "、".join(names[:_SHOWN]) + (f" 等 {len(names)} 人" if len(names) > _SHOWN else "")
