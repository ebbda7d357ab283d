"""The daily digest: only what the student has not done, computed when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.due import short_due_words
from handlers.messages import Button, Reply
from handlers.outgoing import NOTHING_LEFT, Drop, Rendered
from storage.deliveries import Claimed
from storage.items import ItemView, items_of_many

DAYS_BEFORE = frozenset({7, 3, 1, 0})
"""A student is reminded this many days ahead …"""
DAYS_AFTER = frozenset(range(1, 31, 2))
"""… and on these days after the due date: every second day, for a month."""
AHEAD = 7
"""A digest that goes out shows everything due within these days, so that the picture is whole."""
LINES = 6


def on_ladder(opens_on: date | None, due_on: date | None, today: date) -> bool:
    """Whether this is a day to remind of an item: it opens today, is due in so many days, or was due so many ago."""
    if opens_on is not None and today <= opens_on:
        return today == opens_on
    if due_on is None:
        return False
    left = (due_on - today).days
    return left in DAYS_BEFORE or -left in DAYS_AFTER


async def render_digests(session: AsyncSession, rows: Sequence[Claimed], now: datetime) -> Rendered:
    """The digests of many students; who has nothing left on today's ladder gets none."""
    views = await items_of_many(session, [row.student_id for row in rows if row.student_id], now)
    return {row.id: digest(views.get(row.student_id, [])) if row.student_id else NOTHING_LEFT for row in rows}


def digest(views: Sequence[ItemView]) -> Reply | Drop:
    """What one student still has to do: overdue first, at most one screen."""
    left = [view for view in views if not view.settled]
    if not any(on_ladder(view.opens_on, view.due_on, view.today) for view in left):
        return NOTHING_LEFT
    shown = [view for view in left if _shown(view)]
    overdue = sum(view.overdue for view in shown)
    head = f"早上好，有 {len(shown)} 件离校事项等你办" + (f"，其中 {overdue} 件已过期：" if overdue else "：")
    return Reply("\n".join([head, *lines(shown), *_rest(left, shown)]), buttons(shown))


def lines(views: Sequence[ItemView]) -> list[str]:
    """One line or two per item, numbered, with what is left of the time; what does not fit is counted."""
    found = [
        f"{place}. {icon(view)} {view.title}\n   {short_due_words(view)}" for place, view in enumerate(views[:LINES], 1)
    ]
    return found + ([f"…… 还有 {len(views) - LINES} 件"] if len(views) > LINES else [])


def icon(view: ItemView) -> str:
    """The sign of an item's state, readable at a glance."""
    if view.status in ICONS:
        return ICONS[view.status]
    if view.overdue:
        return "⏰"
    return "📌" if view.days_left is not None and view.days_left <= 1 else "▫️"


ICONS = {"done": "✅", "waived": "➖", "handed_in": "📨", "returned": "↩️"}


def buttons(views: Sequence[ItemView]) -> tuple[Button, ...]:
    """The form that can be handed in here and now, and the whole list."""
    forms = {view.form: view.title for view in reversed(views) if view.form}
    first = [Button(f"现在填：{title[:10]}", f"form:start:{form}") for form, title in list(forms.items())[-1:]]
    return (*first, Button("我的事项", "item:page:1"))


def _shown(view: ItemView) -> bool:
    soon = view.days_left is not None and view.days_left <= AHEAD
    return view.opens_on == view.today or (soon and (view.opens_on is None or view.opens_on <= view.today))


def _rest(left: Sequence[ItemView], shown: Sequence[ItemView]) -> list[str]:
    others = len(left) - len(shown)
    return [f"另有 {others} 件不急，发「我的事项」看全部。"] if others else []
