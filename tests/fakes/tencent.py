"""What the stand-ins of WeChat Work and of an Official Account have in common: calls of our hook, repeated where no
answer comes in time; an API that counts, waits, fails as it is told to, and answers errors as codes."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TRIES, IN_TIME = 3, 5.0
PATIENCE = 20.0
"""Seconds that a loaded machine may take for something that is on its way."""
TOKEN_LASTS = 7200

Json = dict[str, Any]


class Refused(Exception):
    """An error as the API answers it."""

    def __init__(self, code: int, words: str = "refused") -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass
class Tencent:
    """The server. A subclass says what its people do, what a call looks like, and what the API answers."""

    clock: Callable[[], float] = time.time
    hook: str = ""
    """Where calls go: our address."""
    in_time: float = IN_TIME
    latency: float = 0.0
    media: dict[str, bytes] = field(default_factory=dict)
    menu: Json | None = None
    calls: Counter[str] = field(default_factory=Counter)
    faults: deque[tuple[str, int | Response]] = field(default_factory=deque)
    """(endpoint, error code or whole answer; 0: as always) for the next call of that endpoint."""
    tried: list[int] = field(default_factory=list)
    """The status of every call of our hook; 0: none in time."""

    def __post_init__(self) -> None:
        self._token, self._ends, self._issued = "", 0.0, count(1)
        self._called = asyncio.Condition()
        self.app = Starlette(routes=[Route("/cgi-bin/{endpoint:path}", self._call, methods=["GET", "POST"])])

    def call_of(self, user: str, **fields: str | int) -> tuple[dict[str, str], bytes]:
        """Query and body of a call of our hook."""
        raise NotImplementedError

    def _show_answer(self, user: str, body: bytes) -> str | None:
        raise NotImplementedError

    def _show_nothing(self, user: str) -> None:
        """Nothing came in time, however often it was asked."""

    async def _answer(self, endpoint: str, request: Request) -> Response:
        raise NotImplementedError

    async def calls_hook(self, user: str, **fields: str | int) -> str | None:
        """Calls us, up to three times; the text that is shown to him, None: nothing is."""
        query, body = self.call_of(user, **fields)
        for _ in range(TRIES):
            answer = await self._post(query, body)
            if answer is not None:
                return self._show_answer(user, answer)
        self._show_nothing(user)
        return None

    async def _post(self, query: dict[str, str], body: bytes) -> bytes | None:
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=self.in_time) as client:
            try:
                answer = await client.post(self.hook, params=query, content=body)
            except httpx.TimeoutException:
                self.tried.append(0)
                return None
        self.tried.append(answer.status_code)
        return answer.content if answer.status_code == 200 else None

    async def _checked_hook(self, query: dict[str, str]) -> str:
        """Asks our address to prove itself; what came back."""
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            answer = await client.get(self.hook, params=query)
        return answer.text if answer.status_code == 200 else ""

    def keep(self, data: bytes) -> str:
        """A file in the platform's store."""
        media = f"media-{uuid4().hex}"
        self.media[media] = data
        return media

    async def until(self, so: Callable[[], object]) -> None:
        """Waits until it is so: looks again after every call of the API."""
        async with asyncio.timeout(PATIENCE), self._called:
            await self._called.wait_for(lambda: bool(so()))

    def end_token(self) -> None:
        """The token ends before its time."""
        self._ends = 0.0

    def _issue_token(self) -> str:
        self._token, self._ends = f"token-{next(self._issued)}-{uuid4().hex}", self.clock() + TOKEN_LASTS
        return self._token

    async def _call(self, request: Request) -> Response:
        answer = await self._answered(request)
        async with self._called:
            self._called.notify_all()
        return answer

    async def _answered(self, request: Request) -> Response:
        endpoint = request.path_params["endpoint"]
        self.calls[endpoint] += 1
        if self.latency:
            await asyncio.sleep(self.latency)
        try:
            if self.faults and self.faults[0][0] == endpoint:
                fault = self.faults.popleft()[1]
                if isinstance(fault, Response):
                    return fault
                if fault:
                    raise Refused(fault)
            return await self._answer(endpoint, request)
        except Refused as refused:
            return JSONResponse({"errcode": refused.code, "errmsg": refused.words})

    async def _file_of(self, request: Request) -> bytes:
        """The file of an upload; nothing where there is none."""
        async with request.form() as form:
            file = form.get("media")
            return await file.read() if isinstance(file, UploadFile) else b""

    def _media(self, media: str) -> Response:
        if media not in self.media:
            raise Refused(40007, "invalid media_id")
        return Response(self.media[media], media_type="image/jpeg")
