"""帮助, 菜单, and one's own data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from handlers import commands as own
from handlers.ask import ask
from handlers.commands import commands
from handlers.identity import identity
from handlers.messages import Address
from handlers.registry import HANDLERS
from storage import bindings, chat, consent, conversations, items, submissions, unanswered
from storage.bindings import Owner
from storage.database import Database
from storage.models import Audit
from storage.people import Place
from tests.fakes.campus import Campus, build
from tests.fakes.parlour import Parlour

ME = "web-张小三"
SECRET = "13900000009"


@dataclass
class Room:
    """A campus with a bound student and a bound counselor, and a place to talk."""

    campus: Campus
    parlour: Parlour


@pytest.fixture
async def room(database: Database, now: datetime, tmp_path: Path) -> Room:
    campus = await build(database)
    await campus.student("张小三")
    async with database.begin() as session:
        staff = Owner(staff_id=campus.counselors["会计1班"])
        await bindings.bind(session, Place("web", "s", "s"), staff, now)
    return Room(campus, Parlour(database, (identity, commands), tmp_path, now))


@pytest.mark.parametrize("word", ["帮助", "help", "/help", "？", "帮助。", "/help@lixiao_bot"])
async def test_help_fits_the_person_and_the_screen(room: Room, word: str) -> None:
    told = {user: (await room.parlour.tell(user, word)).text for user in ("x", ME, "s")}
    assert told == {"x": own.HELP["nobody"], ME: own.HELP["student"], "s": own.HELP["counselor"]}
    assert all(len(text) < 250 for text in told.values())
    grouped = await room.parlour.say(ME, word, group=True)
    assert grouped is not None
    assert (grouped.text, grouped.buttons) == (own.HELP["nobody"], ())


async def test_menu(room: Room) -> None:
    for user, kind in (("x", "nobody"), (ME, "student"), ("s", "counselor")):
        assert (await room.parlour.tell(user, "菜单")).buttons == own.MENUS[kind]
    assert (await room.parlour.tell(ME, action="menu:show")).buttons == own.MENUS["student"]


async def test_every_button_and_word_is_somebody_s(room: Room, tmp_path: Path) -> None:
    """What the menu and the help name is really there: a handler before the last one answers."""
    whole = Parlour(
        room.campus.database, [handler for handler in HANDLERS if handler is not ask], tmp_path, room.parlour.now
    )
    for user, kind in (("x", "nobody"), (ME, "student"), ("s", "counselor")):
        for button in own.MENUS[kind]:
            assert await whole.say(user, action=button.action), button.action
            await whole.say(user, "取消")
    for user, words in (
        (ME, ("我的事项", "档案邮寄地址", "取消", "委托书", "取消", "我的数据", "导出", "撤回同意")),
        (ME, ("删除我的数据", "我是谁", "解绑")),
        ("s", ("谁没交", "催办", "待审", "群发记录", "导出地址", "发码", "未答", "我的答复", "待批绑定")),
    ):
        for word in words:
            assert await whole.say(user, word), word


async def test_in_a_form_help_is_about_the_form(room: Room, tmp_path: Path) -> None:
    whole = Parlour(room.campus.database, HANDLERS, tmp_path, room.parlour.now)
    await whole.tell(ME, "档案邮寄地址")
    inside = await whole.tell(ME, "帮助")
    assert inside.text != own.HELP["student"]
    assert (await whole.tell(ME, action="help:show")).text == own.HELP["student"]


def test_actions_fit_telegram() -> None:
    assert all(len(b.action.encode()) <= 64 for menu in own.MENUS.values() for b in menu)


@pytest.mark.parametrize("word", ["我的数据", "导出", "撤回同意", "确定撤回", "删除我的数据"])
async def test_only_for_a_bound_student_in_private(room: Room, word: str) -> None:
    assert (await room.parlour.tell("x", word)).text == own.UNBOUND
    assert (await room.parlour.tell("s", word)).text == own.STAFF
    grouped = await room.parlour.say(ME, word, group=True)
    assert grouped is not None
    assert grouped.text == own.PRIVATELY


async def test_other_words_are_not_ours(room: Room) -> None:
    assert await room.parlour.say(ME, "档案什么时候寄") is None
    assert await room.parlour.say(ME, action="item:page:1") is None


async def _fill(room: Room) -> None:
    student, now = room.campus.students["张小三"], room.parlour.now
    async with room.campus.database.begin() as session:
        await consent.give(session, student, "address", text_version="1", channel="web", now=now)
        await submissions.hand_in(session, student_id=student, form="address", answers={"phone": SECRET}, now=now)
        await conversations.save(session, Address("web", ME, ME), form="proxy", data={"drafts": SECRET}, now=now)
        await chat.add(session, "web", ME, True, SECRET, (), (), now)
        await items.mark_form(session, student, "address", "handed_in", None, None, now)


async def test_my_data_is_masked(room: Room) -> None:
    await _fill(room)
    text = (await room.parlour.tell(ME, "我的数据")).text
    assert "张*三" in text
    assert "张小三" not in text
    assert SECRET not in text
    assert "档案邮寄地址：已提交" in text
    assert "绑定的聊天 1 个，有效的同意 1 项" in text


async def test_export_is_whole_and_audited(room: Room) -> None:
    await _fill(room)
    reply = await room.parlour.tell(ME, "导出")
    (file,) = reply.files
    assert (file.name, file.media_type) == ("我的数据.json", "application/json")
    async with room.campus.database.read() as session:
        kept = json.loads(await room.parlour.files.load(session, file.id))
        acts = (await session.execute(select(Audit.action, Audit.actor, Audit.target))).all()
    assert kept["本人"]["姓名"] == "张小三"
    assert kept["表单"][0]["内容"] == {"phone": SECRET}
    tag = f"student:{room.campus.students['张小三']}"
    assert [tuple(act) for act in acts] == [("data.exported", tag, tag)]


async def test_no_export_across_the_border(room: Room) -> None:
    reply = await room.parlour.say(ME, "导出", abroad=True)
    assert reply is not None
    assert (reply.text, reply.files) == (own.ABROAD, ())


async def test_withdrawing_says_what_follows_and_does_it(room: Room) -> None:
    await room.campus.item("A1", date(2023, 6, 20), form="address", evidence="form")
    assert "不用撤回" in (await room.parlour.tell(ME, "撤回同意")).text
    await _fill(room)
    asked = await room.parlour.tell(ME, "撤回同意")
    assert "会删掉" in asked.text
    assert [button.action for button in asked.buttons] == ["consent:withdraw", "consent:keep"]
    assert "没变" in (await room.parlour.tell(ME, action="consent:keep")).text
    done = await room.parlour.tell(ME, action="consent:withdraw")
    assert "档案邮寄地址已删除" in done.text
    student = room.campus.students["张小三"]
    async with room.campus.database.read() as session:
        assert not await consent.given(session, student, "address")
        assert [view.status for view in await items.items_of(session, student, room.parlour.now)] == ["open"]
        assert await submissions.latest(session, student, "address") is None
        assert await conversations.load(session, Address("web", ME, ME)) is None
        assert await chat.latest(session, "web", ME) == []
    assert "不用撤回" in (await room.parlour.tell(ME, action="consent:withdraw")).text


async def test_files_go_with_the_consent(room: Room) -> None:
    await _fill(room)
    (file,) = (await room.parlour.tell(ME, "导出")).files
    await room.parlour.tell(ME, action="consent:withdraw")
    async with room.campus.database.read() as session:
        with pytest.raises(LookupError):
            await room.parlour.files.load(session, file.id)


async def test_deleting_needs_no_consent_and_takes_the_questions_along(room: Room) -> None:
    student = room.campus.students["张小三"]
    async with room.campus.database.begin() as session:
        for who, words in ((student, "我张小三的校车几点"), (None, "食堂几点")):
            await unanswered.collect(
                session,
                school_id=room.campus.school_id,
                student_id=who,
                question=words,
                core=words,
                now=room.parlour.now,
            )
    asked = await room.parlour.tell(ME, "删除我的数据")
    assert [button.action for button in asked.buttons] == ["data:erase", "consent:keep"]
    async with room.campus.database.read() as session:
        office = await room.campus.office_actor()
        assert len(await unanswered.waiting(session, office)) == 2  # asking deletes nothing
    assert "已删除" in (await room.parlour.tell(ME, action="data:erase")).text
    async with room.campus.database.read() as session:
        assert [one.text for one in await unanswered.waiting(session, office)] == ["食堂几点"]
        noted = (await session.scalars(select(Audit).where(Audit.action == "data.erased"))).one()
    assert noted.detail["questions"] == 1


async def test_deleting_after_a_form_opens_its_item_again(room: Room) -> None:
    await room.campus.item("A1", date(2023, 6, 20), form="address", evidence="form")
    await _fill(room)
    assert "档案邮寄地址" in (await room.parlour.tell(ME, action="data:erase")).text
    async with room.campus.database.read() as session:
        student = room.campus.students["张小三"]
        assert not await consent.given(session, student, "address")
        assert [view.status for view in await items.items_of(session, student, room.parlour.now)] == ["open"]
