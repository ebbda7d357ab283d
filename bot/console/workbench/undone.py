"""名单: who has not done what, by class and item; the addresses of a class as a sheet for Excel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from nicegui import ui

from bot.console import theme
from bot.console.desk import Desk
from bot.console.workbench.due import due, pill
from bot.console.workbench.part import Part
from handlers import export, owed
from handlers.handler import Context
from storage import owing, people
from storage.clock import school_day
from storage.owing import NotDone

_ALL: Final = "all"
_PAGE: Final = 25
_SHOWN: Final = 2
"""How many of what is not late yet are named; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Person:
    """One student of the list."""

    name: str
    class_name: str
    bound: bool
    late: tuple[NotDone, ...]
    returned: tuple[NotDone, ...]
    others: tuple[NotDone, ...]
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Undone:
    """What the list is made of."""

    rows: tuple[NotDone, ...]
    classes: tuple[tuple[str, str], ...]
    """Ids and names of the classes in scope."""
    today: date
    now: datetime = field(compare=False)
    """Left out of the comparison: a list that nobody changed is not drawn anew under the reader's eyes."""


class UndonePart(Part[Undone]):
    """The list with its filters; the filters stay while the list is drawn anew."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._class = _ALL
        self._item = _ALL
        self._late_only = False
        self._length = _PAGE
        self._seen: Undone | None = None

    def build(self) -> None:
        """The filters above, the list below."""
        super().build()
        self.head.set_visibility(True)
        with self.head, ui.element("div").classes("lx-row").style("flex-wrap:wrap"):
            self._class_select = self._select("班级", "_class")
            self._item_select = self._select("事项", "_item")
            ui.checkbox("只看逾期", on_change=lambda e: self._filter(late_only=bool(e.value)))
            ui.element("div").classes("lx-grow")
            theme.button("导出收件地址", quiet=True, icon_name="o_download").on_click(self._ask_export)

    def show_class(self, class_id: UUID) -> None:
        """Narrows the list to one class."""
        self._class_select.set_value(class_id.hex)

    async def opened(self) -> None:
        """Somebody looks at the names: audited once per opening, not at each refresh."""
        async with self.desk.noted() as context:
            await owed.not_done(context)

    async def read(self, context: Context) -> Undone:
        """Everybody in scope with something to do."""
        assert context.actor is not None
        rows = await owing.not_done(context.session, context.actor, None, context.now)
        cards = await people.classes_of(context.session, context.actor)
        names = tuple((card.id.hex, card.name) for card in cards)
        return Undone(tuple(rows), names, school_day(context.now), context.now)

    def draw(self, seen: Undone) -> None:
        """The list as the filters stand."""
        self._seen = seen
        items = {row.item_id.hex: row.title for row in seen.rows}
        self._class_select.set_options({_ALL: "全部班级", **dict(seen.classes)})
        self._item = self._item if self._item in items else _ALL
        self._item_select.set_options({_ALL: "全部事项", **items}, value=self._item)
        found = people_of(self._kept(seen), seen.now)
        if not found:
            theme.empty("o_task_alt", "这里没有人落下", "换个班级或事项看看。")
            return
        with ui.element("div").classes("lx-card"):
            ui.label(f"{len(found)} 人还有事没办").classes("lx-h2")
            for person in found[: self._length]:
                _person(person, seen.now)
        if len(found) > self._length:
            with ui.element("div").classes("lx-row").style("justify-content:center"):
                theme.button(f"再看 {min(_PAGE, len(found) - self._length)} 人", quiet=True).on_click(self._more)

    def _more(self) -> None:
        self._length += _PAGE
        self._redraw()

    def _kept(self, seen: Undone) -> list[NotDone]:
        names = dict(seen.classes)
        return [
            row
            for row in seen.rows
            if self._class in (_ALL,) or row.class_name == names.get(self._class)
            if self._item in (_ALL, row.item_id.hex)
            if not self._late_only or (row.due_at is not None and row.due_at <= seen.now)
        ]

    def _select(self, label: str, name: str) -> ui.select:
        made = ui.select({_ALL: f"全部{label}"}, value=_ALL, label=label)
        made.on_value_change(lambda e: self._filter(**{name.strip("_"): e.value or _ALL}))
        return (
            made.props("borderless dense options-dense").classes("lx-select").style("min-width:150px;max-width:230px")
        )

    def _filter(self, **values: Any) -> None:
        before = self._filters()
        for name, value in values.items():
            setattr(self, f"_{name}", value)
        if self._filters() != before:
            self._length = _PAGE
            self._redraw()

    def _redraw(self) -> None:
        if self._seen is not None:
            self.sheet.clear()
            with self.sheet:
                self.draw(self._seen)

    def _filters(self) -> tuple[str, str, bool]:
        return self._class, self._item, self._late_only

    async def _ask_export(self) -> None:
        if self._class == _ALL:
            ui.notify("先在左边选一个班级，再导出这个班的收件地址。", type="info")
            return
        await self.desk.guarded(self._export)

    async def _export(self) -> None:
        async with self.desk.step() as context:
            sheet = await export.addresses_xlsx(context, UUID(hex=self._class))
        ui.download.content(sheet, "收件地址.xlsx")


def people_of(rows: Sequence[NotDone], now: datetime) -> list[Person]:
    """One entry per student, those with the most overdue first, otherwise in the order of the classes."""
    by_student: dict[UUID, list[NotDone]] = {}
    for row in rows:
        by_student.setdefault(row.student_id, []).append(row)
    return sorted((_gathered(mine, now) for mine in by_student.values()), key=lambda person: -len(person.late))


def _gathered(mine: list[NotDone], now: datetime) -> Person:
    late = tuple(row for row in mine if row.due_at is not None and row.due_at <= now)
    returned = tuple(row for row in mine if row.status == "returned" and row not in late)
    others = tuple(row for row in mine if row not in late and row not in returned)
    return Person(mine[0].name, mine[0].class_name, mine[0].bound, late, returned, others, mine[0].muted)


def _person(person: Person, now: datetime) -> None:
    with ui.element("div").classes("lx-item lx-item-person"):
        with ui.element("div"):
            ui.label(person.name).classes("lx-item-title")
            ui.label(person.class_name).classes("lx-faint")
        with ui.element("div").classes("lx-row-wrap lx-item-bar"):
            for row in person.late:
                pill(f"{row.title} · {due(row.due_at, now).words}", "late")
            for row in person.returned:
                pill(f"{row.title} · 被退回", "wait")
            for row in person.others[:_SHOWN]:
                pill(row.title)
            if len(person.others) > _SHOWN:
                ui.label(f"另有 {len(person.others) - _SHOWN} 项").classes("lx-faint")
        stand = "未绑定" if not person.bound else "已停止提醒" if person.muted else "能收到"
        ui.label(stand).classes("lx-faint").style("text-align:right")
