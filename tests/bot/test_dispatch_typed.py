"""Buttons that are typed: what was offered last is pressed by its number or its words, and nothing else is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select

from bot.channel import Channel
from bot.channels.web import WebChannel
from bot.delivery import Sender
from bot.dispatch import Dispatcher
from bot.wake import Wake
from handlers.ask import ask
from handlers.form import engine
from handlers.formbook import FORMS
from handlers.handler import Context, Handler
from handlers.messages import Button, Incoming, Reply
from handlers.receipts import receipts
from handlers.unoffered import NOT_OFFERED, unoffered
from knowledge.silence import Silent
from storage import conversations, offers
from storage.bindings import Owner, bind
from storage.database import Database
from storage.deliveries import enqueue
from storage.files import FileStore
from storage.models import ChatLine, Offer, Unanswered
from tests.bot.test_dispatch import address, dispatcher, message
from tests.fakes.campus import Campus, build

CHOICES = (Button("要", "say:yes"), Button("再想想", "say:later"))


@dataclass
class Talk:
    """Offers a choice at '选', asks for words at '填', and says what was pressed."""

    heard: list[str] = field(default_factory=list)

    async def __call__(self, told: Incoming, context: Context) -> Reply | None:
        if told.action is not None:
            self.heard.append(told.action)
            return Reply(f"按了 {told.action}")
        if told.text == "选":
            return Reply("要不要？", CHOICES)
        if told.text == "填":
            await conversations.save(context.session, told.sender, form="note", data={}, now=context.now)
            return Reply("写什么？", (Button("不写了", "say:stop"),))
        self.heard.append(told.text)
        return Reply(f"听到 {told.text}")


@pytest.fixture
def talk() -> Talk:
    return Talk()


def saying(database: Database, talk: Talk, now: datetime, root: Path) -> Callable[[str], Awaitable[Reply | None]]:
    take = dispatcher(database, [talk], now, root).take

    async def say(text: str) -> Reply | None:
        return await take(message(text))

    return say


@pytest.mark.parametrize("typed", ["2", "第2个", "选 2", "2.", "再想想", "【再想想】", " 再想想。"])
async def test_a_typed_choice_is_the_button(
    database: Database, now: datetime, tmp_path: Path, talk: Talk, typed: str
) -> None:
    say = saying(database, talk, now, tmp_path)
    await say("选")
    assert await say(typed) == Reply("按了 say:later")
    async with database.read() as session:
        assert (await session.scalar(select(func.count()).select_from(ChatLine))) == 4


async def test_only_the_chat_that_was_offered_it_may_choose(
    database: Database, now: datetime, tmp_path: Path, talk: Talk
) -> None:
    take = dispatcher(database, [talk], now, tmp_path).take
    await take(message("选", chat_name="one"))
    assert await take(message("2", chat_name="other")) == Reply("听到 2")
    assert await take(message("2", chat_name="one")) == Reply("按了 say:later")


async def test_after_another_word_of_ours_a_number_is_a_number_and_a_label_still_a_button(
    database: Database, now: datetime, tmp_path: Path, talk: Talk
) -> None:
    say = saying(database, talk, now, tmp_path)
    await say("选")
    await say("几点")
    assert await say("2") == Reply("听到 2")
    assert await say("再想想") == Reply("按了 say:later")


async def test_the_next_buttons_take_the_place_of_the_last(
    database: Database, now: datetime, tmp_path: Path, talk: Talk
) -> None:
    say = saying(database, talk, now, tmp_path)
    await say("选")
    await say("填")
    assert await say("再想想") == Reply("听到 再想想")


async def test_who_is_asked_for_words_says_numbers(
    database: Database, now: datetime, tmp_path: Path, talk: Talk
) -> None:
    say = saying(database, talk, now, tmp_path)
    await say("填")
    assert await say("1") == Reply("听到 1")
    assert await say("不写了") == Reply("听到 不写了")  # something was said since: words are for the form
    await say("填")
    assert await say("不写了") == Reply("按了 say:stop")


@pytest.mark.parametrize(("later", "pressed"), [(offers.FRESH - timedelta(seconds=1), True), (offers.FRESH, False)])
async def test_after_a_day_nothing_is_offered(
    database: Database, now: datetime, tmp_path: Path, talk: Talk, later: timedelta, pressed: bool
) -> None:
    await saying(database, talk, now, tmp_path)("选")
    say = saying(database, talk, now + later, tmp_path)
    assert await say("2") == Reply("按了 say:later" if pressed else "听到 2")


async def test_nothing_is_kept_or_meant_in_a_group(sqlite: Database, now: datetime, tmp_path: Path, talk: Talk) -> None:
    class Group(WebChannel):
        can = WebChannel.can.__class__(keeps_log=True, group=True)

    wake = Wake()
    channels: dict[str, Channel] = {"web": Group(sqlite, wake, lambda: now)}
    one = Dispatcher(
        sqlite,
        handlers=[talk],
        answerer=Silent(),
        files=FileStore(tmp_path),
        channels=channels,
        clock=lambda: now,
        wake=wake,
    )
    there = address("class")
    for text, reply in (("选", Reply("要不要？", CHOICES)), ("2", Reply("听到 2"))):
        told = Incoming(uuid4().hex, there.__class__("web", "class", "he"), text, now)
        assert await one.take(told) == reply
    async with sqlite.read() as session:
        assert await session.scalar(select(func.count()).select_from(Offer)) == 0


async def test_buttons_lie_sealed_and_go_after_a_day(
    database: Database, now: datetime, tmp_path: Path, talk: Talk
) -> None:
    await saying(database, talk, now, tmp_path)("选")
    async with database.begin() as session:
        row = (await session.scalars(select(Offer))).one()
        assert "再想想".encode() not in row.buttons_sealed
        await offers.forget(session, now + offers.FRESH)
        assert await session.scalar(select(func.count()).select_from(Offer)) == 0


async def test_a_typed_choice_costs_no_further_look(
    sqlite: Database, now: datetime, tmp_path: Path, talk: Talk
) -> None:
    """The same buttons again are not written again, and what is offered is read with the speaker."""
    say = saying(sqlite, talk, now, tmp_path)
    await say("选")
    said: list[str] = []
    event.listen(sqlite.engine.sync_engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    await say("选")
    assert len(said) == 3, said  # taken in, who speaks, the log


# --- with the registered features ------------------------------------------------------------------------------------


@pytest.fixture
async def campus(sqlite: Database) -> Campus:
    return await build(sqlite)


async def bound(database: Database, campus: Campus, now: datetime, name: str = "林一") -> object:
    student = await campus.student(name)
    async with database.begin() as session:
        await bind(session, address("s1"), Owner(student_id=student), now)
    return student


async def test_a_reminder_s_words_are_typed(sqlite: Database, campus: Campus, now: datetime, tmp_path: Path) -> None:
    """What was pushed to a chat is offered there: '收到' acknowledges it, and nothing is left unanswered."""
    student = await bound(sqlite, campus, now)
    async with sqlite.begin() as session:
        await enqueue(
            session,
            key="k",
            kind="text",
            now=now,
            student_id=student,  # type: ignore[arg-type]
            text="明天退寝，请准时。",
            buttons=(("已知悉", "say:yes"), ("有困难", "say:later")),
        )
    talk = Talk()
    handlers: list[Handler] = [talk]
    one = dispatcher(sqlite, handlers, now, tmp_path)
    counts = await Sender(sqlite, one._channels).run_once(now)
    assert counts.sent == 1
    await one.take(message("收到"))
    assert talk.heard == ["say:yes"]


async def test_a_form_step_keeps_its_words_and_numbers(
    sqlite: Database, campus: Campus, now: datetime, tmp_path: Path
) -> None:
    await bound(sqlite, campus, now)
    take = dispatcher(sqlite, [receipts, engine(FORMS), unoffered, ask], now, tmp_path).take
    first = await take(message("档案邮寄地址"))
    assert first is not None
    await take(message("同意"))
    async with sqlite.read() as session:
        state = await conversations.load(session, address("s1"))
    assert state is not None
    assert state.form == "address"
    reply = await take(message("2"))
    assert reply is not None
    assert reply.text != NOT_OFFERED
    async with sqlite.read() as session:
        again = await conversations.load(session, address("s1"))
    assert again is not None
    assert again.form == "address"  # the second button would have been 取消
    stopped = await take(message("取消"))
    assert stopped is not None
    assert "已取消填写" in stopped.text


@pytest.mark.parametrize("typed", ["2", "第3个", "更多", "办好了"])
async def test_what_is_not_offered_is_no_question_for_the_teachers(
    sqlite: Database, now: datetime, tmp_path: Path, typed: str
) -> None:
    take = dispatcher(sqlite, [unoffered, ask], now, tmp_path).take
    assert await take(message(typed)) == Reply(NOT_OFFERED)
    async with sqlite.read() as session:
        assert await session.scalar(select(func.count()).select_from(Unanswered)) == 0
