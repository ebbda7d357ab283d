"""The ASGI app: hooks are believed only after their signature, health and metrics tell the truth and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient
from pydantic import SecretStr
from sqlalchemy import text

from bot import web
from bot.app import App, join
from bot.channel import Channel, SendError
from bot.dispatch import Dispatcher
from bot.inbox import Inbox
from bot.outbox import Outbox
from bot.settings import Settings
from handlers.handler import Context, Handler
from handlers.messages import Incoming, Reply
from storage import migrate
from storage.database import Database
from storage.models import Base
from tests.fakes.platform import SIGNATURE, LaterPlatform, Platform, calls


async def echo(message: Incoming, context: Context) -> Reply | None:
    return Reply(f"{message.text}{'' if context.sensitive_allowed else '（境外）'}")


async def app_with(
    database: Database, now: datetime, root: Path, *channels: Channel, handlers: Sequence[Handler] = (echo,)
) -> App:
    """The real parts, with these channels and handlers instead of the registered ones."""
    app = await join(Settings(_env_file=None, data_dir=root), database, lambda: now)  # type: ignore[call-arg]
    named = {channel.name: channel for channel in channels}
    dispatcher = Dispatcher(
        database,
        handlers=handlers,
        answerer=app.answerer,
        files=app.files,
        channels=named,
        clock=app.clock,
        metrics=app.metrics,
        worker="test",
    )
    outbox = Outbox(database, named, app.files, app.clock, worker="test")
    return replace(app, channels=named, dispatcher=dispatcher, outbox=outbox)


def client_of(app: App, host: str = "127.0.0.1") -> AsyncClient:
    transport = ASGITransport(web.create(app), client=(host, 1), raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://test")


def inbox_of(client: AsyncClient) -> Inbox:
    """The queue behind the pages."""
    inbox = client._transport.app.state.inbox  # type: ignore[attr-defined]
    assert isinstance(inbox, Inbox)
    return inbox


@pytest.fixture
async def migrated(sqlite: Database) -> Database:
    """The fixture's tables come from the models: only the mark of the migrations is missing."""
    async with sqlite.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
    await migrate.upgrade(sqlite)
    return sqlite


async def test_reply_goes_with_the_acknowledgement(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    app = await app_with(sqlite, now, tmp_path, Platform())
    async with client_of(app) as client:
        answer = await client.post("/hook/platform", content=calls((1, "在吗")), headers=SIGNATURE)
        again = await client.post("/hook/platform", content=calls((1, "在吗")), headers=SIGNATURE)
    assert (answer.status_code, answer.text) == (200, "在吗")
    assert (again.status_code, again.text) == (200, "")


async def test_replies_that_do_not_fit_in_are_sent_after_it(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    first, later = Platform(), LaterPlatform()
    async with client_of(await app_with(sqlite, now, tmp_path, first)) as client:
        answer = await client.post("/hook/platform", content=calls((1, "一"), (2, "二")), headers=SIGNATURE)
    assert answer.text == "一"
    assert [reply.text for _, reply in first.sent] == ["二"]
    app = await app_with(sqlite, now, tmp_path, later)
    async with client_of(app) as client:
        answer = await client.post("/hook/platform", content=calls((3, "三")), headers=SIGNATURE)
        await inbox_of(client).settled()
        await app.outbox.close()
    assert answer.text == ""
    assert [reply.text for _, reply in later.sent] == ["三（境外）"]


async def test_a_reply_that_cannot_be_sent_harms_nobody(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    channel = LaterPlatform(fails=SendError("blocked", permanent=True))
    async with client_of(await app_with(sqlite, now, tmp_path, channel)) as client:
        answer = await client.post("/hook/platform", content=calls((3, "三")), headers=SIGNATURE)
    assert answer.status_code == 200


@pytest.mark.parametrize("headers", [{}, {"x-signature": "theirs"}])
async def test_forged_calls_are_refused(
    sqlite: Database, now: datetime, tmp_path: Path, headers: dict[str, str]
) -> None:
    async with client_of(await app_with(sqlite, now, tmp_path, Platform())) as client:
        answer = await client.post("/hook/platform", content=calls((1, "在吗")), headers=headers)
    assert (answer.status_code, answer.content) == (403, b"")


@pytest.mark.parametrize("name", ["web", "terminal"])
async def test_our_own_pages_have_no_hook(sqlite: Database, now: datetime, tmp_path: Path, name: str) -> None:
    app = await join(Settings(_env_file=None, data_dir=tmp_path), sqlite, lambda: now)  # type: ignore[call-arg]
    async with client_of(app) as client:
        assert (await client.post(f"/hook/{name}", content=b"{}")).status_code == 403


async def test_unknown_platform(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    async with client_of(await app_with(sqlite, now, tmp_path)) as client:
        assert (await client.get("/hook/nobody")).status_code == 404


async def test_what_is_not_in_the_store_is_not_acknowledged(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    app = await app_with(sqlite, now, tmp_path, Platform())
    async with sqlite.engine.begin() as connection:
        await connection.execute(text("drop table seen"))
    async with client_of(app) as client:
        answer = await client.post("/hook/platform", content=calls((1, "在吗")), headers=SIGNATURE)
    assert answer.status_code == 503


async def test_a_call_that_is_too_large(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    async with client_of(await app_with(sqlite, now, tmp_path, Platform())) as client:
        answer = await client.post("/hook/platform", content=b"x" * (web.HOOK_LIMIT + 1), headers=SIGNATURE)
    assert answer.status_code == 413


async def test_well(migrated: Database, now: datetime, tmp_path: Path) -> None:
    async with client_of(await app_with(migrated, now, tmp_path)) as client:
        answer = await client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["tick_age_seconds"] is None


async def test_not_migrated(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    async with client_of(await app_with(sqlite, now, tmp_path)) as client:
        answer = await client.get("/health")
    assert (answer.status_code, answer.json()["migrated"]) == (503, False)


async def test_database_that_does_not_answer(now: datetime, tmp_path: Path, sqlite: Database) -> None:
    app = await app_with(sqlite, now, tmp_path)
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing", sqlite.vault)
    async with client_of(replace(app, database=nowhere)) as client:
        answer = await client.get("/health")
    await nowhere.close()
    assert (answer.status_code, answer.json()["database"]) == (503, False)


@pytest.mark.parametrize(("age", "status"), [(timedelta(seconds=30), 200), (timedelta(minutes=10), 503)])
async def test_clockwork_that_hangs(
    migrated: Database, now: datetime, tmp_path: Path, age: timedelta, status: int
) -> None:
    app = await app_with(migrated, now, tmp_path)
    app.clockwork.last_tick = now - age
    async with client_of(app) as client:
        answer = await client.get("/health")
    assert (answer.status_code, answer.json()["tick_age_seconds"]) == (status, age.total_seconds())


async def test_metrics_count_and_name_nobody(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    app = await app_with(sqlite, now, tmp_path, Platform())
    async with client_of(app) as client:
        await client.post("/hook/platform", content=calls((1, "我是张小明")), headers=SIGNATURE)
        text = (await client.get("/metrics")).text
    assert 'lixiao_messages_total{channel="platform",outcome="answered"} 1.0' in text
    assert 'lixiao_hooks_total{channel="platform",status="200"} 1.0' in text
    assert "张小明" not in text
    assert "u1" not in text


@pytest.mark.parametrize(
    ("host", "token", "given", "status"),
    [
        ("127.0.0.1", "", None, 200),
        ("203.0.113.9", "", None, 404),
        ("203.0.113.9", "t", "Bearer t", 200),
        ("203.0.113.9", "t", "Bearer ü", 404),
        ("127.0.0.1", "t", None, 404),
    ],
)
async def test_who_may_read_metrics(
    sqlite: Database, now: datetime, tmp_path: Path, host: str, token: str, given: str | None, status: int
) -> None:
    app = await app_with(sqlite, now, tmp_path)
    app = replace(app, settings=app.settings.model_copy(update={"metrics_token": SecretStr(token)}))
    headers = {b"authorization": given.encode()} if given else {}
    async with client_of(app, host) as client:
        assert (await client.get("/metrics", headers=headers)).status_code == status


async def test_a_tick_that_fails_is_told_until_it_works_again(
    migrated: Database, now: datetime, tmp_path: Path
) -> None:
    app = await app_with(migrated, now, tmp_path)

    async def deliver() -> None:
        raise OSError("disk full")

    async with client_of(app) as client:
        await app.clockwork._tracked(deliver())
        failing = await client.get("/health")
        await app.clockwork._tracked(app.clockwork.deliver())
        well = await client.get("/health")
    assert (failing.status_code, failing.json()["failing"]) == (503, ["deliver"])
    assert (well.status_code, well.json()["failing"]) == (200, [])
