"""催办: whom it would reach, then one press."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from nicegui import ui

from bot.console import theme
from bot.console.desk import Desk
from bot.console.workbench.due import pill
from handlers import nudge
from handlers.nudge import NudgePreview, NudgeResult

_SHOWN = 12


async def ask_nudge(desk: Desk) -> None:
    """Asks which class, where several are late; then shows whom a nudge would reach and asks again."""

    async def ask() -> None:
        async with desk.look() as context:
            found = await nudge.nudge_preview(context)
        if found.late == 0:
            ui.notify("没有人逾期，不用催。", type="positive")
        elif len(found.classes) > 1:
            _which(desk, found)
        else:
            _dialog(desk, found)

    await desk.guarded(ask)


def _which(desk: Desk, found: NudgePreview) -> None:
    """The classes with somebody who is late, and all of them together."""
    with ui.context.client.content, ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
        ui.label(f"{len(found.classes)} 个班有 {found.late} 人逾期，催哪个班？").classes("lx-h2")
        with ui.element("div").classes("lx-stack"):
            theme.button(f"全部（{found.late} 人）").on_click(partial(_chosen, desk, dialog, None))
            for class_id, name, count in found.classes:
                theme.button(f"{name}（{count} 人）", quiet=True).on_click(partial(_chosen, desk, dialog, class_id))
    dialog.on("hide", dialog.delete)


async def _chosen(desk: Desk, dialog: ui.dialog, class_id: UUID | None) -> None:
    dialog.close()

    async def show() -> None:
        async with desk.look() as context:
            found = await nudge.nudge_preview(context, class_id)
        _dialog(desk, found)

    await desk.guarded(show)


def _dialog(desk: Desk, found: NudgePreview) -> None:
    with ui.context.client.content, ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
        ui.label(f"{found.late} 名学生逾期，将提醒 {found.count} 人").classes("lx-h2")
        with ui.element("div").classes("lx-row-wrap"):
            for name, count in found.channels:
                pill(f"{name} {count} 人", "done")
        ui.label("每人一条，列出他自己没办的事；今天催过的不再打扰。").classes("lx-muted")
        with ui.element("div").classes("lx-row-wrap"):
            for title in found.items[:_SHOWN]:
                pill(title, "late")
        for line in nudge.left_lines(found):
            ui.label(line).classes("lx-muted")
        with ui.element("div").classes("lx-actions"):
            theme.button("先不催", quiet=True).on_click(dialog.close)
            go = theme.button("现在提醒", icon_name="o_notifications_active")
            go.set_enabled(found.count > 0)

    async def confirmed() -> None:
        go.disable()
        dialog.close()
        await desk.guarded(send)

    async def send() -> None:
        async with desk.step() as context:
            result = await nudge.nudge_overdue(context, found.class_id)
        ui.notify(said(result), type="positive", multi_line=True)

    go.on_click(confirmed)
    dialog.on("hide", dialog.delete)


def said(result: NudgeResult) -> str:
    """What was done, in one sentence."""
    words = f"已给 {result.planned} 人排上提醒" if result.planned else "没有新的提醒要发"
    already = len(result.left.already)
    return f"{words}；{already} 人今天已经催过。" if already else f"{words}。"
