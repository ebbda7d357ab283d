"""Telegram: python-telegram-bot speaks to the Bot API, the dispatcher is ours.

Text goes as HTML in which every sign of ours is escaped (T12), without previews. Files are fetched only by Telegram's
own ids from the configured address (T14). A call by webhook proves itself by its header, before its body is read (T5).
"""

from __future__ import annotations

import asyncio
import hmac
import html
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import httpx
import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Update,
)
from telegram import Message as TelegramMessage
from telegram.error import (
    BadRequest,
    ChatMigrated,
    TelegramError,
)

from bot import texts
from bot.channel import Capabilities, Forged, Hook, NotFetched, Response, SendError, Sent
from bot.intake import TOO_LARGE
from bot.telegram_keyboard import keyboard_of
from bot.telegram_requests import PART_PAUSE, http_of, request_of, trouble_of
from bot.telegram_updates import GROUP_MENU, MENU, NAME, Me, incoming_of
from handlers.messages import Address, Attachment, Incoming, Remote, Reply
from storage import groups
from storage.crypto import Vault
from storage.database import Database
from storage.files import FileStore

if TYPE_CHECKING:
    from bot.registry import Parts
    from bot.settings import Settings

HEADER = "x-telegram-bot-api-secret-token"
UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
"""The only kinds we ask for."""

TEXT, CAPTION = 4096, 1024
PART_TRIES = 5
LONGEST_WAIT = timedelta(seconds=60)
"""A part waits no longer than this for Telegram's leave; whoever has the first part would wait in vain."""

_NOT_FETCHED = "这个文件没有取到，请再发一次。"
_PATH = re.compile(r"(?!/)(?!.*\.\.)[A-Za-z0-9_./-]{1,300}")

log = structlog.get_logger()

Step = Callable[[int], Awaitable[TelegramMessage]]


def make(parts: Parts) -> TelegramChannel | None:
    """The channel of the settings; None: no token."""
    settings = parts.settings
    token = settings.telegram_token.get_secret_value()
    if not token:
        return None
    return TelegramChannel(
        token,
        parts.database,
        parts.files,
        api=settings.telegram_api,
        mode=settings.telegram_mode,
        secret=webhook_secret(settings, parts.database.vault),
        proxy=settings.telegram_proxy,
    )


def webhook_secret(settings: Settings, vault: Vault) -> str:
    """What Telegram shows at each call: as set, or made from the look-up key."""
    return settings.telegram_secret.get_secret_value() or vault.lookup("webhook secret", NAME).hex()


class TelegramChannel:
    """One bot."""

    name: ClassVar[str] = NAME
    can: ClassVar[Capabilities] = Capabilities(
        group=True, text_limit=TEXT, text_unit="utf16", abroad=True, proof_in_headers=True
    )

    def __init__(
        self,
        token: str,
        database: Database,
        files: FileStore,
        *,
        api: str = "https://api.telegram.org",
        mode: Literal["polling", "webhook"] = "polling",
        secret: str = "",
        proxy: str = "",
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._files = files
        self._mode = mode
        self._secret = secret
        self._pause = pause
        self._file_root = f"{api}/file/bot{token}"
        self._me = Me(int(token.partition(":")[0]))
        self._requests = [request_of(proxy, size) for size in (2, 32)]
        self._downloads = httpx.AsyncClient(**http_of(proxy), follow_redirects=False, timeout=20)
        self._bot = Bot(
            token,
            base_url=f"{api}/bot",
            base_file_url=f"{api}/file/bot",
            get_updates_request=self._requests[0],
            request=self._requests[1],
        )

    # --- calls of the platform ---

    def verify(self, hook: Hook) -> None:
        """Compares the secret in constant time, as bytes. Raises `Forged`, always so where we poll."""
        given = hook.headers.get(HEADER, "").encode("utf-8", "surrogatepass")
        if self._mode != "webhook" or not self._secret or not hmac.compare_digest(given, self._secret.encode()):
            raise Forged

    def parse(self, hook: Hook) -> list[Incoming]:
        """The message of an update; what is unknown or broken is none."""
        try:
            update = Update.de_json(json.loads(hook.body), None)
            incoming = incoming_of(update, self._me, hook.received_at) if update else None
        except Exception:
            log.exception("update not read", channel=self.name)
            return []
        return [incoming] if incoming else []

    def acknowledge(self, hook: Hook, reply: Reply | None) -> Response:
        """200; a pressed button is told along that it was."""
        query = _query_of(hook)
        if query is None:
            return Response()
        body = json.dumps({"method": "answerCallbackQuery", "callback_query_id": query}).encode()
        return Response(body=body, media_type="application/json")

    # --- asking the platform ---

    @property
    def account(self) -> str:
        """The name under which the position is kept."""
        return f"{self.name}:{self._me.id}"

    @property
    def is_polled(self) -> bool:
        """Whether we ask, instead of being called."""
        return self._mode == "polling"

    @property
    def deep_link(self) -> str | None:
        """What a token is put behind to open our chat with it."""
        return f"https://t.me/{self._me.username}?start=" if self._me.username else None

    async def poll(self, position: int, wait: timedelta, now: datetime) -> list[tuple[int, Hook]]:
        """Updates from `position` on, each with the position behind it. Raises `SendError`."""
        seconds = int(wait.total_seconds())
        asked = {"offset": position, "timeout": seconds, "limit": 100, "allowed_updates": UPDATES}
        try:
            # Raw: an update that the library cannot read must not hold back the others. (The API's names know no case;
            # for a name it knows itself the library insists on its own method.)
            found: Any = await self._bot.do_api_request("GetUpdates", asked, read_timeout=seconds + 10)
        except TelegramError as error:
            raise trouble_of(error) from None
        return [(int(one["update_id"]) + 1, Hook({}, {}, json.dumps(one).encode(), now)) for one in found]

    async def noticed(self, hook: Hook) -> None:
        """Stops a pressed button from blinking; a query that is too old is no matter."""
        query = _query_of(hook)
        if query is not None:
            with suppress(TelegramError):
                await self._bot.answer_callback_query(query)

    async def open(self, public_url: str) -> None:
        """Learns our name, sets the menus, and tells where updates go. Raises `SendError`."""
        try:
            me = await self._bot.get_me()
            self._me = replace(self._me, username=me.username)
            await self._bot.set_my_commands(_commands(MENU), BotCommandScopeAllPrivateChats())
            await self._bot.set_my_commands(_commands(GROUP_MENU), BotCommandScopeAllGroupChats())
            await self._route(public_url)
        except TelegramError as error:
            raise trouble_of(error) from None

    async def _route(self, public_url: str) -> None:
        if self._mode == "polling":
            await self._bot.delete_webhook(drop_pending_updates=False)
            return
        await self._bot.set_webhook(
            f"{public_url}/hook/{self.name}", secret_token=self._secret, allowed_updates=UPDATES, max_connections=40
        )

    async def close(self) -> None:
        """Closes the connections."""
        for request in self._requests:
            await request.shutdown()
        await self._downloads.aclose()

    # --- files in ---

    async def fetch(self, remote: Remote, limit: int) -> bytes:
        """A file by Telegram's id, from the configured address and nowhere else. Raises `NotFetched`."""
        try:
            known = await self._bot.get_file(remote.handle)
        except BadRequest as error:
            raise NotFetched(TOO_LARGE if "too big" in error.message else _NOT_FETCHED) from None
        except TelegramError:
            raise NotFetched(_NOT_FETCHED) from None
        path = (known.file_path or "").removeprefix(f"{self._file_root}/")
        if not _PATH.fullmatch(path):
            raise NotFetched(_NOT_FETCHED)
        try:
            return await self._download(path, limit)
        except httpx.HTTPError:
            raise NotFetched(_NOT_FETCHED) from None

    async def _download(self, path: str, limit: int) -> bytes:
        """Counts what really comes."""
        data = bytearray()
        async with self._downloads.stream("GET", f"{self._file_root}/{path}") as answer:
            if answer.status_code != 200:
                raise NotFetched(_NOT_FETCHED)
            async for chunk in answer.aiter_bytes():
                data += chunk
                if len(data) > limit:
                    raise NotFetched(TOO_LARGE)
        return bytes(data)

    # --- out ---

    async def send(self, to: Address, reply: Reply) -> Sent:
        """Sends text and files, in parts where they are too long. Raises `SendError`.

        Once the first part is there, trouble with the others is waited out; what cannot be mended is unknown.
        """
        steps = await self._steps(reply)
        place = _Place(_chat_id(to))
        sent = [(await self._first(place, steps[0])).message_id]
        for step in steps[1:]:
            await self._pause(PART_PAUSE)
            sent.append((await self._further(place, step)).message_id)
        return Sent(f"{place.chat}:{','.join(map(str, sent))}")

    async def recall(self, platform_id: str) -> None:
        """Deletes all parts of a message; Telegram lets us for two days. Raises `SendError`."""
        chat, _, parts = platform_id.partition(":")
        if not parts:
            raise SendError("too old", permanent=True)
        # One by one: asked for several at once Telegram passes over what it does not delete, and says nothing.
        for part in parts.split(","):
            try:
                await self._bot.delete_message(int(chat), int(part))
            except BadRequest as error:
                if "not found" not in error.message:
                    raise SendError("too old", permanent=True) from None
            except TelegramError as error:
                raise trouble_of(error) from None

    async def _first(self, place: _Place, step: Step) -> TelegramMessage:
        try:
            return await self._step(place, step)
        except TelegramError as error:
            raise trouble_of(error) from None

    async def _further(self, place: _Place, step: Step) -> TelegramMessage:
        for _ in range(PART_TRIES):
            try:
                return await self._step(place, step)
            except TelegramError as error:
                trouble = trouble_of(error)
            if trouble.permanent or trouble.unknown or (trouble.after or timedelta()) > LONGEST_WAIT:
                break
            await self._pause((trouble.after or timedelta(seconds=PART_PAUSE)).total_seconds())
        raise SendError("only a part was sent", unknown=True)

    async def _step(self, place: _Place, step: Step) -> TelegramMessage:
        """One message; a group that has moved is followed and remembered."""
        try:
            return await step(place.chat)
        except ChatMigrated as moved:
            async with self._database.begin() as session:
                now = datetime.now().astimezone()
                await groups.move(session, self.name, str(place.chat), str(moved.new_chat_id), now)
            place.chat = moved.new_chat_id
            return await step(place.chat)

    async def _steps(self, reply: Reply) -> list[Step]:
        """The messages a reply consists of; the buttons hang on the last one."""
        parts = texts.split(reply.text, TEXT, "utf16")
        files = [(file, await self._load(file)) for file in reply.files]
        keyboard = keyboard_of(reply.buttons)
        caption = parts.pop() if len(files) == 1 and len(parts) == 1 and _fits_below(parts[0]) else None
        last = len(parts) + len(files) - 1
        steps = [self._text(part, keyboard if i == last else None) for i, part in enumerate(parts)]
        for i, (file, data) in enumerate(files, len(parts)):
            steps.append(self._file(file, data, caption, keyboard if i == last else None))
        if not steps:
            raise SendError("nothing to say", permanent=True)
        return steps

    def _text(self, part: str, keyboard: InlineKeyboardMarkup | None) -> Step:
        return lambda chat: self._bot.send_message(
            chat,
            html.escape(part, quote=False),
            parse_mode="HTML",
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=keyboard,
        )

    def _file(self, file: Attachment, data: bytes, caption: str | None, keyboard: InlineKeyboardMarkup | None) -> Step:
        below = None if caption is None else html.escape(caption, quote=False)
        return lambda chat: self._bot.send_document(
            chat,
            data,
            filename=file.name,
            caption=below,
            parse_mode="HTML",
            reply_markup=keyboard,
            disable_content_type_detection=True,
        )

    async def _load(self, file: Attachment) -> bytes:
        async with self._database.read() as session:
            try:
                return await self._files.load(session, file.id)
            except LookupError:
                raise SendError("the file is gone", permanent=True) from None


@dataclass(slots=True)
class _Place:
    """Where the parts of a reply go; it may move between two of them."""

    chat: int


def _commands(menu: Sequence[tuple[str, str]]) -> list[BotCommand]:
    return [BotCommand(name, words) for name, words in menu]


def _chat_id(to: Address) -> int:
    try:
        return int(to.chat)
    except ValueError:
        raise SendError("unreachable: no such chat", permanent=True) from None


def _fits_below(text: str) -> bool:
    return texts.length(text, "utf16") <= CAPTION


def _query_of(hook: Hook) -> str | None:
    """The id of a pressed button's query."""
    with suppress(ValueError, AttributeError, TypeError):
        query = json.loads(hook.body).get("callback_query")
        return str(query["id"]) if query else None
    return None
