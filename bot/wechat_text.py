"""Text as WeChat clients show it: what is no link of ours must not become one (T12)."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

from handlers.messages import Button, Reply

_UNSAFE: Final = re.compile(r"[&<>\"'%#?+\s]")
"""Signs that would end a link; the rest stays readable, and a third as long."""
_TAG: Final = re.compile(r"<(?=[A-Za-z/!])")

NOT_READ: Final = "我只看得懂文字、照片和文件。请打字告诉我。"
"""What a voice message or a sticker is answered."""

UNREAD: Final = frozenset({"voice", "video", "shortvideo", "location", "link"})
"""Kinds of messages that we do not understand."""

MENU: Final[dict[str, Any]] = {
    "button": [
        {"type": "click", "name": "我的事项", "key": "item:page:1"},
        {"type": "click", "name": "绑定身份", "key": "bind:start"},
        {"type": "click", "name": "帮助", "key": "help:show"},
    ]
}
"""The menu below the chat: both platforms read it alike."""


def plain(text: str) -> str:
    """The text without anything that a client would take for a link's markup."""
    return _TAG.sub("＜", text)


def with_links(reply: Reply) -> str:
    """The text with its buttons below, a line each: to press one is to send its label back with its action."""
    lines = [_link(button) for button in reply.buttons]
    return "\n".join(filter(None, [plain(reply.text), *lines]))


def _link(button: Button) -> str:
    label, action = (_UNSAFE.sub(lambda sign: quote(sign[0]), text) for text in (button.label, button.action))
    shown = plain(button.label)
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={label}&msgmenuid={action}">【{shown}】</a>'
