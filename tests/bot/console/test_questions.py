"""未答 in a real browser: what no notice answers is answered once on the page, and whoever asked is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.bot.console.test_demo import last_says, open_demo, say, student, tab, work

if TYPE_CHECKING:
    from tests.bot.console.conftest import Watched

pytestmark = pytest.mark.browser

QUESTION = "毕业纪念徽章在哪里领"
ANSWER = "纪念徽章 6 月 12 日起在体育馆一楼领取。"


async def test_asked_answered_told_and_known(watched: Watched) -> None:
    page = await open_demo(watched, who=1)
    await say(page, QUESTION)
    await last_says(page, "记下了这个问题")
    await tab(page, "未答")
    card = work(page).locator("article", has_text=QUESTION)
    await expect(card).to_be_visible()
    await card.get_by_role("button", name="答复").click()
    await page.get_by_label("答案").fill(ANSWER)
    await page.get_by_label("通用的问法").fill("纪念徽章领取地点")
    await page.get_by_role("button", name="发布并告诉问过的人").click()
    await last_says(page, ANSWER)
    await expect(work(page).locator("article", has_text=QUESTION)).to_have_count(0)
    in_use = work(page).locator("section .lx-stack", has_text="纪念徽章领取地点")
    await expect(in_use).to_contain_text(ANSWER)
    await say(page, QUESTION)
    await last_says(page, "辅导员答复")
    told = student(page).locator("[role=log] .lx-msg", has_text="老师答复")
    await expect(told).to_have_count(1)
    await in_use.get_by_role("button", name="撤下").click()
    await page.locator(".lx-dialog").get_by_role("button", name="撤下").click()
    await expect(in_use).to_have_count(0)


async def test_dismissed_is_gone_and_nobody_is_told(watched: Watched) -> None:
    page = await open_demo(watched, who=1)
    await say(page, "宿舍的猫叫什么名字")
    await last_says(page, "记下了这个问题")
    await tab(page, "未答")
    card = work(page).locator("article", has_text="宿舍的猫")
    await card.get_by_role("button", name="不用答").click()
    await page.locator(".lx-dialog").get_by_role("button", name="不用答").click()
    await expect(card).to_have_count(0)
    await expect(student(page).locator("[role=log] .lx-msg", has_text="你问的「宿舍的猫")).to_have_count(0)
