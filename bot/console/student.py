"""`/`: the web chat of one student; who he is he says in the chat (绑定)."""

from __future__ import annotations

from nicegui import ui

from bot.app import App
from bot.console import sessions, theme
from bot.console.chat import ChatPanel
from bot.console.live import Live
from bot.console.talk import WebTalk

WELCOME = "问离校的事，我从学校的通知里找答案。第一次来，先发「绑定」。"
SUBTITLE = "离校的事，问我就好"
QUICK = ("我的事项", "填写档案转寄地址", "委托书", "帮助")


def serve(app: App, live: Live) -> None:
    """Registers the page."""

    @ui.page("/", title="离校通")
    async def student() -> None:
        theme.dress()
        talk = WebTalk(app, sessions.chat_address(), live)
        with ui.element("div").classes("lx-page"), ui.element("div").classes("lx-solo"):
            panel = ChatPanel(talk, title="离校通", subtitle=SUBTITLE, welcome=WELCOME, quick=QUICK)
        await panel.open()
