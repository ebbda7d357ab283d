"""Makes the pictures of the README from a fresh demo: `make screenshots`. Needs a Chromium on the machine.

The student hands in an address partly and asks a question in the middle of it; the counselor sees what waits.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
LARGEST = 300 * 1024
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
_QUESTION = "档案转寄地址什么时候填完？"
_PASTED = "单位：成都市武侯区公共就业和人才服务中心\n收件人：档案科\n电话：13900000088"
_ADDRESS = re.compile(r"(http://[\w.:-]+)/demo")


def main() -> None:
    """Writes docs/images/{demo,phone,workbench}.png."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium on this machine: apt-get install chromium fonts-noto-cjk fonts-noto-color-emoji")
    IMAGES.mkdir(exist_ok=True)
    with running_demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        desk = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        talk(desk, url)
        keep(desk, "demo")
        workbench(desk)
        keep(desk, "workbench")
        phone = browser.new_page(viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True)
        phone.goto(f"{url}/demo")
        expect(phone.locator(".lx-pane-student [role=log] .lx-msg").last).to_be_visible()
        keep(phone, "phone")
        browser.close()


@contextmanager
def running_demo() -> Iterator[str]:
    """A demo on a free port with a folder of its own; gives its address."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("LIXIAO_")}
    with TemporaryDirectory() as data_dir:
        process = subprocess.Popen(
            [sys.executable, "-c", "from bot.cli import main; main()", "demo", "--no-open", "--port", "0"],
            env=plain | {"LIXIAO_DATA_DIR": data_dir, "PYTHONUNBUFFERED": "1"},
            cwd=data_dir,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            yield next(match[1] for line in process.stdout if (match := _ADDRESS.search(line)))
        finally:
            process.terminate()
            process.wait(20)


def talk(page: Page, url: str) -> None:
    """The student's part of the story."""
    page.goto(f"{url}/demo")
    expect(page.locator(".lx-figure").first).to_be_visible()
    page.get_by_role("button", name="替我发").click()
    hears(page, "绑定好了")
    say(page, "填写档案转寄地址")
    hears(page, "收件单位")
    say(page, _PASTED)
    hears(page, "同意我记录")
    page.locator(".lx-pane-student").get_by_role("button", name="同意", exact=True).last.click()
    hears(page, "省市区县")
    say(page, _QUESTION)
    hears(page, "——《")


def workbench(page: Page) -> None:
    """The counselor's part: what waits, full width."""
    page.get_by_role("tab", name="待审核").click()
    expect(page.locator("article").first).to_be_visible()


def say(page: Page, text: str) -> None:
    """Types a line as the student."""
    field = page.locator(".lx-pane-student").get_by_label("消息")
    field.fill(text)
    field.press("Enter")


def hears(page: Page, words: str) -> None:
    """Waits for the bot's answer."""
    expect(page.locator(".lx-pane-student [role=log] .lx-msg:not(.lx-msg-mine)").last).to_contain_text(
        words, timeout=20_000
    )


def keep(page: Page, name: str) -> None:
    """Saves what is to be seen, in at most 256 colours so that it stays small."""
    page.mouse.move(2, 2)
    page.wait_for_timeout(700)  # for animations; a picture is no test
    picture = Image.open(BytesIO(page.screenshot()))
    target = IMAGES / f"{name}.png"
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
    if target.stat().st_size > LARGEST:
        sys.exit(f"{target} has {target.stat().st_size} bytes, more than {LARGEST}")
    sys.stdout.write(f"{target.name}: {target.stat().st_size // 1024} KB\n")


if __name__ == "__main__":
    main()
