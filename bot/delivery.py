"""Delivery rows → channel: claim, render, pace, begin, send, settle.

Quiet hours: between 22:00 and 08:00 nothing wakes anybody. What can wait (digest, nudge, broadcast) waits everywhere.
What is urgent (a review's result) goes at once where it makes no noise, on our own pages, and waits for the morning
on a phone. At any time go a broadcast that a counselor marked urgent in so many words, and the kinds in `ANY_TIME`:
late answers to one's own message and warnings about one's own account.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from random import Random
from time import monotonic
from uuid import UUID, uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channel import Channel, SendError
from bot.pace import Limiter
from handlers.amendment import render_amendments
from handlers.broadcast import render_broadcasts
from handlers.digest import render_digests
from handlers.messages import Address, Button, Reply
from handlers.nudge import render_nudges
from handlers.outgoing import Drop, Render, Rendered
from storage import people
from storage.clock import SCHOOL, school_day, start_of
from storage.crypto import SealBroken
from storage.database import Database
from storage.deliveries import ANY_TIME, UNREACHABLE, Claimed, Outcome, begin, claim, content_of, settle, sweep

RENDERERS: Mapping[str, Render] = {
    "digest": render_digests,
    "nudge": render_nudges,
    "broadcast": render_broadcasts,
    "amendment": render_amendments,
}
"""Kinds without a text of their own; every other kind brings its text along, sealed."""

PREFERENCE = ("wecom", "wechat", "telegram", "web", "terminal")
"""Where a person with several addresses is written to: where the phone is, first."""

MAX_ATTEMPTS = 6
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
AFTER_A_BUG = timedelta(minutes=5)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours of the school's day in which nobody is woken; the span may go over midnight."""

    start: time = time(22)
    end: time = time(8)

    def at(self, now: datetime) -> bool:
        """Whether it is quiet at this instant."""
        clock = now.astimezone(SCHOOL).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def until(self, now: datetime) -> datetime:
        """The end of the quiet hours that `now` lies in."""
        day = school_day(now)
        return start_of(day + timedelta(days=int(now >= start_of(day, self.end))), self.end)


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
            name = {"planned": "retried" if outcome.reason else "put_off"}.get(outcome.status, outcome.status)
            setattr(self, name, getattr(self, name) + 1)

    def __str__(self) -> str:
        return " ".join(f"{f.name}={value}" for f in fields(self) if (value := getattr(self, f.name))) or "nothing"


@dataclass(frozen=True, slots=True)
class _Ready:
    row: Claimed
    reply: Reply
    channel: Channel
    to: Address


class Sender:
    """Sends what is due. Many may run on one store: a row has one holder."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        *,
        limiter: Limiter | None = None,
        quiet: Quiet | None = None,
        renderers: Mapping[str, Render] = RENDERERS,
        batch: int = 200,
        at_once: int = 20,
        random: Random | None = None,
        elapsed: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._channels = channels
        self._limiter = limiter or Limiter()
        self._quiet = quiet or Quiet()
        self._renderers = renderers
        self._batch = batch
        self._at_once = at_once
        self._random = random or Random()  # noqa: S311 - spreads retries, guards nothing
        self._elapsed = elapsed
        self._worker = uuid4().hex
        self.backlog_until: datetime | None = None
        """Until when rows wait for a platform's limit: look again before the next tick."""

    async def run_once(self, now: datetime) -> Counts:
        """Sends everything that may go at `now`; a long run's clock goes on from there."""
        counts, started = Counts(), self._elapsed()
        async with self._database.begin() as session:
            await sweep(session, now)
        while rows := await self._claim(later := now + timedelta(seconds=self._elapsed() - started)):
            await self._batch_of(rows, later, counts)
        return counts

    async def _claim(self, now: datetime) -> list[Claimed]:
        async with self._database.begin() as session:
            return await claim(session, worker=self._worker, now=now, limit=self._batch, quiet=self._quiet.at(now))

    async def _batch_of(self, rows: Sequence[Claimed], now: datetime, counts: Counts) -> None:
        outcomes: list[Outcome] = []
        try:
            ready = await self._prepare(rows, now, outcomes)
            await self._send_all(await self._begin(ready, now), now, outcomes)
        finally:  # what was sent is written down even if the run is being stopped
            async with self._database.begin() as session:
                await settle(session, outcomes, worker=self._worker, now=now)
            counts.add(outcomes)

    async def _prepare(self, rows: Sequence[Claimed], now: datetime, outcomes: list[Outcome]) -> list[_Ready]:
        """What may go now, with text and address; how the others end goes to `outcomes`."""
        alive = [row for row in rows if row.expires_at is None or row.expires_at > now]
        late = {row.id for row in rows} - {row.id for row in alive}
        outcomes += [Outcome(row_id, "expired", "too late") for row_id in late]
        async with self._database.read() as session:
            rendered = await self._render(session, alive, now)
            places = await _places(session, alive)
        ready = []
        for row in alive:
            found = self._addressed(row, rendered[row.id], places, now)
            if isinstance(found, Outcome):
                outcomes.append(found)
            else:
                ready.append(found)
        return ready

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
                error = _note_bug("rendering failed", kind=kind or "text")
                found |= {row.id: Outcome(row.id, "planned", error, now + AFTER_A_BUG) for row in same}
                continue
            found |= {row.id: _said(row, rendered) for row in same}
        return found

    def _addressed(
        self, row: Claimed, reply: Reply | Outcome, places: Mapping[UUID, Sequence[people.Place]], now: datetime
    ) -> _Ready | Outcome:
        if isinstance(reply, Outcome):
            return reply
        person = row.student_id or row.staff_id
        bound = places.get(person, ()) if person else ()
        usable = [place for place in bound if place.channel in self._channels]
        if not usable:
            return Outcome(row.id, "failed", "unreachable: channel is off" if bound else UNREACHABLE)
        place = min(usable, key=_preference)
        channel = self._channels[place.channel]
        if not _may_go(row, channel, quiet=self._quiet.at(now)):
            return Outcome(row.id, "planned", not_before=self._quiet.until(now))
        wait = self._limiter.take(place.channel, place.chat, now)
        if wait is not None:
            self.backlog_until = max(wait, self.backlog_until or wait)
            return Outcome(row.id, "planned", not_before=wait)
        return _Ready(row, reply, channel, Address(*place))

    async def _begin(self, ready: Sequence[_Ready], now: datetime) -> list[_Ready]:
        """Those this worker still holds: from here on an outcome may stay unknown."""
        if not ready:
            return []
        async with self._database.begin() as session:
            held = await begin(session, [one.row.id for one in ready], worker=self._worker, now=now)
        return [one for one in ready if one.row.id in held]

    async def _send_all(self, ready: Sequence[_Ready], now: datetime, outcomes: list[Outcome]) -> None:
        waiting = iter(ready)

        async def work() -> None:
            for one in waiting:
                outcome = await self._send(one, now)
                outcomes.append(outcome)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._at_once, len(ready))):
                group.create_task(work())

    async def _send(self, one: _Ready, now: datetime) -> Outcome:
        name = one.channel.name
        try:
            sent = await one.channel.send(one.to, one.reply)
        except SendError as error:
            return self._troubled(one, error, now)
        except Exception:
            return Outcome(one.row.id, "unknown", _note_bug("sending failed", channel=name), channel=name)
        return Outcome(one.row.id, "sent", channel=name, platform_id=sent.platform_id)

    def _troubled(self, one: _Ready, error: SendError, now: datetime) -> Outcome:
        row, name = one.row, one.channel.name
        attempts = row.attempts + 1
        if error.unknown:
            return Outcome(row.id, "unknown", error.reason, channel=name)
        if error.permanent or attempts >= MAX_ATTEMPTS:
            return Outcome(row.id, "failed", error.reason, channel=name)
        if error.after is not None:
            self._limiter.halt(name, now + error.after)
        return Outcome(row.id, "planned", error.reason, now + self._wait(attempts, error.after), channel=name)

    def _wait(self, attempts: int, after: timedelta | None) -> timedelta:
        """Doubling, spread by a fifth so that many do not come back at once; the platform's word goes first."""
        doubled = min(FIRST_RETRY * (1 << (attempts - 1)), LONGEST_RETRY)
        return max(after or timedelta(), doubled) * (1 + self._random.random() / 5)


def _said(row: Claimed, rendered: Rendered) -> Reply | Outcome:
    reply = rendered.get(row.id, Drop("cancelled", "nobody to say it to"))
    return Outcome(row.id, reply.status, reply.reason) if isinstance(reply, Drop) else reply


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


async def _places(session: AsyncSession, rows: Sequence[Claimed]) -> dict[UUID, list[people.Place]]:
    students = await people.addresses_of(session, {row.student_id for row in rows if row.student_id})
    staff = await people.addresses_of_staff(session, {row.staff_id for row in rows if row.staff_id})
    return students | staff


def _preference(place: people.Place) -> int:
    """The latest binding wins within a channel: `min` keeps the first."""
    return PREFERENCE.index(place.channel) if place.channel in PREFERENCE else len(PREFERENCE)


def _may_go(row: Claimed, channel: Channel, *, quiet: bool) -> bool:
    """See the head of this file. A channel that keeps the log itself is a page of ours: nothing rings."""
    if not quiet or row.kind in ANY_TIME:
        return True
    return row.urgent and (row.kind == "broadcast" or channel.can.keeps_log)


def _note_bug(event: str, **where: str) -> str:
    """Logs the exception at hand under an id; the row gets the id only, an exception may hold a person's words."""
    error_id = uuid4().hex[:8].upper()
    log.exception(event, error_id=error_id, **where)
    return f"bug {error_id}"
