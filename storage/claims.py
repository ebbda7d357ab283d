"""Claims: a worker takes due deliveries with a lease, notes that it begins, and writes down how each one ended.

It sends outside any transaction. While it works it renews its lease; if it dies, what it had not begun is planned
again, and what it had begun is unknown: marked so, and tried again by `UNKNOWN_TRIES`. All of that happens within a
minute (`LEASE`, the sweep, `UNKNOWN_WAIT`). One person's messages keep their order: while one of them is being sent or
waits to be tried again, the later ones wait.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    Update,
    bindparam,
    case,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from storage.claim_statements import STILL_HIS, arriving, beginning, ids_of, taking, taking_these
from storage.deliveries import Claimed, Outcome
from storage.models import Attempt, Delivery
from storage.models.base import Instant

LEASE = timedelta(seconds=30)
"""Renewed while the worker lives."""
UNKNOWN_WAIT = timedelta(seconds=15)
UNKNOWN_TRIES = 3
"""So often the platform may leave an outcome unknown before it is left at that: better twice than never."""
STOPPED_TRIES = 10
"""So often its worker may die while it is being sent: mostly no fault of the message's, so it takes longer."""

UNKNOWN_BLOCKS = timedelta(minutes=2)
"""So long later messages to the same person wait for one whose outcome is unknown."""

PACED = "paced"
"""Why a row was put back untried: a platform's limit, or its pause."""
STOPPED = "the sender stopped while sending"

_IN_TIME, _HURRIED = itemgetter(-1, 0), attrgetter("urgent")
_PLANNED, _LEASED = literal_column("'planned'", String), literal_column("'leased'", String)
"""Written out, or the databases would not see that their partial indexes fit."""


async def claim(
    session: AsyncSession,
    *,
    worker: str,
    now: datetime,
    limit: int,
    quiet: bool = False,
    only: Collection[int] | None = None,
) -> list[Claimed]:
    """Takes up to `limit` due rows for this worker, urgent ones first; in quiet hours only those that might go.

    Compare-and-set in one statement; on PostgreSQL rows another worker is taking are skipped, not waited for. Who has
    an older message that is being sent, or waits to be tried again, waits with the later ones.
    `only`: of these rows.
    """
    dialect = session.get_bind().dialect.name
    values: dict[str, Any] = {"worker": worker, "now": now, "until": now + LEASE, "doubtful": now - UNKNOWN_BLOCKS}
    if only is None:
        rows = (await session.execute(taking(dialect, limit, quiet=quiet), values)).all()
    else:
        rows = (
            await session.execute(taking_these(dialect), values | {"ids": ids_of(dialect, list(only)[:limit])})
        ).all()
    taken = [Claimed._make(row[:-1]) for row in sorted(rows, key=_IN_TIME)]
    return sorted(taken, key=_HURRIED, reverse=True)


async def begin(session: AsyncSession, ids: Collection[int], *, worker: str, now: datetime) -> set[int]:
    """Notes that sending begins; gives the ids this worker may send: its lease holds, and nobody holds an older
    message to the same person (two workers may have claimed for one person at the same instant)."""
    dialect = session.get_bind().dialect.name
    values = {"ids": ids_of(dialect, ids), "worker": worker, "now": now}
    rows = await session.execute(beginning(dialect), values)
    return set(rows.scalars())


async def renew(session: AsyncSession, ids: Collection[int], *, worker: str, now: datetime) -> None:
    """The heartbeat: this worker lives and still works on these rows."""
    await session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.status == _LEASED, Delivery.leased_by == worker)
        .values(leased_until=now + LEASE)
        .execution_options(synchronize_session=False)
    )


async def settle(session: AsyncSession, outcomes: Collection[Outcome], *, worker: str, now: datetime) -> None:
    """Writes down how claimed rows ended; what another worker has taken over meanwhile is left to it."""
    if not outcomes:
        return
    connection = await session.connection()
    arrived = [outcome for outcome in outcomes if outcome.status == "sent"]
    if arrived:
        rows = json.dumps([(o.id, o.channel, o.platform_id) for o in arrived])
        await connection.execute(arriving(connection.dialect.name), {"rows": rows, "worker": worker, "now": now})
    others = [outcome for outcome in outcomes if outcome.status != "sent"]
    if others:
        await connection.execute(_ENDING, [_ended(outcome, now) | {"worker": worker} for outcome in others])
        await _log(session, others, now)


async def sweep(session: AsyncSession, now: datetime, *, try_unknown: bool = True) -> int:
    """Takes back what dead workers held: planned again where sending had not begun, otherwise unknown.

    Then plans again what has been unknown for `UNKNOWN_WAIT`, unless a person is to decide (`try_unknown`). Gives how
    many rows it touched.
    """
    begun = Delivery.begun_at.is_not(None)
    dropped = await session.execute(
        update(Delivery)
        .where(Delivery.status == _LEASED, Delivery.leased_until <= now)
        .values(
            status=case((begun, "unknown"), else_="planned"),
            trouble_at=case((begun, _instant(now)), else_=Delivery.trouble_at),
            reason=case((begun, STOPPED), else_=Delivery.reason),
            in_doubt=or_(Delivery.in_doubt, begun),
            # Kept where sending had begun: if that worker lives after all, it may still say how it ended.
            leased_by=case((begun, Delivery.leased_by), else_=None),
            leased_until=None,
        )
        .returning(Delivery.id, Delivery.status)
        .execution_options(synchronize_session=False)
    )
    rows = dropped.all()
    await _log(session, [Outcome(row.id, "unknown", STOPPED) for row in rows if row.status == "unknown"], now)
    return len(rows) + (await _try_unknown(session, now) if try_unknown else 0)


async def due_ids(session: AsyncSession, now: datetime, limit: int) -> list[int]:
    """The ids of planned rows whose time has come, urgent ones first."""
    rows = await session.scalars(
        select(Delivery.id)
        .where(Delivery.status == _PLANNED, Delivery.not_before <= now)
        .order_by(Delivery.urgent.desc(), Delivery.not_before, Delivery.id)
        .limit(limit)
    )
    return list(rows)


async def is_urgent(session: AsyncSession, now: datetime) -> bool:
    """Whether something urgent is due."""
    due = select(Delivery.id).where(Delivery.status == _PLANNED, Delivery.urgent.is_(True), Delivery.not_before <= now)
    return bool(await session.scalar(select(due.exists())))


async def next_due(session: AsyncSession) -> datetime | None:
    """When the next planned row may go; None: none is planned."""
    kind = Delivery.not_before.type
    query = select(func.min(Delivery.not_before, type_=kind)).where(Delivery.status == _PLANNED)
    return await session.scalar(query)


async def _try_unknown(session: AsyncSession, now: datetime) -> int:
    again = await session.execute(
        update(Delivery)
        .where(
            Delivery.status == "unknown",
            Delivery.settled_at.is_(None),
            Delivery.trouble_at <= now - UNKNOWN_WAIT,
            _doubts(stopped=False) < UNKNOWN_TRIES,
            _doubts(stopped=True) < STOPPED_TRIES,
            or_(Delivery.expires_at.is_(None), Delivery.expires_at > now),
        )
        .values(status="planned", begun_at=None)  # it keeps its place: it has waited longest
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(again.all())


def _doubts(*, stopped: bool) -> ColumnElement[int]:
    """How often its outcome was unknown: because its worker was gone (`stopped`), or by the platform's fault."""
    whose = Attempt.reason == STOPPED if stopped else Attempt.reason.is_distinct_from(STOPPED)
    return (
        select(func.count())
        .where(Attempt.delivery_id == Delivery.id, Attempt.outcome == "unknown", whose)
        .correlate(Delivery)
        .scalar_subquery()
    )


def _instant(now: datetime) -> ColumnElement[datetime]:
    """A time inside an expression: without its type SQLite would keep it in another spelling."""
    return literal(now, Instant())


async def _log(session: AsyncSession, outcomes: Iterable[Outcome], now: datetime) -> None:
    """The attempts that did not simply arrive; what was put back untried is none."""
    rows = [
        {"delivery_id": o.id, "at": now, "channel": o.channel, "outcome": _as_attempt(o), "reason": o.reason}
        for o in outcomes
        if o.status in ("failed", "unknown") or (o.status == "planned" and o.reason not in (None, PACED))
    ]
    if rows:
        await (await session.connection()).execute(insert(Attempt), rows)


def _as_attempt(outcome: Outcome) -> str:
    if outcome.status == "planned":
        return "elsewhere" if outcome.elsewhere else "retry"
    return outcome.status


def _held(values: dict[str, Any]) -> Update:
    """One statement for many rows, as long as this worker holds them."""
    return (
        update(Delivery.__table__)  # type: ignore[arg-type]
        .where(
            Delivery.id == bindparam("which"),
            Delivery.leased_by == bindparam("worker"),
            Delivery.status.in_([literal_column(f"'{status}'", String) for status in STILL_HIS]),
        )
        .values(leased_by=None, leased_until=None, **values)
    )


def _new(column: Any) -> ColumnElement[Any]:
    return bindparam(f"new_{column.key}", type_=column.type)


_ENDING = _held(
    {
        "status": _new(Delivery.status),
        "reason": _new(Delivery.reason),
        "begun_at": case((_new(Delivery.status) == "planned", None), else_=Delivery.begun_at),
        "attempts": Delivery.attempts - bindparam("untried", type_=Delivery.attempts.type),
        "in_doubt": or_(Delivery.in_doubt, _new(Delivery.status) == "unknown"),
        **{
            c.key: func.coalesce(_new(c), c)
            for c in (Delivery.not_before, Delivery.trouble_at, Delivery.settled_at, Delivery.channel)
        },
    }
)


def _ended(outcome: Outcome, now: datetime) -> dict[str, Any]:
    tried_again = outcome.status == "planned" and outcome.reason not in (None, PACED)
    return {
        "which": outcome.id,
        "new_status": outcome.status,
        "new_reason": outcome.reason,
        "new_not_before": outcome.not_before,
        "new_trouble_at": now if outcome.status == "unknown" or tried_again else None,
        "new_settled_at": None if outcome.status in ("planned", "unknown") else now,
        "new_channel": outcome.channel,
        "untried": int(outcome.untried),
    }
