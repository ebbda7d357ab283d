"""The platforms' calls made by the thousand: JSON over connections that stay open (aiohttp), nothing in threads.

wechatpy keeps what it is good at (seals, parsing, media); sending through it cost a thread and a new look at the token
for each message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.wechat_errors import PlatformError, of_code, of_status

CONNECT, ANSWER = 3.05, 10.0
"""Seconds to connect, and to wait for each part of an answer."""
CONNECTIONS = 32


class Posts:
    """One account's connections. They are opened in the loop that uses them, when they are first used."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._session: aiohttp.ClientSession | None = None

    async def post(self, endpoint: str, token: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The platform's answer. Raises `PlatformError`; its words hold no address, which would hold the token."""
        data = json.dumps(body, ensure_ascii=False).encode()
        params = {"access_token": token}
        try:
            async with self._open().post(
                self._base + endpoint, params=params, data=data, allow_redirects=False
            ) as answer:
                if answer.status != 200:  # a redirect is none of the platform's answers either
                    raise of_status(answer.status, answer.headers.get("Retry-After", ""))
                found = _read(await answer.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise PlatformError(0, "连不上平台") from None
        except (aiohttp.ClientError, TimeoutError):
            raise PlatformError(0, "平台没有回话，不知道有没有收到", unknown=True) from None
        if found.get("errcode"):
            raise of_code(int(found["errcode"]), str(found.get("errmsg", "")))
        return found

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=ANSWER),
                headers={"Content-Type": "application/json; charset=utf-8"},
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,  # neither proxies nor passwords of this machine's account
            )
        return self._session


def _read(data: bytes) -> Mapping[str, Any]:
    """An answer that is none says nothing about what became of the message."""
    try:
        found = json.loads(data.decode("utf-8", "ignore"), strict=False)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise PlatformError(0, "平台的回答看不懂，不知道有没有收到", unknown=True)
    return found
