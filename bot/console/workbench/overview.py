"""总览: four figures, the classes, and how far everybody is with each item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from nicegui import ui

from bot.console import theme
from bot.console.desk import Desk
from bot.console.workbench.due import due, pill
from bot.console.workbench.part import Part
from handlers.handler import Context
from storage import owing, people, submissions
from storage.clock import school_day
from storage.owing import NotDone, Progress


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class at a glance."""

    id: UUID
    name: str
    college: str
    students: int
    bound: int
    open: int
    """Students who still have something to do."""
    late: int
    """Students with something overdue."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the sheet shows, as of the day it was read."""

    waiting: int
    classes: tuple[ClassFigures, ...]
    items: tuple[Progress, ...]
    today: date
    now: datetime = field(compare=False)


class OverviewPart(Part[Overview]):
    """The first tab."""

    def __init__(
        self,
        desk: Desk,
        *,
        to_review: Callable[[], None],
        to_class: Callable[[UUID], None],
        nudge: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(desk)
        self._to_review = to_review
        self._to_class = to_class
        self._nudge = nudge

    async def read(self, context: Context) -> Overview:
        """Figures of the actor's scope."""
        actor, session = context.actor, context.session
        assert actor is not None
        return Overview(
            waiting=await submissions.waiting_count(session, actor),
            classes=await _classes(context),
            items=tuple(await owing.progress(session, actor, context.now)),
            today=school_day(context.now),
            now=context.now,
        )

    def draw(self, seen: Overview) -> None:
        """The sheet."""
        if not seen.classes:
            theme.empty("o_groups", "还没有班级", "学校导入班级名册后，这里会出现你带的班。")
            return
        self._figures(seen)
        self._classes(seen.classes)
        self._items(seen)

    def _figures(self, seen: Overview) -> None:
        late = sum(c.late for c in seen.classes)
        students, bound = sum(c.students for c in seen.classes), sum(c.bound for c in seen.classes)
        with ui.element("div").classes("lx-figures"):
            _figure(str(seen.waiting), "份材料等你审核", "wait" if seen.waiting else "", self._to_review)
            _figure(str(late), "人有事项逾期", "late" if late else "")
            _figure(str(sum(c.open for c in seen.classes)), "人还有事没办")
            _figure(f"{bound}/{students}", "人已绑定")
        if late:
            with ui.element("div").classes("lx-row").style("justify-content:space-between;flex-wrap:wrap"):
                ui.label(f"{late} 人有逾期事项，可以一次提醒到位。").classes("lx-muted")
                theme.button("催办逾期", icon_name="o_notifications_active").on_click(self._nudge)

    def _classes(self, classes: tuple[ClassFigures, ...]) -> None:
        with ui.element("div").classes("lx-card"):
            ui.label("我的班级").classes("lx-h2")
            for figures in classes:
                with ui.element("div").classes("lx-item lx-item-class"):
                    with ui.element("div"):
                        ui.label(figures.name).classes("lx-item-title")
                        ui.label(f"{figures.college} · {figures.students} 人，已绑定 {figures.bound}").classes(
                            "lx-faint"
                        )
                    with ui.element("div").classes("lx-row-wrap lx-item-bar"):
                        pill(f"{figures.open} 人未办完")
                        if figures.late:
                            pill(f"{figures.late} 人逾期", "late")
                    see = ui.button("看名单", color=None, on_click=lambda c=figures: self._to_class(c.id))
                    see.props("flat dense no-caps").classes("lx-done")

    def _items(self, seen: Overview) -> None:
        with ui.element("div").classes("lx-card"):
            ui.label("办理进度").classes("lx-h2")
            if not seen.items:
                ui.label("还没有发布的事项。").classes("lx-muted")
            for item in seen.items:
                _progress(item, seen.now)


def _figure(number: str, words: str, tone: str = "", click: Callable[[], None] | None = None) -> None:
    with ui.element("div").classes("lx-figure") as box:
        ui.label(number).classes("lx-figure-n" + (f" lx-{tone}" if tone else ""))
        ui.label(words).classes("lx-figure-t")
    if click is not None:
        box.on("click", click).props("role=button tabindex=0").style("cursor:pointer").on("keydown.enter", click)


def _progress(item: Progress, now: datetime) -> None:
    when = due(item.due_at, now, tentative=item.tentative)
    late = item.overdue and item.open > 0
    with ui.element("div").classes("lx-item"):
        with ui.element("div"):
            ui.label(item.title).classes("lx-item-title")
            tone = f" lx-{when.tone}" if when.tone and item.open else ""
            ui.label(when.words).classes("lx-faint lx-num" + tone)
        with ui.element("div").classes("lx-meter lx-item-bar"):
            for count, kind in ((item.settled, "done"), (item.waiting, "wait"), (item.open if late else 0, "late")):
                ui.element("div").classes(f"lx-meter-{kind}").style(f"width:{100 * count / item.concerned:.1f}%")
        words = f"{item.open} 人未办" if item.open else "都办了"
        ui.label(words).classes("lx-num lx-muted" + (" lx-late" if late else "")).style("text-align:right")


async def _classes(context: Context) -> tuple[ClassFigures, ...]:
    actor, session = context.actor, context.session
    assert actor is not None
    students = await people.students_of(session, actor)
    places = await people.addresses_of(session, [s.id for s in students])
    owed = await owing.not_done(session, actor, None, context.now)
    open_ = {row.student_id for row in owed}
    late = {row.student_id for row in owed if _is_late(row, context.now)}
    size = Counter(s.class_id for s in students)
    reached = Counter(s.class_id for s in students if places[s.id])
    undone = Counter(s.class_id for s in students if s.id in open_)
    overdue = Counter(s.class_id for s in students if s.id in late)
    return tuple(
        ClassFigures(c.id, c.name, c.college, size[c.id], reached[c.id], undone[c.id], overdue[c.id])
        for c in await people.classes_of(session, actor)
    )


def _is_late(row: NotDone, now: datetime) -> bool:
    return row.due_at is not None and row.due_at <= now
