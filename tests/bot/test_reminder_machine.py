"""A machine of days: whatever a student does and however long the process is down, one digest a day at most, and right.

Never about what is done, never of what he stopped or put off; and what is critical and overdue is told all the same.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from bot import clockwork
from bot.delivery import Sender
from bot.planner import DIGEST_AT, USELESS_FROM
from handlers.messages import Address, Incoming, Reply
from handlers.reminding import reminding
from storage import people
from storage.clock import start_of
from storage.crypto import Vault
from storage.database import Database
from storage.items import edit, mark
from storage.ladder import Ladder
from storage.models import Base
from tests.fakes.campus import Campus, build
from tests.fakes.line import PageLine
from tests.fakes.nobody import context

VAULT = Vault({"test": b"\x01" * 32}, b"\x02" * 32)
START = date(2023, 6, 1)
DAY = timedelta(days=1)
LADDER = Ladder()
PLAN = {"甲": (9, False), "丙": (-1, True), "丁": (11, True)}
"""Titles of the items: due so many days after the start, and whether it is critical."""


@dataclass
class Model:
    """What is known of one item."""

    id: UUID
    due_on: date
    critical: bool
    done: bool = False
    asleep_until: date = START
    pressing_since: date | None = None
    """Since when it has been critical, overdue and not done."""
    told_on: date | None = None

    def asleep(self, today: date) -> bool:
        """Whether he wants to hear of it later, and may."""
        return today < self.asleep_until and today < self.due_on - DAY


@cache
def _school() -> tuple[bytes, UUID, dict[str, UUID]]:
    """A store with one student and the items, made once and copied for every example."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.db"
        campus = asyncio.run(_built(f"sqlite+aiosqlite:///{path}"))
        return path.read_bytes(), campus.students["林一"], campus.items


async def _built(url: str) -> Campus:
    database = Database(url, VAULT)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    campus = await build(database)
    await campus.student("林一")
    for title, (left, critical) in PLAN.items():
        await campus.item(title, START + left * DAY, title=f"事项{title}", critical=critical)
    await database.close()
    return campus


TITLES = st.sampled_from(sorted(PLAN))


class Days(RuleBasedStateMachine):
    """The clock goes forward only; between two ticks anything may happen."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "test.db"
        content, self.student, ids = _school()
        path.write_bytes(content)
        self.database = Database(f"sqlite+aiosqlite:///{path}", VAULT)
        self.now = start_of(START, time(7))
        self.muted = False
        self.digests: list[date] = []
        self.items = {
            title: Model(ids[title], START + left * DAY, critical) for title, (left, critical) in PLAN.items()
        }
        self._note_pressing()

    @property
    def today(self) -> date:
        return self.now.date()

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    # --- what happens ------------------------------------------------------------------------------------------------

    @rule(hour=st.sampled_from((7, 8, 9, 10, 14, 20, 21, 22)))
    def ticks(self, hour: int) -> None:
        """The process is there at that hour, or a minute after the last thing that happened."""
        self.now = max(self.now + timedelta(minutes=1), start_of(self.today, time(hour, 5)))
        line = PageLine()
        sender = Sender(self.database, {"web": line}, elapsed=lambda: 0.0)
        self.run(clockwork.tick(self.database, sender, self.now))
        for _, reply in line.said:
            self._judge(reply)
        if DIGEST_AT <= self.now.time() < USELESS_FROM:
            self._all_pressing_was_told()

    @rule(count=st.integers(1, 4))
    def days_pass(self, count: int) -> None:
        """Nobody ticks until the morning of that day."""
        self.now = start_of(self.today + count * DAY, time(7))
        self._note_pressing()

    @rule(title=TITLES, status=st.sampled_from(("done", "open", "handed_in", "returned")))
    def changes(self, title: str, status: str) -> None:
        """He gets it done, or it turns out that he has not."""

        async def work() -> None:
            async with self.database.begin() as session:
                await mark(session, student_id=self.student, item_id=self.items[title].id, status=status, now=self.now)

        self.run(work())
        self.items[title].done = status in ("done", "handed_in")
        self._note_pressing()

    @rule(title=TITLES, left=st.integers(-9, 12))
    def is_moved(self, title: str, left: int) -> None:
        """The school changes the date."""
        item = self.items[title]
        item.due_on = self.today + left * DAY

        async def work() -> None:
            async with self.database.begin() as session:
                await edit(session, item.id, due_on=item.due_on)

        self.run(work())
        self._note_pressing(anew=title)

    @rule(title=TITLES, days=st.integers(1, 9))
    def puts_off(self, title: str, days: int) -> None:
        """稍后提醒 on one item."""
        item = self.items[title]
        before = item.asleep_until
        self._say(action=f"remind:item:{item.id.hex}:{days}")
        can = not item.done and self.today < item.due_on - DAY
        item.asleep_until = min(self.today + days * DAY, item.due_on - DAY) if can else before

    @rule(days=st.integers(1, 9))
    def puts_all_off(self, days: int) -> None:
        """'n天后再提醒我'."""
        self._say(f"{days}天后再提醒我")
        for item in self.items.values():
            if not item.done and self.today < item.due_on - DAY:
                item.asleep_until = min(self.today + days * DAY, item.due_on - DAY)

    @rule()
    def stops(self) -> None:
        """停止提醒."""
        self._say("停止提醒")
        self.muted = True

    @rule()
    def goes_on(self) -> None:
        """恢复提醒."""
        self._say("恢复提醒")
        self.muted = False
        for item in self.items.values():
            item.asleep_until = START

    # --- what must hold ----------------------------------------------------------------------------------------------

    def _judge(self, reply: Reply) -> None:
        assert self.today not in self.digests, "a second digest on one day"
        assert DIGEST_AT <= self.now.time() < USELESS_FROM, "at a time when it is of no use"
        self.digests.append(self.today)
        for title, item in self.items.items():
            told = f"事项{title}\n" in reply.text
            assert not (told and item.done), "told of what is done"
            assert not (told and self.muted and not item.critical), "told though he stopped it"
            assert not (told and item.asleep(self.today)), "told though he put it off"
            if item.pressing_since is not None:
                assert told, "a digest without what is critical and overdue"
            if told:
                item.told_on = self.today

    def _all_pressing_was_told(self) -> None:
        """What is critical and overdue since the day before yesterday was told yesterday or today."""
        for item in self.items.values():
            since = item.pressing_since
            if since is None or since >= self.today - DAY or (self.today - item.due_on).days > LADDER.until:
                continue
            assert item.told_on is not None, "never told"
            assert item.told_on >= self.today - DAY, "told too long ago"

    def _note_pressing(self, anew: str = "") -> None:
        for title, item in self.items.items():
            pressing = item.critical and not item.done and item.due_on < self.today
            if not pressing:
                item.pressing_since = None
            elif item.pressing_since is None or title == anew:
                item.pressing_since = self.today

    def _say(self, text: str = "", action: str | None = None) -> None:
        async def work() -> None:
            async with self.database.begin() as session:
                actor = await people.student_actor(session, self.student)
                message = Incoming(uuid4().hex, Address("web", "web-林一", "web-林一"), text, self.now, action)
                assert await reminding(message, context(session, actor, self.now)) is not None

        self.run(work())

    def teardown(self) -> None:
        self.run(self.database.close())
        self.loop.close()
        self.folder.cleanup()


Days.TestCase.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestDays = Days.TestCase
