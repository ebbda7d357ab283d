"""What the callbacks of WeChat Work and of an Official Account have in common: how a call is read and answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from bot import wechat_xml
from bot.channel import Hook, NotFetched, SendError
from bot.intake import TOO_LARGE
from bot.wechat_client import Api, TooLarge
from bot.wechat_text import NOT_READ, UNREAD
from bot.wechat_xml import Fields
from handlers.messages import Address, Incoming, Remote, Reply
from storage.database import Database
from storage.files import FileStore

_NOT_FETCHED: Final = "这个文件没有取到，请再发一次。"


def is_check(hook: Hook) -> bool:
    """Whether the platform checks our address instead of bringing a message."""
    return "echostr" in hook.query and not hook.body


def or_not_read(fields: Fields, reply: Reply | None) -> Reply | None:
    """The reply, or what is said to a voice message or a sticker that nothing answered."""
    return Reply(NOT_READ) if reply is None and fields.get("MsgType") in UNREAD else reply


def answer(to: str, sender: str, content: str, hook: Hook) -> str:
    """The XML of a text that answers a call."""
    return wechat_xml.write(
        {
            "ToUserName": to,
            "FromUserName": sender,
            "CreateTime": int(hook.received_at.timestamp()),
            "MsgType": "text",
            "Content": content,
        }
    )


def incoming(
    channel: str, account: str, fields: Fields, hook: Hook, number: str, text: str = "", **more: Any
) -> Incoming | None:
    """A message of the member or follower who wrote. None: the platform gave no number, so a repetition could not be
    told."""
    user, said = fields["FromUserName"], fields.get("CreateTime", "")
    if not number:
        return None
    at = datetime.fromtimestamp(int(said), UTC) if said.isdigit() and len(said) < 12 else hook.received_at
    return Incoming(number, Address(channel, user, user), text, at, account=account, **more)


async def fetch(api: Api[Any], remote: Remote, limit: int) -> bytes:
    """A file by the platform's id. Raises `NotFetched`."""
    try:
        return await api.call(lambda client: client.download(remote.handle, limit))
    except TooLarge:
        raise NotFetched(TOO_LARGE) from None
    except SendError:
        raise NotFetched(_NOT_FETCHED) from None


async def stored(database: Database, files: FileStore, file_id: UUID) -> bytes:
    """The bytes of a file that goes out. Raises `SendError`, for good, where it was removed since."""
    async with database.read() as session:
        try:
            return await files.load(session, file_id)
        except LookupError:
            raise SendError("文件已经不在了", permanent=True) from None
