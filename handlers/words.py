"""Words that are commands: how a message is compared with them."""

from __future__ import annotations

import unicodedata

_MARKS = "。.!~ 「」\"'?"

COMMANDS = frozenset(
    (
        *("帮助", "菜单", "help", "menu", "?", "我是谁", "解绑", "待批绑定"),
        *("我的数据", "我的信息", "导出", "导出我的数据", "撤回同意", "删除我的数据"),
        *("我的事项", "事项", "进度", "我的进度"),
    )
)
"""Said in the middle of something else, these still mean what they always mean."""


def word_of(text: str) -> str:
    """The message as a word to compare: one width, lower case, without marks around it or a bot's name behind a
    slash command ('/start@lixiao_bot abc' is '/start')."""
    word = unicodedata.normalize("NFKC", text).lower().strip()
    word = word.strip(_MARKS) or word
    return word.split("@")[0].split()[0] if word.startswith("/") and len(word) > 1 else word


def is_command(text: str) -> bool:
    """Whether the message is a command by itself."""
    word = word_of(text)
    return word in COMMANDS or word.startswith("/")
