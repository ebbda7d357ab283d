"""More than five hundred recipients: the first of the office asks, the second looks and approves, in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, expect

from bot.app import open_database
from bot.sample.people import SCHOOL
from bot.settings import Settings
from handlers.mailing import SECOND_APPROVER_FROM
from storage import codes, notices, roll
from storage.bindings import Owner

if TYPE_CHECKING:
    from tests.bot.console.conftest import Demo, Watched

pytestmark = pytest.mark.browser

FIRST, SECOND = ("Z901", "何主任"), ("Z902", "唐主任")
CLASS = "2026级合班"
TEXT = "毕业典礼改到体育馆，请 8:30 前到场。"


async def move_in(demo: Demo) -> dict[str, str]:
    """A class of more than may be written to alone, and two of the office with their codes, beside the process."""
    async with open_database(Settings(data_dir=demo.data_dir)) as database, database.begin() as session:
        school = await notices.school_named(session, SCHOOL)
        assert school is not None
        group = await roll.add_class(session, school_id=school.id, cohort="2026届", college="合班学院", name=CLASS)
        for number in range(SECOND_APPROVER_FROM + 1):
            await roll.add_student(
                session, school_id=school.id, class_id=group, number=f"H{number:06}", name="郑合", position=number
            )
        found = {}
        for number, name in (FIRST, SECOND):
            staff = await roll.add_staff(session, school_id=school.id, name=name, number=number, role="office")
            found[number] = await codes.issue(session, Owner(staff_id=staff), datetime.now(UTC), None)
        return found


async def enter(page: Page, url: str, who: tuple[str, str], code: str) -> None:
    await page.goto(f"{url}/work")
    for label, value in (("工号", who[0]), ("姓名", who[1]), ("绑定码", code)):
        await page.get_by_label(label).fill(value)
    await page.get_by_role("button", name="进入").click()
    await expect(page.locator(".lx-figure").first).to_be_visible()
    await page.get_by_role("tab", name="群发").click()


async def shot(page: Page, folder: Path) -> None:
    """A picture on a desk and on a phone, for whoever wants to look; nothing is wider than the screen."""
    for width in (1280, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await page.screenshot(path=folder / f"approval-{width}.png", full_page=True)
    await page.set_viewport_size({"width": 1280, "height": 900})


async def test_the_second_of_the_office_approves(watched: Watched, tmp_path: Path) -> None:
    page, url = watched.page, watched.demo.url
    given = await move_in(watched.demo)
    await enter(page, url, FIRST, given[FIRST[0]])
    await page.get_by_label("发给哪些班").click()
    await page.get_by_role("option", name=CLASS).click()
    await page.keyboard.press("Escape")
    await page.get_by_label("通知内容").fill(TEXT)
    await page.get_by_role("button", name="预览").click()
    dialog = page.locator(".lx-dialog")
    await expect(dialog).to_contain_text(f"{SECOND_APPROVER_FROM + 1} 人收不到")
    await dialog.get_by_role("button", name="提交批准").click()
    await expect(page.locator(".lx-card", has_text=TEXT).last).to_contain_text("等第二个人批准")
    await expect(page.get_by_role("button", name="批准，发给")).to_have_count(0)  # not one's own
    await page.get_by_role("button", name="退出").click()
    await expect(page.get_by_label("工号")).to_be_visible()

    await enter(page, url, SECOND, given[SECOND[0]])
    card = page.locator(".lx-card", has_text=f"{FIRST[1]} 想发给")
    await expect(card).to_contain_text(TEXT)
    await expect(card).to_contain_text(CLASS)
    await shot(page, tmp_path)
    await card.get_by_role("button", name=f"批准，发给 {SECOND_APPROVER_FROM + 1} 人").click()
    await expect(page.get_by_text("已批准。")).to_be_visible()
    await expect(card).to_have_count(0)
