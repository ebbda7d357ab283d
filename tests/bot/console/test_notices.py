"""The office's tab in a real browser: upload, correct, confirm, publish."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from bot.app import open_database
from bot.sample.people import OFFICE, SCHOOL
from bot.settings import Settings
from storage import codes, notices, roll
from storage.bindings import Owner
from tests.fakes import letters

if TYPE_CHECKING:
    from tests.bot.console.conftest import Demo, Watched

pytestmark = pytest.mark.browser


async def fresh_code(demo: Demo) -> str:
    """A personal code for the office, issued beside the running process."""
    async with open_database(Settings(data_dir=demo.data_dir)) as database, database.begin() as session:
        school = await notices.school_named(session, SCHOOL)
        assert school is not None
        staff = await roll.staff_id_of(session, school.id, OFFICE.number)
        return await codes.issue(session, Owner(staff_id=staff), datetime.now(UTC), None)


async def test_a_notice_from_file_to_publication(watched: Watched, tmp_path: Path) -> None:
    page, url = watched.page, watched.demo.url
    notice = tmp_path / "体检安排.md"
    notice.write_text(letters.NOTICE.replace("离校工作", "体检补办工作").replace("2023", "2031"), encoding="utf-8")
    await page.goto(f"{url}/work")
    await page.get_by_label("工号").fill(OFFICE.number)
    await page.get_by_label("姓名").fill(OFFICE.name)
    await page.get_by_label("绑定码").fill(await fresh_code(watched.demo))
    await page.get_by_role("button", name="进入").click()
    await page.get_by_role("tab", name="通知").click()
    await expect(page.get_by_role("button", name="导入通知")).to_be_visible()
    await page.locator("input[type=file]").first.set_input_files(notice)
    card = page.locator("article", has_text="体检补办工作")
    await expect(card).to_contain_text("8 件待核对")
    books = card.locator(".lx-item", has_text="归还图书")
    await books.get_by_role("button", name="修改").click()
    await page.get_by_label("截止").fill("2031-06-11 17:00")
    await page.get_by_role("button", name="保存").click()
    await expect(books).to_contain_text("2031-06-11 17:00")
    await expect(books).to_contain_text("人工改过")
    await books.get_by_role("button", name="确认").click()
    await expect(card).to_contain_text("7 件待核对")
    phone = card.locator(".lx-item", has_text="023-60000000").last
    await phone.get_by_role("button", name="修改").click()
    await page.get_by_label("电话").fill("023-60000009")
    await page.get_by_role("button", name="保存").click()
    await expect(phone).to_contain_text("人工改过")
    phone = card.locator(".lx-item", has_text="电话：023-60000009")
    await phone.get_by_role("button", name="确认").click()
    await expect(phone).to_contain_text("已确认")
    await card.locator(".lx-item", has_text="逾期未填写的").get_by_role("button", name="不要").click()
    await expect(card.locator(".lx-item", has_text="逾期未填写的")).to_have_count(0)
    await card.get_by_role("button", name="发布", exact=True).click()
    await page.get_by_role("button", name="确认发布").click()
    await expect(card).to_contain_text("已发布")


async def test_a_counselor_has_no_such_tab(watched: Watched) -> None:
    await watched.page.goto(f"{watched.demo.url}/demo")
    await expect(watched.page.get_by_role("tab", name="待审核").first).to_be_visible()
    await expect(watched.page.get_by_role("tab", name="通知")).to_have_count(0)
