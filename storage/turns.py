"""Turns: who may use a channel's rhythm next, so that the platform never counts too many, whatever is late on the way.

A limit of 30 a second is 30 tokens in the store. Each message takes one along, and brings it back with the time at
which the platform had answered: one period later it is free again. So between two messages with the same token there
is a whole period as the platform sees it, and in no period there can be more than 30; and a machine that stalls loses
the time it stalled, but not the turns it missed. Tokens are taken a little ahead and several at a time; what a process
that died had in hand counts as used when its lease ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf

from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Allowance
from storage.pacing import Limit, locked, paused

LEASE = timedelta(seconds=25)
"""Within this time a message is answered, or its token is given up."""
AHEAD = 0.3
"""Part of a period that tokens are taken ahead of their time; what is urgent waits about so long behind bulk."""
MOST = 200
"""Tokens of one limit: one of more messages is kept as a stricter one on a part of its period."""
MARGIN = 0.005
"""Part of a period by which it is stretched: clocks are read at slightly different times."""
CROWDED = 0.7
"""Turns are at least this part of the even distance apart: after a silence there is no burst."""
LOOK_AGAIN = timedelta(milliseconds=50)


@dataclass(frozen=True, slots=True)
class Turn:
    """Leave to send one message at `at` or later. `tokens`: one of each limit."""

    tokens: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Used:
    """A turn that is given back: the platform had answered at `at`, or (None) nothing was sent."""

    turn: Turn
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Given:
    """What was taken. Fewer than wanted: ask again at `again`. `halted`: the platform said not before then."""

    turns: tuple[Turn, ...] = ()
    again: datetime | None = None
    halted: datetime | None = None


@dataclass(slots=True)
class Ring:
    """The tokens of one limit: when each is free, or until when it is lent (seconds since 1970) and to whom."""

    period: float
    tokens: list[tuple[float, str]] = field(default_factory=list)
    last: float = 0.0
    """The latest turn that was lent."""

    @classmethod
    def of(cls, limit: Limit, kept: Sequence[Sequence[object]] | None, now: datetime) -> Ring:
        """As it is kept in the store; a new one runs evenly."""
        count = min(limit.count, MOST)
        period = limit.period.total_seconds() * count / limit.count * (1 + MARGIN)
        if kept is None or len(kept) != count + 1:
            return cls(period, [(now.timestamp() + number * period / count, "") for number in range(count)])
        *tokens, last = [(float(str(at)), str(holder)) for at, holder in kept]
        return cls(period, tokens, last[0])

    @property
    def kept(self) -> list[tuple[float, str]]:
        """As it is kept in the store."""
        return [*self.tokens, (self.last, "")]

    @property
    def distance(self) -> float:
        """From turn to turn, at least."""
        return self.period / len(self.tokens) * CROWDED

    def give_back(self, index: int, holder: str, at: float | None, was_free: float) -> None:
        """It was used at `at`; None: not at all, it is free as it was. A token somebody else has by now is his."""
        if index < len(self.tokens) and self.tokens[index][1] == holder:
            self.tokens[index] = (was_free if at is None else at + self.period, "")

    def free(self, now: float) -> list[tuple[float, int]]:
        """(when, index) of those that nobody has, the first one first; what was lent for too long counts as used."""
        self.tokens = [
            (until + self.period, "") if holder and until <= now else (until, holder) for until, holder in self.tokens
        ]
        return sorted((at, index) for index, (at, holder) in enumerate(self.tokens) if not holder)

    def lend(self, index: int, holder: str, at: float) -> None:
        """Somebody takes it along for a turn at that time."""
        self.tokens[index], self.last = (at + LEASE.total_seconds(), holder), max(at, self.last)


async def take(
    session: AsyncSession,
    channel: str,
    limits: Sequence[Limit],
    *,
    holder: str,
    want: int,
    back: Sequence[Used] = (),
    now: datetime,
) -> Given:
    """Gives turns back and takes up to `want` new ones. The row stays locked until the transaction ends."""
    row = (await locked(session, {(channel, "")}, now))[(channel, "")]
    rings = [Ring.of(limit, row.marks.get(_name(limit)), now) for limit in limits]
    for used in back:
        at = None if used.at is None else used.at.timestamp()
        for ring, index in zip(rings, used.turn.tokens, strict=False):
            ring.give_back(index, holder, at, used.turn.at.timestamp())
    halted = (await paused(session, [channel], now)).get(channel)
    given = Given(halted=halted) if halted is not None else lent(rings, holder, want, now)
    row.marks |= {_name(limit): ring.kept for limit, ring in zip(limits, rings, strict=True)}
    where = (Allowance.channel == channel) & (Allowance.chat == "")
    await session.execute(Allowance.__table__.update().where(where).values(marks=row.marks))  # type: ignore[attr-defined]
    return given


def lent(rings: Sequence[Ring], holder: str, want: int, now: datetime) -> Given:
    """Up to `want` turns that come soon, each with one token of every ring."""
    moment = now.timestamp()
    soon = moment + AHEAD * min(ring.period for ring in rings)
    free = [ring.free(moment) for ring in rings]
    turns: list[Turn] = []
    for number in range(min(want, *map(len, free)) if want else 0):
        at = max(moment, *(one[number][0] for one in free), *(ring.last + ring.distance for ring in rings))
        if at > soon:
            break
        turns.append(Turn(tuple(one[number][1] for one in free), datetime.fromtimestamp(at, UTC)))
        for ring, one in zip(rings, free, strict=True):
            ring.lend(one[number][1], holder, at)
    if len(turns) == want:
        return Given(tuple(turns))
    comes = max((one[len(turns)][0] if len(one) > len(turns) else inf for one in free), default=inf)
    wait = LOOK_AGAIN.total_seconds() if comes == inf else max(comes - soon, 0)
    return Given(tuple(turns), now + max(timedelta(seconds=wait), LOOK_AGAIN / 10))


def _name(limit: Limit) -> str:
    return f"turns {limit.count} {limit.period.total_seconds():g}"
