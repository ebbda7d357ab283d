"""People at the Telegram stand-in: what they do becomes updates as the Bot API words them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.telegram import Telegram

BOT_ID = 7000000001
USERNAME = "lixiao_test_bot"

Json = dict[str, Any]


@dataclass
class Sent:
    """One message of the bot, as people see it."""

    id: int
    chat: int
    text: str
    buttons: list[tuple[str, str]]
    links: list[str] = field(default_factory=list)
    document: bytes | None = None
    name: str | None = None
    raw: Json = field(default_factory=dict)


@dataclass
class Person:
    """A user in his private chat with the bot, or in a group."""

    telegram: Telegram
    id: int
    name: str = "小满"

    def says(self, text: str, *, group: int | None = None, reply_to: Sent | None = None) -> Json:
        """Sends a text; commands and mentions get their entities."""
        message = self._message(group) | {"text": text, "entities": _entities(text)}
        if reply_to is not None:
            message["reply_to_message"] = self._message(group) | {"from": bot_user(), "text": reply_to.text}
        return self.telegram.happens(message=message)

    def edits(self, message: Json, text: str) -> Json:
        """Changes a text he sent."""
        edited = message["message"] | {"text": text, "edit_date": int(time.time())}
        return self.telegram.happens(edited_message=edited)

    def sends_photo(self, data: bytes) -> Json:
        """Sends a photo, of which Telegram makes two sizes."""
        small, large = self.telegram.keep(data[:10]), self.telegram.keep(data)
        sizes = [
            {"file_id": one, "file_unique_id": one, "width": side, "height": side, "file_size": size}
            for one, side, size in ((small, 90, 10), (large, 1280, len(data)))
        ]
        return self.telegram.happens(message=self._message(None) | {"photo": sizes})

    def sends_document(self, data: bytes, name: str, *, size: int | None = None) -> Json:
        """Sends a file; `size`: what Telegram says of it, where that differs."""
        kept = self.telegram.keep(data, name, size)
        said = len(data) if size is None else size
        document = {"file_id": kept, "file_unique_id": kept, "file_name": name, "file_size": said}
        return self.telegram.happens(message=self._message(None) | {"document": document})

    def sends_sticker(self) -> Json:
        """Sends a sticker, which has neither text nor file for us."""
        sticker = {
            "file_id": "s",
            "file_unique_id": "s",
            "type": "regular",
            "width": 9,
            "height": 9,
            "is_animated": False,
            "is_video": False,
        }
        return self.telegram.happens(message=self._message(None) | {"sticker": sticker})

    def presses(self, sent: Sent, label: str, *, data: str | None = None) -> Json:
        """Presses a button of a message; `data`: a client that was tampered with sends this instead."""
        action = data if data is not None else dict(sent.buttons)[label]
        query = str(next(self.telegram.numbers))
        self.telegram.queries.add(query)
        pressed = {"id": query, "from": self._user(), "chat_instance": "1", "data": action, "message": sent.raw}
        return self.telegram.happens(callback_query=pressed)

    def blocks(self) -> Json:
        """Blocks the bot."""
        self.telegram.blocked.add(self.id)
        return self._membership(self._chat(None), "member", "kicked")

    def adds_bot(self, group: int) -> Json:
        """Adds the bot to a group."""
        self.telegram.groups.add(group)
        return self._membership(self._chat(group), "left", "member")

    def removes_bot(self, group: int) -> Json:
        """Throws the bot out of a group."""
        self.telegram.groups.discard(group)
        return self._membership(self._chat(group), "member", "kicked")

    def _membership(self, chat: Json, before: str, after: str) -> Json:
        def member(status: str) -> Json:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"status": status, "user": bot_user(), **until}

        change = {"chat": chat, "from": self._user(), "date": int(time.time())}
        return self.telegram.happens(
            my_chat_member=change | {"old_chat_member": member(before), "new_chat_member": member(after)}
        )

    def _message(self, group: int | None) -> Json:
        if group is None:
            self.telegram.started.add(self.id)
        number = next(self.telegram.numbers)
        return {"message_id": number, "date": int(time.time()), "chat": self._chat(group), "from": self._user()}

    def _user(self) -> Json:
        return {"id": self.id, "is_bot": False, "first_name": self.name}

    def _chat(self, group: int | None) -> Json:
        if group is None:
            return {"id": self.id, "type": "private", "first_name": self.name}
        return {"id": group, "type": "supergroup" if group < -(10**12) else "group", "title": "会计1班"}


def bot_user() -> Json:
    return {"id": BOT_ID, "is_bot": True, "first_name": "离校通", "username": USERNAME}


def _entities(text: str) -> list[Json]:
    found = []
    for kind, pattern in (("bot_command", r"/\w+(?:@\w+)?"), ("mention", r"(?<!\w)@\w{5,}")):
        for one in re.finditer(pattern, text):
            start = len(text[: one.start()].encode("utf-16-le")) // 2
            found.append({"type": kind, "offset": start, "length": len(one[0].encode("utf-16-le")) // 2})
    return found
