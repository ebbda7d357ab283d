"""通知: the office imports a file, looks at what was understood, corrects, confirms, and publishes what changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

import anyio
from nicegui import ui
from nicegui.events import UploadEventArguments

from bot.console import theme
from bot.console.desk import Desk
from bot.console.workbench.due import pill
from bot.console.workbench.part import Part
from bot.console.workbench.said import Said
from handlers import notices, proposals
from handlers.handler import Context, Refusal
from handlers.notices import ACTORS, ItemCard, NoticeCard
from handlers.proposals import Card
from knowledge.blocks import Document
from knowledge.comparing import when
from knowledge.documents import Unreadable, read
from knowledge.publishing import Plan

_LARGEST: Final = 20 * 1024 * 1024
_STATES = {"proposed": ("待发布", "wait"), "published": ("已发布", "done"), "superseded": ("已被替代", "")}
_SUFFIXES = ".txt,.md,.docx,.pdf,.html,.htm,.xlsx,.csv"


@dataclass(frozen=True, slots=True)
class Choice:
    """A change of which a person has to say what it means."""

    key: str
    title: str
    now: str
    candidates: tuple[tuple[str, str], ...]
    """(key, title) of the items that may be meant."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What publishing the open notice would change; rows of (what, item, old, new)."""

    amended: str
    rows: tuple[tuple[str, str, str, str], ...]
    choices: tuple[Choice, ...]
    concerned: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """The list, and the notice that is open."""

    cards: tuple[NoticeCard, ...]
    open: UUID | None = None
    items: tuple[ItemCard, ...] = ()
    said: tuple[Card, ...] = ()
    """What it says besides its tasks."""
    changes: Changes | None = None
    decided: tuple[tuple[str, str | None], ...] = field(default=(), compare=False)


class NoticesPart(Part[Shelf]):
    """The office's tab."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._open: UUID | None = None
        self._decided: dict[str, str | None] = {}

    def build(self) -> None:
        """The sheet under a place to put a file."""
        super().build()
        with self.head:
            with ui.element("div").classes("lx-row").style("justify-content:space-between;flex-wrap:wrap"):
                ui.label("导入通知后先核对，再发布；改过的不会被再次导入改回去。").classes("lx-muted")
                pick = theme.button("导入通知", icon_name="o_upload_file")
            self._upload = upload = ui.upload(on_upload=self._uploaded, auto_upload=True, max_file_size=_LARGEST)
            upload.classes("lx-hidden-upload").props(f'accept="{_SUFFIXES}" aria-label="通知文件"')
            upload.on_rejected(lambda: ui.notify("只收 20 MB 以内的通知文件", type="warning"))
            pick.on("click", js_handler=f"() => getElement({upload.id}).$refs.qRef.pickFiles()")
        self.head.set_visibility(True)

    async def read(self, context: Context) -> Shelf:
        """The school's notices, and of the open one what was understood and what it changes."""
        cards = tuple(await notices.listed(context))
        if self._open is None or all(card.id != self._open for card in cards):
            return Shelf(cards)
        items = tuple(await notices.items_of(context, self._open))
        found = await notices.changes(context, self._open)
        said = tuple(await proposals.of_notice(context, self._open))
        return Shelf(cards, self._open, items, said, _changes(found) if found else None)

    def draw(self, seen: Shelf) -> None:
        """The list; the open one unfolded."""
        if not seen.cards:
            theme.empty("o_description", "还没有通知", "点「导入通知」，选学校发的文件。")
        for card in seen.cards:
            self._card(card, seen)

    def _card(self, card: NoticeCard, seen: Shelf) -> None:
        words, tone = _STATES[card.status]
        with ui.element("article").classes("lx-card lx-stack"):
            with ui.element("div").classes("lx-row").style("flex-wrap:wrap"):
                ui.label(card.title).classes("lx-h2")
                ui.element("div").classes("lx-grow")
                if card.waiting:
                    pill(f"{card.waiting} 件待核对", "wait")
                if card.unread:
                    pill(f"{card.unread} 条资料待核对", "wait")
                pill(words, tone)
                ui.label(str(card.issued_on or "")).classes("lx-faint lx-num")
            if card.amends:
                ui.label(f"改动《{card.amends}》").classes("lx-muted")
            for problem in card.problems:
                ui.label(f"留意：{problem}").classes("lx-wait")
            if card.id == seen.open:
                self._inside(card, seen)
            with ui.element("div").classes("lx-actions"):
                shown = card.id == seen.open
                toggle = theme.button("收起" if shown else "查看", quiet=True)
                toggle.on_click(partial(self._turn, None if shown else card.id))
                if shown and card.status == "proposed":
                    theme.button("发布", icon_name="o_campaign").on_click(
                        partial(self._ask_release, card, seen.changes)
                    )

    def _inside(self, card: NoticeCard, seen: Shelf) -> None:
        if seen.changes is not None:
            self._diff(seen.changes)
        for item in seen.items:
            with ui.element("div").classes("lx-item lx-item-review"):
                with ui.element("div"):
                    ui.label(item.title).classes("lx-strong")
                    ui.label(_facts(item)).classes("lx-muted")
                    ui.label(f"“{item.quote}” {item.locator or ''}" if item.quote else "").classes("lx-faint")
                with ui.element("div").classes("lx-actions"):
                    theme.button("修改", quiet=True).on_click(partial(self._ask_edit, item))
                    if item.status == "proposed":
                        theme.button("不是事项", quiet=True).classes("lx-btn-clay").on_click(
                            partial(self._do, partial(self._step, notices.reject, item))
                        )
                        theme.button("确认", icon_name="o_check").on_click(
                            partial(self._do, partial(self._step, notices.confirm, item))
                        )

        Said(self.desk, seen.said).draw()

    def _diff(self, changes: Changes) -> None:
        columns = [
            {"name": name, "label": label, "field": name, "align": "left"}
            for name, label in (("what", ""), ("item", "事项"), ("old", "原来"), ("new", "现在"))
        ]
        rows = [dict(zip(("what", "item", "old", "new"), row, strict=True)) for row in changes.rows]
        ui.table(columns=columns, rows=rows).props("flat dense wrap-cells hide-pagination :rows-per-page-options=[0]")
        for choice in changes.choices:
            options = dict(choice.candidates) | {"": "都不是，这是新的"}
            ui.select(
                options,
                label=f"「{choice.title}」{choice.now}：指的是哪件事？",
                value=self._decided.get(choice.key),
                on_change=lambda event, key=choice.key: self._decide(key, event.value),
            ).props("outlined dense").style("width:100%")

    def _decide(self, key: str, chosen: str | None) -> None:
        self._decided[key] = chosen or None

    async def _turn(self, notice_id: UUID | None) -> None:
        self._open, self._decided = notice_id, {}
        await self.desk.guarded(self.refresh)

    async def _do(self, act: Callable[[], Awaitable[None]]) -> None:
        await self.desk.guarded(act)

    async def _step(self, act: Callable[[Context, UUID], Awaitable[None]], item: ItemCard) -> None:
        async with self.desk.step() as context:
            await act(context, item.id)

    async def _uploaded(self, event: UploadEventArguments) -> None:
        self._upload.reset()
        await self.desk.guarded(lambda: self._take(event))

    async def _take(self, event: UploadEventArguments) -> None:
        document = await _read(event.file.name, await event.file.read())
        async with self.desk.step() as context:
            taken = await notices.take(context, document)
        self._open, self._decided = taken.notice.id, {}
        await self.refresh()
        more = f"、{taken.findings} 条联系方式等资料" if taken.findings else ""
        ui.notify(f"读到 {taken.proposals} 件事项{more}，请核对后发布", type="positive")

    def _ask_release(self, card: NoticeCard, changes: Changes | None) -> None:
        """The dialog that says whom publishing will reach."""
        with ui.context.client.content, ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
            ui.label(f"发布《{card.title}》").classes("lx-h2")
            told = f"有 {changes.concerned} 名学生会收到变更通知，每人一条。" if changes else "从现在起用它回答问题。"
            ui.label(told).classes("lx-muted")
            with ui.element("div").classes("lx-actions"):
                theme.button("先不发布", quiet=True).on_click(dialog.close)
                go = theme.button("确认发布")

        async def confirmed() -> None:
            go.disable()
            dialog.close()
            await self._do(partial(self._release, card))

        go.on_click(confirmed)
        dialog.on("hide", dialog.delete)

    async def _release(self, card: NoticeCard) -> None:
        async with self.desk.step() as context:
            done = await notices.release(context, card.id, self._decided)
        ui.notify(f"已发布。变更 {done.changed} 件，取消 {done.cancelled} 件，通知 {done.told} 人", type="positive")

    def _ask_edit(self, item: ItemCard) -> None:
        """The dialog with what a reviewer corrects most."""
        with ui.context.client.content, ui.dialog(value=True) as dialog, ui.card().classes("lx-dialog"):
            ui.label("修改事项").classes("lx-h2")
            title = ui.input("标题", value=item.title).props("outlined dense").style("width:100%")
            opens = ui.input("开始", value=str(item.opens_on or "")).props("outlined dense placeholder=2023-06-01")
            due = ui.input("截止", value=_moment(item)).props('outlined dense placeholder="2023-06-08 17:00"')
            department = ui.input("部门", value=item.department or "").props("outlined dense")
            place = ui.input("地点", value=item.place or "").props("outlined dense")
            tentative = ui.checkbox("暂定", value=item.tentative)
            critical = ui.checkbox("关键事项：学生停止提醒后也照样提醒", value=item.critical)
            with ui.element("div").classes("lx-actions"):
                theme.button("不改了", quiet=True).on_click(dialog.close)
                go = theme.button("保存")

        async def save() -> None:
            day, clock = notices.moment_of(due.value or "")
            columns = {
                "title": (title.value or "").strip(),
                "opens_on": notices.moment_of(opens.value or "")[0],
                "due_on": day,
                "due_time": clock,
                "department": (department.value or "").strip() or None,
                "place": (place.value or "").strip() or None,
                "tentative": bool(tentative.value),
                "critical": bool(critical.value),
            }
            async with self.desk.step() as context:
                await notices.edit(context, item.id, columns)
            dialog.close()

        go.on_click(partial(self._do, save))
        dialog.on("hide", dialog.delete)


async def _read(name: str, data: bytes) -> Document:
    """The uploaded file as a notice; its name is only shown, never used as a path. Raises `Refusal`."""
    shown = PurePath(name.replace("\\", "/")).name.replace(":", "：")[:80] or "通知"

    def work() -> Document:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"notice{PurePath(shown).suffix.lower()}"
            path.write_bytes(data)
            return read(path)

    try:
        document = await anyio.to_thread.run_sync(work)
    except (Unreadable, OSError) as problem:
        raise Refusal(f"{shown}：{problem}") from None
    return replace(document, file=shown)


def _changes(found: Plan) -> Changes:
    diff = found.diff
    rows = [
        ("变更", pair.old.title, *_sides(change.name if change.field != "time" else "", change.old, change.new))
        for pair in diff.changed
        for change in pair.changes
    ]
    rows += [("取消", one.old.title, when(one.old), "取消") for one in diff.cancelled]
    rows += [("新增", task.title, "", when(task)) for task in diff.added]
    rows += [("没有提到", task.title, when(task), "照旧") for task in diff.missing]
    choices = tuple(
        Choice(one.new.key, one.new.title, when(one.new), tuple((task.key, task.title) for task in one.candidates))
        for one in diff.unsure
    )
    return Changes(found.amended.title, tuple(rows), choices, found.concerned)


def _sides(name: str, old: str, new: str) -> tuple[str, str]:
    return (f"{name}：{old}", f"{name}：{new}") if name else (old, new)


def _facts(item: ItemCard) -> str:
    due = str(item.due_on or item.due_text or "时间未写") + (f" {item.due_time:%H:%M}" if item.due_time else "")
    due += "（暂定）" if item.tentative else ""
    opens = f"{item.opens_on} 起" if item.opens_on and item.opens_on != item.due_on else ""
    edited = "人工改过" if item.edited else ""
    critical = "关键" if item.critical else ""
    parts = (ACTORS.get(item.actor, item.actor), opens, due, item.place or "", item.department or "", critical, edited)
    return " · ".join(part for part in parts if part)


def _moment(item: ItemCard) -> str:
    if item.due_on is None:
        return ""
    return f"{item.due_on}" + (f" {item.due_time:%H:%M}" if item.due_time else "")
