"""From a broadcast to its rows: in parts, again after a crash, and never a row too many."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select

from bot.delivery import Sender
from bot.launch import launch
from storage import broadcasts, launches, roll
from storage.broadcasts import target_of
from storage.crypto import Vault
from storage.database import Database
from storage.models import Base, Broadcast, Delivery
from storage.reach import Target
from tests.fakes.campus import COHORT, Campus, build
from tests.fakes.line import PageLine
from tests.fakes.mailbag import LATER, NOON

CLASSES, STUDENTS = 45, 4


@pytest.fixture
async def campus(database: Database) -> Campus:
    made = await build(database)
    async with database.begin() as session:
        for place in range(CLASSES):
            name = f"{place}班"
            made.classes[name] = await roll.add_class(
                session, school_id=made.school_id, cohort=COHORT, college="学院", name=name, campus=None, position=place
            )
            for number in range(STUDENTS):
                await roll.add_student(
                    session,
                    school_id=made.school_id,
                    class_id=made.classes[name],
                    number=f"{place:04}{number:04}",
                    name=f"学生{place}号",
                    position=number,
                )
    return made


async def confirmed(campus: Campus) -> UUID:
    office = await campus.office_actor()
    async with campus.database.begin() as session:
        target = Target(tuple(campus.classes.values()), {}, "全部")
        which = await broadcasts.draft(session, office, target, "放假", NOON)
        await broadcasts.confirm(
            session, office, which, not_before=NOON, urgent=False, needs_second=False, to_groups=True
        )
    return which


async def rows(database: Database, which: UUID) -> tuple[int, int]:
    """How many rows, for how many people."""
    async with database.read() as session:
        query = select(func.count(), func.count(Delivery.student_id.distinct())).where(Delivery.broadcast_id == which)
        found = (await session.execute(query)).one()
    return found[0], found[1]


async def test_in_parts_and_only_once(campus: Campus) -> None:
    which = await confirmed(campus)
    async with campus.database.begin() as session:
        parts = await launches.begin(session, which, LATER)
        assert parts is not None
        assert len(parts) == 3
        await launches.fan_out(session, which, parts[1], LATER)  # and then the process is gone
    assert await rows(campus.database, which) == (launches.CLASSES_AT_ONCE * STUDENTS, 80)
    assert await launch(campus.database, LATER) == (CLASSES - launches.CLASSES_AT_ONCE) * STUDENTS
    assert await launch(campus.database, LATER) == 0
    assert await rows(campus.database, which) == (CLASSES * STUDENTS, CLASSES * STUDENTS)


async def test_two_at_once_make_no_row_twice(campus: Campus) -> None:
    which = await confirmed(campus)
    planned = await asyncio.gather(*(launch(campus.database, LATER) for _ in range(3)))
    assert sum(planned) == CLASSES * STUDENTS
    assert await rows(campus.database, which) == (CLASSES * STUDENTS, CLASSES * STUDENTS)


async def test_one_that_fails_does_not_hold_up_the_others(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, well = await confirmed(campus), await confirmed(campus)
    plan = launches.fan_out

    async def failing(session: object, which: UUID, *rest: object) -> int:
        if which == broken:
            raise RuntimeError
        return await plan(session, which, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(launches, "fan_out", failing)
    assert await launch(campus.database, LATER) == CLASSES * STUDENTS
    assert (await rows(campus.database, well))[0] == CLASSES * STUDENTS
    monkeypatch.undo()
    assert await launch(campus.database, LATER) == CLASSES * STUDENTS


_KILLED = """
import asyncio, sys
from datetime import datetime
from bot.delivery import Sender
from bot.launch import launch
from storage.crypto import Vault
from storage.database import Database
from tests.fakes.line import PageLine

async def main():
    database = Database(sys.argv[1], Vault({"test": b"\\x01" * 32}, b"\\x02" * 32))
    now = datetime.fromisoformat(sys.argv[2])
    print("up", flush=True)
    await launch(database, now)
    await Sender(database, {"web": PageLine()}).run_once(now)
    await database.close()
    print("done", flush=True)

asyncio.run(main())
"""


async def test_killed_between_confirm_plan_and_send(sqlite: Database, tmp_path: Path) -> None:
    """kill -9 at random moments until one process comes through: planned exactly once per recipient."""
    campus = await _with_classes(sqlite)
    which = await confirmed(campus)
    url, random, ended = str(sqlite.engine.url), Random(7), False
    kills = 0
    while not ended:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _KILLED, url, LATER.isoformat()),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"up\n"
        if kills < 8:
            await asyncio.sleep(random.random() * 0.05)  # the moment is what is tried
            process.send_signal(signal.SIGKILL)
            kills += 1
        ended = b"done" in await process.stdout.read()
        await process.wait()
    assert await rows(sqlite, which) == (CLASSES * STUDENTS, CLASSES * STUDENTS)
    async with sqlite.read() as session:
        found = await session.get(Broadcast, which)
        assert found is not None
        assert (found.status, found.planned_at) == ("sent", LATER)


async def _with_classes(database: Database) -> Campus:
    made: Campus = await campus.__wrapped__(database)  # type: ignore[attr-defined]
    return made


# --- the states a broadcast may be in --------------------------------------------------------------------------------


class Life(RuleBasedStateMachine):
    """Whatever is pressed by whomever in whatever order: nobody gets it twice, nobody after it was taken back, nobody
    without a second person where one is needed, nobody two versions without being told that the first was wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.now = NOON
        self.approved: set[UUID] = set()
        self.big: set[UUID] = set()
        self.stopped: set[UUID] = set()
        self.recalled: dict[UUID, int] = {}
        """How much had arrived when it was taken back."""
        self.line = PageLine()
        self.ids: list[UUID] = []
        self.run(self._open())

    def run(self, work):  # type: ignore[no-untyped-def]
        return self.loop.run_until_complete(work)

    async def _open(self) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        vault = Vault({"test": b"\x01" * 32}, b"\x02" * 32)
        self.database = Database(f"sqlite+aiosqlite:///{self.folder.name}/life.db", vault)
        async with self.database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        self.campus = await build(self.database)
        await self.campus.student("林一")
        await self.campus.student("陈二")
        self.author = await self.campus.counselor()
        self.office = await self.campus.office_actor()

    def teardown(self) -> None:
        """Closes what was opened."""
        self.run(self.database.close())
        self.loop.close()
        self.folder.cleanup()

    def _target(self, **audience: str) -> Target:
        return Target((self.campus.classes["会计1班"],), audience, "会计1班")

    async def _do(self, act, *rest, **more):  # type: ignore[no-untyped-def]
        async with self.database.begin() as session:
            return await act(session, *rest, **more)

    @rule()
    def draft(self) -> None:
        """A new one."""
        self.ids.append(self.run(self._do(broadcasts.draft, self.author, self._target(), "放假", self.now)))

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), needs_second=st.booleans(), minutes=st.integers(0, 3))
    def confirm(self, data: st.DataObject, needs_second: bool, minutes: int) -> None:
        """发送."""
        which = data.draw(st.sampled_from(self.ids))
        at = self.now + timedelta(minutes=minutes)
        how = {"not_before": at, "urgent": True, "needs_second": needs_second, "to_groups": False}
        if self.run(self._do(broadcasts.confirm, self.author, which, **how)) and needs_second:
            self.big.add(which)

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), own=st.booleans())
    def approve(self, data: st.DataObject, own: bool) -> None:
        """批准, also by its author, who must not."""
        which, by = data.draw(st.sampled_from(self.ids)), self.author if own else self.office
        if self.run(self._do(broadcasts.approve, by, which, self.now)):
            assert not own
            self.approved.add(which)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        """不批准."""
        which = data.draw(st.sampled_from(self.ids))
        if self.run(self._do(broadcasts.refuse, self.office, which)):
            self.stopped.add(which)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """撤销."""
        which = data.draw(st.sampled_from(self.ids))
        if self.run(self._do(broadcasts.cancel, self.author, which)):
            self.stopped.add(which)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def recall(self, data: st.DataObject) -> None:
        """撤回: from here on nothing more of it may go out."""
        which = data.draw(st.sampled_from(self.ids))
        if self.run(self._do(broadcasts.recall, self.author, which, self.now)):
            self.stopped.add(which)
            self.recalled[which] = len(self.line.said)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        """更正 of one that was sent."""
        which = data.draw(st.sampled_from(self.ids))
        self.run(self._correct(which))

    async def _correct(self, which: UUID) -> None:
        async with self.database.begin() as session:
            wrong = await broadcasts.own(session, self.author, which)
            if wrong is None or wrong.status != "sent" or wrong.corrected_at is not None:
                return
            target = Target(target_of(wrong).class_ids, {"got": str(which)}, "")
            new = await broadcasts.draft(session, self.author, target, "不放假", self.now, corrects_id=which)
            await broadcasts.edit(session, self.author, new, wrong="放假写错了")
        self.ids.append(new)

    @rule(minutes=st.integers(0, 5), fails=st.booleans())
    def tick(self, minutes: int, fails: bool) -> None:
        """The clock; sometimes nothing arrives."""
        self.now += timedelta(minutes=minutes)
        self.run(self._tick(fails))

    async def _tick(self, fails: bool) -> None:
        from bot.channel import SendError

        self.line.fault = lambda to, reply: SendError("for now") if fails else None
        async with self.database.read() as session:
            before = {one.id: one.status for one in await session.scalars(select(Broadcast))}
        await launch(self.database, self.now)
        said = len(self.line.said)
        await Sender(self.database, {"web": self.line}, elapsed=lambda: 0.0).run_once(self.now)
        if said < len(self.line.said):
            assert any(status in ("scheduled", "sent") for status in before.values())

    @invariant()
    def nobody_gets_what_must_not_go(self) -> None:
        """See the class."""
        self.run(self._check())

    async def _check(self) -> None:
        async with self.database.read() as session:
            found = {one.id: one for one in await session.scalars(select(Broadcast))}
            planned = (await session.execute(select(Delivery.broadcast_id, Delivery.student_id, Delivery.status))).all()
        assert len({(which, student) for which, student, _ in planned}) == len(planned)
        for which, _, status in planned:
            one = found[which]
            assert one.status in ("sent", "recalled"), one.status
            assert which not in self.big or which in self.approved
            if one.status == "recalled":
                assert status not in ("planned", "leased")
        for which in self.stopped:
            assert found[which].status in ("cancelled", "recalled")
        self._look_at_what_arrived({one.id: one.corrects_id for one in found.values()})

    def _look_at_what_arrived(self, corrects: dict[UUID, UUID | None]) -> None:
        had: set[tuple[str, UUID]] = set()
        for place, (chat, reply) in enumerate(self.line.said):
            which = UUID(hex=reply.buttons[0].action.removeprefix("ack:b"))
            assert (chat, which) not in had, "twice"
            assert place < self.recalled.get(which, place + 1), "after it was taken back"
            wrong, is_told = corrects[which], False
            while wrong is not None:
                is_told, wrong = is_told or (chat, wrong) in had, corrects[wrong]
            assert ("更正" in reply.text) == is_told
            had.add((chat, which))


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=20, stateful_step_count=18, deadline=None, suppress_health_check=list(HealthCheck)
)
