"""A stand-in of the Official Account platform (公众号) on loopback that keeps its own rules (developers.weixin.qq.com).

Followers write, press, scan and leave: their calls come to our hook in the configured mode and are repeated three times
where no answer comes within five seconds. The account may write to a follower within 48 hours of his last word, five
messages at most, and three within a minute of what he pressed or scanned; templates go at any time to those who have
not refused them.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal
from urllib.parse import unquote
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.tencent import TOKEN_LASTS, Json, Refused, Tencent
from tests.fakes.wechat_seal import Seal, sha1_of, xml_of
from tests.fakes.wechat_seal import field as element

APP, ACCOUNT = "wx7d1e5b9a3c2f4680", "gh_0123456789ab"
SECRET, TOKEN = "app-secret-of-nobody", "callback-token-2"
KEY = "z9x8c7v6b5n4m3a2s1d0f9g8h7j6k5l4q3w2e1r0t9y"
WORD, DEED = (5, 48 * 3600.0), (3, 60.0)
"""客服消息下发规则: so many messages for so many seconds, after a word; after a press, a scan or following."""
LINK = re.compile(r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^&"]*)&msgmenuid=([^"]*)">(.*?)</a>')


@dataclass
class Wechat(Tencent):
    """The server: `shown` holds what each follower sees, in order."""

    mode: Literal["plain", "compatible", "encrypted"] = "encrypted"
    seal: Seal = field(default_factory=lambda: Seal(TOKEN, KEY, APP))
    followers: set[str] = field(default_factory=set)
    templates: dict[str, set[str]] = field(default_factory=dict)
    """Approved templates and their fields."""
    refusing: set[str] = field(default_factory=set)
    """Followers who did not agree to subscription messages."""
    shown: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    told: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """What templates told him."""
    scenes: dict[str, str] = field(default_factory=dict)
    """What a QR code shows → its scene."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._leave: dict[str, tuple[int, float]] = {}
        """How many messages may still go to a follower, and until when."""
        self._numbers = count(23_000_000_000_000_000)

    # --- what followers do ---

    async def says(self, user: str, text: str, number: int | None = None) -> str | None:
        """A text; what is shown to him as the answer."""
        return await self._acts(user, MsgType="text", Content=text, MsgId=number or next(self._numbers))

    async def presses(self, user: str, label: str) -> str | None:
        """The link with this label in the newest message that has it."""
        for text in reversed(self.shown[user]):
            for content, action, _ in LINK.findall(text):
                if unquote(content) == label:
                    return await self._acts(
                        user,
                        MsgType="text",
                        Content=label,
                        MsgId=next(self._numbers),
                        bizmsgmenuid=unquote(action),
                    )
        raise AssertionError(f"{user} sees no link {label!r}")

    async def sends(self, user: str, data: bytes) -> str | None:
        """A picture."""
        media = self.keep(data)
        return await self._acts(
            user, MsgType="image", MediaId=media, PicUrl="http://127.0.0.1:9/x", MsgId=next(self._numbers)
        )

    async def clicks(self, user: str, key: str) -> str | None:
        """An entry of the menu."""
        return await self._acts(user, MsgType="event", Event="CLICK", EventKey=key)

    async def scans(self, user: str, shown: str) -> str | None:
        """A QR code; who does not follow yet begins to."""
        scene = self.scenes[shown]
        if user in self.followers:
            return await self._acts(user, MsgType="event", Event="SCAN", EventKey=scene, Ticket="t")
        self.followers.add(user)
        return await self._acts(user, MsgType="event", Event="subscribe", EventKey=f"qrscene_{scene}", Ticket="t")

    async def follows(self, user: str) -> str | None:
        """Begins to follow."""
        self.followers.add(user)
        return await self._acts(user, MsgType="event", Event="subscribe", EventKey="")

    async def leaves(self, user: str) -> None:
        """Follows no more."""
        self.followers.discard(user)
        await self.calls_hook(user, MsgType="event", Event="unsubscribe", EventKey="")

    async def checks(self, word: str = "5577006791947779410") -> str:
        """The check of our address when the callback is configured; what came back."""
        query = {**self._signed(int(self.clock())), "echostr": word}
        return await self._checked_hook(query)

    async def _acts(self, user: str, **fields: str | int) -> str | None:
        is_deed = fields["MsgType"] == "event" or "bizmsgmenuid" in fields
        count, period = DEED if is_deed else WORD
        left, ends = self._leave.get(user, (0, 0.0))
        left = left if self.clock() < ends else 0
        self._leave[user] = (max(left, count), max(ends, self.clock() + period))
        return await self.calls_hook(user, **fields)

    def call_of(self, user: str, **fields: str | int) -> tuple[dict[str, str], bytes]:
        """Query and body of a call, in the configured mode."""
        at = int(self.clock())
        plain = {"ToUserName": ACCOUNT, "FromUserName": user, "CreateTime": at, **fields}
        query = {**self._signed(at), "openid": user}
        if self.mode == "plain":
            return query, xml_of(**plain).encode()
        encrypted = self.seal.encrypt(xml_of(**plain))
        query |= {**self.seal.query(encrypted, at, query["nonce"]), "encrypt_type": "aes"}
        outer = plain if self.mode == "compatible" else {"ToUserName": ACCOUNT}
        return query, xml_of(**outer, Encrypt=encrypted).encode()

    def _signed(self, at: int) -> dict[str, str]:
        return {"signature": sha1_of(self.seal.token, str(at), "n2"), "timestamp": str(at), "nonce": "n2"}

    def _show_nothing(self, user: str) -> None:
        self.shown[user].append("该公众号提供的服务出现故障，请稍后再试")

    def _show_answer(self, user: str, body: bytes) -> str | None:
        if body in (b"", b"success"):
            return None
        plain = body.decode()
        if self.mode != "plain":
            encrypted, at, nonce = (element(plain, name) for name in ("Encrypt", "TimeStamp", "Nonce"))
            assert element(plain, "MsgSignature") == sha1_of(self.seal.token, at, nonce, encrypted)
            plain = self.seal.decrypt(encrypted)
        assert (element(plain, "ToUserName"), element(plain, "FromUserName")) == (user, ACCOUNT)
        content = element(plain, "Content")
        assert len(content.encode()) <= 2048, "answer too long"
        self.shown[user].append(content)
        return content

    # --- the platform's own doings ---

    async def _answer(self, endpoint: str, request: Request) -> Response:
        query = request.query_params
        if endpoint == "token":
            return JSONResponse(self._new_token(query.get("appid", ""), query.get("secret", "")))
        if query.get("access_token") != self._token or not self._token:
            raise Refused(40001, "invalid credential, access_token is invalid or not latest")
        if self.clock() >= self._ends:
            raise Refused(42001, "access_token expired")
        if endpoint == "media/get":
            return self._media(query.get("media_id", ""))
        work: dict[str, Callable[[Request], Any]] = {
            "message/custom/send": self._send,
            "message/template/send": self._template,
            "message/subscribe/bizsend": self._subscription,
            "media/upload": self._upload,
            "menu/create": self._menu,
            "qrcode/create": self._qrcode,
            "getcallbackip": self._callback_ip,
        }
        return JSONResponse({"errcode": 0, "errmsg": "ok", **await work[endpoint](request)})

    def _new_token(self, app: str, secret: str) -> Json:
        """Every call makes a new token; the one before ends."""
        if app != APP:
            raise Refused(40013, "invalid appid")
        if secret != SECRET:
            raise Refused(40125, "invalid appsecret")
        return {"access_token": self._issue_token(), "expires_in": TOKEN_LASTS}

    async def _send(self, request: Request) -> Json:
        body = json.loads(await request.body())
        user = self._follower(body)
        left, ends = self._leave.get(user, (0, 0.0))
        if self.clock() >= ends:
            raise Refused(45015, "response out of time limit or subscription is canceled")
        if left <= 0:
            raise Refused(45047, "out of response count limit")
        if body["msgtype"] == "text":
            if len(body["text"]["content"].encode()) > 2048:
                raise Refused(45002, "content size out of limit")
            said = body["text"]["content"]
        elif body["msgtype"] == "image":
            if body["image"]["media_id"] not in self.media:
                raise Refused(40007, "invalid media_id")
            said = "[image]"
        else:
            raise Refused(40008, "invalid message type")
        self._leave[user] = (left - 1, ends)
        self.shown[user].append(said)
        return {}

    async def _template(self, request: Request) -> Json:
        body = json.loads(await request.body())
        return self._tell(self._follower(body), body)

    async def _subscription(self, request: Request) -> Json:
        body = json.loads(await request.body())
        user = self._follower(body)
        if user in self.refusing:
            raise Refused(43101, "user refuse to accept the msg")
        return self._tell(user, body)

    def _tell(self, user: str, body: Json) -> Json:
        fields = self.templates.get(body.get("template_id", ""))
        if fields is None:
            raise Refused(40037, "invalid template_id")
        values = {name: one["value"] for name, one in body.get("data", {}).items()}
        if set(values) != fields or any(len(value) > 20 for value in values.values()):
            raise Refused(47003, "argument invalid")
        self.told[user] += values.values()
        return {"msgid": next(self._numbers)}

    def _follower(self, body: Json) -> str:
        user = str(body.get("touser", ""))
        if user not in self.followers:
            raise Refused(43004, "require subscribe")
        return user

    async def _upload(self, request: Request) -> Json:
        data = await self._file_of(request)
        if not data:
            raise Refused(41005, "media data missing")
        return {"type": request.query_params.get("type"), "media_id": self.keep(data)}

    async def _menu(self, request: Request) -> Json:
        self.menu = json.loads(await request.body())
        return {}

    async def _qrcode(self, request: Request) -> Json:
        body = json.loads(await request.body())
        scene = body["action_info"]["scene"]["scene_str"]
        if not 1 <= len(scene) <= 64 or not 1 <= body["expire_seconds"] <= 2592000:
            raise Refused(40053, "invalid action info")
        shown = f"http://weixin.qq.com/q/{uuid4().hex}"
        self.scenes[shown] = scene
        return {"ticket": "t", "expire_seconds": body["expire_seconds"], "url": shown}

    async def _callback_ip(self, request: Request) -> Json:
        return {"ip_list": ["198.51.100.1"]}
