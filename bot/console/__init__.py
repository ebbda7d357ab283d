"""The counselor's workbench and the web chat (NiceGUI): one file per page.

The pages read and act through the same functions as the chat; they hold no rule of their own and no SQL.
"""

from __future__ import annotations

from fastapi import FastAPI
from nicegui import ui
from starlette.requests import Request

from bot.app import App
from bot.console import demo as demo_page
from bot.console import download, link, sessions, student, theme, work
from bot.console.headers import SafePages
from bot.console.live import Live
from bot.sample.school import SampleSchool
from handlers.messages import Address

__all__ = ["mount"]


def mount(app: App, api: FastAPI, *, demo: SampleSchool | None) -> None:
    """Mounts the pages on `api`: `/` for students, `/work` for staff, with a sample school also `/demo`.

    Once per process and before it serves: NiceGUI keeps one set of pages per process.
    """
    live = Live()
    sessions.keep_under(app.settings.data_dir)
    theme.serve()
    download.serve(app, lambda request: _addresses(app, request, demo))
    link.serve(app)
    student.serve(app, live)
    work.serve(app, live)
    if demo is not None:
        demo_page.serve(app, live, demo)
    api.add_middleware(SafePages, public_url=app.settings.public_url)
    ui.run_with(
        api,
        title="离校通",
        favicon=theme.icon(),
        dark=None,
        language="zh-CN",
        tailwind=False,
        storage_secret=sessions.secret(app.vault),
        session_middleware_kwargs=sessions.cookie_options(app.settings),
        reconnect_timeout=10.0,
        show_welcome_message=False,
    )


def _addresses(app: App, request: Request, demo: SampleSchool | None) -> list[Address]:
    """Whom the browser of this request may speak for."""
    mine = [sessions.chat_address_of(request), sessions.work_address_of(request)]
    played = demo_page.addresses(app, demo) if demo is not None else []
    return [address for address in (*mine, *played) if address is not None]
