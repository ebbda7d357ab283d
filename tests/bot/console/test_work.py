"""The student's page and the counselor's way in, in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from bot.app import open_database
from bot.sample.people import COUNSELORS, SCHOOL
from bot.settings import Settings
from storage import codes, notices, roll
from storage.bindings import Owner

if TYPE_CHECKING:
    from tests.bot.console.conftest import Demo, Watched

pytestmark = pytest.mark.browser

COUNSELOR = COUNSELORS[1]


async def fresh_code(demo: Demo) -> str:
    """A personal code for the second counselor, issued beside the running process."""
    async with open_database(Settings(data_dir=demo.data_dir)) as database, database.begin() as session:
        school = await notices.school_named(session, SCHOOL)
        assert school is not None
        staff = await roll.staff_id_of(session, school.id, COUNSELOR.number)
        return await codes.issue(session, Owner(staff_id=staff), datetime.now(UTC), None)


async def fill_in(page: Page, code: str) -> None:
    await page.get_by_label("工号").fill(COUNSELOR.number)
    await page.get_by_label("姓名").fill(COUNSELOR.name)
    await page.get_by_label("绑定码").fill(code)
    await page.get_by_role("button", name="进入").click()


async def test_login_scope_logout(watched: Watched) -> None:
    """A wrong code tells nothing; the right one opens his classes only, in a fresh session; out is out."""
    page, url = watched.page, watched.demo.url
    await page.goto(f"{url}/work")
    await fill_in(page, "ABCD-1234")
    await expect(page.get_by_role("alert")).to_contain_text("对不上")
    before = {c["name"]: c["value"] for c in await page.context.cookies()}["lixiao"]
    await fill_in(page, await fresh_code(watched.demo))
    await expect(page.locator(".lx-figure").first).to_be_visible()
    inside = next(c for c in await page.context.cookies() if c["name"] == "lixiao")
    assert inside["value"] != before
    assert (inside["httpOnly"], inside["sameSite"]) == (True, "Lax")
    await expect(page.locator(".lx-item-class")).to_have_count(2)
    await expect(page.locator(".lx-item-class").first).to_contain_text("电子商务1班")
    await expect(page.get_by_text("软件技术")).to_have_count(0)
    await page.get_by_role("button", name="退出").click()
    await expect(page.get_by_label("工号")).to_be_visible()
    await page.context.add_cookies([inside])
    await page.goto(f"{url}/work")
    await expect(page.get_by_label("工号")).to_be_visible()


async def test_a_students_chat_survives_a_reload_and_is_his_alone(watched: Watched) -> None:
    page, url = watched.page, watched.demo.url
    await page.goto(url)
    await page.get_by_label("消息").fill("第一行\n第二行")
    await page.get_by_role("button", name="发送", exact=True).click()
    await expect(page.locator(".lx-msg-mine")).to_have_count(1)
    await expect(page.locator("[role=log] .lx-msg")).to_have_count(2)
    await page.reload()
    await expect(page.locator("[role=log] .lx-msg")).to_have_count(2)
    second = await page.context.new_page()
    await second.goto(url)
    await expect(second.locator("[role=log] .lx-msg")).to_have_count(2)
    await second.get_by_label("消息").fill("从另一个窗口")
    await second.get_by_label("消息").press("Enter")
    await expect(page.locator(".lx-msg-mine")).to_have_count(2)
    browser = page.context.browser
    assert browser is not None
    stranger = await browser.new_context()
    elsewhere = await stranger.new_page()
    await elsewhere.goto(url)
    await expect(elsewhere.get_by_text("你好")).to_be_visible()
    await expect(elsewhere.locator("[role=log] .lx-msg")).to_have_count(0)
    await stranger.close()


async def test_pages_bind_the_browser_to_this_origin(watched: Watched) -> None:
    url = watched.demo.url
    answer = await watched.page.goto(url)
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    foreign = await watched.page.request.post(f"{url}/work/leave", headers={"Origin": "https://evil.example"})
    assert foreign.status == 403
    ours = await watched.page.request.post(f"{url}/work/leave", headers={"Origin": url}, max_redirects=0)
    assert ours.status == 303
