"""A process that is killed in the middle of a form; the next one goes on where it was."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.app import open_database
from bot.channels import terminal
from bot.keyring import with_keys
from bot.settings import Settings
from storage import bindings, migrate
from storage.bindings import Owner
from storage.database import Database
from tests.fakes import campus
from tests.fakes.process import lixiao

CHAT = "lin"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    """A data directory with keys, tables and a student whose terminal chat is bound."""
    settings = with_keys(Settings(_env_file=None, data_dir=tmp_path), len)  # type: ignore[call-arg]
    async with open_database(settings, migrated=False) as database:
        await migrate.upgrade(database)
        school = await campus.build(database)
        student = await school.student("林小满", bind=None)
        async with database.begin() as session:
            await bindings.bind(session, terminal.address(CHAT), Owner(student_id=student), datetime.now(UTC))
        yield database


async def test_killed_in_the_middle_of_a_form_it_goes_on(store: Database, tmp_path: Path) -> None:
    async with lixiao(tmp_path, "chat", "--as", CHAT) as first:
        await first.type("档案邮寄地址")
        await first.until("档案寄给哪个单位")
        await first.type("云溪市公共就业和人才服务中心")
        await first.until("同意我记录这些内容吗")
        await first.type("1")
        await first.until("谁或哪个部门收")
        await first.kill()

    async with lixiao(tmp_path, "chat", "--as", CHAT) as second:
        assert "云溪市公共就业和人才服务中心" in await second.until("以上是之前的对话")
        await second.type("档案科")
        await second.until("电话是多少")
        await second.type("13900000001")
        await second.until("省、市、区县")
        await second.type("四川省成都市武侯区人民南路 1 号")
        await second.until("邮政编码")
        await second.kill()

    async with lixiao(tmp_path, "chat", "--as", CHAT) as third:
        await third.until("以上是之前的对话")
        await third.type("610041")
        summary = await third.until("确认")
        assert "云溪市公共就业和人才服务中心" in summary
        assert "13900000001" not in summary
        await third.type("/quit")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_served_until_told_to_end(store: Database, tmp_path: Path, how: signal.Signals) -> None:
    async with lixiao(tmp_path, "serve", "--port", "0", LIXIAO_LOG_FORMAT="json") as server:
        await server.until("已启动：http://localhost:")
        port = (await server.until("\n")).strip()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            health = await client.get("/health")
            page = await client.get("/")
        assert (health.status_code, page.status_code) == (200, 200)
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert "server" not in page.headers
        assert await server.interrupt(how) == 0
        assert '"event": "stopped"' in server.shown


async def test_a_killed_server_starts_again(store: Database, tmp_path: Path) -> None:
    async with lixiao(tmp_path, "serve", "--port", "0") as first:
        await first.until("已启动：")
        await first.kill()
    async with lixiao(tmp_path, "serve", "--port", "0") as second:
        await second.until("已启动：")
        assert await second.interrupt() == 0
