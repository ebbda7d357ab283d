"""The daily digest: only what the student has not done and wants to hear of, computed when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.due import short_due_words
from handlers.messages import Button, Reply
from handlers.outgoing import NOTHING_LEFT, Drop, Rendered
from storage import committee
from storage.clock import school_day
from storage.deliveries import Claimed
from storage.items import ItemView, facts_of, items_of_many, listed
from storage.ladder import Ladder, ladders
from storage.reminders import Standing, may_sleep, standings

AHEAD = 7
"""A digest that goes out shows everything due within these days, so that the picture is whole."""
LINES = 6
_USUAL, _OPEN = Ladder(), Standing()


async def render_digests(session: AsyncSession, rows: Sequence[Claimed], now: datetime) -> Rendered:
    """The digests of many students; who has nothing left on today's ladder gets none."""
    students, today = [row.student_id for row in rows if row.student_id], school_day(now)
    views = await items_of_many(session, students, now)
    decided = await standings(session, students, today)
    schools = {student: facts.school_id for student, facts in (await facts_of(session, students)).items()}
    steps = await ladders(session)
    late = committee.told_of(
        [i for i in await listed(session, statuses=("published",)) if i.actor == "student"], steps, today
    )
    behind = await committee.behind(session, students, late)
    return {
        row.id: digest(
            views.get(student, []),
            steps.get(schools[student], _USUAL) if student in schools else _USUAL,
            decided[student],
            behind.get(student, 0),
        )
        if (student := row.student_id)
        else NOTHING_LEFT
        for row in rows
    }


def digest(
    views: Sequence[ItemView], ladder: Ladder = _USUAL, standing: Standing = _OPEN, classmates: int = 0
) -> Reply | Drop:
    """What one student still has to do: critical and overdue first, at most one screen. `classmates` is how many of his
    class are far behind, for one of the committee.
    """
    left = [view for view in views if not view.settled]
    heard = [view for view in left if standing.hears(view, view.today)]
    asked = 0 if standing.muted else classmates
    if not any(_is_due(view, ladder, standing) for view in heard):
        return Reply(_class_words(asked)) if asked else NOTHING_LEFT
    shown = sorted((view for view in heard if _shown(view, ladder, standing)), key=_critical_first)
    overdue = sum(view.overdue for view in shown)
    head = f"早上好，有 {len(shown)} 件离校事项等你办" + (f"，其中 {overdue} 件已过期：" if overdue else "：")
    said = [head, *lines(shown), *_rest(left, shown, standing), *([_class_words(asked)] if asked else [])]
    later = any(may_sleep(view, view.today) for view in shown)
    return Reply("\n".join(said), (*buttons(shown), *([Button("稍后提醒", "remind:later")] if later else [])))


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


def _is_due(view: ItemView, ladder: Ladder, standing: Standing) -> bool:
    """Whether today is a day to tell of it: a step of the ladder, one missed since the last digest, or his own wish."""
    if standing.woke(view, view.today, ladder.catches_up):
        return True
    step = ladder.due_step(view.opens_on, view.due_on, view.published_on, view.today)
    return step is not None and (step == view.today or standing.told_on is None or standing.told_on < step)


def _shown(view: ItemView, ladder: Ladder, standing: Standing) -> bool:
    if _is_due(view, ladder, standing):
        return True
    soon = view.days_left is not None and view.days_left <= AHEAD
    return soon and (view.opens_on is None or view.opens_on <= view.today)


def _critical_first(view: ItemView) -> bool:
    """What must not be missed stands before what does not fit on the screen."""
    return not (view.critical and view.overdue)


def _rest(left: Sequence[ItemView], shown: Sequence[ItemView], standing: Standing) -> list[str]:
    if standing.muted:
        return ["你停止了提醒，这里只说学校标为关键的事。发「恢复提醒」照常提醒。"]
    others = len(left) - len(shown)
    why = "不急或推后的" if any(standing.sleeps(view, view.today) for view in left) else "不急"
    return [f"另有 {others} 件{why}，发「我的事项」看全部。"] if others else []


def _class_words(classmates: int) -> str:
    return (
        f"你是班委：班里还有 {classmates} 位同学的离校事项已经过期多天，请在班群里提醒大家看看自己的「我的事项」。"
        "具体是谁、是什么事，由辅导员联系本人。"
    )
