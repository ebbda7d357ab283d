"""A number or a button's word that fits nothing offered: said so, and no question for the teachers' list."""

from __future__ import annotations

from handlers.choosing import number_of
from handlers.handler import Context
from handlers.messages import Incoming, Reply
from knowledge.text import plain

NOT_OFFERED = "现在没有这个选项。请把选项上的字打全再发一次，或发「菜单」看看现在能办什么。"
_WORDS = frozenset(
    {"更多", "上一页", "下一页", "已知悉", "有困难", "我已办好", "办好了", "看名单", "看进度", "刷新"}
    | {"确认提交", "接着填", "重新填", "去修改", "修改重交", "不改了"}
)


async def unoffered(message: Incoming, context: Context) -> Reply | None:
    """The handler: asked when nobody else took the words."""
    if context.is_group or message.action is not None or message.attachments:
        return None
    is_choice = number_of(message.text) is not None or plain(message.text).strip("【】") in _WORDS
    return Reply(NOT_OFFERED) if is_choice else None
