"""Delivery rows → channel: claim, render, find the way, pace, begin, send, settle."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from random import Random
from time import monotonic
from uuid import UUID, uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alarms import Alarms
from bot.channel import Channel, SendsMany, parts_of
from bot.pace import Ask, Pace, past_the_hour
from bot.portion import Portion
from bot.quiet import Quiet, may_go
from bot.sending import Carrier, Ready, Result, note_bug, rounds_of
from bot.settling import Settler
from handlers.amendment import render_amendments
from handlers.digest import render_digests
from handlers.messages import Address, Button, Reply
from handlers.morning import render_staff_digests
from handlers.nudge import render_nudges
from handlers.outgoing import Drop, Render, Rendered
from handlers.saying import render_broadcasts
from storage import claims, groups
from storage.claims import PACED
from storage.crypto import SealBroken
from storage.database import NOT_ANSWERING, Database
from storage.deliveries import ANY_TIME, UNREACHABLE, Claimed, Outcome, content_of
from storage.ways import Way, ways_of

RENDERERS: Mapping[str, Render] = {
    "digest": render_digests,
    "nudge": render_nudges,
    "broadcast": render_broadcasts,
    "amendment": render_amendments,
    "staff_digest": render_staff_digests,
}
"""Kinds without a text of their own; every other kind brings its text along, sealed."""

AFTER_A_BUG = timedelta(minutes=5)
AFTER_ANOTHER_WORKER = timedelta(seconds=1)
HEARTBEAT = timedelta(seconds=10)
LANES = 2
"""So many batches at once: one is claimed and rendered while the other is sent."""
REPEATED = "（重发：如果已经收到，请忽略。）"

log = structlog.get_logger()


@dataclass(slots=True)
class Counts:
    """What one run did."""

    sent: int = 0
    failed: int = 0
    retried: int = 0
    unknown: int = 0
    expired: int = 0
    cancelled: int = 0
    put_off: int = 0
    """Held back by a platform's limit or by quiet hours; nothing was tried."""

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Counts how rows ended."""
        for outcome in outcomes:
            again = "put_off" if outcome.reason in (None, PACED) else "retried"
            name = {"planned": again}.get(outcome.status, outcome.status)
            setattr(self, name, getattr(self, name) + 1)

    def __str__(self) -> str:
        return " ".join(f"{f.name}={value}" for f in fields(self) if (value := getattr(self, f.name))) or "nothing"


Clock = Callable[[], datetime]


class Sender:
    """Sends what is due. Many may run on one store: a row has one holder."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        *,
        pace: Pace | None = None,
        quiet: Quiet | None = None,
        renderers: Mapping[str, Render] = RENDERERS,
        batch: int = 500,
        at_once: int = 20,
        try_unknown: bool = True,
        random: Random | None = None,
        elapsed: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        alarms: Alarms | None = None,
    ) -> None:
        self._database = database
        self._channels = channels
        self._pace = pace or Pace(database)
        self.quiet = quiet or Quiet()
        self.alarms = alarms or Alarms()
        self._renderers = renderers
        self._batch = max([batch, *(one.batch for one in channels.values() if isinstance(one, SendsMany))])
        self._try_unknown = try_unknown
        self._random = random or Random()  # noqa: S311 - spreads retries, guards nothing
        self._elapsed = elapsed
        self._carrier = Carrier(self._pace, at_once=at_once, random=self._random, alarms=self.alarms, sleep=sleep)
        self.worker = uuid4().hex
        """By this name it leases rows."""
        self._settler = Settler(database, self._pace, self.alarms, self.worker, sleep)
        self._portion = Portion(2 * at_once, elapsed)
        self.backlog_until: datetime | None = None
        """Until when rows wait for a platform's limit: look again before the next tick."""

    async def run_once(self, now: datetime) -> Counts:
        """Sends everything that may go at `now`; a long run's clock goes on from there."""
        counts, started = Counts(), self._elapsed()

        def clock() -> datetime:
            return now + timedelta(seconds=self._elapsed() - started)

        await self.sweep(now)
        away: Exception | None = None
        async with asyncio.TaskGroup() as group:
            lanes: set[asyncio.Task[None]] = set()
            while True:
                rows: list[Claimed] = []
                if away is None and not self._settler.keeps and not self._settler.stopping:
                    try:
                        rows = await self._claim(clock())
                    except NOT_ANSWERING as error:  # what is on its way still comes to its end
                        away = error
                if rows:
                    lanes.add(group.create_task(self._batch_of(rows, clock, counts)))
                if not lanes:
                    if away is not None:
                        raise away
                    return counts
                if not rows or len(lanes) == LANES:
                    done, lanes = await asyncio.wait(lanes, return_when=asyncio.FIRST_COMPLETED)
                    _raise_first(done)

    async def run_these(self, ids: Sequence[int], now: datetime) -> Counts:
        """Sends those of these rows that may go and that nobody else holds."""
        counts, started = Counts(), self._elapsed()
        async with self._database.begin() as session:
            rows = await claims.claim(session, worker=self.worker, now=now, limit=len(ids), only=ids)
        if rows:
            await self._batch_of(rows, lambda: now + timedelta(seconds=self._elapsed() - started), counts)
        return counts

    def stop(self) -> None:
        """Nothing more is claimed; what is on its way comes to its end."""
        self._settler.stopping = True

    async def sweep(self, now: datetime) -> int:
        """Takes up what dead workers left; gives how many rows it touched."""
        async with self._database.begin() as session:
            return await claims.sweep(session, now, try_unknown=self._try_unknown)

    async def _claim(self, now: datetime) -> list[Claimed]:
        quiet = self.quiet.at(now)
        async with self._database.begin() as session:
            return await claims.claim(session, worker=self.worker, now=now, limit=self._batch, quiet=quiet)

    async def _batch_of(self, rows: Sequence[Claimed], clock: Clock, counts: Counts) -> None:
        result, stuck, ended = Result(), dict[Address, datetime](), set[int]()
        async with self._heartbeat(rows, clock):
            try:
                for same_round in rounds_of(await self._prepare(rows, clock, result)):
                    for portion in self._portion.of(same_round):
                        await self._round(portion, clock, result, stuck)
                        ended |= await self._settle(result, clock, counts)
            except NOT_ANSWERING as error:
                # Only what had not begun is left (`carry` has an outcome for all the rest): it is put back.
                log.warning("store does not answer", kind=type(error).__name__)
                ended |= {outcome.id for outcome in result.outcomes}
                result.outcomes += [Outcome(row.id, "planned", PACED) for row in rows if row.id not in ended]
            finally:  # what was sent is written down even if the run is being stopped
                await self._settle(result, clock, counts)

    async def _settle(self, result: Result, clock: Clock, counts: Counts) -> set[int]:
        """Writes down how rows ended and forgets it; gives their ids."""
        await self._settler.settle(result, clock)
        counts.add(result.outcomes)
        ended = {outcome.id for outcome in result.outcomes}
        result.clear()
        return ended

    async def _round(
        self, ready: Sequence[Ready], clock: Clock, result: Result, stuck: dict[Address, datetime]
    ) -> None:
        """One message each; whose earlier message has to be tried again (`stuck`), his later ones wait behind it."""
        result.outcomes += [Outcome(one.row.id, "planned", PACED, stuck[one.to]) for one in ready if one.to in stuck]
        free = await self._begin([one for one in ready if one.to not in stuck], clock, result)
        before = len(result.outcomes)
        await self._carrier.carry(free, clock, result)
        whose = {one.row.id: one.to for one in free}
        for outcome in result.outcomes[before:]:
            if outcome.status in ("planned", "unknown"):
                stuck[whose[outcome.id]] = outcome.not_before or clock()

    async def _prepare(self, rows: Sequence[Claimed], clock: Clock, result: Result) -> list[Ready]:
        """What may go now, with text, address and slot; how the others end goes to `result`."""
        now = clock()
        alive = [row for row in rows if row.expires_at is None or row.expires_at > now]
        late = {row.id for row in rows} - {row.id for row in alive}
        result.outcomes += [Outcome(row_id, "expired", "too late") for row_id in late]
        async with self._database.read() as session:
            rendered = await self._render(session, alive, now)
            ways = await ways_of(session, {person for row in alive if (person := row.student_id or row.staff_id)})
            ways |= await groups.ways_of(session, {row.group_id for row in alive if row.group_id})
        quiet = self.quiet.at(now)
        found = [self._addressed(row, rendered[row.id], ways, now, quiet=quiet) for row in alive]
        result.outcomes += [one for one in found if isinstance(one, Outcome)]
        return await self._paced([one for one in found if isinstance(one, Ready)], clock(), result)

    async def _render(
        self, session: AsyncSession, rows: Sequence[Claimed], now: datetime
    ) -> dict[int, Reply | Outcome]:
        kinds: defaultdict[str, list[Claimed]] = defaultdict(list)
        for row in rows:
            kinds[row.kind if row.sealed is None else ""].append(row)
        found: dict[int, Reply | Outcome] = {}
        for kind, same in kinds.items():
            try:
                rendered = await self._renderers.get(kind, _sealed_texts)(session, same, now)
            except Exception:
                error = note_bug("rendering failed", kind=kind or "text")
                found |= {row.id: Outcome(row.id, "planned", error, now + AFTER_A_BUG) for row in same}
                continue
            found |= {row.id: _said(row, rendered) for row in same}
        return found

    def _addressed(
        self, row: Claimed, reply: Reply | Outcome, ways: Mapping[UUID, Sequence[Way]], now: datetime, *, quiet: bool
    ) -> Ready | Outcome:
        if isinstance(reply, Outcome):
            return reply
        bound = ways.get(row.recipient, ()) if row.recipient else ()
        usable = [way for way in bound if way.place.channel in self._channels]
        if not usable:
            return Outcome(row.id, "failed", "unreachable: channel is off" if bound else UNREACHABLE)
        way = usable[0]
        channel = self._channels[way.place.channel]
        later = self._later(row, channel, now, quiet=quiet)
        if later is not None:
            return Outcome(row.id, "planned", not_before=later)
        is_last = all(other.blocked for other in usable[1:])
        return Ready(row, reply, channel, Address(*way.place), is_last, way.blocked is not None)

    def _later(self, row: Claimed, channel: Channel, now: datetime, *, quiet: bool) -> datetime | None:
        """When it should go instead of now: not in quiet hours, and to many not when everybody sends."""
        if not may_go(row, channel, quiet=quiet):
            return self.quiet.until(now)
        is_bulk = row.sealed is None and not row.urgent
        return past_the_hour(channel.name, now, self._random) if is_bulk else None

    async def _paced(self, ready: Sequence[Ready], now: datetime, result: Result) -> list[Ready]:
        """Those that got a slot; the others are put back until they may ask again."""
        said = {(one.channel, one.reply) for one in ready}
        parts = {(channel, reply): parts_of(channel, reply) for channel, reply in said}
        slots = await self._pace.take([_ask(one, parts[one.channel, one.reply]) for one in ready], now)
        for one, slot in zip(ready, slots, strict=True):
            if not slot.granted:
                self.backlog_until = max(slot.at, self.backlog_until or slot.at)
                result.outcomes.append(Outcome(one.row.id, "planned", PACED, slot.at))
        return [one.at(slot.at) for one, slot in zip(ready, slots, strict=True) if slot.granted]

    async def _begin(self, ready: Sequence[Ready], clock: Clock, result: Result) -> list[Ready]:
        """Those this worker still holds: from here on an outcome may stay unknown."""
        if not ready:
            return []
        ids, now = [one.row.id for one in ready], clock()
        async with self._database.begin() as session:
            held = await claims.begin(session, ids, worker=self.worker, now=now)
        result.outcomes += [
            Outcome(row_id, "planned", PACED, now + AFTER_ANOTHER_WORKER) for row_id in ids if row_id not in held
        ]
        return [one for one in ready if one.row.id in held]

    @asynccontextmanager
    async def _heartbeat(self, rows: Sequence[Claimed], clock: Clock) -> AsyncIterator[None]:
        async def beat() -> None:
            while True:
                await asyncio.sleep(HEARTBEAT.total_seconds())
                with suppress(*NOT_ANSWERING):  # the next beat may get through before the lease ends
                    async with self._database.begin() as session:
                        await claims.renew(session, [row.id for row in rows], worker=self.worker, now=clock())

        beating = asyncio.create_task(beat())
        try:
            yield
        finally:
            beating.cancel()


def _raise_first(done: set[asyncio.Task[None]]) -> None:
    for task in done:
        task.result()


def _ask(one: Ready, parts: int) -> Ask:
    urgent = one.row.urgent or one.row.kind in ANY_TIME
    is_group, waited = one.row.group_id is not None, one.row.reason == PACED
    return Ask(one.to.channel, one.to.chat, urgent, is_group, waited, parts)


def _said(row: Claimed, rendered: Rendered) -> Reply | Outcome:
    reply = rendered.get(row.id, Drop("cancelled", "nobody to say it to"))
    if isinstance(reply, Drop):
        return Outcome(row.id, reply.status, reply.reason)
    return replace(reply, text=f"{reply.text}\n{REPEATED}") if row.in_doubt else reply


async def _sealed_texts(session: AsyncSession, rows: Sequence[Claimed], now: datetime) -> Rendered:
    return {row.id: _sealed_text(session, row) for row in rows}


def _sealed_text(session: AsyncSession, row: Claimed) -> Reply | Drop:
    try:
        content = content_of(session, row)
    except SealBroken:
        return Drop("failed", "the text does not open")
    if content is None:
        return Drop("cancelled", f"nothing renders the kind {row.kind!r}")
    return Reply(content.text, tuple(Button(label, action) for label, action in content.buttons))
