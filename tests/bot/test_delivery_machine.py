"""A machine of workers that crash at any step: nothing is lost, and nothing goes twice that was not in doubt."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from bot.channel import SendError
from bot.delivery import REPEATED, Sender
from bot.pace import Pace
from bot.quiet import Quiet
from handlers.messages import Address, Reply
from storage.claims import LEASE, UNKNOWN_TRIES, UNKNOWN_WAIT
from storage.crypto import Vault
from storage.database import Database
from storage.deliveries import enqueue
from storage.models import Base, Delivery
from tests.fakes.campus import at, build
from tests.fakes.line import Line

VAULT = Vault({"test": b"\x01" * 32}, b"\x02" * 32)


class Killed(BaseException):
    """The process is gone: nothing after this runs."""


class Dying(Database):
    """A store whose process may be killed before its nth transaction from now; then no transaction works."""

    left: int | None = None

    def begin(self) -> Any:
        """One transaction fewer to live."""
        if self.left is not None:
            if self.left <= 0:
                raise Killed
            self.left -= 1
        return super().begin()


def key_of(reply: Reply) -> str:
    """What was said, without the mark that it may be a repetition."""
    return reply.text.removesuffix(f"\n{REPEATED}")


@cache
def _school() -> tuple[bytes, UUID]:
    """A store with one student, made once and copied for every example; and the student."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.db"
        student = asyncio.run(_built(f"sqlite+aiosqlite:///{path}"))
        return path.read_bytes(), student


async def _built(url: str) -> UUID:
    database = Database(url, VAULT)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    campus = await build(database)
    student = await campus.student("林一", bind="telegram")
    await database.close()
    return student


class DeliveryMachine(RuleBasedStateMachine):
    """Keys are planned, workers run, die and are replaced; the clock only goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.url = f"sqlite+aiosqlite:///{Path(self.folder.name) / 'test.db'}"
        self.now: datetime = at(9)
        self.keys: set[str] = set()
        self.in_doubt: Counter[str] = Counter()
        self.held: set[tuple[str, datetime]] = set()
        self.line = Line()
        content, self.student = _school()
        (Path(self.folder.name) / "test.db").write_bytes(content)

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @rule(count=st.integers(1, 4), wait=st.integers(0, 90))
    def plan(self, count: int, wait: int) -> None:
        """Some messages, now or a little later."""

        async def work() -> None:
            database = Database(self.url, VAULT)
            async with database.begin() as session:
                for _ in range(count):
                    key = uuid4().hex
                    self.keys.add(key)
                    await enqueue(
                        session,
                        key=key,
                        kind="notice",
                        now=self.now,
                        student_id=self.student,
                        text=key,
                        not_before=self.now + timedelta(seconds=wait),
                    )
            await database.close()

        self.run(work())

    @rule(transactions=st.integers(0, 6) | st.none(), dies_sending=st.integers(0, 4) | st.none())
    def a_worker_runs(self, transactions: int | None, dies_sending: int | None) -> None:
        """Until it is done, or is killed before a transaction or while a message is being sent."""
        start = len(self.line.said)

        def die(to: Address, reply: Reply) -> BaseException | None:
            return Killed() if dies_sending is not None and len(self.line.said) - start > dies_sending else None

        self.line.fault_after = die
        self.run(self._worker(transactions))
        self.line.fault_after = lambda to, reply: None

    async def _worker(self, transactions: int | None) -> None:
        database = Dying(self.url, VAULT)
        database.left = transactions
        worker = Sender(
            database,
            {"telegram": self.line},
            pace=Pace(database, {}),
            quiet=Quiet(time(0), time(0)),
            batch=3,
            at_once=1,
            elapsed=lambda: 0.0,
        )
        try:
            await worker.run_once(self.now)
        except (Killed, BaseExceptionGroup):
            await self._note_doubt()
        finally:
            await database.close()

    async def _note_doubt(self) -> None:
        """What was begun when the worker died may have arrived: it may come again."""
        for row in await self._rows():
            if row.status == "leased" and row.begun_at is not None:
                self.held.add((row.key, row.begun_at))

    @rule(unknown=st.booleans(), permanent=st.just(False))
    def the_platform_has_trouble(self, unknown: bool, permanent: bool) -> None:
        """A whole run fails; with `unknown` the messages arrive and the line breaks afterwards."""
        error = SendError("trouble", unknown=unknown, permanent=permanent)
        fault = "fault_after" if unknown else "fault"

        def fail(to: Address, reply: Reply) -> BaseException:
            self.in_doubt[key_of(reply)] += int(unknown)
            return error

        setattr(self.line, fault, fail)
        self.run(self._worker(None))
        setattr(self.line, fault, lambda to, reply: None)

    @rule(seconds=st.sampled_from([1, 30, 61, 121, 600]))
    def time_passes(self, seconds: int) -> None:
        """The clock goes on."""
        self.now += timedelta(seconds=seconds)

    @invariant()
    def nothing_goes_twice_that_was_not_in_doubt(self) -> None:
        """Each doubt explains one more copy, no more; and every further copy says that it may be one."""
        fresh = Counter(reply.text for _, reply in self.line.said if not reply.text.endswith(REPEATED))
        assert not fresh or max(fresh.values()) == 1
        doubts = self.in_doubt + Counter(key for key, _ in self.held)
        for key, times in Counter(key_of(reply) for _, reply in self.line.said).items():
            assert times <= 1 + doubts[key], key

    @precondition(lambda self: self.keys)
    @rule()
    def in_the_end_nothing_is_lost(self) -> None:
        """A healthy worker that goes on long enough sends everything; what was in doubt too often stays marked."""
        for _ in range(12):
            self.now += max(LEASE, UNKNOWN_WAIT) + timedelta(minutes=20)
            self.run(self._worker(None))
        said = {key_of(reply) for _, reply in self.line.said}
        for row in self.run(self._rows()):
            assert row.status in ("sent", "unknown", "failed"), row.status
            assert row.key in said or row.status == "unknown" or row.attempts > UNKNOWN_TRIES
            assert row.status != "sent" or row.key in said

    async def _rows(self) -> list[Delivery]:
        database = Database(self.url, VAULT)
        async with database.begin() as session:
            rows = list(await session.scalars(select(Delivery)))
        await database.close()
        return rows

    def teardown(self) -> None:
        """The folder goes with the machine."""
        self.loop.close()
        self.folder.cleanup()


DeliveryMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
TestDeliveryMachine = DeliveryMachine.TestCase
