"""`serve --role`: each role starts, tells its health and ends; what it does not do, it does not do."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest

from bot.app import open_database
from bot.keyring import with_keys
from bot.roles import ROLES
from bot.settings import Settings
from storage import migrate
from tests.bot.test_engine import NATS, reachable
from tests.conftest import need
from tests.fakes.process import lixiao


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    settings = with_keys(Settings(_env_file=None, data_dir=tmp_path), len)  # type: ignore[call-arg]
    async with open_database(settings, migrated=False) as database:
        await migrate.upgrade(database)
    return tmp_path


@pytest.mark.parametrize(("role", "engine"), [("web", ""), ("worker", ""), ("worker", NATS), ("clock", NATS)])
async def test_each_role_serves_and_ends(data: Path, role: str, engine: str) -> None:
    need(not engine or reachable(), f"NATS with JetStream at {NATS}")
    async with lixiao(data, "serve", "--role", role, "--port", "0", LIXIAO_ENGINE_URL=engine) as process:
        await process.until("已启动：http://localhost:")
        port = (await process.until("\n")).strip()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            health, page = await client.get("/health"), await client.get("/")
        assert health.status_code == 200
        assert (page.status_code == 200) == ROLES[role].pages
        assert await process.interrupt(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("role", "engine", "duties"),
    [
        ("all", "", {"plan", "deliver"}),
        ("all", NATS, {"plan", "deliver"}),
        ("web", NATS, set()),
        ("worker", "", {"deliver"}),
        ("worker", NATS, set()),
        ("clock", NATS, {"plan"}),
    ],
)
def test_duties(role: str, engine: str, duties: set[str]) -> None:
    assert set(ROLES[role].duties(engine)) == duties
