"""企业微信: calls come sealed, short answers go with the acknowledgement, everything else is pushed.

A person is his user id; 'robot:<id>' is a class group's robot, 'appchat:<id>' a group that the app made. Messages go
over connections that stay open (`bot.wechat_posts`), files and the rest through wechatpy (`bot.wechat_client`).
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast

import structlog

from bot import wechat_xml
from bot.channel import Capabilities, Forged, Hook, Response, SendError, Sent
from bot.wechat_calls import answer, fetch, incoming, is_check, or_not_read, stored
from bot.wechat_client import Api, Work
from bot.wechat_crypto import Envelope
from bot.wechat_errors import of_code
from bot.wechat_text import MENU
from bot.wechat_xml import BadXml, Fields
from bot.wecom_messages import TEXT, Message, messages_of, pressed, text
from handlers.messages import Address, Attachment, Incoming, Remote, Reply
from storage import tokens
from storage.database import Database
from storage.files import FileStore

if TYPE_CHECKING:
    from bot.registry import Parts

ROBOT, APPCHAT = "robot:", "appchat:"
"""How the chats of class groups begin."""

_EVENTS: Mapping[str, str] = {"subscribe": "subscribed", "unsubscribe": "blocked"}
_PICTURES = ("image/jpeg", "image/png")

log = structlog.get_logger()


def make(parts: Parts) -> WecomChannel:
    """The channel of the settings."""
    settings = parts.settings
    corp, agent = settings.wecom_corp_id, settings.wecom_agent_id
    client = Work(corp, settings.wecom_secret.get_secret_value(), settings.wecom_api)
    return WecomChannel(
        Api(client, parts.database, parts.clock, f"{WecomChannel.name}:{corp}:{agent}"),
        Envelope(settings.wecom_token.get_secret_value(), settings.wecom_aes_key.get_secret_value(), corp),
        parts.database,
        parts.files,
        corp=corp,
        agent=agent,
    )


class WecomChannel:
    """One application of one corporation."""

    name: ClassVar[str] = "wecom"
    can: ClassVar[Capabilities] = Capabilities(group=True, text_limit=TEXT, text_unit="bytes")
    batch: ClassVar[int] = 1000
    patience: ClassVar[timedelta] = timedelta(seconds=4)

    def __init__(
        self, api: Api[Work], envelope: Envelope, database: Database, files: FileStore, *, corp: str, agent: int
    ) -> None:
        self.api = api
        self.envelope = envelope
        self._database = database
        self._files = files
        self._corp = corp
        self._agent = agent

    # --- calls of the platform ---

    def verify(self, hook: Hook) -> None:
        """Signature, age, padding and receiver; a body that is not sealed is none of the platform's."""
        self._opened(hook)

    def parse(self, hook: Hook) -> list[Incoming]:
        """The message or event of a call; a check of our address and unknown kinds are none."""
        if is_check(hook):
            return []
        fields = self._fields(hook)
        sender = fields.get("FromUserName", "")
        if not sender or fields.get("AgentID", str(self._agent)) != str(self._agent):
            return []
        found = _event(fields, hook) if fields.get("MsgType") == "event" else _message(fields, hook)
        return [found] if found else []

    def acknowledge(self, hook: Hook, reply: Reply | None) -> Response:
        """The checked text, a sealed answer, or nothing."""
        if is_check(hook):
            return Response(body=self._opened(hook), headers={"X-Content-Type-Options": "nosniff"})
        fields = self._fields(hook)
        if (reply := or_not_read(fields, reply)) is None:
            return Response()
        xml = answer(fields["FromUserName"], self._corp, text(reply.text)["text"]["content"], hook)
        return Response(body=self.envelope.seal(xml, hook.received_at).encode(), media_type="application/xml")

    def fits(self, reply: Reply) -> bool:
        """A text without buttons and files."""
        return not reply.buttons and not reply.files and len(reply.text.encode()) <= TEXT

    async def afterwards(self, hook: Hook) -> None:
        """Takes the buttons off a card whose button was pressed; the platform lets us once. Never raises."""
        fields = {} if is_check(hook) else self._fields(hook)
        code, user = fields.get("ResponseCode"), fields.get("FromUserName", "")
        if fields.get("Event") != "template_card_event" or not code:
            return
        body = pressed(user, self._agent, code)
        try:
            await self.api.post("message/update_template_card", body)
        except SendError as error:
            log.warning("card not updated", channel=self.name, reason=error.reason)

    async def open(self, public_url: str) -> None:
        """Sets the application's menu. Raises `SendError`."""
        await self.api.call(lambda client: client.menu.create(self._agent, MENU))

    async def close(self) -> None:
        """Closes the connections."""
        await self.api.close()

    # --- files in ---

    async def fetch(self, remote: Remote, limit: int) -> bytes:
        """A file by the platform's id. Raises `NotFetched`."""
        return await fetch(self.api, remote, limit)

    # --- out ---

    async def send(self, to: Address, reply: Reply) -> Sent:
        """Sends text, card and files in order. Raises `SendError`; unknown once a part of it is there."""
        post = self._post_to(to)
        messages = await self._messages(reply, to)
        sent: list[str] = []
        for number, message in enumerate(messages):
            try:
                sent.append(await post(message))
            except SendError as error:
                if number == 0:
                    raise
                raise SendError(f"只发出一部分：{error.reason}", unknown=True) from None
        return Sent(",".join(filter(None, sent)))

    def parts(self, reply: Reply) -> int:
        """Texts, cards and files: what is over 30 a minute is dropped without a word (T22)."""
        return max(len(messages_of(reply)) + len(reply.files), 1)

    async def recall(self, platform_id: str) -> None:
        """Takes all messages of a reply back, from everybody they went to; for a day. Raises `SendError`."""
        for part in platform_id.split(","):
            await self._take_back(part)

    async def _take_back(self, msgid: str) -> None:
        await self.api.call(lambda client: client.post("message/recall", data={"msgid": msgid}))

    async def send_many(self, to: Sequence[Address], reply: Reply) -> dict[Address, Sent | SendError]:
        """The same to many people, a thousand a call; who could not be reached is told one by one."""
        found: dict[Address, Sent | SendError] = {}
        for start in range(0, len(to), self.batch):
            part = to[start : start + self.batch]
            found |= await self._send_part(part, reply)
        return found

    async def _send_part(self, to: Sequence[Address], reply: Reply) -> dict[Address, Sent | SendError]:
        left = {address.user.lower(): address for address in to}
        found: dict[Address, Sent | SendError] = {}
        sent: list[str] = []
        try:
            for message in await self._messages(reply, to[0]):
                answer = await self._message(list(left), message)
                for user in _invalid(answer) & left.keys():
                    found[left.pop(user)] = of_code(81013)
                sent.append(str(answer.get("msgid", "")))
                found |= dict.fromkeys(left.values(), Sent(",".join(sent)))
                if not left:
                    break
        except SendError as error:
            begun = any(isinstance(one, Sent) for one in found.values())
            trouble = SendError(f"只发出一部分：{error.reason}", unknown=True) if begun else error
            found |= dict.fromkeys(left.values(), trouble)
        return found

    def _post_to(self, to: Address) -> Any:
        if to.chat.startswith(ROBOT):
            return lambda message: self._robot(to.chat, message)
        if to.chat.startswith(APPCHAT):
            return lambda message: self._appchat(to.chat.removeprefix(APPCHAT), message)
        return lambda message: self._person(to.user, message)

    async def _person(self, user: str, message: Message) -> str:
        answer = await self._message([user], message)
        if _invalid(answer):
            raise of_code(81013)
        return str(answer.get("msgid", ""))

    async def _message(self, users: Sequence[str], message: Message) -> Mapping[str, Any]:
        return await self.api.post("message/send", {"touser": "|".join(users), "agentid": self._agent, **message})

    async def _appchat(self, chat: str, message: Message) -> str:
        body = {"chatid": chat, **message}
        await self.api.post("appchat/send", body)
        return ""

    async def _robot(self, chat: str, message: Message) -> str:
        async with self._database.read() as session:
            key = await tokens.load(session, chat)
        if key is None:
            raise of_code(93000)
        where = {"key": key.value, "access_token": ""}
        await self.api.without_token(lambda client: client.post("webhook/send", params=where, data=message))
        return ""

    async def _messages(self, reply: Reply, to: Address) -> list[Message]:
        """The reply's messages; a group gets no buttons: what is pressed there is nobody's in particular."""
        is_group = to.chat.startswith((ROBOT, APPCHAT))
        found = messages_of(Reply(reply.text) if is_group else Reply(reply.text, reply.buttons))
        for file in reply.files:
            found.append(await self._uploaded(file, to))
        if not found:
            raise SendError("没有内容", permanent=True)
        return found

    async def _uploaded(self, file: Attachment, to: Address) -> Message:
        kind = "image" if file.media_type in _PICTURES and not to.chat.startswith(ROBOT) else "file"
        data = await stored(self._database, self._files, file.id)
        if to.chat.startswith(ROBOT):
            answer = await self._robot_upload(to.chat, file, data)
        else:
            answer = await self.api.call(lambda client: client.media.upload(kind, _part(file, data)))
        return {"msgtype": kind, kind: {"media_id": answer["media_id"]}}

    async def _robot_upload(self, chat: str, file: Attachment, data: bytes) -> Mapping[str, Any]:
        async with self._database.read() as session:
            key = await tokens.load(session, chat)
        if key is None:
            raise of_code(93000)
        where = {"key": key.value, "type": "file", "access_token": ""}
        return await self.api.without_token(
            lambda client: client.post("webhook/upload_media", params=where, files={"media": _part(file, data)})
        )

    # --- reading a call ---

    def _opened(self, hook: Hook) -> bytes:
        if "opened" not in hook.found:
            hook.found["opened"] = self.envelope.open(hook.query, _encrypted(hook), hook.received_at)
        return cast("bytes", hook.found["opened"])

    def _fields(self, hook: Hook) -> Fields:
        if "fields" not in hook.found:
            hook.found["fields"] = _read(self._opened(hook))
        return cast("Fields", hook.found["fields"])


def _read(opened: bytes) -> Fields:
    try:
        return wechat_xml.read(opened)
    except BadXml:
        return {}


def _encrypted(hook: Hook) -> str:
    if is_check(hook):
        return hook.query["echostr"]
    try:
        found = wechat_xml.read(hook.body).get("Encrypt")
    except BadXml:
        found = None
    if not found:
        raise Forged
    return found


def _message(fields: Fields, hook: Hook) -> Incoming | None:
    kind, number = fields.get("MsgType"), fields.get("MsgId", "")
    if kind == "text":
        return _incoming(fields, hook, number, text=fields.get("Content", ""))
    if kind in ("image", "file") and (handle := fields.get("MediaId")):
        return _incoming(fields, hook, number, remote=(Remote(handle),))
    return None


def _event(fields: Fields, hook: Hook) -> Incoming | None:
    """Events have no number: who, when, what and on what make one (T7)."""
    event, key = fields.get("Event", ""), fields.get("EventKey", "")
    number = ":".join((fields.get("CreateTime", ""), event, key, fields.get("TaskId", "")))
    if event in ("click", "template_card_event") and key:
        return _incoming(fields, hook, number, action=key)
    return _incoming(fields, hook, number, event=_EVENTS[event]) if event in _EVENTS else None


def _incoming(fields: Fields, hook: Hook, number: str, text: str = "", **more: Any) -> Incoming | None:
    return incoming(WecomChannel.name, fields.get("AgentID", ""), fields, hook, number, text, **more)


def _invalid(answer: Mapping[str, Any]) -> set[str]:
    """Who was left out; the platform writes ids in small letters."""
    named = "|".join(str(answer.get(key) or "") for key in ("invaliduser", "unlicenseduser"))
    return {user for user in named.lower().split("|") if user}


def _part(file: Attachment, data: bytes) -> tuple[str, io.BytesIO, str]:
    """A form's file, made anew for each call: one that was read already would be sent empty."""
    return (file.name, io.BytesIO(data), file.media_type)
