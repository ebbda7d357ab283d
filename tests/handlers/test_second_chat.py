"""A second chat of the same person: who is told, who decides (SECURITY T1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from handlers import identity as talk
from handlers.approval import REFUSED
from storage import bindings, chat
from storage.database import Database
from storage.models import Audit, Binding, Delivery, HeldReply
from storage.people import Place
from tests.fakes.entrance import Scene, at_the_door

HOUR = timedelta(hours=1)


@pytest.fixture
async def scene(database: Database, now: datetime, tmp_path: Path) -> Scene:
    return await at_the_door(database, now, tmp_path)


# --- a second chat for the same person ------------------------------------------------------------------------------


async def _second(scene: Scene) -> str:
    """Binds 张三1 in two chats and gives the waiting binding's hex id."""
    await scene.bind_staff("T001", "s1")
    await scene.bind_staff("T002", "s2")
    await scene.parlour.tell("first", f"绑定 20230101 张三 {scene.codes['张三1']}")
    reply = await scene.parlour.tell("second", f"绑定 20230101 张三 {await scene.code('张三1')}")
    assert reply.text == talk.WAITS
    async with scene.database.read() as session:
        waiting = (await session.scalars(select(Binding).where(Binding.approved_at.is_(None)))).one()
        return waiting.id.hex


async def test_a_second_chat_waits_and_the_first_is_told(scene: Scene) -> None:
    waiting = await _second(scene)
    assert await scene.who("second") is None
    assert await scene.who("first") == scene.ids["张三1"]
    assert "等辅导员批准" in (await scene.parlour.tell("second", "我是谁")).text
    async with scene.database.read() as session:
        rows = (await session.scalars(select(Delivery).order_by(Delivery.id))).all()
        assert [(row.kind, row.student_id, row.staff_id, row.urgent) for row in rows] == [
            ("security", scene.ids["张三1"], None, True),
            ("notice", None, scene.ids["T001"], True),
        ]
        assert all(waiting in row.key for row in rows)


async def test_the_counselor_approves(scene: Scene) -> None:
    waiting = await _second(scene)
    listed = await scene.parlour.tell("s1", "待批绑定")
    assert "张三（会计1班）" in listed.text
    assert listed.buttons[0].action == f"bind:approve:{waiting}"
    assert "已批准" in (await scene.parlour.tell("s1", action=f"bind:approve:{waiting}")).text
    assert await scene.who("second") == await scene.who("first") == scene.ids["张三1"]
    assert "已经有人处理过" in (await scene.parlour.tell("s1", action=f"bind:approve:{waiting}")).text
    assert "没有等你批准" in (await scene.parlour.tell("s1", "待批绑定")).text


async def test_the_counselor_refuses(scene: Scene) -> None:
    waiting = await _second(scene)
    assert "已拒绝 张三" in (await scene.parlour.tell("s1", action=f"bind:refuse:{waiting}")).text
    assert await scene.who("second") is None
    assert "已经有人处理过" in (await scene.parlour.tell("s1", action=f"bind:approve:{waiting}")).text


async def test_the_student_refuses_but_cannot_approve(scene: Scene) -> None:
    waiting = await _second(scene)
    assert "已经有人处理过" in (await scene.parlour.tell("first", action=f"bind:approve:{waiting}")).text
    assert await scene.parlour.say("second", action=f"bind:approve:{waiting}") is None
    assert "看不到你的任何信息" in (await scene.parlour.tell("first", action=f"bind:refuse:{waiting}")).text
    assert await scene.who("second") is None


async def test_nobody_decides_outside_his_classes(scene: Scene) -> None:
    waiting = await _second(scene)
    for verb in ("approve", "refuse"):
        reply = await scene.parlour.tell("s2", action=f"bind:{verb}:{waiting}")
        assert reply.text.startswith("这条申请已经有人处理过了，或者不在你的班里")
    await scene.parlour.tell("other", f"绑定 20230102 李四 {scene.codes['李四1']}")
    assert "或者不在" in (await scene.parlour.tell("other", action=f"bind:refuse:{waiting}")).text
    assert "没有等你批准" in (await scene.parlour.tell("s2", "待批绑定")).text
    assert await scene.parlour.say("s1", action=f"bind:approve:{waiting}", group=True) is None
    for odd in ("bind:approve:zz", "bind:approve:", f"bind:eat:{waiting}", f"item:approve:{waiting}"):
        assert await scene.parlour.say("s1", action=odd) is None
    await scene.bind_staff("B001", "b")
    assert "已批准" in (await scene.parlour.tell("b", action=f"bind:approve:{waiting}")).text


async def test_staff_decide_on_their_own_second_chat(scene: Scene) -> None:
    await scene.bind_staff("T001", "s1")
    assert (await scene.bind_staff("T001", "s1-new")).text == talk.WAITS
    await scene.bind_staff("T002", "s2")
    async with scene.database.read() as session:
        waiting = (await session.scalars(select(Binding).where(Binding.approved_at.is_(None)))).one().id.hex
    assert "或者不在" in (await scene.parlour.tell("s2", action=f"bind:approve:{waiting}")).text
    assert "已批准这位老师" in (await scene.parlour.tell("s1", action=f"bind:approve:{waiting}")).text
    assert await scene.who("s1-new") == scene.ids["T001"]


async def test_a_waiting_chat_may_start_over(scene: Scene) -> None:
    await _second(scene)
    assert "绑定好了" in (await scene.parlour.tell("second", f"绑定 20230102 李四 {scene.codes['李四1']}")).text
    assert await scene.who("second") == scene.ids["李四1"]


async def test_the_list_of_waiting_stays_on_a_screen(scene: Scene) -> None:
    await _second(scene)
    for number in range(9):
        await scene.parlour.tell(f"more{number}", f"绑定 20230101 张三 {await scene.code('张三1')}")
    listed = await scene.parlour.tell("s1", "待批绑定")
    assert "10 个" in listed.text
    assert "还有 2 个" in listed.text
    assert len(listed.buttons) == 16


async def test_no_name_stands_in_audit_or_keys(scene: Scene) -> None:
    waiting = await _second(scene)
    await scene.parlour.tell("s1", action=f"bind:approve:{waiting}")
    async with scene.database.read() as session:
        rows = (await session.execute(select(Audit.action, Audit.actor, Audit.target, Audit.detail))).all()
        keys = (await session.scalars(select(Delivery.key))).all()
    assert [row.action for row in rows] == ["bind.made"] * 3 + ["bind.asked", "bind.approved"]
    assert not any(known in f"{rows}{keys}" for known in ("张三", "20230101"))


async def test_the_office_is_asked_for_a_second_place_of_staff(scene: Scene) -> None:
    await scene.bind_staff("B001", "b")
    await scene.bind_staff("T001", "s1")
    await scene.bind_staff("T001", "s1-new")
    async with scene.database.read() as session:
        waiting = (await session.scalars(select(Binding).where(Binding.approved_at.is_(None)))).one().id.hex
        asked = await session.scalars(select(Delivery.staff_id).where(Delivery.key.like("bind-ask:%")))
        assert asked.all() == [scene.ids["B001"]]
    assert "已批准" in (await scene.parlour.tell("b", action=f"bind:approve:{waiting}")).text
    assert await scene.who("s1-new") == scene.ids["T001"]


async def test_an_idle_login_is_no_first_place(scene: Scene) -> None:
    await scene.bind_staff("T001", "desk")
    async with scene.database.begin() as session:
        await bindings.touch(session, Place("web", "desk", "desk"), scene.parlour.now)
    scene.parlour.now += timedelta(hours=11)
    assert (await scene.bind_staff("T001", "early")).text == talk.WAITS
    scene.parlour.now += timedelta(hours=2)
    assert "绑定好了" in (await scene.bind_staff("T001", "next")).text
    assert await scene.who("desk") is None


async def test_the_refused_chat_is_told(scene: Scene) -> None:
    waiting = await _second(scene)
    await scene.parlour.tell("s1", action=f"bind:refuse:{waiting}")
    async with scene.database.read() as session:
        assert [line.text for line in await chat.latest(session, "web", "second")] == [REFUSED]


async def test_the_refused_chat_on_a_platform_is_told_by_whoever_sends(scene: Scene) -> None:
    await scene.parlour.tell("first", f"绑定 20230101 张三 {scene.codes['张三1']}")
    await scene.parlour.say("tg", f"绑定 20230101 张三 {await scene.code('张三1')}", channel="telegram")
    async with scene.database.read() as session:
        waiting = (await session.scalars(select(Binding).where(Binding.approved_at.is_(None)))).one().id.hex
    await scene.parlour.tell("first", action=f"bind:refuse:{waiting}")
    async with scene.database.read() as session:
        (row,) = (await session.scalars(select(HeldReply))).all()
        assert (row.channel, row.chat, row.status) == ("telegram", "tg", "planned")
