"""A stand-in of Telegram's Bot API on loopback that keeps the platform's own rules (core.telegram.org/bots/api, /faq).

People and groups do things (`says`, `presses`, `blocks` …), the bot calls methods over HTTP and is refused as Telegram
refuses it. Flood limits are real windows on the clock that is given.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.telegram_people import Json, Person, Sent, bot_user
from tests.fakes.telegram_wire import Broken, Refused, arguments_of, buttons_of, error, visible

TOKEN = "7000000001:AAFakeTokenThatOpensNothingAtAll_000"
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_METHODS = (
    *("getMe", "getUpdates", "sendMessage", "sendDocument", "editMessageText", "answerCallbackQuery", "getFile"),
    "deleteMessage",
    *("setMyCommands", "setWebhook", "deleteWebhook", "getWebhookInfo"),
)
_CANONICAL = {name.lower(): name for name in _METHODS}
"""The API's names know no case."""
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
PER_SECOND, PER_CHAT, PER_GROUP = (30, 1.0), (1, 1.0), (20, 60.0)
DOWNLOAD_LIMIT, UPLOAD_LIMIT = 20 * 1024 * 1024, 50 * 1024 * 1024


class Telegram:
    """The server: what people did waits as updates, what the bot did is in `sent`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, token: str = TOKEN) -> None:
        self.token = token
        self.clock = clock
        self.sent: list[Sent] = []
        self.started: set[int] = set()
        self.blocked: set[int] = set()
        self.groups: set[int] = set()
        self.moved: dict[int, int] = {}
        self.queries: set[str] = set()
        self.answered: list[str] = []
        self.commands: dict[str, list[Json]] = {}
        self.webhook: Json = {}
        self.calls: defaultdict[str, int] = defaultdict(int)
        self.refused: list[tuple[str, int]] = []
        self.numbers = count(1000)
        self.flood = True
        """Whether the flood limits are kept."""
        self.faults: deque[Callable[[str], Response | None]] = deque()
        """Each is asked at one call, in order; None: that call is worked on as usual."""
        self.break_after: set[str] = set()
        """Methods of which the next call is carried out and its answer lost."""
        self.hangs: set[str] = set()
        """Methods that are never answered."""
        self._updates: deque[Json] = deque()
        self._update_numbers = count(500)
        self._files: dict[str, tuple[bytes, str, int]] = {}
        self._windows: defaultdict[str, deque[float]] = defaultdict(deque)
        self._news = asyncio.Event()
        self._polling = False
        self._ending = False
        self.arrived = asyncio.Condition()
        self.app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._file, methods=["GET"]),
            ]
        )

    # --- what happens ---

    def person(self, number: int, name: str = "小满") -> Person:
        """A user."""
        return Person(self, number, name)

    def happens(self, **what: Any) -> Json:
        """An update, waiting to be fetched or pushed."""
        update = {"update_id": next(self._update_numbers), **what}
        self._updates.append(update)
        self._news.set()
        return update

    def happens_again(self, update: Json) -> None:
        """The same update once more, as after an answer that got lost."""
        self._updates.append(update)
        self._news.set()

    def upgrades(self, group: int, new: int) -> None:
        """A group becomes a supergroup: both chats say so, the old id is good for nothing any more."""
        self.moved[group] = new
        self.groups.discard(group)
        self.groups.add(new)
        anybody = {"message_id": next(self.numbers), "date": int(time.time()), "from": bot_user()}
        old, fresh = {"id": group, "type": "group", "title": "班"}, {"id": new, "type": "supergroup", "title": "班"}
        self.happens(message=anybody | {"chat": old, "migrate_to_chat_id": new})
        self.happens(message=anybody | {"chat": fresh, "migrate_from_chat_id": group})

    def keep(self, data: bytes, name: str = "photo.jpg", size: int | None = None) -> str:
        """Keeps a file under an id."""
        file_id = f"AgAC{len(self._files)}"
        self._files[file_id] = (data, name, len(data) if size is None else size)
        return file_id

    def to(self, chat: int) -> list[Sent]:
        """What the bot sent to a chat."""
        return [one for one in self.sent if one.chat == chat]

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Waits until something the bot does makes it true."""
        async with asyncio.timeout(20), self.arrived:
            await self.arrived.wait_for(wanted)

    @property
    def waiting(self) -> int:
        """Updates nobody confirmed."""
        return len(self._updates)

    def end(self) -> None:
        """Lets hanging calls go."""
        self._ending = True
        self._news.set()

    async def push(self, client: httpx.AsyncClient, *, secret: str | None = None) -> list[int]:
        """Pushes what waits to the webhook, as Telegram does: again until it is taken; the statuses."""
        statuses: list[int] = []
        while self._updates and len(statuses) < 20:
            shown = self.webhook.get("secret_token", "") if secret is None else secret
            answer = await client.post(
                self.webhook["url"],
                content=json.dumps(self._updates[0]),
                headers={"X-Telegram-Bot-Api-Secret-Token": shown, "Content-Type": "application/json"},
            )
            statuses.append(answer.status_code)
            if answer.is_success:
                self._updates.popleft()
                await self._method_in_answer(answer)
        return statuses

    async def _method_in_answer(self, answer: httpx.Response) -> None:
        """A webhook's answer may be a method call."""
        if answer.headers.get("content-type", "").startswith("application/json") and answer.content:
            said = answer.json()
            method = said.pop("method", None)
            if method:
                await self._answer(method, said, {})

    # --- the API ---

    async def _call(self, request: Request) -> Response:
        method = _CANONICAL.get(request.path_params["method"].lower(), "")
        self.calls[method] += 1
        if request.path_params["token"] != self.token:
            known = re.fullmatch(r"\d+:[\w-]{20,}", request.path_params["token"])
            return error(Refused(401, "Unauthorized") if known else Refused(404, "Not Found"))
        fault = self.faults.popleft()(method) if self.faults else None
        if fault is not None:
            return fault
        if method in self.hangs:
            async with self.arrived:
                self.arrived.notify_all()
            return await self._hang(request)
        arguments, files = await arguments_of(request)
        try:
            result = await self._answer(method, arguments, files)
        except Refused as refused:
            self.refused.append((method, refused.code))
            return error(refused)
        finally:
            async with self.arrived:
                self.arrived.notify_all()
        if method in self.break_after:
            self.break_after.discard(method)
            return Broken()
        return JSONResponse({"ok": True, "result": result})

    async def _hang(self, request: Request) -> Response:
        """Says nothing until the caller has gone."""
        async for _ in request.stream():
            pass
        while (await request.receive())["type"] != "http.disconnect":
            pass
        return Response(status_code=500)

    async def _answer(self, method: str, arguments: Json, files: dict[str, tuple[bytes, str]]) -> Any:
        match method:
            case "getMe":
                return bot_user() | {"can_join_groups": True, "can_read_all_group_messages": False}
            case "getUpdates":
                return await self._get_updates(arguments)
            case "sendMessage":
                return self._send_message(arguments)
            case "sendDocument":
                return self._send_document(arguments, files)
            case "editMessageText":
                return self._edit(arguments)
            case "deleteMessage":
                return self._delete(arguments)
            case "answerCallbackQuery":
                return self._answer_query(arguments)
            case "getFile":
                return self._get_file(arguments)
            case "setMyCommands":
                return self._set_commands(arguments)
            case "setWebhook":
                return self._set_webhook(arguments)
            case "deleteWebhook":
                self.webhook = {}
                return True
            case "getWebhookInfo":
                return {"url": "", "has_custom_certificate": False, "pending_update_count": len(self._updates)} | {
                    key: self.webhook[key]
                    for key in ("url", "allowed_updates", "last_error_date", "last_error_message")
                    if key in self.webhook
                }
        raise Refused(404, "Not Found: method not found")

    async def _get_updates(self, arguments: Json) -> list[Json]:
        if self.webhook:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._polling:
            raise Refused(409, "Conflict: terminated by other getUpdates request; only one bot instance may run")
        offset, limit = int(arguments.get("offset", 0)), min(max(int(arguments.get("limit", 100)), 1), 100)
        while offset > 0 and self._updates and self._updates[0]["update_id"] < offset:
            self._updates.popleft()
        allowed = arguments.get("allowed_updates")
        self._polling = True
        try:
            async with asyncio.timeout(float(arguments.get("timeout", 0)) or 0.001):
                while not self._allowed(allowed) and not self._ending:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return []
        finally:
            self._polling = False
        return self._allowed(allowed)[:limit]

    def _allowed(self, kinds: list[str] | None) -> list[Json]:
        """Updates of other kinds are never shown; they do not come later either."""
        if kinds:
            self._updates = deque(one for one in self._updates if set(one) & set(kinds))
        return list(self._updates)

    def _send_message(self, arguments: Json) -> Json:
        chat = self._chat_of(arguments)
        text, links = visible(arguments, "text", 4096)
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        keyboard = buttons_of(arguments)
        self._flood(chat)
        return self._sent(chat, text.strip(), keyboard, arguments, links=links)

    def _send_document(self, arguments: Json, files: dict[str, tuple[bytes, str]]) -> Json:
        chat = self._chat_of(arguments)
        named = str(arguments.get("document", "")).removeprefix("attach://")
        data, name = files.get(named) or files.get("document") or (b"", "")
        if not data:
            raise Refused(400, "Bad Request: file must be non-empty")
        if len(data) > UPLOAD_LIMIT:
            raise Refused(413, "Request Entity Too Large")
        caption, links = visible(arguments, "caption", 1024)
        keyboard = buttons_of(arguments)
        self._flood(chat)
        return self._sent(chat, caption.strip(), keyboard, arguments, links=links, document=data, name=name)

    def _sent(self, chat: int, text: str, keyboard: list[tuple[str, str]], arguments: Json, **more: Any) -> Json:
        number = next(self.numbers)
        kind = "private" if chat > 0 else "supergroup"
        raw: Json = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": chat, "type": kind, **({"first_name": "x"} if chat > 0 else {"title": "班"})},
            "from": bot_user(),
            "text": text,
        }
        self.sent.append(Sent(number, chat, text, keyboard, raw=raw, **more))
        return raw

    def _edit(self, arguments: Json) -> Json:
        chat = self._chat_of(arguments)
        number = int(arguments["message_id"])
        one = next((s for s in self.sent if s.id == number and s.chat == chat), None)
        if one is None:
            raise Refused(400, "Bad Request: message to edit not found")
        text, _ = visible(arguments, "text", 4096)
        keyboard = buttons_of(arguments)
        if (one.text, one.buttons) == (text, keyboard):
            raise Refused(400, "Bad Request: message is not modified: specified new message content is the same")
        one.text, one.buttons = text, keyboard
        return one.raw | {"text": text}

    def _delete(self, arguments: Json) -> bool:
        """A message of the last two days; `age` moves those that are there into the past."""
        found = self._chat_of(arguments), int(arguments["message_id"])
        one = next((s for s in self.sent if (s.chat, s.id) == found), None)
        if one is None:
            raise Refused(400, "Bad Request: message to delete not found")
        if one.raw["date"] < time.time() - 48 * 3600:
            raise Refused(400, "Bad Request: message can't be deleted for everyone")
        self.sent.remove(one)
        return True

    def age(self, seconds: float) -> None:
        """All messages are older by so much."""
        for one in self.sent:
            one.raw["date"] -= int(seconds)

    def _answer_query(self, arguments: Json) -> bool:
        query = str(arguments.get("callback_query_id"))
        if query not in self.queries:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.queries.discard(query)
        self.answered.append(query)
        return True

    def _get_file(self, arguments: Json) -> Json:
        file_id = str(arguments.get("file_id"))
        if file_id not in self._files:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        _, _, size = self._files[file_id]
        if size > DOWNLOAD_LIMIT:
            raise Refused(400, "Bad Request: file is too big")
        return {"file_id": file_id, "file_unique_id": file_id, "file_size": size, "file_path": f"files/{file_id}.bin"}

    async def _file(self, request: Request) -> Response:
        self.calls["download"] += 1
        found = re.fullmatch(r"files/(\w+)\.bin", request.path_params["path"])
        if request.path_params["token"] != self.token or found is None or found[1] not in self._files:
            return Response(status_code=404)
        return Response(self._files[found[1]][0], media_type="application/octet-stream")

    def _set_commands(self, arguments: Json) -> bool:
        commands = arguments["commands"]
        if len(commands) > 100:
            raise Refused(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for one in commands:
            if not _COMMAND.fullmatch(one["command"]):
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(one["description"]) <= 256:
                raise Refused(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[(arguments.get("scope") or {"type": "default"})["type"]] = commands
        return True

    def _set_webhook(self, arguments: Json) -> bool:
        if not re.match(r"https://|http://127\.0\.0\.1", str(arguments.get("url", ""))):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if not _SECRET.fullmatch(str(arguments.get("secret_token", "x"))):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = arguments
        return True

    # --- rules ---

    def _chat_of(self, arguments: Json) -> int:
        try:
            chat = int(arguments["chat_id"])
        except (KeyError, ValueError):
            raise Refused(400, "Bad Request: chat_id is empty") from None
        if chat in self.moved:
            new = self.moved[chat]
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refused(400, words, migrate_to_chat_id=new)
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat > 0 and chat not in self.started:
            raise Refused(400, "Bad Request: chat not found")
        if chat < 0 and chat not in self.groups:
            raise Refused(403, "Forbidden: bot was kicked from the supergroup chat")
        return chat

    def _flood(self, chat: int) -> None:
        """Three windows; a refused message counts in none."""
        if not self.flood:
            return
        limits = {"": PER_SECOND, f"{chat}": PER_CHAT if chat > 0 else PER_GROUP}
        now, waits = self.clock(), [0.0]
        for key, (most, period) in limits.items():
            window = self._windows[key]
            while window and window[0] <= now - period:
                window.popleft()
            if len(window) >= most:
                waits.append(window[0] + period - now)
        if max(waits) > 0:
            wait = int(max(waits)) + 1
            raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        for key in limits:
            self._windows[key].append(now)
