"""A stand-in of 企业微信 on loopback that keeps the platform's own rules (developer.work.weixin.qq.com).

Members say and press things: their calls come to our hook signed and sealed, are repeated three times where no answer
comes in time, and a sealed answer is shown to them. The application calls the API over HTTP and is refused as the
platform refuses it; what is over a member's limit is dropped without a word.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.tencent import Json, Refused, Tencent
from tests.fakes.wechat_seal import Seal, sha1_of, xml_of
from tests.fakes.wechat_seal import field as element

CORP, AGENT = "ww5d2f0a7c9b3e1460", 1000002
SECRET, TOKEN = "corp-secret-of-nobody", "callback-token-1"
KEY = "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6j7k8l9z0x1c"
ACCOUNTS = 500
PER_MINUTE, PER_HOUR, PER_ROBOT = (30, 60.0), (1000, 3600.0), (20, 60.0)


@dataclass
class Card:
    """A card that may be updated once by its code."""

    user: str
    message: Json
    used: bool = False


@dataclass
class Wecom(Tencent):
    """The server: `shown` holds what each member sees, in order."""

    seal: Seal = field(default_factory=lambda: Seal(TOKEN, KEY, CORP))
    members: set[str] = field(default_factory=set)
    """User ids in the application's visible range, in small letters."""
    accounts: int = ACCOUNTS
    trusted: bool = True
    """Whether our address is among the trusted ones."""
    shown: defaultdict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    dropped: list[tuple[str, Json]] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    """Texts that were longer than the platform keeps."""
    groups: defaultdict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    robots: dict[str, str] = field(default_factory=dict)
    appchats: dict[str, list[str]] = field(default_factory=dict)
    """Who is in which group."""
    cards: dict[str, Card] = field(default_factory=dict)
    msgids: dict[str, float] = field(default_factory=dict)
    updated: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._windows: defaultdict[tuple[str, float], deque[float]] = defaultdict(deque)
        self._today: deque[tuple[float, int]] = deque()
        self._tasks: set[str] = set()
        self._numbers = count(1)

    # --- what members do ---

    async def says(self, user: str, text: str, number: int | None = None) -> str | None:
        """A text; what is shown to him as the answer."""
        return await self.calls_hook(user, MsgType="text", Content=text, MsgId=number or next(self._numbers))

    async def sends(self, user: str, data: bytes, kind: str = "image") -> str | None:
        """A picture or file."""
        media = self.keep(data)
        return await self.calls_hook(user, MsgType=kind, MediaId=media, MsgId=next(self._numbers))

    async def presses(self, user: str, label: str) -> str | None:
        """The button with this label on the newest card that has it and was not used."""
        for code, card in reversed(self.cards.items()):
            buttons = {one["text"]: one["key"] for one in card.message["template_card"]["button_list"]}
            if card.user == user and not card.used and label in buttons:
                return await self.calls_hook(
                    user,
                    MsgType="event",
                    Event="template_card_event",
                    EventKey=buttons[label],
                    TaskId=card.message["template_card"]["task_id"],
                    CardType="button_interaction",
                    ResponseCode=code,
                )
        raise AssertionError(f"{user} sees no button {label!r}")

    async def clicks(self, user: str, key: str) -> str | None:
        """An entry of the menu."""
        return await self.calls_hook(user, MsgType="event", Event="click", EventKey=key)

    async def checks(self, word: str = "4242424242") -> str:
        """The check of our address when the callback is configured; what came back."""
        encrypted = self.seal.encrypt(word)
        query = {**self.seal.query(encrypted, int(self.clock())), "echostr": encrypted}
        return await self._checked_hook(query)

    def call_of(self, user: str, **fields: str | int) -> tuple[dict[str, str], bytes]:
        """Query and body of a call."""
        at = int(self.clock())
        message = xml_of(
            ToUserName=self.seal.receiver,
            FromUserName=user,
            CreateTime=at,
            **fields,
            AgentID=fields.get("Agent", AGENT),
        )
        encrypted = self.seal.encrypt(message)
        body = xml_of(ToUserName=self.seal.receiver, AgentID=str(AGENT), Encrypt=encrypted)
        return self.seal.query(encrypted, at), body.encode()

    def _show_answer(self, user: str, body: bytes) -> str | None:
        if not body:
            return None
        xml = body.decode()
        encrypted, at, nonce = element(xml, "Encrypt"), element(xml, "TimeStamp"), element(xml, "Nonce")
        assert element(xml, "MsgSignature") == sha1_of(self.seal.token, at, nonce, encrypted), "answer's signature"
        plain = self.seal.decrypt(encrypted)
        assert element(plain, "ToUserName") == user
        assert element(plain, "MsgType") == "text"
        content = element(plain, "Content")
        self._look_at_length(content)
        self.shown[user].append({"msgtype": "text", "text": {"content": content}})
        return content

    def texts(self, user: str) -> list[str]:
        """The texts a member sees."""
        return [_said(one) for one in self.shown[user]]

    # --- the platform's own doings ---

    async def _answer(self, endpoint: str, request: Request) -> Response:
        query = request.query_params
        if not self.trusted and not endpoint.startswith("webhook/"):
            raise Refused(60020, "not allow to access from your ip, hint: [1], from ip: 203.0.113.7")
        if endpoint == "gettoken":
            return JSONResponse(self._new_token(query.get("corpid", ""), query.get("corpsecret", "")))
        if endpoint.startswith("webhook/"):
            return JSONResponse(await self._webhook(endpoint, request))
        self._check_token(query.get("access_token", ""))
        if endpoint == "media/get":
            return self._media(query.get("media_id", ""))
        work: dict[str, Callable[[Request], Any]] = {
            "message/send": self._send,
            "message/update_template_card": self._update,
            "message/recall": self._recall,
            "media/upload": self._upload,
            "appchat/send": self._appchat,
            "appchat/create": self._new_appchat,
            "appchat/get": self._known_appchat,
            "appchat/update": self._grown_appchat,
            "menu/create": self._menu,
            "agent/get": self._agent,
            "user/simplelist": self._members,
            "getcallbackip": self._callback_ip,
        }
        found = await work[endpoint](request)
        return JSONResponse({"errcode": 0, "errmsg": "ok", **found})

    def _new_token(self, corp: str, secret: str) -> Json:
        if corp != self.seal.receiver:
            raise Refused(40013, "invalid corpid")
        if secret != SECRET:
            raise Refused(40001, "invalid credential")
        if not self._token or self.clock() >= self._ends:
            self._issue_token()
        left = int(self._ends - self.clock())
        return {"errcode": 0, "errmsg": "ok", "access_token": self._token, "expires_in": left}

    def _check_token(self, given: str) -> None:
        if not given:
            raise Refused(41001, "access_token missing")
        if given != self._token:
            raise Refused(40014, "invalid access_token")
        if self.clock() >= self._ends:
            raise Refused(42001, "access_token expired")

    async def _send(self, request: Request) -> Json:
        body = json.loads(await request.body())
        users = [user for user in body.get("touser", "").lower().split("|") if user]
        if len(users) > 1000:
            raise Refused(40032, "too many users")
        if body.get("agentid") != AGENT:
            raise Refused(40056, "invalid agentid")
        known = [user for user in users if user in self.members]
        if not known:
            raise Refused(81013, "user & party & tag all invalid")
        self._count_today(len(known))
        code = self._checked(body)
        number = uuid4().hex
        self.msgids[number] = self.clock()
        for user in known:
            self._arrive(user, body | {"msgid": number})
        answer = {"msgid": number, "invaliduser": "|".join(sorted(set(users) - set(known)))}
        if code:
            # Each of them presses his own: the call that tells of it brings a code that is his.
            self.cards |= {code if user == known[0] else uuid4().hex: Card(user, body) for user in known}
            answer["response_code"] = code
        return answer

    def _checked(self, body: Json) -> str | None:
        kind = body.get("msgtype")
        if kind == "text":
            self._look_at_length(body["text"]["content"])
        elif kind in ("image", "file"):
            if body[kind]["media_id"] not in self.media:
                raise Refused(40007, "invalid media_id")
        elif kind == "template_card":
            return self._checked_card(body["template_card"])
        else:
            raise Refused(40008, "invalid msgtype")
        return None

    def _checked_card(self, card: Json) -> str:
        task, buttons = card.get("task_id", ""), card.get("button_list", [])
        good = (
            card.get("card_type") == "button_interaction"
            and card.get("main_title", {}).get("title")
            and 1 <= len(buttons) <= 6
            and all(one.get("text") and 0 < len(one.get("key", "").encode()) <= 1024 for one in buttons)
            and 0 < len(task.encode()) <= 128
            and task not in self._tasks
        )
        if not good:
            raise Refused(40058, "invalid request parameter")
        self._tasks.add(task)
        return uuid4().hex

    def _look_at_length(self, content: str) -> None:
        if len(content.encode()) > 2048:
            self.cut.append(content)

    def _arrive(self, user: str, body: Json) -> None:
        if all(self._has_room(user, *limit) for limit in (PER_MINUTE, PER_HOUR)):
            for limit in (PER_MINUTE, PER_HOUR):
                self._windows[user, limit[1]].append(self.clock())
            self.shown[user].append(body)
        else:
            self.dropped.append((user, body))

    def _has_room(self, key: str, most: int, period: float) -> bool:
        window = self._windows[key, period]
        while window and window[0] <= self.clock() - period:
            window.popleft()
        return len(window) < most

    def _count_today(self, number: int) -> None:
        while self._today and self._today[0][0] <= self.clock() - 86400:
            self._today.popleft()
        if sum(one for _, one in self._today) + number > self.accounts * 200:
            raise Refused(45009, "api freq out of limit")
        self._today.append((self.clock(), number))

    async def _update(self, request: Request) -> Json:
        body = json.loads(await request.body())
        card = self.cards.get(body.get("response_code", ""))
        if card is None or card.used or body.get("agentid") != AGENT or body.get("userids") != [card.user]:
            raise Refused(40058, "invalid response_code")
        card.used = True
        self.updated.append(body)
        return {"invaliduser": []}

    async def _recall(self, request: Request) -> Json:
        """A message of the last day, from everybody who has it."""
        number = json.loads(await request.body()).get("msgid", "")
        if self.msgids.get(number, -86400.0) < self.clock() - 86400:
            raise Refused(40058, "invalid msgid")
        for body in self.shown.values():
            body[:] = [one for one in body if one.get("msgid") != number]
        return {}

    async def _upload(self, request: Request) -> Json:
        return {"type": request.query_params.get("type"), "media_id": await self._uploaded(request)}

    async def _uploaded(self, request: Request) -> str:
        data = await self._file_of(request)
        if len(data) <= 5:
            raise Refused(40006, "invalid file size")
        return self.keep(data)

    async def _webhook(self, endpoint: str, request: Request) -> Json:
        name = self.robots.get(request.query_params.get("key", ""))
        if name is None:
            raise Refused(93000, "invalid webhook url")
        if endpoint == "webhook/upload_media":
            return {"errcode": 0, "errmsg": "ok", "media_id": await self._uploaded(request)}
        if not self._has_room(name, *PER_ROBOT):
            raise Refused(45009, "api freq out of limit")
        self._windows[name, PER_ROBOT[1]].append(self.clock())
        body = json.loads(await request.body())
        if body.get("msgtype") == "text":
            self._look_at_length(body["text"]["content"])
        self.groups[name].append(body)
        return {"errcode": 0, "errmsg": "ok"}

    async def _appchat(self, request: Request) -> Json:
        body = json.loads(await request.body())
        if body.get("chatid") not in self.appchats:
            raise Refused(86003, "chat not exist")
        self.groups[body["chatid"]].append(body)
        return {}

    async def _new_appchat(self, request: Request) -> Json:
        body = json.loads(await request.body())
        users = [one.lower() for one in body["userlist"]]
        if not 2 <= len(users) <= 2000:
            raise Refused(86214, "invalid userlist size")
        if not set(users) <= self.members or body.get("owner", "").lower() not in users:
            raise Refused(60011, "no privilege to access/modify contact/party/agent")
        chat = f"chat{next(self._numbers)}"
        self.appchats[chat] = users
        return {"chatid": chat}

    async def _known_appchat(self, request: Request) -> Json:
        chat = request.query_params.get("chatid", "")
        if chat not in self.appchats:
            raise Refused(86003, "chat not exist")
        return {"chat_info": {"chatid": chat, "userlist": self.appchats[chat]}}

    async def _grown_appchat(self, request: Request) -> Json:
        body = json.loads(await request.body())
        if body.get("chatid") not in self.appchats:
            raise Refused(86003, "chat not exist")
        self.appchats[body["chatid"]] += [one.lower() for one in body["add_user_list"]]
        return {}

    async def _menu(self, request: Request) -> Json:
        self.menu = json.loads(await request.body())
        if not 1 <= len(self.menu["button"]) <= 3:
            raise Refused(40016, "invalid button size")
        return {}

    async def _agent(self, request: Request) -> Json:
        listed = [{"userid": user} for user in sorted(self.members)]
        return {"agentid": AGENT, "name": "离校通", "close": 0, "allow_userinfos": {"user": listed}}

    async def _members(self, request: Request) -> Json:
        return {"userlist": [{"userid": user, "name": user} for user in sorted(self.members)]}

    async def _callback_ip(self, request: Request) -> Json:
        return {"ip_list": ["198.51.100.1", "198.51.100.2"]}


def _said(message: Json) -> str:
    if message["msgtype"] == "text":
        return str(message["text"]["content"])
    if message["msgtype"] == "template_card":
        card = message["template_card"]
        return "\n".join(filter(None, (card["main_title"]["title"], card.get("sub_title_text", ""))))
    return f"[{message['msgtype']}]"
