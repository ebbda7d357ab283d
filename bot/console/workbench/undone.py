"""名单: who has not done what, by class and item; the addresses of a class as a sheet for Excel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from nicegui import ui

from bot.console import theme
from bot.console.desk import Desk
from bot.console.workbench.due import due
from bot.console.workbench.part import Part
from handlers import export, nudge
from handlers.handler import Context
from storage import owing, people
from storage.clock import school_day
from storage.owing import NotDone

_ALL = "all"
_COLUMNS: list[dict[str, Any]] = [
    {"name": "name", "label": "姓名", "field": "name", "align": "left", "sortable": True},
    {"name": "class", "label": "班级", "field": "class", "align": "left", "sortable": True},
    {"name": "items", "label": "还没办", "field": "items", "align": "left", "classes": "lx-wrap"},
    {"name": "late", "label": "逾期", "field": "late", "align": "right", "sortable": True},
    {"name": "reach", "label": "推送", "field": "reach", "align": "left", "sortable": True},
]


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
            await nudge.not_done(context)

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
        rows = table_rows(self._kept(seen), seen.now)
        if not rows:
            theme.empty("o_task_alt", "这里没有人落下", "换个班级或事项看看。")
            return
        ui.label(f"{len(rows)} 人").classes("lx-faint")
        table = ui.table(columns=_COLUMNS, rows=rows, row_key="id", pagination=15).classes("lx-table")
        table.props('flat wrap-cells :rows-per-page-options="[15, 30, 60, 0]" rows-per-page-label="每页"')

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
        if self._seen is not None and self._filters() != before:
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


def table_rows(rows: list[NotDone], now: datetime) -> list[dict[str, Any]]:
    """One row per student: what he has not done, how much of it is late, whether a message reaches him."""
    by_student: dict[UUID, list[NotDone]] = {}
    for row in rows:
        by_student.setdefault(row.student_id, []).append(row)
    return [
        {
            "id": student.hex,
            "name": mine[0].name,
            "class": mine[0].class_name,
            "items": "、".join(_words(row, now) for row in mine),
            "late": sum(row.due_at is not None and row.due_at <= now for row in mine),
            "reach": "能收到" if mine[0].bound else "未绑定",
        }
        for student, mine in by_student.items()
    ]


def _words(row: NotDone, now: datetime) -> str:
    when = due(row.due_at, now)
    back = "，被退回" if row.status == "returned" else ""
    return f"{row.title}（{when.words}{back}）" if when.tone == "late" or back else row.title
