"""Buttons below a message of Telegram."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.telegram_updates import NAME
from handlers.messages import Button

ACTION_BYTES = 64
_ROW = 18
"""Characters side by side on a narrow phone."""

log = structlog.get_logger()


def keyboard_of(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """As many buttons side by side as a narrow phone shows."""
    rows: list[list[InlineKeyboardButton]] = []
    room = 0
    for button in buttons:
        if len(button.action.encode()) > ACTION_BYTES:  # a bug of ours; the rest of the reply is still of use
            log.error("button left out: its action is too long", channel=NAME)
            continue
        width = len(button.label) + 2
        if width > room:
            rows.append([])
            room = _ROW
        rows[-1].append(InlineKeyboardButton(button.label, callback_data=button.action))
        room -= width
    return InlineKeyboardMarkup(rows) if rows else None
