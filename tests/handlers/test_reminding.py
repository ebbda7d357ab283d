"""停止, 恢复, 稍后 and where: what a student decides holds, and he is told what still comes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from handlers.items import items
from handlers.reminding import reminding
from storage import conversations, reminders
from storage.database import Database
from storage.people import Place
from storage.reminders import Standing
from storage.ways import block
from tests.fakes.campus import Campus, at, build
from tests.fakes.parlour import Parlour

TODAY = date(2023, 6, 7)
DAY = timedelta(days=1)
ME = "web-林一"


@pytest.fixture
async def campus(database: Database) -> Campus:
    """林一 with something critical, something for tomorrow, for next week and without a date."""
    made = await build(database)
    await made.student("林一")
    await made.item("address", TODAY - DAY, title="填报档案转寄地址", critical=True)
    await made.item("books", TODAY + DAY, title="还清图书")
    await made.item("loan", TODAY + 5 * DAY, title="确认还款计划")
    await made.item("card", None, title="一卡通退费")
    return made


@pytest.fixture
def parlour(campus: Campus, tmp_path: Path) -> Parlour:
    return Parlour(campus.database, (reminding, items), tmp_path, at(9))


async def standing(campus: Campus, today: date = TODAY) -> Standing:
    student = campus.students["林一"]
    async with campus.database.read() as session:
        return (await reminders.standings(session, [student], today))[student]


@pytest.mark.parametrize("word", ["停止", "停止提醒", "别提醒我了", "TD", "/stop"])
async def test_stop_says_what_still_comes(campus: Campus, parlour: Parlour, word: str) -> None:
    found = await parlour.tell(ME, word)
    assert found.text.startswith("已停止提醒")
    assert "关键事项的提醒：「填报档案转寄地址」\n" in found.text
    assert "群发" in found.text
    assert "辅导员看得到" in found.text
    assert (await standing(campus)).muted
    assert "已经停止" in (await parlour.tell(ME, word)).text
    assert "已恢复提醒" in (await parlour.tell(ME, action=found.buttons[0].action)).text
    assert not (await standing(campus)).muted
    assert "本来就开着" in (await parlour.tell(ME, "恢复提醒")).text


async def test_later_moves_what_can_be_moved_and_names_the_rest(campus: Campus, parlour: Parlour) -> None:
    found = await parlour.tell(ME, "过两天再提醒")
    assert found.text.startswith("好，6 月 9 日（周五）再提醒你。")
    assert "「填报档案转寄地址」（已过期 1 天）、「还清图书」（明天截止）不能再往后推" in found.text
    kept = (await standing(campus)).snoozes
    assert kept == {campus.items["loan"]: TODAY + 2 * DAY, campus.items["card"]: TODAY + 2 * DAY}


async def test_not_beyond_the_day_before(campus: Campus, parlour: Parlour) -> None:
    found = await parlour.tell(ME, "还款计划20天后再提醒我")
    assert found.text.startswith(
        "好，「确认还款计划」6 月 11 日（周日）再提醒你。\n「确认还款计划」6 月 12 日截止，最晚前一天"
    )
    assert (await standing(campus)).snoozes == {campus.items["loan"]: TODAY + 4 * DAY}
    refused = await parlour.tell(ME, "还书明天再提醒我")
    assert refused.text.startswith("你没办的事项里没有「还书」") or "不能再往后推" in refused.text
    assert "不能再往后推" in (await parlour.tell(ME, "图书三天后再提醒我")).text


async def test_the_button_asks_for_how_long(campus: Campus, parlour: Parlour) -> None:
    asked = await parlour.tell(ME, action="remind:later")
    assert [button.label for button in asked.buttons] == ["明天", "2 天后", "3 天后", "5 天后"]
    assert "6 月 10 日" in (await parlour.tell(ME, action=asked.buttons[2].action)).text
    card = await parlour.tell(ME, action=f"item:show:{campus.items['loan'].hex}")
    [later] = [button for button in card.buttons if button.label == "稍后提醒"]
    one = await parlour.tell(ME, action=later.action)
    assert [button.label for button in one.buttons] == ["明天", "2 天后", "3 天后"]
    assert all(len(button.action) <= 64 for button in one.buttons)
    assert "「确认还款计划」6 月 8 日" in (await parlour.tell(ME, action=one.buttons[0].action)).text
    tomorrow = await parlour.tell(ME, action=f"item:show:{campus.items['books'].hex}")
    assert "稍后提醒" not in [button.label for button in tomorrow.buttons]


async def test_settings_are_shown(campus: Campus, parlour: Parlour) -> None:
    await parlour.tell(ME, "还款计划明天再提醒我")
    await campus.bind("林一", "wecom")
    found = await parlour.tell(ME, "提醒设置")
    assert "先发企业微信，发不到再试网页" in found.text
    assert "「确认还款计划」到 6 月 8 日" in found.text
    assert "先发网页" in [button.label for button in found.buttons]


async def test_where_first(campus: Campus, parlour: Parlour) -> None:
    await campus.bind("林一", "telegram")
    found = await parlour.tell(ME, "用Telegram提醒我")
    assert found.text == "好，以后先发 Telegram，发不到再试网页。"
    parlour.now = at(10)
    assert "先发网页，发不到再试 Telegram。" in (await parlour.tell(ME, "以后发网页")).text
    found = await parlour.tell(ME, "用企业微信提醒我")
    assert found.text.startswith("你还没有在企业微信里绑定")
    async with campus.database.begin() as session:
        await block(session, {Place("telegram", "telegram-林一", "telegram-林一"): "blocked"}, at(9))
    assert "现在发不到你的 Telegram" in (await parlour.tell(ME, "用Telegram提醒我")).text


@pytest.mark.parametrize(
    "text", ["网页怎么打开", "企业微信", "用微信交学费可以吗", "用公众号", "档案寄到哪里", "三天后来拿"]
)
async def test_what_is_no_wish_is_left_to_others(parlour: Parlour, text: str) -> None:
    assert await parlour.say(ME, text) is None


async def test_in_a_form_a_bare_stop_is_the_forms(campus: Campus, parlour: Parlour) -> None:
    async with campus.database.begin() as session:
        await conversations.save(session, Place("web", ME, ME), form="address", data={}, now=at(9))
    assert await parlour.say(ME, "停止") is None
    assert (await parlour.tell(ME, "停止提醒")).text.startswith("已停止提醒")


async def test_strangers_staff_and_groups(campus: Campus, parlour: Parlour) -> None:
    assert "绑定" in (await parlour.tell("stranger", "停止提醒")).text
    assert await parlour.say(ME, "停止提醒", group=True) is None
    assert not (await standing(campus)).muted


async def test_a_button_of_yesterday(campus: Campus, parlour: Parlour) -> None:
    assert "不用提醒" in (await parlour.tell(ME, action="remind:item:00")).text
    assert "再提醒你？" in (await parlour.tell(ME, action="remind:in:999999")).text
