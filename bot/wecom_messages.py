"""A reply as messages of 企业微信: texts, a card for the buttons, and the card after a button was pressed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

from bot import texts
from bot.wechat_text import plain
from handlers.messages import Button, Reply

TEXT: Final = 2048
"""Bytes of one text."""
KEY: Final = 1024
"""Bytes of a button's key."""
_TITLE, _BODY, _LABEL, _BUTTONS = 26, 112, 10, 6
"""Characters of a card's title, text and buttons, and how many buttons it has."""

Message = dict[str, Any]


def text(content: str) -> Message:
    """A text message."""
    return {"msgtype": "text", "text": {"content": plain(content)}}


def messages_of(reply: Reply) -> list[Message]:
    """Text and buttons in order; a short text stands on the card of its buttons."""
    if not reply.buttons:
        return [text(part) for part in texts.split(reply.text, TEXT, "bytes")]
    if len(reply.text) <= _BODY and reply.text.strip():
        title, _, body = reply.text.strip().partition("\n")
        if len(title) > _TITLE:
            title, body = "离校通", reply.text.strip()
        return _cards(title, body, reply.buttons)
    return [
        *(text(part) for part in texts.split(reply.text, TEXT, "bytes")),
        *_cards(_title(reply.buttons), "", reply.buttons),
    ]


def pressed(user: str, agent: int, code: str) -> Message:
    """The card after its button was pressed: nothing is left to press. A code is good once."""
    return {"userids": [user], "agentid": agent, "response_code": code, "button": {"replace_name": "已收到"}}


def _title(buttons: Sequence[Button]) -> str:
    return "还可以" if len(buttons) == 1 else "请选择"


def _cards(title: str, body: str, buttons: Sequence[Button]) -> list[Message]:
    """A card holds six buttons; more of them take more cards."""
    parts = [buttons[start : start + _BUTTONS] for start in range(0, len(buttons), _BUTTONS)]
    return [_card(title if i == 0 else "还可以选", body if i == 0 else "", part) for i, part in enumerate(parts)]


def _card(title: str, body: str, buttons: Sequence[Button]) -> Message:
    return {
        "msgtype": "template_card",
        "template_card": {
            "card_type": "button_interaction",
            "main_title": {"title": plain(title)},
            "sub_title_text": plain(body),
            "task_id": uuid4().hex,
            "button_list": [
                {"text": texts.cut(button.label, _LABEL, "chars"), "style": 1, "key": button.action}
                for button in buttons
            ],
        },
    }
