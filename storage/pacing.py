"""What was used up of the platforms' limits, shared by every process on a store; time is passed in.

A limit on a whole channel is a rhythm: here messages line up for it (so many are let in as go out in the next seconds,
the others come back when it is their turn), and `storage.turns` gives the leave for the very moment. A limit on a chat
slides: never more than `count` in any span of `period`, however often the process was started in between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Allowance, Pause
from storage.upsert import insert_into

HORIZON = timedelta(seconds=2)
"""How far ahead messages are let in. One call gets half of it, so that a worker can fetch more while it sends."""
_RHYTHM_UP_TO = timedelta(minutes=1)
"""A channel's limit on a longer period is counted in a window instead."""
_EXACT = 60
"""Windows of more messages than this are counted by sixtieths of their period."""
_FORGET_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages per `period`. `source`: who says so.

    `scope`: for the whole 'channel', for each 'chat', for each 'person' (a chat that is no group) or each 'group'.
    """

    scope: str
    count: int
    period: timedelta
    source: str

    @property
    def is_rhythm(self) -> bool:
        """Whether it is kept by even slots."""
        return self.scope == "channel" and self.period <= _RHYTHM_UP_TO

    @property
    def interval(self) -> timedelta:
        """From slot to slot."""
        return self.period / self.count


@dataclass(frozen=True, slots=True)
class Ask:
    """One message that would like to go."""

    channel: str
    chat: str
    urgent: bool = False
    is_group: bool = False
    waited: bool = False
    """It was sent away before and has come back: it does not queue up behind everybody again."""
    parts: int = 1
    """As how many messages the platform counts it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """It may go at `at`, which is counted (on a channel with a rhythm: about then); or, not `granted`, it should ask
    again then."""

    granted: bool
    at: datetime


async def take(
    session: AsyncSession,
    limits: Mapping[str, Sequence[Limit]],
    asks: Sequence[Ask],
    now: datetime,
    *,
    horizon: timedelta = HORIZON,
) -> list[Slot]:
    """A slot for each of the messages, in their order. The rows stay locked until the transaction ends."""
    halted = await paused(session, {ask.channel for ask in asks}, now)
    limited = [ask for ask in asks if limits.get(ask.channel) and ask.channel not in halted]
    book = _Book(limits, await locked(session, {(ask.channel, "") for ask in limited}, now), now, horizon)
    await book.open(session, limited)
    slots = [Slot(False, halted[ask.channel]) if ask.channel in halted else book.slot(ask) for ask in asks]
    await book.write(session)
    return slots


async def pause(session: AsyncSession, channel: str, until: datetime, reason: str, now: datetime) -> None:
    """The platform said: not before `until`. A longer pause that was noted before stays."""
    insert = insert_into(session, Pause).values(channel=channel, until=until, reason=reason, noted_at=now)
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=["channel"],
            set_={"until": insert.excluded.until, "reason": reason, "noted_at": now},
            where=Pause.until < insert.excluded.until,
        )
    )


async def paused(session: AsyncSession, channels: Collection[str], now: datetime) -> dict[str, datetime]:
    """Until when which of these channels may not be used."""
    rows = await session.execute(select(Pause.channel, Pause.until).where(Pause.channel.in_(channels)))
    return {row.channel: row.until for row in rows if row.until > now}


async def pauses(session: AsyncSession, now: datetime) -> list[Pause]:
    """The pauses that hold now."""
    return list(await session.scalars(select(Pause).where(Pause.until > now).order_by(Pause.channel)))


async def forget(session: AsyncSession, now: datetime) -> None:
    """Drops what has no effect any more: silent chats and pauses that are over."""
    await session.execute(delete(Allowance).where(Allowance.next_at < now - _FORGET_AFTER))
    await session.execute(delete(Pause).where(Pause.until < now - _FORGET_AFTER))


@dataclass(slots=True)
class _Used:
    """One row while it is being reckoned with."""

    next_at: datetime
    tail_at: datetime
    marks: dict[str, Any]
    waiting: dict[int, list[list[float]]] = field(default_factory=dict)
    """Times that those sent away in this call were told to come back at."""
    changed: bool = False


class _Book:
    """Reckons slots for one call; what it changed is written at once at the end."""

    def __init__(
        self,
        limits: Mapping[str, Sequence[Limit]],
        used: dict[tuple[str, str], _Used],
        now: datetime,
        horizon: timedelta,
    ) -> None:
        self._limits = limits
        self._used = used
        self._now = now
        self._horizon = horizon
        self._given: Counter[str] = Counter()

    async def open(self, session: AsyncSession, asks: Sequence[Ask]) -> None:
        """Loads the chats of those that may get a slot: of a thousand that wait for the channel, only the first."""
        left: dict[str, float] = {}
        keys = set()
        for ask in asks:
            left[ask.channel] = left.get(ask.channel, self._room(ask)) - 1
            if ask.urgent or left[ask.channel] >= 0:
                keys.add((ask.channel, ask.chat))
        self._used |= await locked(session, keys, self._now)

    def slot(self, ask: Ask) -> Slot:
        """When this message may go."""
        limits = self._of(ask)
        if limits and (ask.channel, ask.chat) not in self._used:
            return self._later(ask, max(self._used[(ask.channel, "")].next_at, self._now + self._horizon / 2))
        windows = [(number, limit) for number, limit in limits if not limit.is_rhythm]
        free = max((self._free_at(ask, number, limit) for number, limit in windows), default=self._now)
        if free > self._now:
            self._note_waiting(ask, windows, free)
            return Slot(False, free)
        slot = self._rhythm(ask, [limit for _, limit in limits if limit.is_rhythm])
        if slot.granted:
            self._note(ask, windows, slot.at)
        return slot

    def _behind(self, ask: Ask, after: datetime) -> datetime:
        """A time from `after` on that nobody else was told to come back at."""
        rhythms = [limit.interval for _, limit in self._of(ask) if limit.is_rhythm]
        row, interval = self._used[(ask.channel, "")], max(rhythms, default=timedelta())
        row.tail_at, row.changed = max(row.tail_at, after) + interval, True
        return row.tail_at

    async def write(self, session: AsyncSession) -> None:
        """Writes down what changed."""
        changed = [
            {"channel": channel, "chat": chat, "next_at": row.next_at, "tail_at": row.tail_at, "marks": row.marks}
            for (channel, chat), row in self._used.items()
            if row.changed
        ]
        if changed:
            await session.execute(update(Allowance), changed)

    def _of(self, ask: Ask) -> list[tuple[int, Limit]]:
        return [
            (number, limit)
            for number, limit in enumerate(self._limits.get(ask.channel, ()))
            if limit.scope in ("channel", "chat", "group" if ask.is_group else "person")
        ]

    def _row(self, ask: Ask, limit: Limit) -> _Used:
        return self._used[(ask.channel, "" if limit.scope == "channel" else ask.chat)]

    def _free_at(self, ask: Ask, number: int, limit: Limit) -> datetime:
        """When the window has room for all parts: one period after the message that is so many back."""
        row, left = self._row(ask, limit), max(limit.count - ask.parts + 1, 1)
        for at, count in sorted([*row.marks.get(str(number), ()), *row.waiting.get(number, ())], reverse=True):
            left -= int(count)
            if left <= 0:
                return max(self._now, datetime.fromtimestamp(at, UTC) + limit.period)
        return self._now

    def _rhythm(self, ask: Ask, limits: Sequence[Limit]) -> Slot:
        if not limits:
            return Slot(True, self._now)
        row, interval = self._used[(ask.channel, "")], max(limit.interval for limit in limits)
        # What was not let in for a while is made up for: the exact moment is not decided here.
        at = max(row.next_at, self._now - min(limit.period for limit in limits))
        share = max(self._horizon / 2 / interval, 1)
        if ask.urgent or (at <= self._now + self._horizon and self._given[ask.channel] < share):
            self._given[ask.channel] += 1
            row.next_at, row.changed = at + interval, True
            return Slot(True, max(at, self._now))
        return self._later(ask, at)

    def _later(self, ask: Ask, at: datetime) -> Slot:
        """Comes back a little before its turn."""
        if not ask.waited:
            at = self._behind(ask, at)
        return Slot(False, max(at - self._horizon / 2, self._now))

    def _room(self, ask: Ask) -> float:
        """How many slots the channel has within the horizon."""
        rhythms = [limit for limit in self._limits[ask.channel] if limit.is_rhythm]
        if not rhythms:
            return inf
        ahead = self._now + self._horizon - max(self._used[(ask.channel, "")].next_at, self._now)
        return max(ahead / max(limit.interval for limit in rhythms), 0) + 1

    def _note(self, ask: Ask, windows: Sequence[tuple[int, Limit]], at: datetime) -> None:
        for number, limit in windows:
            row = self._row(ask, limit)
            row.marks[str(number)] = _marked(row.marks.get(str(number), []), limit, at, ask.parts)
            row.next_at, row.changed = max(row.next_at, at), True

    def _note_waiting(self, ask: Ask, windows: Sequence[tuple[int, Limit]], at: datetime) -> None:
        for number, limit in windows:
            self._row(ask, limit).waiting.setdefault(number, []).append([at.timestamp(), ask.parts])


def _marked(marks: list[list[float]], limit: Limit, at: datetime, parts: int) -> list[list[float]]:
    """The marks with one more; a mark of many stands at the end of its sixtieth, so nothing is forgotten early."""
    kept = [mark for mark in marks if mark[0] > (at - limit.period).timestamp()]
    moment = at.timestamp()
    if limit.count <= _EXACT:
        return [*kept, [moment, parts]]
    step = limit.period.total_seconds() / 60
    moment = (moment // step + 1) * step
    if kept and kept[-1][0] == moment:
        kept[-1][1] += parts
        return kept
    return [*kept, [moment, parts]]


async def locked(
    session: AsyncSession, wanted: Collection[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], _Used]:
    """The rows, made where they are missing, always locked in the same order."""
    if not wanted:
        return {}
    keys = sorted(wanted)
    missing: list[dict[str, Any]] = [
        {"channel": channel, "chat": chat, "next_at": now, "tail_at": now, "marks": {}} for channel, chat in keys
    ]
    found = await _select(session, keys)
    if len(found) < len(keys):
        insert = insert_into(session, Allowance).values([m for m in missing if (m["channel"], m["chat"]) not in found])
        await session.execute(insert.on_conflict_do_nothing(index_elements=["channel", "chat"]))
        found = await _select(session, keys)
    return found


async def _select(session: AsyncSession, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], _Used]:
    columns = (Allowance.channel, Allowance.chat, Allowance.next_at, Allowance.tail_at, Allowance.marks)
    rows = await session.execute(
        select(*columns)
        .where(tuple_(Allowance.channel, Allowance.chat).in_(keys))
        .order_by(Allowance.channel, Allowance.chat)
        .with_for_update()
    )
    return {(row.channel, row.chat): _Used(row.next_at, row.tail_at, dict(row.marks)) for row in rows}
