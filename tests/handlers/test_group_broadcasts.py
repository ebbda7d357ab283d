"""Class groups get what a whole class gets, one row each, and nothing personal."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from handlers.messages import Reply
from handlers.saying import NOT_PERMITTED
from storage import groups
from storage.database import Database
from storage.models import Delivery
from storage.people import Actor
from tests.fakes.campus import Campus, build
from tests.fakes.mailbag import LATER, NOON, Mailbag, button, labels

GROUP = "-4001"


@pytest.fixture
async def campus(database: Database) -> Campus:
    made = await build(database)
    await made.student("林一")
    await made.student("赵三", "护理2班")
    await made.item("register", title="登记表")
    async with database.begin() as session:
        await groups.bind(session, "telegram", GROUP, class_id=made.classes["会计1班"], by=None, now=NOON)
        await groups.bind(session, "telegram", "-4002", class_id=made.classes["护理2班"], by=None, now=NOON)
    return made


@pytest.fixture
async def teacher(campus: Campus) -> Actor:
    return await campus.counselor()


@pytest.fixture
def bag(campus: Campus) -> Mailbag:
    return Mailbag(campus)


async def standing(bag: Mailbag) -> set[tuple[str, str | None]]:
    async with bag.campus.database.read() as session:
        rows = await session.execute(select(Delivery.status, Delivery.reason).where(Delivery.group_id.is_not(None)))
        return {(status, reason) for status, reason in rows}


async def test_one_row_for_the_group(bag: Mailbag, teacher: Actor) -> None:
    preview = await bag.staff(teacher, "群发 全部：周五放假")
    assert "另发班级群：Telegram 1 个" in preview.text
    assert "Telegram 11/4000 字，1 条" in preview.text
    sent = await bag.staff(teacher, action=button(preview, "发送给 1 人"))
    assert await bag.go() == 2
    assert bag.phone.said == [(GROUP, Reply("📢 周老师：\n周五放假"))]
    shown = await bag.staff(teacher, action=button(sent, "看送达情况"), now=LATER)
    assert "群：会计1班（Telegram）已发出" in shown.text
    assert "共 1 人" in shown.text


async def test_the_group_may_be_left_out(bag: Mailbag, teacher: Actor) -> None:
    preview = await bag.staff(teacher, "群发 会计1班：周五放假")
    preview = await bag.staff(teacher, action=button(preview, "不发群"))
    assert "班级群不发：你选了只发给个人" in preview.text
    assert "不发群，只发个人" not in labels(preview)
    await bag.staff(teacher, action=button(preview, "发送给"))
    assert await bag.go() == 1
    assert bag.phone.said == []


@pytest.mark.parametrize("text", ["群发 没交登记表的：快交", "群发 名单 林一：来一下办公室"])
async def test_what_is_for_some_is_not_for_the_group(bag: Mailbag, teacher: Actor, text: str) -> None:
    preview = await bag.staff(teacher, text)
    assert "群：" not in preview.text
    await bag.staff(teacher, action=button(preview, "发送给"))
    assert await bag.go() == 1
    assert bag.phone.said == []


@pytest.mark.parametrize("text", ["请林一来一趟", "2020000000 的照片不合格", "打 13900000088"])
async def test_nothing_personal_in_a_group(bag: Mailbag, teacher: Actor, text: str) -> None:
    preview = await bag.staff(teacher, f"群发 会计1班：{text}")
    assert "班级群不发：内容里有" in preview.text
    await bag.staff(teacher, action=button(preview, "发送给"))
    assert await bag.go() == 1


async def test_a_group_of_a_class_that_is_his_no_more(bag: Mailbag, teacher: Actor) -> None:
    preview = await bag.staff(teacher, "群发 会计1班：周五放假")
    await bag.staff(teacher, action=button(preview, "发送给"))
    from bot.launch import launch

    await launch(bag.campus.database, LATER)
    async with bag.campus.database.begin() as session:
        await groups.bind(
            session, "telegram", GROUP, class_id=bag.campus.classes["护理2班"], by=None, now=LATER
        )  # the chat becomes another class's group before it is sent
    await bag.go()
    assert bag.phone.said == []
    assert await standing(bag) == {("cancelled", NOT_PERMITTED)}


async def test_corrected_in_the_group_too(bag: Mailbag, teacher: Actor) -> None:
    sent = await bag.sent(teacher, "群发 会计1班：周五放假")
    soon = LATER + timedelta(minutes=5)
    await bag.staff(teacher, action=f"broadcast:correct:{sent.hex}", now=soon)
    await bag.staff(teacher, "是周四", now=soon)
    preview = await bag.staff(teacher, "周四放假", now=soon)
    assert "另发班级群：Telegram 1 个" in preview.text
    await bag.staff(teacher, action=button(preview, "发送给"), now=soon)
    await bag.go(soon + timedelta(minutes=1))
    assert "刚才那条不对：是周四" in bag.phone.said[-1][1].text
    assert UUID(hex=sent.hex) == sent
