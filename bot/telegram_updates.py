"""Telegram's updates → our messages. What is not for us, or unknown, is no message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, MessageEntity, Update, User

from handlers.messages import Address, Incoming, Remote

NAME: Final = "telegram"

MENU: Final = (
    ("items", "我的事项"),
    ("menu", "菜单"),
    ("help", "帮助"),
    ("bind", "绑定"),
    ("whoami", "我是谁"),
    ("mydata", "我的数据"),
    ("unbind", "解绑"),
)
"""The commands of the menu and what is said by them."""

GROUP_MENU: Final = (("bindclass", "绑定班级"), ("unbindclass", "解绑班级"), ("help", "帮助"))
"""The same in groups."""

_SAID: Final = dict(MENU + GROUP_MENU)
_COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
_IN: Final = ("member", "administrator", "creator", "restricted")


@dataclass(frozen=True, slots=True)
class Me:
    """Who we are on Telegram. The id stands in the token; the name is known when Telegram has told it."""

    id: int
    username: str | None = None

    def is_named(self, name: str) -> bool:
        return self.username is not None and name.lower() == self.username.lower()


def incoming_of(update: Update, me: Me, received_at: datetime) -> Incoming | None:
    """The message of an update, or None."""
    reader = _Reader(update.update_id, me, received_at)
    if update.callback_query is not None:
        return reader.pressed(update.callback_query)
    if update.edited_message is not None:
        return reader.said(update.edited_message, "edited")
    if update.message is not None:
        return reader.moved(update.message) or reader.said(update.message, None)
    if update.my_chat_member is not None:
        return reader.membership(update.my_chat_member)
    return None


@dataclass(frozen=True, slots=True)
class _Reader:
    number: int
    me: Me
    received_at: datetime

    def pressed(self, query: CallbackQuery) -> Incoming | None:
        if query.data is None or query.message is None:
            return None
        return self._incoming(query.message.chat, query.from_user, self.received_at, action=query.data)

    def said(self, message: Message, event: str | None) -> Incoming | None:
        sender = message.from_user
        if sender is None or sender.is_bot or message.chat.type == Chat.CHANNEL:
            return None
        if message.chat.type != Chat.PRIVATE:
            return self._in_group(message, sender, event)
        text = _command(message.text or message.caption or "", self.me) or ""
        remote = _remote(message)
        if not text and not remote:
            event = "unreadable"
        return self._incoming(message.chat, sender, message.date, text=text, remote=remote, event=event)

    def _in_group(self, message: Message, sender: User, event: str | None) -> Incoming | None:
        """Only what is said to us: a command, our name, an answer to one of our messages. Files are none of that."""
        text = _addressed(message, self.me)
        if text is None:
            return None
        return self._incoming(message.chat, sender, message.date, text=text, event=event)

    def moved(self, message: Message) -> Incoming | None:
        """A group became a supergroup; Telegram says so in the old one and in the new one."""
        old, new = message.chat.id, message.migrate_to_chat_id
        if message.migrate_from_chat_id is not None:
            old, new = message.migrate_from_chat_id, message.chat.id
        if new is None:
            return None
        return self._event(str(old), "0", f"moved:{new}")

    def membership(self, change: ChatMemberUpdated) -> Incoming | None:
        before, after = change.old_chat_member.status in _IN, change.new_chat_member.status in _IN
        if before == after or change.chat.type == Chat.CHANNEL:
            return None
        chat, user = str(change.chat.id), str(change.from_user.id)
        if change.chat.type == Chat.PRIVATE:
            return None if after else self._event(chat, user, "blocked")
        return self._event(chat, user, "joined" if after else "left")

    def _event(self, chat: str, user: str, event: str) -> Incoming:
        return Incoming(
            id=str(self.number),
            sender=Address(NAME, chat, user),
            text="",
            sent_at=self.received_at,
            account=str(self.me.id),
            event=event,
        )

    def _incoming(
        self,
        chat: Chat,
        sender: User,
        sent_at: datetime,
        *,
        text: str = "",
        action: str | None = None,
        remote: tuple[Remote, ...] = (),
        event: str | None = None,
    ) -> Incoming:
        return Incoming(
            id=str(self.number),
            sender=Address(NAME, str(chat.id), str(sender.id)),
            text=text,
            sent_at=sent_at,
            action=action,
            account=str(self.me.id),
            remote=remote,
            event=event,
        )


def _remote(message: Message) -> tuple[Remote, ...]:
    """The largest size of a photo, or the document. The file's own name is often a person's name: it is left there."""
    if message.photo:
        best = max(message.photo, key=lambda size: size.width * size.height)
        return (Remote(best.file_id, size=best.file_size),)
    if message.document:
        return (Remote(message.document.file_id, size=message.document.file_size),)
    return ()


def _command(text: str, me: Me) -> str | None:
    """A command of the menu as the words it stands for; None: it is another bot's."""
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return text
    name, bot, rest = found.groups()
    if bot and not me.is_named(bot):
        return None
    said = _SAID.get(name.lower(), f"/{name}")
    return f"{said} {rest.strip()}" if rest else said


def _addressed(message: Message, me: Me) -> str | None:
    """What is said to us in a group; None: it is not said to us."""
    text = message.text or message.caption or ""
    if text.startswith("/"):
        return _command(text, me)
    answered = message.reply_to_message
    if answered is not None and answered.from_user is not None and answered.from_user.id == me.id:
        return text or None
    return _named(message, text, me)


def _named(message: Message, text: str, me: Me) -> str | None:
    """The text without our name, where it is called."""
    kinds: list[str | None] = [MessageEntity.MENTION, MessageEntity.TEXT_MENTION]
    entities = message.parse_entities(kinds) if message.text else message.parse_caption_entities(kinds)
    for entity, part in entities.items():
        is_ours = entity.user.id == me.id if entity.user else me.is_named(part.removeprefix("@"))
        if is_ours:
            return text.replace(part, " ", 1).strip() or "帮助"
    return None
