"""A really running demo on loopback and a Chromium that looks at it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.conftest import need

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE = 60.0
expect.set_options(timeout=15_000)


@dataclass(frozen=True)
class Demo:
    """A running `lixiao demo`."""

    url: str
    data_dir: Path


@dataclass
class Watched:
    """A page and what went wrong on it."""

    page: Page
    demo: Demo
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser; on a laptop without one the tests are skipped, in CI they fail."""
    need(CHROMIUM is not None, "Chromium")
    return CHROMIUM or ""


@pytest.fixture(scope="session")
def demo(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for the whole session, as a process of its own, in a folder of its own."""
    data_dir = tmp_path_factory.mktemp("demo")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("LIXIAO_")}
    process = subprocess.Popen(
        [sys.executable, "-c", "from bot.cli import main; main()", "demo", "--no-open", "--port", "0"],
        env=plain | {"LIXIAO_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "default"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    found = threading.Event()
    reader = threading.Thread(target=_read, args=(process, lines, found), daemon=True)
    reader.start()
    try:
        assert found.wait(_PATIENCE), "".join(lines)
        said = "".join(lines)
        address = _ADDRESS.search(said)
        assert address is not None, said
        yield Demo(address[1].replace("localhost", "127.0.0.1"), data_dir)
    finally:
        process.terminate()
        process.wait(20)
        reader.join(5)
        assert process.stdout is not None
        process.stdout.close()


def _read(process: subprocess.Popen[str], lines: list[str], found: threading.Event) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if _ADDRESS.search(line):
            found.set()
    found.set()


_ADDRESS = re.compile(r"(http://[\w.:-]+)/demo")


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield launched
        await launched.close()


@pytest.fixture
async def watched(browser: Browser, demo: Demo) -> AsyncIterator[Watched]:
    """A page whose every request and error is noted; at the end nothing may have left this machine or gone wrong."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = await context.new_page()
    page.set_default_timeout(15_000)
    watched = Watched(page, demo)
    page.on("request", lambda request: _note(watched, request.url))
    page.on("pageerror", lambda error: watched.errors.append(str(error)))
    page.on("console", lambda message: watched.errors.append(message.text) if message.type == "error" else None)
    yield watched
    await context.close()
    assert watched.outside == []
    assert watched.errors == []


def _note(watched: Watched, url: str) -> None:
    if url.startswith(("data:", "blob:")):
        return
    if urlsplit(url).hostname != "127.0.0.1":
        watched.outside.append(url)
