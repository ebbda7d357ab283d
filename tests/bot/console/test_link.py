"""`/go/<token>` on a really served page: a preview uses nothing up, the button works once and for one browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.app import open_database
from bot.keyring import with_keys
from bot.settings import Settings
from storage import chat, links, migrate
from storage.bindings import Owner
from storage.database import Database
from storage.models import Binding
from tests.fakes import campus
from tests.fakes.process import lixiao


@dataclass
class House:
    """A served page and its store."""

    store: Database
    url: str
    student: Owner

    async def link(self, action: str | None = "form:start:address") -> str:
        async with self.store.begin() as session:
            return await links.issue(session, self.student, "web", datetime.now(UTC), action=action)

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=30)

    async def bound(self) -> list[str]:
        async with self.store.read() as session:
            found = await session.scalars(select(Binding.chat).where(Binding.ended_at.is_(None)))
            return list(found.all())


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    settings = with_keys(Settings(_env_file=None, data_dir=tmp_path), len)  # type: ignore[call-arg]
    async with open_database(settings, migrated=False) as store:
        await migrate.upgrade(store)
        student = await (await campus.build(store)).student("林小满", bind=None)
        async with lixiao(tmp_path, "serve", "--port", "0") as server:
            await server.until("已启动：http://localhost:")
            port = (await server.until("\n")).strip()
            made = House(store, f"http://127.0.0.1:{port}", Owner(student_id=student))
            yield made


async def test_a_one_time_link(house: House) -> None:
    token = await house.link()
    async with house.browser() as browser:
        for _ in range(3):  # a preview looks too
            page = await browser.get(f"/go/{token}")
            assert page.status_code == 200
            assert "林小满" not in page.text
            assert "小满" in page.text or "*" in page.text
        assert await house.bound() == []
        foreign = await browser.post(f"/go/{token}", headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403
        gone_on = await browser.post(f"/go/{token}", headers={"Origin": house.url})
        assert (gone_on.status_code, gone_on.headers["location"]) == (303, "/")
        (where,) = await house.bound()
        async with house.store.read() as session:
            lines = await chat.since(session, "web", where, 0)
        assert [line.inward for line in lines][-1] is False
        assert "档案" in lines[-1].text
        assert (await browser.post(f"/go/{token}")).status_code == 410
        again = await house.link(None)
        assert (await browser.post(f"/go/{again}")).status_code == 303
        assert await house.bound() == [where]  # the same person in the same browser keeps his chat
    async with house.browser() as stranger:
        assert (await stranger.get(f"/go/{token}")).status_code == 410
        assert (await stranger.get("/go/x")).status_code == 410
        assert (await stranger.post("/go/" + "a" * 43)).status_code == 410
    assert await house.bound() == [where]
