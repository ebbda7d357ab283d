"""wechatpy from async code, cured of what it does wrong (see ../shared/LIBRARIES.md).

The token stands in a row shared by all processes and one of them renews it; a stale token is renewed once and the call
made again, its files read from the beginning; every call has a time limit and goes to the configured address, without
following redirects; at most `AT_ONCE` calls run in threads at the same time. Messages go past it (`Api.post`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar
from uuid import uuid4

import anyio.to_thread
import requests
from wechatpy.client import WeChatClient
from wechatpy.enterprise import WeChatClient as WorkClient
from wechatpy.exceptions import WeChatClientException

from bot.wechat_errors import STALE, PlatformError, of_exception
from bot.wechat_posts import Posts
from storage import tokens
from storage.database import Database
from storage.tokens import Token

AT_ONCE = 8
TIMEOUT = (3.05, 10)
"""Seconds to connect, and to wait for each answer."""
_LOOK_AGAIN = 0.05
_LONGEST_WAIT = 12.0

_TOKEN: ContextVar[str] = ContextVar("platform_token", default="")
"""The token of the call under way; the context goes along into the thread."""

Clock = Callable[[], datetime]
Client = TypeVar("Client")
T = TypeVar("T")


class _Cured:
    """What both of wechatpy's clients get wrong, put right."""

    def __init__(self, identity: str, secret: str, address: str) -> None:
        super().__init__(identity, secret, timeout=TIMEOUT, auto_retry=False)  # type: ignore[call-arg]
        self.API_BASE_URL = f"{address}/cgi-bin/"
        self._http: requests.Session
        self.date: datetime | None = None
        """The platform's clock, as of its last answer."""
        self._http.trust_env = False  # neither proxies nor passwords of this machine's account

    @property
    def access_token(self) -> str:
        return _TOKEN.get()

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        kwargs["timeout"] = TIMEOUT
        kwargs["allow_redirects"] = False
        return super()._request(method, url_or_endpoint, **kwargs)  # type: ignore[misc]

    def _handle_result(self, res: requests.Response, *args: Any, **kwargs: Any) -> Any:
        self.date = _date_of(res)
        return super()._handle_result(_good(self, res), *args, **kwargs)  # type: ignore[misc]

    def _decode_result(self, res: requests.Response) -> Any:
        """wechatpy would give the whole answer back where it is not JSON."""
        try:
            return json.loads(res.content.decode("utf-8", "ignore"), strict=False)
        except ValueError:
            raise WeChatClientException(None, None, self, res.request, res) from None

    def fetch(self, endpoint: str, params: dict[str, str]) -> tuple[str, int]:
        """A fresh token and its lifetime in seconds."""
        answer = self._http.get(self.API_BASE_URL + endpoint, params=params, timeout=TIMEOUT, allow_redirects=False)
        found = self._handle_result(answer)
        return str(found["access_token"]), int(found.get("expires_in", 7200))

    def download(self, media_id: str, limit: int) -> bytes:
        """A file of the platform, at most `limit` bytes of it. Raises `TooLarge`."""
        params = {"access_token": self.access_token, "media_id": media_id}
        url = f"{self.API_BASE_URL}media/get"
        with self._http.get(url, params=params, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
            _good(self, answer)
            if answer.headers.get("Content-Type", "").startswith(("application/json", "text/plain")):
                self._handle_result(answer)
            return _at_most(answer, limit)


class Work(_Cured, WorkClient):  # type: ignore[misc]
    """企业微信."""

    def renew(self) -> tuple[str, int]:
        """See `fetch`."""
        return self.fetch("gettoken", {"corpid": self.corp_id, "corpsecret": self.secret})


class Official(_Cured, WeChatClient):  # type: ignore[misc]
    """公众号."""

    def renew(self) -> tuple[str, int]:
        """See `fetch`."""
        return self.fetch("token", {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret})


class TooLarge(Exception):
    """More came than was allowed."""


class Tokens:
    """One account's token: in memory while it is good, in the store for all processes."""

    def __init__(
        self, database: Database, clock: Clock, account: str, renew: Callable[[], Awaitable[tuple[str, int]]]
    ) -> None:
        self._database = database
        self._clock = clock
        self._account = account
        self._renew = renew
        self._worker = uuid4().hex
        self._lock = asyncio.Lock()
        self._token: Token | None = None

    async def get(self, stale: Token | None = None) -> Token:
        """A good token, and not the stale one. Raises `PlatformError`."""
        async with self._lock:
            waited = 0.0
            while waited < _LONGEST_WAIT:
                found = await self._known(stale) or await self._renewed(stale)
                if found is not None:
                    self._token = found
                    return found
                await asyncio.sleep(_LOOK_AGAIN)
                waited += _LOOK_AGAIN
        raise PlatformError(0, "另一个进程在换令牌，迟迟没有换好", after=timedelta(seconds=5))

    async def _known(self, stale: Token | None) -> Token | None:
        if self._is_fit(self._token, stale):
            return self._token
        async with self._database.read() as session:
            found = await tokens.load(session, self._account)
        return found if self._is_fit(found, stale) else None

    def _is_fit(self, token: Token | None, stale: Token | None) -> bool:
        return token is not None and token.is_good(self._clock()) and (stale is None or token.version > stale.version)

    async def _renewed(self, stale: Token | None) -> Token | None:
        """Renews it, if no other process does; None: look again."""
        async with self._database.begin() as session:
            now, row = self._clock(), await tokens.load(session, self._account)
            if self._is_fit(row, stale):
                return row
            version = await tokens.version_of(session, self._account)
            if not await tokens.claim(session, self._account, version=version, worker=self._worker, now=now):
                return None
        try:
            value, seconds = await self._renew()
        except BaseException:
            async with self._database.begin() as session:
                await tokens.give_up(session, self._account, worker=self._worker)
            raise
        async with self._database.begin() as session:
            ends = now + timedelta(seconds=seconds)
            await tokens.renew(session, self._account, value, ends, worker=self._worker)
            return await tokens.load(session, self._account)


class Api(Generic[Client]):
    """Calls of one account."""

    def __init__(self, client: Client, database: Database, clock: Clock, account: str) -> None:
        self._client = client
        self._threads: anyio.CapacityLimiter | None = None
        self._clock = clock
        self.account = account
        self.tokens = Tokens(database, clock, account, self._renew)
        self._posts = Posts(client.API_BASE_URL)  # type: ignore[attr-defined]

    async def post(self, endpoint: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The platform's answer to JSON; with a stale token it is said once more. Raises `PlatformError`."""
        token = await self.tokens.get()
        try:
            return await self._posts.post(endpoint, token.value, body)
        except PlatformError as error:
            if error.code not in STALE:
                raise
        return await self._posts.post(endpoint, (await self.tokens.get(stale=token)).value, body)

    async def call(self, work: Callable[[Client], T]) -> T:
        """What `work` gives; with a stale token it is done once more. Raises `PlatformError`, and `TooLarge`."""
        token = await self.tokens.get()
        try:
            return await self._with(token, work)
        except PlatformError as error:
            if error.code not in STALE:
                raise
        return await self._with(await self.tokens.get(stale=token), work)

    async def without_token(self, work: Callable[[Client], T]) -> T:
        """A call that needs no token (a group robot's). Raises `PlatformError`."""
        return await self._in_thread(work)

    @property
    def skew(self) -> timedelta | None:
        """How far the platform's clock is ahead of ours, as of its last answer."""
        theirs: datetime | None = self._client.date  # type: ignore[attr-defined]
        return theirs - self._clock() if theirs else None

    async def close(self) -> None:
        """Closes the connections."""
        self._client._http.close()  # type: ignore[attr-defined]
        await self._posts.close()

    async def _with(self, token: Token, work: Callable[[Client], T]) -> T:
        kept = _TOKEN.set(token.value)
        try:
            return await self._in_thread(work)
        finally:
            _TOKEN.reset(kept)

    async def _in_thread(self, work: Callable[[Client], T]) -> T:
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(AT_ONCE)
        try:
            return await anyio.to_thread.run_sync(work, self._client, limiter=self._threads)
        except (WeChatClientException, requests.RequestException) as error:
            raise of_exception(error) from None

    async def _renew(self) -> tuple[str, int]:
        return await self._in_thread(lambda client: client.renew())  # type: ignore[attr-defined]


def _good(client: _Cured, answer: requests.Response) -> requests.Response:
    if answer.status_code != 200:  # a redirect is none of the platform's answers either
        raise WeChatClientException(None, None, client, answer.request, answer)
    return answer


def _at_most(answer: requests.Response, limit: int) -> bytes:
    data = bytearray()
    for chunk in answer.iter_content(64 * 1024):
        data += chunk
        if len(data) > limit:
            raise TooLarge
    return bytes(data)


def _date_of(answer: requests.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
