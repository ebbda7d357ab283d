"""lixiao demo on an empty folder, and again on what the first run left."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from bot.cli import cli as app
from bot.commands import demo
from tests.fakes.process import Running, lixiao


async def page_of(running: Running, path: str = "") -> httpx.Response:
    """The page whose address was printed."""
    await running.until("打开 http://localhost:")
    port = (await running.until("/demo")).removesuffix("/demo")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
        return await client.get(path or "/demo")


async def test_from_nothing_to_a_page_and_again(tmp_path: Path) -> None:
    async with lixiao(tmp_path / "store", "demo", "--no-open", "--port", "0", cwd=tmp_path) as first:
        assert (await page_of(first)).status_code == 200
        ready = await first.until("秒就绪")
        assert re.search(r"\d+\.\d 秒就绪", ready)
        assert await first.interrupt() == 0
    assert "已生成密钥" in first.shown
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with lixiao(tmp_path / "store", "demo", "--no-open", "--port", port, cwd=tmp_path) as second:
            assert (await page_of(second, "/health")).json()["status"] == "ok"
            assert await second.interrupt() == 0
    assert "已生成密钥" not in second.shown
    assert f"localhost:{port}/" not in second.shown
    assert "编号" not in first.shown + second.shown


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org"])
def test_it_is_for_this_machine_only(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("LIXIAO_HOST", host)
    ended = CliRunner().invoke(app, ["demo", "--no-open"])
    assert ended.exit_code == 2
    assert host in ended.output
    assert "只在本机" in ended.output


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.9.1"])
def test_what_only_this_machine_reaches(host: str) -> None:
    assert demo.is_loopback(host)
