"""The sender: what goes when, to which address, and what becomes of what does not."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.channel import SendError
from bot.delivery import REPEATED, Sender
from bot.pace import Limit, Pace
from bot.quiet import Quiet
from bot.sending import MAX_ATTEMPTS
from handlers.messages import Button, Reply
from storage import ways
from storage.claims import LEASE, UNKNOWN_TRIES, UNKNOWN_WAIT
from storage.database import Database
from storage.deliveries import enqueue
from storage.models import Delivery
from storage.people import Place
from tests.fakes.campus import Campus, at, build
from tests.fakes.line import Line, PageLine

MINUTE = timedelta(minutes=1)
Plan = Callable[..., Awaitable[None]]


@pytest.fixture
async def campus(database: Database) -> Campus:
    """One student on the telephone."""
    made = await build(database)
    await made.student("林一", bind="telegram")
    return made


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def plan(campus: Campus, now: datetime) -> Plan:
    """Plans one notice for a student."""

    async def enqueue_one(key: str = "k", to: str = "林一", **more: Any) -> None:
        values = {"kind": "notice", "text": f"消息 {key}", "now": now} | more
        async with campus.database.begin() as session:
            await enqueue(session, key=key, student_id=campus.students[to], **values)

    return enqueue_one


def sender(campus: Campus, *lines: Line, **more: Any) -> Sender:
    return Sender(campus.database, {line.name: line for line in lines}, random=Random(1), elapsed=lambda: 0.0, **more)


async def row(campus: Campus, key: str = "k") -> Delivery:
    async with campus.database.begin() as session:
        return (await session.scalars(select(Delivery).where(Delivery.key == key))).one()


async def test_sends_text_and_buttons_and_settles(campus: Campus, line: Line, plan: Plan, now: datetime) -> None:
    await plan(buttons=[("修改", "form:start:address")])
    counts = await sender(campus, line).run_once(now)
    [(chat, reply)] = line.said
    assert (chat, reply.text, reply.buttons) == ("telegram-林一", "消息 k", (Button("修改", "form:start:address"),))
    assert str(counts) == "sent=1"
    found = await row(campus)
    assert (found.status, found.channel, found.platform_id, found.attempts) == ("sent", "telegram", "1", 1)


async def test_sends_every_batch(campus: Campus, line: Line, plan: Plan, now: datetime) -> None:
    for number in range(7):
        await plan(str(number))
    assert (await sender(campus, line, batch=2, at_once=3, pace=Pace(campus.database, {})).run_once(now)).sent == 7
    assert len(line.said) == 7
    assert (await sender(campus, line).run_once(now)).sent == 0


async def test_without_an_address_it_says_so(campus: Campus, line: Line, plan: Plan, now: datetime) -> None:
    await campus.student("陈二", bind=None)
    await plan(to="陈二")
    assert (await sender(campus, line).run_once(now)).failed == 1
    assert (await row(campus)).reason == "unreachable: not bound"


async def test_with_an_address_on_a_channel_that_is_off_it_says_so(campus: Campus, plan: Plan, now: datetime) -> None:
    await plan()
    await sender(campus, PageLine()).run_once(now)
    assert (await row(campus)).reason == "unreachable: channel is off"


async def test_the_phone_goes_before_the_page_and_the_latest_binding_before_an_older_one(
    campus: Campus, line: Line, plan: Plan, now: datetime
) -> None:
    page = PageLine()
    await campus.bind("林一", "web", at=now)
    await plan()
    await sender(campus, line, page).run_once(now)
    assert (line.chats, page.chats) == (["telegram-林一"], [])


async def test_staff_are_written_to_as_well(campus: Campus, line: Line, now: datetime) -> None:
    async with campus.database.begin() as session:
        staff = campus.counselors["会计1班"]
        await enqueue(session, key="s", kind="notice", now=now, staff_id=staff, text="有 3 份表等你审核")
    await sender(campus, line).run_once(now)
    assert (await row(campus, "s")).reason == "unreachable: not bound"


async def test_a_refusal_for_good_is_not_tried_again(campus: Campus, line: Line, plan: Plan, now: datetime) -> None:
    await plan()
    with line.failing(SendError("blocked by the person", permanent=True)):
        await sender(campus, line).run_once(now)
    await sender(campus, line).run_once(now + timedelta(days=1))
    found = await row(campus)
    assert (found.status, found.reason, line.said) == ("failed", "blocked by the person", [])


async def test_trouble_is_tried_again_later_and_later_then_given_up(
    campus: Campus, line: Line, plan: Plan, now: datetime
) -> None:
    await plan()
    waits, moment = [], now
    with line.failing(SendError("timeout")):
        for _ in range(MAX_ATTEMPTS):
            await sender(campus, line).run_once(moment)
            waits.append((await row(campus)).not_before - moment)
            moment = (await row(campus)).not_before
    found = await row(campus)
    assert (found.status, found.reason, found.attempts) == ("failed", "timeout", MAX_ATTEMPTS)
    assert [round(wait / timedelta(seconds=30)) for wait in waits[:5]] in ([1, 2, 4, 8, 16], [1, 2, 4, 9, 18])


async def test_what_failed_goes_when_the_trouble_is_over(campus: Campus, line: Line, plan: Plan, now: datetime) -> None:
    await plan()
    with line.failing(SendError("timeout")):
        assert (await sender(campus, line).run_once(now)).retried == 1
    assert (await sender(campus, line).run_once(now)).sent == 0
    assert (await sender(campus, line).run_once(now + MINUTE)).sent == 1


async def test_the_platform_says_when_and_the_whole_channel_waits(
    campus: Campus, line: Line, plan: Plan, now: datetime
) -> None:
    await campus.student("陈二", bind="telegram")
    await plan("first")
    one = sender(campus, line)
    with line.failing(SendError("429", after=timedelta(minutes=5))):
        await one.run_once(now)
    await plan("second", to="陈二")
    assert (await one.run_once(now + MINUTE)).put_off == 1
    assert (await one.run_once(now + 7 * MINUTE)).sent == 2


@pytest.mark.parametrize("error", [SendError("line broke", unknown=True), RuntimeError("a bug")])
async def test_an_unknown_outcome_is_marked_and_tried_again_a_few_times(
    campus: Campus, line: Line, plan: Plan, now: datetime, error: Exception
) -> None:
    await plan()
    with line.failing(error):
        for times in range(1, 6):
            assert (await sender(campus, line).run_once(now)).unknown == int(times <= UNKNOWN_TRIES), times
            assert (await row(campus)).status == "unknown"
            now += UNKNOWN_WAIT
    assert (await row(campus)).attempts == UNKNOWN_TRIES


async def test_a_bug_does_not_carry_a_persons_words_into_the_row(
    campus: Campus, line: Line, plan: Plan, now: datetime
) -> None:
    await plan()
    with line.failing(RuntimeError("林一 13900000001")):
        await sender(campus, line).run_once(now)
    reason = (await row(campus)).reason
    assert re.fullmatch("bug [0-9A-F]{8}", reason or "")


async def test_too_late_is_not_sent(campus: Campus, line: Line, plan: Plan, now: datetime) -> None:
    await plan(expires_at=now + MINUTE)
    assert (await sender(campus, line).run_once(now + MINUTE)).expired == 1
    assert line.said == []


async def test_a_changed_text_does_not_stop_the_others(campus: Campus, line: Line, plan: Plan, now: datetime) -> None:
    await plan("broken")
    await plan("whole")
    async with campus.database.begin() as session:
        await session.execute(update(Delivery).where(Delivery.key == "broken").values(text_sealed=b"\x01"))
    await sender(campus, line, pace=Pace(campus.database, {})).run_once(now)
    assert [reply.text for _, reply in line.said] == ["消息 whole"]
    assert (await row(campus, "broken")).reason == "the text does not open"


async def test_a_bug_in_rendering_one_kind_does_not_stop_the_others(
    campus: Campus, line: Line, plan: Plan, now: datetime
) -> None:
    async def broken(*_: Any) -> Any:
        raise RuntimeError

    await plan("digest", kind="digest", text=None)
    await plan("notice")
    await sender(campus, line, renderers={"digest": broken}).run_once(now)
    assert [reply.text for _, reply in line.said] == ["消息 notice"]
    found = await row(campus, "digest")
    assert (found.status, found.not_before) == ("planned", now + timedelta(minutes=5))


async def test_a_limit_holds_back_the_rest_and_loses_nothing(
    campus: Campus, line: Line, plan: Plan, now: datetime
) -> None:
    limits = {"telegram": (Limit("chat", 3, MINUTE, "a test"),)}
    for number in range(8):
        await plan(str(number))
    one, sent = sender(campus, line, pace=Pace(campus.database, limits)), []
    for _ in range(4):
        counts = await one.run_once(now)
        sent.append(counts.sent)
        now += MINUTE
    assert sent == [3, 3, 2, 0]
    assert sorted(reply.text for _, reply in line.said) == [f"消息 {n}" for n in range(8)]


@pytest.mark.parametrize(
    ("kind", "urgent", "channel", "goes"),
    [
        ("notice", False, "web", False),
        ("notice", True, "web", True),
        ("notice", True, "telegram", False),
        ("broadcast", False, "web", False),
        ("broadcast", True, "telegram", True),
        ("answer", False, "telegram", True),
        ("security", False, "telegram", True),
    ],
)
async def test_quiet_hours(campus: Campus, plan: Plan, kind: str, urgent: bool, channel: str, goes: bool) -> None:
    await campus.student("陈二", bind=channel)
    night, line, page = at(23), Line(), PageLine()
    await plan(to="陈二", kind=kind, urgent=urgent, now=night)
    one = sender(campus, line, page)
    assert (await one.run_once(night)).sent == int(goes)
    assert (await one.run_once(at(7, 59, date(2023, 6, 8)))).sent == 0
    assert (await one.run_once(at(8, 0, date(2023, 6, 8)))).sent == 1 - int(goes)


@pytest.mark.parametrize(
    ("quiet", "hour", "is_quiet", "until"),
    [
        (Quiet(), 22, True, at(8, 0, date(2023, 6, 8))),
        (Quiet(), 7, True, at(8)),
        (Quiet(), 8, False, None),
        (Quiet(), 21, False, None),
        (Quiet(at(1).time(), at(6).time()), 3, True, at(6)),
        (Quiet(at(1).time(), at(6).time()), 23, False, None),
    ],
)
def test_when_it_is_quiet(quiet: Quiet, hour: int, is_quiet: bool, until: datetime | None) -> None:
    assert quiet.at(at(hour)) == is_quiet
    if until is not None:
        assert quiet.until(at(hour)) == until


async def test_what_a_killed_process_held_is_sent_by_the_next_one(
    campus: Campus, line: Line, plan: Plan, now: datetime
) -> None:
    """Killed after it claimed and before it began: sent exactly once, and not in doubt."""
    await plan()
    dead = sender(campus, line)
    assert len(await dead._claim(now)) == 1
    assert (await sender(campus, line).run_once(now)).sent == 0
    assert (await sender(campus, line).run_once(now + LEASE)).sent == 1
    assert (await row(campus)).attempts == 1


async def test_blocked_on_one_channel_it_goes_on_the_next_and_stays_there(
    campus: Campus, line: Line, plan: Plan, now: datetime
) -> None:
    page = PageLine()
    await campus.bind("林一", "web")
    await plan("first")
    with line.failing(SendError("unreachable: blocked", permanent=True)):
        counts = await sender(campus, line, page).run_once(now)
    assert (str(counts), page.chats) == ("sent=1 retried=1", ["web-林一"])
    await plan("second")
    await sender(campus, line, page).run_once(now)
    assert (line.chats, page.chats) == ([], ["web-林一", "web-林一"])
    async with campus.database.begin() as session:
        await ways.unblock(session, Place("telegram", "telegram-林一", "telegram-林一"))
    await plan("third")
    await sender(campus, line, page).run_once(now + MINUTE)
    assert line.chats == ["telegram-林一"]


async def test_where_the_last_way_is_blocked_the_reason_is_told(
    campus: Campus, line: Line, plan: Plan, now: datetime
) -> None:
    page = PageLine()
    await campus.bind("林一", "web")
    await plan()
    gone = SendError("unreachable: blocked", permanent=True)
    with line.failing(gone), page.failing(gone):
        await sender(campus, line, page).run_once(now)
    found = await row(campus)
    assert (found.status, found.reason, found.channel) == ("failed", "unreachable: blocked", "web")


async def test_a_pause_of_the_platform_holds_in_every_process_and_after_a_restart(
    campus: Campus, line: Line, plan: Plan, now: datetime
) -> None:
    await campus.student("陈二", bind="telegram")
    await plan("first")
    with line.failing(SendError("429", after=timedelta(minutes=5))):
        await sender(campus, line).run_once(now)
    await plan("second", to="陈二", urgent=True)
    for minute in range(5):
        assert (await sender(campus, line).run_once(now + minute * MINUTE)).sent == 0
    assert (await sender(campus, line).run_once(now + 6 * MINUTE)).sent == 2


async def test_what_may_be_a_repetition_says_so(campus: Campus, line: Line, plan: Plan, now: datetime) -> None:
    await plan()
    with line.failing(SendError("line broke", unknown=True)):
        await sender(campus, line).run_once(now)
    await sender(campus, line).run_once(now + UNKNOWN_WAIT)
    [(_, reply)] = line.said
    assert reply.text == f"消息 k\n{REPEATED}"


async def test_one_persons_messages_keep_their_order_whatever_fails(
    campus: Campus, line: Line, plan: Plan, now: datetime
) -> None:
    for number in range(4):
        await plan(str(number))
    one, moment = sender(campus, line, pace=Pace(campus.database, {}), at_once=4), now
    with line.failing(SendError("timeout")):
        await one.run_once(moment)
    for _ in range(3):
        moment += MINUTE
        await one.run_once(moment)
    assert [reply.text for _, reply in line.said] == [f"消息 {n}" for n in range(4)]


async def test_messages_to_many_avoid_the_full_hour_on_wecom(campus: Campus, now: datetime) -> None:
    class WeCom(Line):
        name = "wecom"

    async def rendered(_: Any, rows: Any, __: Any) -> Any:
        return {one.id: Reply("早上好") for one in rows}

    line, nine = WeCom(), at(9)
    await campus.bind("林一", "wecom")
    async with campus.database.begin() as session:
        await enqueue(session, key="d", kind="digest", now=nine, student_id=campus.students["林一"])
        await enqueue(session, key="n", kind="notice", now=nine, student_id=campus.students["林一"], text="已退回")
    one = sender(campus, line, renderers={"digest": rendered})
    assert (await one.run_once(nine)).sent == 1
    assert (await one.run_once(at(9, 4))).sent == 1
    assert [reply.text for _, reply in line.said] == ["已退回", "早上好"]
