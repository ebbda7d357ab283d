"""The tabs of the workbench, joined: what changes anywhere shows in the open tab and on the badges of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from nicegui import ui

from bot.console.chat import ChatPanel
from bot.console.desk import Desk, Gone
from bot.console.talk import WebTalk
from bot.console.workbench.broadcast import BroadcastPart
from bot.console.workbench.calls import CallsPart
from bot.console.workbench.notices import NoticesPart
from bot.console.workbench.nudge import ask_nudge
from bot.console.workbench.overview import OverviewPart
from bot.console.workbench.part import Part
from bot.console.workbench.questions import QuestionsPart
from bot.console.workbench.review import ReviewPart
from bot.console.workbench.undone import UndonePart
from storage import submissions, unanswered

_SLOW_LOOK: Final = 6.0
"""Seconds between two looks for what other processes changed."""

_WELCOME = "在这里也能办：看名单、审材料、群发、催办。发「帮助」看看。"
_QUICK = ("待审核", "谁没办", "催办", "帮助")


class Board:
    """The workbench of one person. Build it inside a slot, then `await open()` once."""

    def __init__(self, desk: Desk, gone: Callable[[], None], *, office: bool = False) -> None:
        self._desk = desk
        self._gone = gone
        self._looking = asyncio.Lock()
        self._review = ReviewPart(desk)
        self._undone = UndonePart(desk)
        self._questions = QuestionsPart(desk)
        self._calls = CallsPart(desk)
        self._broadcast = BroadcastPart(desk)
        self._overview = OverviewPart(
            desk, to_review=lambda: self._go("review"), to_class=self._to_class, nudge=self._nudge
        )
        self._parts: dict[str, Part[Any]] = {
            "overview": self._overview,
            "review": self._review,
            "undone": self._undone,
            "calls": self._calls,
            "questions": self._questions,
            "broadcast": self._broadcast,
        }
        if office:
            self._parts["notices"] = NoticesPart(desk)
        self._build()

    async def open(self) -> None:
        """Reads everything once. Raises `Gone`."""
        await self._panel.open()
        await self._refresh()
        self._desk.live.work.subscribe(self._look)
        ui.timer(_SLOW_LOOK, self._look, immediate=False)

    def _build(self) -> None:
        names = {
            "overview": "总览",
            "review": "待审核",
            "undone": "未办名单",
            "calls": "电话名单",
            "questions": "未答",
            "broadcast": "群发",
            "notices": "通知",
            "chat": "对话",
        }
        names = {name: label for name, label in names.items() if name in self._parts or name == "chat"}
        with ui.tabs(on_change=self._turned).props("no-caps dense align=left inline-label").classes("lx-tabs") as tabs:
            self._tabs = {name: ui.tab(name, label=label) for name, label in names.items()}
        with self._tabs["review"]:
            self._waiting = _badge()
        with self._tabs["questions"]:
            self._open = _badge()
        with self._tabs["chat"]:
            self._unread = _badge()
        self._bar = tabs
        with ui.tab_panels(tabs, value="overview", animated=False, keep_alive=True).classes("lx-panels"):
            for name, part in self._parts.items():
                with ui.tab_panel(name):
                    part.build()
            with ui.tab_panel("chat"):
                self._chat()

    def _chat(self) -> None:
        desk = self._desk
        talk = WebTalk(desk.app, desk.address, desk.live, after=desk.changed)
        self._panel = ChatPanel(
            talk,
            title="和离校通对话",
            subtitle="工作台能做的，这里说一句也行",
            welcome=_WELCOME,
            quick=_QUICK,
            head=False,
            on_unread=self._count_unread,
        )

    def _count_unread(self, count: int) -> None:
        if self._bar.value == "chat":
            count = 0
        _show(self._unread, count)

    def _go(self, name: str) -> None:
        self._bar.set_value(name)

    def _to_class(self, class_id: UUID) -> None:
        self._undone.show_class(class_id)
        self._go("undone")

    async def _nudge(self) -> None:
        await ask_nudge(self._desk)

    async def _turned(self) -> None:
        if self._bar.value == "undone":
            await self._or_leave(self._undone.opened)
        if self._bar.value == "calls":
            await self._or_leave(self._calls.opened)
        if self._bar.value == "questions":
            await self._or_leave(self._questions.opened)
        await self._look()

    async def _look(self) -> None:
        """Looks again; whoever is gone goes to the door."""
        if self._looking.locked():
            return  # the look under way was asked for by the same news, or the timer comes again
        async with self._looking:
            await self._or_leave(self._refresh)

    async def _or_leave(self, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except Gone:
            self._gone()

    async def _refresh(self) -> None:
        name = str(self._bar.value or "overview")
        if name in self._parts:
            await self._parts[name].refresh()
        else:
            self._panel.read()
        async with self._desk.look() as context:
            assert context.actor is not None
            _show(self._waiting, await submissions.waiting_count(context.session, context.actor))
            _show(self._open, await unanswered.waiting_count(context.session, context.actor))


def _badge() -> ui.badge:
    badge = ui.badge("", color="negative").props("rounded").classes("lx-badge lx-num")
    badge.set_visibility(False)
    return badge


def _show(badge: ui.badge, count: int) -> None:
    badge.set_text(str(count))
    badge.set_visibility(count > 0)
