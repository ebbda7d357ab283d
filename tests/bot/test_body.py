"""Bodies larger than their route needs are refused, declared or not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.body import BodyLimit


async def length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    routes = [Route(path, length, methods=["POST"]) for path in ("/page", "/hook/x")]
    app = BodyLimit(Starlette(routes=routes), limit=100, limits={"/hook/": 10})
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as made:
        yield made


@pytest.mark.parametrize(("path", "fits"), [("/page", 100), ("/hook/x", 10)])
async def test_declared_length(client: AsyncClient, path: str, fits: int) -> None:
    assert (await client.post(path, content=b"x" * fits)).text == str(fits)
    refused = await client.post(path, content=b"x" * (fits + 1))
    assert refused.status_code == 413


async def test_length_that_is_not_declared(client: AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 10

    assert (await client.post("/page", content=pieces())).status_code == 413


@pytest.mark.parametrize("said", ["-1", "abc", "１２"])
async def test_nonsense_length_is_counted_all_the_same(client: AsyncClient, said: str) -> None:
    answer = await client.post("/page", content=b"x" * 101, headers={b"content-length": said.encode()})
    assert answer.status_code == 413
