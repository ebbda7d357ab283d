"""The dialogs of broadcasts: the preview before it goes, a correction, taking back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from nicegui import ui

from bot.console import theme
from bot.console.workbench.due import pill
from handlers import mailing
from handlers.mailing import Preview
from handlers.mailing_words import closed_lines, unreached_words
from handlers.outlets import title_of
from handlers.schedule import spoken

Go = Callable[[bool, bool], Awaitable[None]]
"""Sends: urgent or not, to the groups or not."""


def ask_send(found: Preview, now: datetime, go: Go) -> None:
    """The text as it goes out, whom it reaches on which channel, whom not, its lengths; then one press."""
    with ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
        ui.label(f"发给 {found.label}").classes("lx-h2")
        for problem in found.problems:
            ui.label(f"⚠️ {problem}").classes("lx-late").style("overflow-wrap:anywhere")
        show(found, now)
        urgent, groups = ui.checkbox("紧急：不等早上 8 点，马上发"), None
        urgent.set_visibility(found.at is None and not found.needs_second)
        if found.to_groups:
            groups = ui.checkbox(f"同时发到 {sum(found.reach.groups.values())} 个班级群", value=True)
        ui.label(_next(found)).classes("lx-faint")
        with ui.element("div").classes("lx-actions"):
            theme.button("再改改", quiet=True).on_click(dialog.close)
            label = f"提交批准（{found.count} 人）" if found.needs_second else f"发送给 {found.count} 人"
            send = theme.button(label, icon_name="o_send")

    async def confirmed() -> None:
        send.disable()
        dialog.close()
        await go(bool(urgent.value), groups is None or bool(groups.value))

    send.on_click(confirmed)
    dialog.on("hide", dialog.delete)


def show(found: Preview, now: datetime) -> None:
    """The text as it goes out, the files, whom it reaches on which channel, whom not and why, its lengths."""
    ui.label(found.text).classes("lx-preview")
    for file in found.files:
        ui.label(f"📎 {file.name}").classes("lx-faint")
    with ui.element("div").classes("lx-row-wrap"):
        pill(f"{found.reached} 人能收到", "done")
        if found.reach.unreached:
            pill(f"{found.reach.unreached} 人收不到", "late")
        for line in closed_lines(found):
            pill(line, "wait")
        for name, count in sorted(found.reach.channels.items()):
            pill(f"{title_of(name)} {count} 人")
        for name, count in sorted(found.reach.groups.items()):
            pill(f"{title_of(name)}群 {count} 个")
        if found.at is not None:
            pill(f"{spoken(found.at, now)} 发", "wait")
    if found.delayed:
        ui.label(f"时间挪了一点：{found.delayed}。").classes("lx-faint")
    if found.group_note:
        ui.label(f"班级群不发：{found.group_note}。").classes("lx-faint")
    if found.reach.unreached:
        ui.label(f"收不到的：{unreached_words(found, shown=12)}").classes("lx-faint").style("overflow-wrap:anywhere")
    if found.measures:
        ui.label(f"长度：{'；'.join(found.measures)}").classes("lx-faint lx-num")


def ask_correction(text: str, go: Callable[[str, str], Awaitable[bool]]) -> None:
    """What was wrong, and the whole text as it should be; it stays open until `go` has taken both."""
    with ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
        ui.label("更正").classes("lx-h2")
        ui.label("收到错的人会看到哪里错了；还没收到的人只会收到改好的。").classes("lx-muted")
        wrong = ui.input(placeholder="哪里错了，比如「时间写成了周五，应该是周四」")
        wrong.props(f'borderless maxlength={mailing.LONGEST_WRONG} aria-label="哪里错了"').classes("lx-select")
        right = ui.textarea(value=text).props(
            f'autogrow borderless counter maxlength={mailing.LONGEST} aria-label="正确的全文"'
        )
        right.classes("lx-select")
        for field in (wrong, right):
            field.style("width:100%")
        with ui.element("div").classes("lx-actions"):
            theme.button("不更正", quiet=True).on_click(dialog.close)
            preview = theme.button("预览", icon_name="o_visibility")

    async def asked() -> None:
        if await go(wrong.value or "", right.value or ""):
            dialog.close()

    preview.on_click(asked)
    dialog.on("hide", dialog.delete)


def ask_recall(can: str, cannot: str, go: Callable[[], Awaitable[None]]) -> None:
    """What taking back does, and what it cannot do."""
    with ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
        ui.label("撤回这条通知").classes("lx-h2")
        ui.label("还没发出去的不会再发。").classes("lx-muted")
        if can:
            ui.label(f"已发出的，{can} 里会删掉。").classes("lx-muted")
        if cannot:
            ui.label(f"{cannot} 撤不回。").classes("lx-muted")
        ui.label("看过的人不会忘记，要说清楚请用「更正」。").classes("lx-faint")
        with ui.element("div").classes("lx-actions"):
            theme.button("不撤回", quiet=True).on_click(dialog.close)
            yes = theme.button("确认撤回")

    async def confirmed() -> None:
        yes.disable()
        dialog.close()
        await go()

    yes.on_click(confirmed)
    dialog.on("hide", dialog.delete)


def _next(found: Preview) -> str:
    if found.needs_second:
        return f"超过 {mailing.SECOND_APPROVER_FROM} 人：办公室另一位老师批准后才发。"
    return f"点了以后 {mailing.COOLING.seconds} 秒内还能撤销。"
