"""How the console looks: one style sheet, two colour schemes, system fonts, nothing from outside."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from nicegui import app, ui

_SHEET: Final = Path(__file__).with_name("theme.css")
_URL: Final = "/console/theme.css"
_ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="19" fill="#1f6b5c"/>'
    '<path d="M14 26 32 17l18 9-18 9z" fill="#fff"/><path d="M21 33v9c6 5 16 5 22 0v-9l-11 5.500z" fill="#dcebe5"/>'
    '<path d="M50 26v14" stroke="#f0c66f" stroke-width="3" stroke-linecap="round"/></svg>'
)


def serve() -> None:
    """Registers the style sheet's address; called once per process."""
    app.add_static_file(local_file=_SHEET, url_path=_URL)


def icon() -> str:
    """The mark as an inline picture: NiceGUI takes it as the page's icon."""
    return _ICON


def dress() -> None:
    """Gives the page being built its style sheet, colours and scheme (dark where the system is dark)."""
    version = hashlib.sha256(_SHEET.read_bytes()).hexdigest()[:12]
    ui.add_head_html(f'<link rel="stylesheet" href="{_URL}?v={version}">')
    ui.colors(primary="#1f6b5c", secondary="#5d6a65", accent="#8a5a08", positive="#1f6b5c", negative="#a8452a")


def mark() -> None:
    """The little sign beside the name."""
    ui.html(_ICON, sanitize=False).style("width:34px;height:34px;flex:none")


def brand(subtitle: str) -> None:
    """Sign, name and one line below it."""
    mark()
    with ui.element("div").classes("lx-brand-box"):
        ui.label("离校通").classes("lx-brand").style("line-height:1.2")
        ui.label(subtitle).classes("lx-chat-sub lx-clip")


def empty(icon_name: str, title: str, hint: str) -> None:
    """What an empty list says: what would stand here, and how it gets here."""
    with ui.element("div").classes("lx-empty"):
        ui.icon(icon_name)
        ui.label(title).classes("lx-empty-title")
        ui.label(hint)


def button(label: str, *, quiet: bool = False, icon_name: str | None = None) -> ui.button:
    """A button in the house style: one filled per view, the others quiet."""
    made = ui.button(label, icon=icon_name, color=None).props("unelevated no-caps")
    return made.classes("lx-btn-quiet" if quiet else "lx-btn")
