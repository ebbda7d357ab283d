"""The demo page in a real browser: the student on the left, the counselor on the right, both live."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Locator, Page, expect

if TYPE_CHECKING:
    from tests.bot.console.conftest import Demo, Watched

pytestmark = pytest.mark.browser

RECEIVER = "成都市武侯区公共就业和人才服务中心"
PHONE = "13900000088"


def student(page: Page) -> Locator:
    """The left side."""
    return page.locator(".lx-pane-student")


def work(page: Page) -> Locator:
    """The right side."""
    return page.locator(".lx-pane-work")


async def open_demo(watched: Watched, who: int = 0) -> Page:
    page = watched.page
    await page.goto(f"{watched.demo.url}/demo")
    await expect(work(page).locator(".lx-figure").first).to_be_visible()
    if who:
        await student(page).locator(".lx-persona button").nth(who).click()
    await expect(student(page).locator(f'[data-who="{who}"]').get_by_label("消息")).to_be_visible()
    return page


async def say(page: Page, text: str) -> None:
    field = student(page).get_by_label("消息")
    await field.fill(text)
    await field.press("Enter")
    await expect(student(page).locator(".lx-msg-mine").last).to_contain_text(text.splitlines()[0])
    await expect(field).to_have_value("")


async def press(page: Page, label: str) -> None:
    await student(page).get_by_role("button", name=label, exact=True).last.click()


async def last_says(page: Page, words: str) -> None:
    await expect(student(page).locator("[role=log] .lx-msg:not(.lx-msg-mine)").last).to_contain_text(words)


async def tab(page: Page, name: str) -> None:
    await work(page).get_by_role("tab", name=name).click()


async def hand_in_address(page: Page) -> None:
    await say(page, "填写档案转寄地址")
    await last_says(page, "收件单位")
    await say(
        page, f"单位：{RECEIVER}\n收件人：档案科\n电话：{PHONE}\n地址：四川省成都市武侯区示例路 3 号\n邮编：610041"
    )
    await last_says(page, "同意我记录")
    await press(page, "同意")
    await last_says(page, "请核对")
    await press(page, "确认提交")


async def test_address_from_question_to_return(watched: Watched) -> None:
    """The main job: bind, ask, hand in, the counselor sees it without a reload, returns it, the student is told."""
    page = await open_demo(watched)
    await student(page).get_by_role("button", name="替我发").click()
    await last_says(page, "绑定好了")
    await say(page, "档案转寄地址什么时候填完？")
    await last_says(page, "——《")
    await tab(page, "待审核")
    await expect(work(page).locator("article").first).to_be_visible()
    before = await work(page).locator("article").count()
    await hand_in_address(page)
    await expect(work(page).locator("article")).to_have_count(before + 1)
    name = await student(page).locator(".lx-persona button").first.inner_text()
    mine = work(page).locator("article", has_text=name)
    await expect(mine).not_to_contain_text(PHONE)
    await mine.get_by_role("button", name="查看完整").click()
    await expect(mine).to_contain_text(PHONE)
    await mine.get_by_role("button", name="退回").click()
    await page.get_by_label("退回原因").fill("收件人写具体科室的电话")
    await page.get_by_role("button", name="退回给学生").click()
    await expect(work(page).locator("article")).to_have_count(before)
    await last_says(page, "收件人写具体科室的电话")
    await page.reload()
    await expect(work(page).locator(".lx-figure").first).to_be_visible()
    await last_says(page, "收件人写具体科室的电话")


async def test_broadcast_is_acknowledged(watched: Watched) -> None:
    """Preview with the count, sent, shown to the student, his 已知悉 counted, all without a reload."""
    page = await open_demo(watched, who=1)
    await tab(page, "群发")
    await work(page).get_by_label("发给哪些班").click()
    await page.get_by_role("option").first.click()
    await page.keyboard.press("Escape")
    text = "还书截止到周五，带校园卡到图书馆一楼。"
    await work(page).get_by_label("通知内容").fill(text)
    await work(page).get_by_role("button", name="预览").click()
    dialog = page.locator(".lx-dialog")
    await expect(dialog).to_contain_text("人能收到")
    await expect(dialog).to_contain_text("未绑定")
    await expect(dialog).to_contain_text("长度：网页")
    await dialog.get_by_text("紧急").click()  # whatever the time of day the test runs at
    await dialog.get_by_role("button", name="发送给").click()
    await expect(student(page)).to_contain_text(text, timeout=60_000)  # there is time to think better of it first
    await last_says(page, text)
    record = work(page).locator(".lx-card", has_text=text).last
    await expect(record).to_contain_text("已发出")
    await press(page, "已知悉")
    await expect(record).to_contain_text("已知悉 1")


async def test_list_and_nudge(watched: Watched) -> None:
    page = await open_demo(watched)
    await work(page).get_by_role("button", name="看名单").first.click()
    await expect(work(page).locator(".lx-item-person").first).to_be_visible()
    heading = work(page).locator(".lx-h2", has_text="人还有事没办")
    everybody = await heading.inner_text()
    await work(page).get_by_text("只看逾期").click()
    await expect(heading).not_to_have_text(everybody)
    await expect(work(page).locator(".lx-item-person .lx-pill-late").first).to_be_visible()
    async with page.expect_download() as download:
        await work(page).get_by_role("button", name="导出收件地址").click()
    path = await (await download.value).path()
    assert path.read_bytes().startswith(b"PK")
    await tab(page, "总览")
    await nudge_everybody(page)
    await page.get_by_role("button", name="现在提醒").click()
    await expect(page.get_by_text(re.compile("排上提醒|没有新的提醒"))).to_be_visible()
    await nudge_everybody(page)
    await expect(page.locator(".lx-dialog").last).to_contain_text("今天已经催过")
    await expect(page.get_by_role("button", name="现在提醒")).to_be_disabled()


async def nudge_everybody(page: Page) -> None:
    """Opens the nudge of all classes: first which class, then whom it reaches, and where."""
    await work(page).get_by_role("button", name="催办逾期").click()
    await page.get_by_role("button", name=re.compile("^全部")).click()
    await expect(page.locator(".lx-dialog").last).to_contain_text(re.compile(r"\d+ 名学生逾期，将提醒 \d+ 人"))


async def test_phone_list(watched: Watched) -> None:
    """Masked until asked for; who was called is gone from the list."""
    page = await open_demo(watched)
    await tab(page, "电话名单")
    rows = work(page).locator(".lx-item-call")
    await expect(rows.first).to_contain_text("****")
    name = await rows.first.locator(".lx-item-title").inner_text()
    await rows.first.get_by_role("button", name="看号码").click()
    await expect(rows.first).not_to_contain_text("****")
    count = await rows.count()
    await rows.first.get_by_role("button", name="已联系").click()
    await expect(rows).to_have_count(count - 1)
    await expect(rows.first.locator(".lx-item-title")).not_to_have_text(name)


async def test_a_photo_that_no_form_asked_for_is_refused(watched: Watched) -> None:
    page = await open_demo(watched, who=2)
    async with page.expect_file_chooser() as chooser:
        await student(page).get_by_label("发送照片或文件").click()
    await (await chooser.value).set_files({"name": "我的身份证.png", "mimeType": "image/png", "buffer": picture()})
    await expect(student(page)).to_contain_text("没有要交的照片或文件")
    gone = await page.request.get(f"{watched.demo.url}/file/{'0' * 32}")
    assert gone.status == 404


async def test_phone_sees_one_side_at_a_time(browser: Browser, demo: Demo) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True)
    page = await context.new_page()
    await page.goto(f"{demo.url}/demo")
    await expect(student(page).get_by_label("消息")).to_be_visible()
    await expect(work(page)).to_be_hidden()
    await page.get_by_role("button", name="辅导员", exact=True).click()
    await expect(work(page).locator(".lx-figure").first).to_be_visible()
    await expect(student(page)).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await context.close()


def picture() -> bytes:
    """The smallest PNG there is: one grey point."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
