"""Alarms reach people: the office and the operator are told once, in their own chat, what is wrong or was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.alarms import Alarm, Alarms
from bot.quiet import Quiet
from storage import announcements, pulse
from storage.clock import SCHOOL
from storage.database import Database

WATCH_EVERY = timedelta(seconds=15)
PATIENCE = timedelta(minutes=1)
"""What is over sooner is in the log and in /health, and nobody's business."""
LATE = timedelta(minutes=15)
"""So long something that is due may wait, quiet hours apart, before it is a backlog."""
BACKLOG = "backlog"


class Watcher:
    """Of one process. It asks the store, so it tells of a store that was away when that is back."""

    def __init__(self, database: Database, alarms: Alarms, quiet: Quiet, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._alarms = alarms
        self._quiet = quiet
        self._clock = clock
        self._late_since: datetime | None = None

    async def watch(self) -> int:
        """Looks for a backlog and tells what is to be told; gives how many alarms that were."""
        now = self._clock()
        async with self._database.read() as session:
            due = await pulse.due_since(session, now)
        self._look_at(due, now)
        known = (*self._alarms.standing.items(), *self._alarms.over)
        lasting = [(name, one) for name, one in known if (one.until or now) - one.since >= PATIENCE]
        telling = [(name, one) for name, one in lasting if not one.told]
        if telling:
            async with self._database.begin() as session:
                staff = await announcements.keepers(session)
                for name, alarm in telling:
                    for one in staff:
                        await announcements.announce(session, f"alarm-{name}", one, said(alarm), (), now)
            for _, alarm in telling:
                alarm.told = True
        self._alarms.over.clear()
        return len(telling)

    def _look_at(self, due: datetime | None, now: datetime) -> None:
        """A backlog: something has been late at every look for so long. What quiet hours held back gets that time."""
        if due is None or now - due < LATE or self._quiet.at(now):
            self._late_since = None
            self._alarms.clear(BACKLOG)
            return
        self._late_since = self._late_since or now
        if now - self._late_since >= LATE:
            self._alarms.note(BACKLOG, f"有消息该发而 {LATE.seconds // 60} 分钟以上没有发出去")


def said(alarm: Alarm) -> str:
    """The alarm in words."""
    since = alarm.since.astimezone(SCHOOL)
    if alarm.until is None:
        return (
            f"系统告警：{alarm.words}（{since:%m-%d %H:%M} 起）。\n"
            "消息一条也没有丢，恢复后会自动接着发。请转告运维同事看一下服务器的 /health。"
        )
    until = alarm.until.astimezone(SCHOOL)
    return f"系统告警，已恢复：{alarm.words}（{since:%m-%d %H:%M} 至 {until:%H:%M}）。消息没有丢，不用处理。"
