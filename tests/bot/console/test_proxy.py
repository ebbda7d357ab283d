"""A proxy's signed letter in a real browser: sent, shown to its sender, looked at, approved."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.async_api import expect

from tests.bot.console.test_demo import last_says, open_demo, press, say, student, tab, work
from tests.fakes.numbers import identity

if TYPE_CHECKING:
    from tests.bot.console.conftest import Watched

pytestmark = pytest.mark.browser


async def test_the_photo_is_seen_on_both_sides_before_it_passes(watched: Watched) -> None:
    page = await open_demo(watched, who=2)
    await say(page, "委托书")
    await last_says(page, "委托事项")
    await say(page, "1")
    await last_says(page, "同意我记录")
    await press(page, "同意")
    for words, then in (
        ("李小山", "你的电话"),
        ("13900000001", "受托人电话"),
        ("13900000002", "委托期限"),
        ("从今天起两周", "单独同意"),
    ):
        await say(page, words)
        await last_says(page, then)
    await press(page, "同意")
    await last_says(page, "你的身份证号")
    await say(page, identity(serial=1))
    await last_says(page, "受托人身份证号")
    await say(page, identity(serial=2))
    await last_says(page, "请核对")
    await press(page, "确认提交")
    await last_says(page, "双方签名")
    async with page.expect_file_chooser() as chooser:
        await student(page).get_by_label("发送照片或文件").click()
    await (await chooser.value).set_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": letter()})
    await last_says(page, "等辅导员核验")
    own = student(page).locator(".lx-msg-mine img")
    await expect(own).to_have_count(1)
    assert await own.evaluate("e => e.decode().then(() => e.naturalWidth)") > 100

    await tab(page, "待审核")
    card = work(page).locator("article", has_text="授权委托书").last
    await card.get_by_role("button", name="通过", exact=True).click()
    dialog = page.locator(".lx-dialog")
    await expect(dialog).to_contain_text("照片还没有打开看")
    await dialog.get_by_role("button", name="看照片").click()
    large = page.locator(".lx-photo")
    await expect(large).to_be_visible()
    assert await large.evaluate("e => e.decode().then(() => e.naturalWidth)") > 100
    await page.locator(".lx-dialog-photo").get_by_role("button", name="关闭").click()
    await expect(large).to_have_count(0)
    await card.get_by_role("button", name="查看完整").click()
    await expect(card.locator("img.lx-thumb")).to_be_visible()
    await expect(card).to_contain_text(" 日至 ")
    await card.get_by_role("button", name="通过", exact=True).click()
    await last_says(page, "审核通过了")


def letter() -> bytes:
    """A photo of a sheet of paper."""
    stream = io.BytesIO()
    Image.new("RGB", (900, 1200), (236, 232, 220)).save(stream, "JPEG")
    return stream.getvalue()
