"""公众号: short answers go with the acknowledgement; pushing is possible only for a while after the person wrote.

Outside that window an approved template can tell him that something waits; what waits goes out when he writes next.
A button is a line in the text: pressing it sends its label back together with its action.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast
from urllib.parse import unquote

import structlog

from bot import texts, wechat_xml
from bot.channel import Capabilities, Forged, Hook, Response, SendError, Sent
from bot.wechat_calls import answer, fetch, incoming, is_check, or_not_read, stored
from bot.wechat_client import Api, Official
from bot.wechat_crypto import Envelope, check
from bot.wechat_errors import PlatformError
from bot.wechat_text import MENU, plain, with_links
from bot.wechat_xml import BadXml, Fields
from handlers.links import SCAN
from handlers.messages import Address, Attachment, Button, Incoming, Remote, Reply
from storage import deliveries, people, windows
from storage.database import Database
from storage.deliveries import ONLY_WHEN_HE_WRITES
from storage.files import FileStore
from storage.windows import Leave, Rule

if TYPE_CHECKING:
    from bot.registry import Parts

TEXT = 2048
"""Bytes of one text."""
RULE = Rule(5, timedelta(hours=48), deed=Rule(3, timedelta(minutes=1)))
"""developers.weixin.qq.com 客服消息下发规则: 5 in 48 h after a word; 3 in a minute after a press, scan or following."""
NUDGE_EVERY = timedelta(hours=20)
"""How often a person is told by a template that something waits."""
SOMETHING_WAITS = "离校通有新消息，发任意字查看"
"""At most 20 characters: what a template's field holds."""
_FIELD = 20

_CLOSED = (45015, 45047)
_ECHO = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SCENE = re.compile(r"(?:qrscene_)?([A-Za-z0-9_-]{1,64})")
_PICTURES = ("image/jpeg", "image/png")

Mode = Literal["encrypted", "compatible", "plain"]
Message = dict[str, Any]

log = structlog.get_logger()


def make(parts: Parts) -> WechatChannel:
    """The channel of the settings."""
    settings = parts.settings
    app, token, key = settings.wechat_app_id, settings.wechat_token, settings.wechat_aes_key.get_secret_value()
    client = Official(app, settings.wechat_secret.get_secret_value(), settings.wechat_api)
    return WechatChannel(
        Api(client, parts.database, parts.clock, f"{WechatChannel.name}:{app}"),
        token.get_secret_value(),
        Envelope(token.get_secret_value(), key, app) if key or settings.wechat_mode != "plain" else None,
        parts.database,
        parts.files,
        parts.clock,
        mode=settings.wechat_mode,
        template=settings.wechat_template,
        subscription=settings.wechat_subscription,
        web_url=settings.url,
    )


class WechatChannel:
    """One Official Account."""

    name: ClassVar[str] = "wechat"
    can: ClassVar[Capabilities] = Capabilities(text_limit=TEXT, text_unit="bytes")
    patience: ClassVar[timedelta] = timedelta(seconds=4)
    rule: ClassVar[Rule] = RULE

    def __init__(
        self,
        api: Api[Official],
        token: str,
        envelope: Envelope | None,
        database: Database,
        files: FileStore,
        clock: Callable[[], datetime],
        *,
        mode: Mode = "encrypted",
        template: str = "",
        subscription: str = "",
        web_url: str = "",
    ) -> None:
        self.api = api
        self.envelope = envelope
        self._token = token
        self._database = database
        self._files = files
        self._clock = clock
        self._mode = mode
        self._template = template
        self._subscription = subscription
        self._web_url = web_url

    # --- calls of the platform ---

    def verify(self, hook: Hook) -> None:
        """Signature and age; padding and receiver too, where the call is sealed. Raises `Forged`."""
        if is_check(hook):
            check(self._token, hook.query, "signature", hook.received_at)
            if not _ECHO.fullmatch(hook.query["echostr"]):
                raise Forged
            return
        self._fields(hook)

    def parse(self, hook: Hook) -> list[Incoming]:
        """The message or event of a call; a check of our address and unknown kinds are none."""
        fields = {} if is_check(hook) else self._fields(hook)
        if not fields.get("FromUserName"):
            return []
        found = _event(fields, hook) if fields.get("MsgType") == "event" else _message(fields, hook)
        return [found] if found else []

    def acknowledge(self, hook: Hook, reply: Reply | None) -> Response:
        """The checked word, an answer sealed as the call was, or 'success'."""
        if is_check(hook):
            return Response(body=hook.query["echostr"].encode(), headers={"X-Content-Type-Options": "nosniff"})
        fields = self._fields(hook)
        if (reply := or_not_read(fields, reply)) is None:
            return Response(body=b"success")
        xml = answer(fields["FromUserName"], fields.get("ToUserName", ""), with_links(reply), hook)
        if self.envelope is not None and "msg_signature" in hook.query:
            xml = self.envelope.seal(xml, hook.received_at)
        return Response(body=xml.encode(), media_type="application/xml")

    def fits(self, reply: Reply) -> bool:
        """A text with its buttons as lines; no files."""
        return not reply.files and len(with_links(reply).encode()) <= TEXT

    async def afterwards(self, hook: Hook) -> None:
        """Who writes can be reached: what waited for that is planned again. Never raises."""
        for taken in self.parse(hook):
            if taken.event == "blocked":
                continue
            try:
                await self._revive(taken.sender)
            except Exception:
                log.exception("waiting messages not planned", channel=self.name)

    async def _revive(self, address: Address) -> None:
        async with self._database.begin() as session:
            actor = await people.actor_of(session, address)
            if actor is not None:
                await deliveries.revive(session, actor.id, self.name, self._clock())

    async def open(self, public_url: str) -> None:
        """Sets the menu, where the account may have one. Raises `SendError`."""
        try:
            await self.api.call(lambda client: client.menu.create(MENU))
        except PlatformError as error:
            if error.code != 48001:
                raise
            log.warning("no menu", channel=self.name, reason=error.reason)

    async def close(self) -> None:
        """Closes the connections."""
        await self.api.close()

    @property
    def knocks(self) -> bool:
        """Whether a template or subscription message is configured."""
        return bool(self._template or self._subscription)

    @property
    def deep_link(self) -> str | None:
        """Our page that shows the QR code for a token (`bot.console.link`)."""
        return f"{self._web_url}{SCAN}" if self._web_url else None

    async def invitation(self, token: str, lifetime: timedelta) -> str:
        """What a QR code shows: whoever scans it writes to us with the token. Raises `SendError`."""
        asked = {
            "expire_seconds": int(lifetime.total_seconds()),
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": token}},
        }
        found = await self.api.call(lambda client: client.qrcode.create(asked))
        return str(found["url"])

    # --- files in ---

    async def fetch(self, remote: Remote, limit: int) -> bytes:
        """A picture by the platform's id. Raises `NotFetched`."""
        return await fetch(self.api, remote, limit)

    # --- out ---

    async def send(self, to: Address, reply: Reply) -> Sent:
        """Sends within the window; outside of it a template tells that something waits. Raises `SendError`."""
        steps = self._steps(reply)
        async with self._database.begin() as session:
            leave = await windows.take(session, to, RULE, self._clock(), len(steps))
        if leave is not Leave.YES:
            return await self._told(to, reply)
        for number, step in enumerate(steps):
            try:
                await self._post(to.user, await step())
            except SendError as error:
                await self._not_gone(to, error, len(steps) - number)
                if number > 0:
                    raise SendError(f"只发出一部分：{error.reason}", unknown=True) from None
                if isinstance(error, PlatformError) and error.code in _CLOSED:
                    return await self._told(to, reply)
                raise
        return Sent("")

    async def _not_gone(self, to: Address, error: SendError, count: int) -> None:
        """What was counted and did not go is given back; where the platform counts otherwise it is right."""
        async with self._database.begin() as session:
            if isinstance(error, PlatformError) and error.code in _CLOSED:
                await windows.close(session, to, RULE, self._clock())
            elif not error.unknown:
                await windows.give_back(session, to, count)

    async def _post(self, user: str, message: Message) -> None:
        body = {"touser": user, **message}
        await self.api.post("message/custom/send", body)

    async def _told(self, to: Address, reply: Reply) -> Sent:
        """By a template: all of it, where it is short; otherwise that something waits. Raises `SendError`."""
        short = not reply.buttons and not reply.files and len(reply.text) <= _FIELD
        if short:
            sent = await self._by_template(to, reply.text)
            if sent is not None:
                return sent
        elif await self._may_nudge(to):
            await self._by_template(to, SOMETHING_WAITS)
        raise SendError(ONLY_WHEN_HE_WRITES, permanent=True)

    async def _may_nudge(self, to: Address) -> bool:
        if not self.knocks:
            return False
        async with self._database.begin() as session:
            return await windows.may_nudge(session, to, NUDGE_EVERY, self._clock())

    async def _by_template(self, to: Address, text: str) -> Sent | None:
        """The first way that is configured and open; None: there is none. Raises `SendError` where it may open."""
        for endpoint, told in (
            ("message/subscribe/bizsend", self._subscription),
            ("message/template/send", self._template),
        ):
            if not told:
                continue
            template, _, name = told.partition(":")
            body = {"touser": to.user, "template_id": template, "data": {name: {"value": text}}}
            try:
                answer = await self._call_template(endpoint, body)
            except PlatformError as error:
                if not error.permanent:
                    raise
            else:
                return Sent(str(answer.get("msgid", "")))
        return None

    async def _call_template(self, endpoint: str, body: Message) -> Mapping[str, Any]:
        return await self.api.post(endpoint, body)

    def _steps(self, reply: Reply) -> list[Callable[[], Any]]:
        """One step for each message: the texts, the buttons below the last of them, the pictures."""
        parts = _texts(reply, self._web_url)
        steps = [_ready({"msgtype": "text", "text": {"content": part}}) for part in parts]
        steps += [self._picture(file) for file in reply.files if file.media_type in _PICTURES]
        if not steps:
            raise SendError("没有内容", permanent=True)
        return steps

    def _picture(self, file: Attachment) -> Callable[[], Any]:
        async def uploaded() -> Message:
            data = await stored(self._database, self._files, file.id)
            answer = await self.api.call(
                lambda client: client.media.upload("image", (file.name, io.BytesIO(data), file.media_type))
            )
            return {"msgtype": "image", "image": {"media_id": answer["media_id"]}}

        return uploaded

    # --- reading a call ---

    def _fields(self, hook: Hook) -> Fields:
        if "fields" not in hook.found:
            hook.found["fields"] = self._opened(hook)
        return cast("Fields", hook.found["fields"])

    def _opened(self, hook: Hook) -> Fields:
        """Raises `Forged`. Where calls are sealed, what stands beside the seal is not looked at."""
        try:
            outer = wechat_xml.read(hook.body)
            encrypted = outer.get("Encrypt")
            if encrypted and self.envelope is not None:
                return wechat_xml.read(self.envelope.open(hook.query, encrypted, hook.received_at))
        except BadXml:
            raise Forged from None
        if self._mode != "plain" or encrypted:
            raise Forged
        check(self._token, hook.query, "signature", hook.received_at)
        return outer


def _message(fields: Fields, hook: Hook) -> Incoming | None:
    kind, number = fields.get("MsgType"), fields.get("MsgId", "")
    if kind == "text":
        action = unquote(fields.get("bizmsgmenuid", "")) or None
        if action and number:  # the platform counts it as a press of the menu, not as a word of his
            number = f"{number}:menu"
        return _incoming(fields, hook, number, text=fields.get("Content", ""), action=action)
    if kind == "image" and (handle := fields.get("MediaId")):
        return _incoming(fields, hook, number, remote=(Remote(handle),))
    return None


def _event(fields: Fields, hook: Hook) -> Incoming | None:
    """Events have no number: who, when, what and on what make one (T7)."""
    event, key = fields.get("Event", ""), fields.get("EventKey", "")
    number = ":".join((fields.get("CreateTime", ""), event, key))
    scene = _SCENE.fullmatch(key)
    if event in ("SCAN", "subscribe") and scene:
        return _incoming(fields, hook, number, text=f"/start {scene[1]}")
    if event == "CLICK" and key:
        return _incoming(fields, hook, number, action=key)
    known = {"subscribe": "subscribed", "unsubscribe": "blocked"}
    return _incoming(fields, hook, number, event=known[event]) if event in known else None


def _incoming(fields: Fields, hook: Hook, number: str, text: str = "", **more: Any) -> Incoming | None:
    return incoming(WechatChannel.name, fields.get("ToUserName", ""), fields, hook, number, text, **more)


def _texts(reply: Reply, web_url: str) -> list[str]:
    """The texts of a reply. Files other than pictures cannot be sent here: the web page has them."""
    others = [file for file in reply.files if file.media_type not in _PICTURES]
    said = "\n".join([reply.text, *(f"文件《{file.name}》请在网页版里取：{web_url}" for file in others)]).strip()
    links = _links(reply.buttons)
    parts = texts.split(plain(said), TEXT, "bytes")
    if not links:
        return parts
    below = f"{parts[-1]}\n{links}" if parts else links
    if len(below.encode()) <= TEXT:
        return [*parts[:-1], below]
    return [*parts, links]


def _links(buttons: tuple[Button, ...]) -> str:
    return with_links(Reply("", buttons))


def _ready(message: Message) -> Callable[[], Any]:
    async def ready() -> Message:
        return message

    return ready
