"""已知悉 and 有困难: whose they are, where the line goes, who sees it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from handlers.receipts import AWAITED, receipts
from handlers.registry import HANDLERS
from storage import conversations, troubles
from storage.database import Database
from storage.people import Actor
from tests.fakes.campus import Campus, build
from tests.fakes.mailbag import LATER, Mailbag, button, labels
from tests.fakes.nobody import say


@pytest.fixture
async def campus(database: Database) -> Campus:
    made = await build(database)
    await made.student("林一")
    await made.student("陈二")
    await made.student("何三", "护理2班")
    return made


@pytest.fixture
async def teacher(campus: Campus) -> Actor:
    return await campus.counselor()


@pytest.fixture
def bag(campus: Campus) -> Mailbag:
    return Mailbag(campus)


@pytest.fixture
async def sent(bag: Mailbag, teacher: Actor) -> UUID:
    return await bag.sent(teacher, "群发 会计1班：周五交登记表")


async def words(bag: Mailbag, name: str, text: str = "", action: str | None = None, minutes: int = 0) -> str | None:
    found = await bag.student(name, text, action, now=LATER + timedelta(minutes=minutes))
    return found.text if found else None


async def test_trouble_with_a_line_reaches_the_counselor(
    bag: Mailbag, teacher: Actor, campus: Campus, sent: UUID
) -> None:
    assert "记下了" in str(await words(bag, "林一", action=f"stuck:b{sent.hex}"))
    assert (
        await words(bag, "林一", "人在外地，赶不回来") == "已转给老师：「人在外地，赶不回来」。要问别的，直接问我就行。"
    )
    assert await words(bag, "林一", "档案寄到哪里") is None  # the next word is for others again
    listed = await say(receipts, campus.database, teacher, LATER, "有困难")
    assert listed is not None
    assert "林一（会计1班）：人在外地，赶不回来" in listed.text
    assert "关于「周五交登记表」" in listed.text
    other = await say(receipts, campus.database, await campus.counselor("护理2班"), LATER, "有困难")
    assert other is not None
    assert other.text == "现在没有人说有困难。"
    stolen = await say(
        receipts, campus.database, await campus.counselor("护理2班"), LATER, action=button(listed, "1 已联系")
    )
    assert stolen is not None
    assert "不在你的班里" in stolen.text
    done = await say(receipts, campus.database, teacher, LATER, action=button(listed, "1 已联系"))
    assert done is not None
    assert done.text == "现在没有人说有困难。"


async def test_the_counselor_is_told_once_for_many(bag: Mailbag, teacher: Actor, campus: Campus, sent: UUID) -> None:
    for name in ("林一", "陈二"):
        await words(bag, name, action=f"stuck:b{sent.hex}")
    async with campus.database.begin() as session:
        from storage.bindings import Owner, bind
        from storage.people import Place

        await bind(session, Place("web", "web-周老师", "web-周老师"), Owner(staff_id=teacher.id), LATER)
    await bag.go(LATER + timedelta(minutes=6))
    told = [reply for chat, reply in bag.line.said if chat == "web-周老师"]
    assert [reply.text for reply in told] == ["有 2 名学生点了「有困难」，等你联系。"]
    assert labels(told[0]) == ["看是谁"]


@pytest.mark.parametrize("no", ["不用", "算了"])
async def test_he_need_not_say_why(bag: Mailbag, teacher: Actor, campus: Campus, sent: UUID, no: str) -> None:
    await words(bag, "林一", action=f"stuck:b{sent.hex}")
    assert "老师会直接联系你" in str(await words(bag, "林一", no))
    async with campus.database.read() as session:
        [trouble] = await troubles.open_ones(session, teacher)
    assert trouble.note is None


async def test_a_line_much_later_is_no_reason(bag: Mailbag, sent: UUID) -> None:
    await words(bag, "林一", action=f"stuck:b{sent.hex}")
    minutes = int(AWAITED.total_seconds() // 60) + 1
    assert await words(bag, "林一", "今天吃什么", minutes=minutes) is None
    assert "已转给老师" in str(await words(bag, "林一", "有困难：人在外地", minutes=minutes))


async def test_a_form_being_filled_in_keeps_the_next_word(bag: Mailbag, campus: Campus, sent: UUID) -> None:
    from handlers.messages import Address

    async with campus.database.begin() as session:
        await conversations.save(session, Address("web", "c", "c"), form="address", data={"drafts": {}}, now=LATER)
    assert "填完表后发「有困难：……」" in str(await words(bag, "林一", action=f"stuck:b{sent.hex}"))
    assert await words(bag, "林一", "四川省") is None


async def test_pressing_again_changes_nothing_until_it_was_seen_to(
    bag: Mailbag, teacher: Actor, campus: Campus, sent: UUID
) -> None:
    for _ in range(2):
        await words(bag, "林一", action=f"stuck:b{sent.hex}")
    async with campus.database.begin() as session:
        [trouble] = await troubles.open_ones(session, teacher)
        assert await troubles.see_to(session, teacher, trouble.delivery_id, LATER)
        assert not await troubles.see_to(session, teacher, trouble.delivery_id, LATER)
    assert (await bag.tally(teacher, sent))["acknowledged"] == 1
    await words(bag, "林一", action=f"stuck:b{sent.hex}")
    assert (await bag.tally(teacher, sent))["stuck"] == 1


@pytest.mark.parametrize("noun", ["ack", "stuck"])
@pytest.mark.parametrize("which", ["", "x", "99999999999999999999", "-1", "²", "1:2", "b", "bx", f"b{UUID(int=7).hex}"])
async def test_odd_buttons(bag: Mailbag, campus: Campus, noun: str, which: str) -> None:
    assert await words(bag, "林一", action=f"{noun}:{which}") == "没有找到这条消息。"
    for nobody in (None, await campus.counselor()):
        found = await say(receipts, campus.database, nobody, LATER, action=f"{noun}:{which}")
        assert found is not None
        assert found.text == "没有找到这条消息。"


async def test_somebody_elses_message_does_not_exist(bag: Mailbag, sent: UUID) -> None:
    assert await words(bag, "何三", action=f"stuck:b{sent.hex}") == "没有找到这条消息。"
    assert await words(bag, "何三", "有困难：我也要") == "最近没有发给你的通知。有事直接问我，或者联系辅导员。"


def test_it_comes_before_what_would_take_its_words() -> None:
    assert HANDLERS.index(receipts) < min(i for i, one in enumerate(HANDLERS) if one.__module__ == "handlers.ask")
