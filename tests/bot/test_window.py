"""The terminal window: history, numbers for buttons, files, and lines that come while one thinks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from bot import window
from bot.app import App, join
from bot.channels import terminal
from bot.settings import Settings
from bot.window import Window
from handlers.messages import Button, Reply
from storage import bindings
from storage.bindings import Owner
from storage.database import Database
from tests.fakes import campus

NAME = "lin"


@dataclass
class Seat:
    """A person at the keyboard."""

    app: App

    async def sits(self, *typed: str) -> str:
        """All that is shown to him from hello to the end of his typing."""
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        for line in (*typed, None):
            lines.put_nowait(line)
        shown: list[str] = []
        await Window(self.app, NAME, lines, shown.append).run()
        return "\n".join(shown)


@pytest.fixture
async def seat(sqlite: Database, now: datetime, tmp_path: Path) -> Seat:
    """A student bound to his terminal chat."""
    school = await campus.build(sqlite)
    student = await school.student("林小满", bind=None)
    async with sqlite.begin() as session:
        await bindings.bind(session, terminal.address(NAME), Owner(student_id=student), now)
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
    return Seat(await join(settings, sqlite, lambda: now))


async def test_asks_and_answers_and_numbers_the_choices(seat: Seat) -> None:
    shown = await seat.sits("菜单")
    assert "我：菜单" in shown
    assert "离校通：" in shown
    assert "  1. 我的事项" in shown


async def test_a_number_is_the_button(seat: Seat) -> None:
    shown = await seat.sits("菜单", "1")
    assert "我：我的事项" in shown
    assert await seat.sits("99", "/quit", "不会说到这里")
    assert "不会说到这里" not in await seat.sits()


async def test_history_is_shown_and_its_buttons_still_work(seat: Seat) -> None:
    await seat.sits("菜单")
    shown = await seat.sits("1")
    before, after = shown.split("—— 以上是之前的对话 ——")
    assert "我：菜单" in before
    assert "我：我的事项" in after


async def test_nothing_before_the_first_word(seat: Seat) -> None:
    assert await seat.sits() == window.HELLO


async def test_empty_lines_say_nothing(seat: Seat) -> None:
    assert await seat.sits("", "  ") == window.HELLO


async def test_a_line_that_comes_from_elsewhere_is_shown(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "LOOK_EVERY", 0.01)
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    shown: list[str] = []
    seen = asyncio.Event()

    def show(text: str) -> None:
        shown.append(text)
        if "材料被退回" in text:
            seen.set()

    running = asyncio.create_task(Window(seat.app, NAME, lines, show).run())
    to = terminal.address(NAME)
    await seat.app.channels["terminal"].send(to, Reply("材料被退回", (Button("去修改", "form:start:address"),)))
    async with asyncio.timeout(30):
        await seen.wait()
        lines.put_nowait(None)
        await running
    assert "  1. 去修改" in "\n".join(shown)


async def test_a_file_that_no_form_asked_for_is_not_kept(seat: Seat, tmp_path: Path) -> None:
    photo = tmp_path / "照片.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n")
    shown = await seat.sits(f"/file {photo}")
    assert "没有要交的照片或文件" in shown
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


async def test_a_file_that_is_not_there_or_too_large(
    seat: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "读不了这个文件" in await seat.sits("/file /no/such/file")
    monkeypatch.setattr(window, "LARGEST_FILE", 3)
    (tmp_path / "x").write_bytes(b"1234")
    assert "10 MB" in await seat.sits(f"/file {tmp_path / 'x'}")


async def test_files_of_nobody_are_not_taken(sqlite: Database, now: datetime, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
    stranger = Seat(await join(settings, sqlite, lambda: now))
    (tmp_path / "x").write_bytes(b"1234")
    assert "先绑定" in await stranger.sits(f"/file {tmp_path / 'x'}")


async def test_lines_of_standard_input_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "typed").write_text("你好\n再见\n")
    with (tmp_path / "typed").open() as typed:
        monkeypatch.setattr("sys.stdin", typed)
        lines = window.lines_of()
        assert [await lines.get() for _ in range(3)] == ["你好\n", "再见\n", None]
