"""One token for all: cold starts, stale tokens and dead renewers, in one process and in several."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from bot.wechat_client import Api, Work
from bot.wechat_errors import PlatformError
from storage import tokens
from storage.database import Database
from tests.fakes.hooked import Clock
from tests.fakes.served import served
from tests.fakes.wecom import AGENT, CORP, SECRET, Wecom

ACCOUNT = "wecom:test"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
async def platform(clock: Clock) -> Wecom:
    return Wecom(clock.seconds, members={"u"}, latency=0.01)


@pytest.fixture
async def address(platform: Wecom) -> AsyncIterator[str]:
    async with served(platform.app) as found:
        yield found


def api_of(database: Database, clock: Clock, address: str, secret: str = SECRET) -> Api[Work]:
    return Api(Work(CORP, secret, address), database, clock, ACCOUNT)


def say(client: Work) -> object:
    return client.message.send_text(AGENT, ["u"], "在吗")


async def test_many_cold_calls_make_one_token(database: Database, clock: Clock, platform: Wecom, address: str) -> None:
    """Three processes' worth of clients on one store; wechatpy alone asked 63 to 166 times."""
    apis = [api_of(database, clock, address) for _ in range(3)]
    await asyncio.gather(*(api.call(say) for api in apis for _ in range(8)))
    assert platform.calls["gettoken"] == 1
    platform.end_token()
    await asyncio.gather(*(api.call(say) for api in apis for _ in range(8)))
    assert platform.calls["gettoken"] == 2
    for api in apis:
        await api.close()


async def test_a_token_is_renewed_before_it_ends(sqlite: Database, clock: Clock, platform: Wecom, address: str) -> None:
    api = api_of(sqlite, clock, address)
    await api.call(say)
    clock.move(timedelta(minutes=114))
    await api.call(say)
    assert platform.calls["gettoken"] == 1
    clock.move(timedelta(minutes=2))
    await api.call(say)
    assert platform.calls["gettoken"] == 2
    await api.close()


async def test_a_renewer_that_died_is_waited_for_and_replaced(
    sqlite: Database, clock: Clock, platform: Wecom, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sqlite.begin() as session:
        assert await tokens.claim(session, ACCOUNT, version=0, worker="dead", now=clock())
    api = api_of(sqlite, clock, address)
    monkeypatch.setattr("bot.wechat_client._LONGEST_WAIT", 0.1)
    with pytest.raises(PlatformError, match="另一个进程"):
        await api.call(say)
    clock.move(tokens.LEASE)
    await api.call(say)
    assert platform.calls["gettoken"] == 1
    await api.close()


async def test_wrong_credentials_are_said_and_the_right_to_renew_is_given_back(
    sqlite: Database, clock: Clock, platform: Wecom, address: str
) -> None:
    api = api_of(sqlite, clock, address, secret="wrong")
    for _ in range(2):
        with pytest.raises(PlatformError, match="Secret") as caught:
            await api.call(say)
        assert caught.value.after is not None
    assert platform.calls["gettoken"] == 2
    await api.close()


async def test_nobody_there_is_no_message_lost_and_none_doubled(sqlite: Database, clock: Clock) -> None:
    api = api_of(sqlite, clock, "http://127.0.0.1:9")
    with pytest.raises(PlatformError, match="连不上") as caught:
        await api.call(say)
    assert not caught.value.unknown
    assert "corpsecret" not in repr(caught.value.__cause__) + str(caught.value)
    await api.close()


async def test_no_answer_is_an_unknown_outcome(
    sqlite: Database, clock: Clock, platform: Wecom, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = api_of(sqlite, clock, address)
    await api.call(say)
    platform.latency = 1.0
    monkeypatch.setattr("bot.wechat_client.TIMEOUT", (1, 0.05))
    with pytest.raises(PlatformError) as caught:
        await api.call(say)
    assert caught.value.unknown
    await api.close()


BODY = {"touser": "u", "agentid": AGENT, "msgtype": "text", "text": {"content": "在吗"}}


async def test_messages_share_the_token_and_a_stale_one_is_renewed_once(
    database: Database, clock: Clock, platform: Wecom, address: str
) -> None:
    api = api_of(database, clock, address)
    await asyncio.gather(*(api.post("message/send", BODY) for _ in range(5)), api.call(say))
    platform.end_token()
    answers = await asyncio.gather(*(api.post("message/send", BODY) for _ in range(5)))
    assert all(answer["msgid"] for answer in answers)
    assert platform.calls["gettoken"] == 2
    assert len(platform.shown["u"]) == 11
    await api.close()


async def test_what_the_platform_refuses_or_does_not_answer_is_told_without_the_address(
    sqlite: Database, clock: Clock, platform: Wecom, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, nobody = api_of(sqlite, clock, address), api_of(sqlite, clock, "http://127.0.0.1:9")
    with pytest.raises(PlatformError) as refused:
        await api.post("message/send", BODY | {"agentid": 1})
    assert refused.value.code
    with pytest.raises(PlatformError, match="连不上") as alone:
        await nobody.post("message/send", BODY)
    assert not alone.value.unknown
    monkeypatch.setattr("bot.wechat_posts.ANSWER", 0.05)
    slow = api_of(sqlite, clock, address)
    platform.latency = 1.0
    with pytest.raises(PlatformError, match="没有回话") as silent:
        await slow.post("message/send", BODY)
    assert silent.value.unknown
    for error in (refused, alone, silent):
        assert "token" not in str(error.value) + repr(error.value.__cause__)
    for one in (api, nobody, slow):
        await one.close()


async def test_an_answer_that_is_none_leaves_the_outcome_open(sqlite: Database, clock: Clock) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_token = scope["path"].endswith("gettoken")
        given = JSONResponse({"errcode": 0, "access_token": "t", "expires_in": 7200}) if is_token else Response("busy")
        await given(scope, receive, send)

    async with served(app) as where:
        api = api_of(sqlite, clock, where)
        with pytest.raises(PlatformError) as caught:
            await api.post("message/send", BODY)
        await api.close()
    assert caught.value.unknown


COLD = """
import asyncio, sys
from datetime import datetime
from bot.wechat_client import Api, Work
from storage.crypto import Vault
from storage.database import Database
from tests.fakes.wecom import AGENT, CORP, SECRET

async def main(url, address, now):
    database = Database(url, Vault({"test": b"\\x01" * 32}, b"\\x02" * 32))
    api = Api(Work(CORP, SECRET, address), database, lambda: datetime.fromisoformat(now), "wecom:test")
    await asyncio.gather(*(api.call(lambda c: c.message.send_text(AGENT, ["u"], "hi")) for _ in range(100)))
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_two_processes_with_a_hundred_cold_calls_each_make_one_token(
    database: Database, clock: Clock, platform: Wecom, address: str
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    running = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", COLD, url, address, clock().isoformat(), cwd=ROOT, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    ends = [await process.communicate() for process in running]
    assert [process.returncode for process in running] == [0, 0], ends
    assert platform.calls["gettoken"] == 1
    assert platform.calls["message/send"] == 200
