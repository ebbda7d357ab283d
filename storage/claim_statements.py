"""The statements of `storage.claims`, written out: said thousands of times a minute, they are put together once.

They are text because building and hashing the same expressions anew took longer than the databases took to answer.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, TextClause, TextualSelect, bindparam, column, text
from sqlalchemy.orm import InstrumentedAttribute

from storage.deliveries import ANY_TIME
from storage.models import Delivery
from storage.models.base import Instant

COLUMNS: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...] = (
    Delivery.id,
    Delivery.key,
    Delivery.kind,
    Delivery.student_id,
    Delivery.staff_id,
    Delivery.broadcast_id,
    Delivery.for_day,
    Delivery.urgent,
    Delivery.attempts,
    Delivery.expires_at,
    Delivery.text_sealed,
    Delivery.reason,
    Delivery.in_doubt,
    Delivery.group_id,
    column("not_before"),
)
"""What a claim gives, in this order. The time is as the database keeps it: it is only sorted by."""

_NAMES = ", ".join(f"delivery.{one.key}" for one in COLUMNS)

_SAME = "d.{person} = o.{person} and o.settled_at is null"
_WAITS = (
    f"{_SAME} and (o.status = 'leased' or (o.id < d.id and o.attempts > 0 and (o.urgent or not d.urgent)"
    " and (o.status = 'planned' or (o.status = 'unknown' and o.trouble_at > :doubtful))))"
)
_HELD = f"{_SAME} and o.status = 'leased' and o.leased_by <> :worker and o.id < d.id"


def _behind(condition: str) -> str:
    """Another message to the same person goes first. One truth of two: PostgreSQL would make each alone a join with
    the whole table."""
    looks = (
        f"exists (select 1 from delivery o where {condition.format(person=p)})"  # noqa: S608
        for p in ("student_id", "staff_id", "group_id")
    )
    return f"({' or '.join(looks)})"


STILL_HIS = ("leased", "unknown", "planned")
"""In these states the worker that held a row last may still say how it ended: the sweep took it for dead while the
store was away from it, and nobody else has taken the row since."""

_DUE = f"d.status = 'planned' and d.not_before <= :now and not {_behind(_WAITS)}"
_ANY_TIME = ", ".join(f"'{kind}'" for kind in ANY_TIME)
_ORDER = "order by d.not_before, d.id"
_TAKE = "update delivery set status = 'leased', leased_by = :worker, leased_until = :until, begun_at = null"


@lru_cache(maxsize=64)
def taking(dialect: str, limit: int, *, quiet: bool = False) -> TextualSelect:
    """Leases up to `limit` due rows, urgent ones first. The number is written out: a plan for any number would read
    the whole table."""
    bulk = "d.urgent = false" + (f" and d.kind in ({_ANY_TIME})" if quiet else "")
    if dialect == "sqlite":
        parts = " union all ".join(
            f"select id from (select d.id from delivery d where {which} and {_DUE} {_ORDER} limit {limit})"  # noqa: S608
            for which in ("d.urgent = true", bulk)
        )
        return _given(f"{_TAKE} where id in ({parts} limit {limit}) returning {_NAMES}")
    # Rows by their place: they were locked a moment ago, so it holds, and no index has to be asked again.
    parts = ", ".join(
        f"{name} as (select d.ctid as place from delivery d where {which} and {_DUE} {_ORDER} limit {limit}"  # noqa: S608
        " for update skip locked)"
        for name, which in (("hurried", "d.urgent = true"), ("others", bulk))
    )
    # As an array, or it would be joined with the whole table.
    due = f"array(select place from hurried union all select place from others limit {limit})"  # noqa: S608
    return _given(f"with {parts} {_TAKE} where delivery.ctid = any({due}) returning {_NAMES}")


@lru_cache(maxsize=2)
def taking_these(dialect: str) -> TextualSelect:
    """Leases those of the rows `ids` (see `ids_of`) that are due and free."""
    which = f"select d.id from delivery d where d.id {_is_one_of(dialect)} and {_DUE}"  # noqa: S608
    lock = "" if dialect == "sqlite" else " for update skip locked"
    return _given(f"{_TAKE} where id in ({which}{lock}) returning {_NAMES}")


@lru_cache(maxsize=2)
def beginning(dialect: str) -> TextClause:
    """Notes that sending begins; gives the ids that may go. The lease stays as it is: no index is touched.

    'is true', or PostgreSQL would go through all that is leased: when it counted last, nothing was.
    """
    return _timed(
        "update delivery as d set begun_at = :now, attempts = attempts + 1"  # noqa: S608
        f" where d.id {_is_one_of(dialect)}"
        " and (d.status = 'leased' and d.leased_by = :worker and d.leased_until > :now) is true"
        f" and not {_behind(_HELD)} returning id"
    )


@lru_cache(maxsize=2)
def arriving(dialect: str) -> TextClause:
    """The common end of many rows in one: row by row it would be the dearest part of a delivery. ('is true': see
    `beginning`; it would go through all that is leased once for each row.)"""
    rows = {
        "sqlite": "select value ->> 0 as id, value ->> 1 as channel, value ->> 2 as platform_id from json_each(:rows)",
        "postgresql": "select (value ->> 0)::bigint as id, value ->> 1 as channel, value ->> 2 as platform_id"
        " from jsonb_array_elements(cast(:rows as jsonb))",
    }[dialect]
    return _timed(
        "update delivery set status = 'sent', reason = null, leased_by = null, leased_until = null,"  # noqa: S608
        f" settled_at = :now, channel = j.channel, platform_id = j.platform_id from ({rows}) as j"
        " where delivery.id = j.id"
        f" and (delivery.leased_by = :worker and delivery.status in {STILL_HIS}) is true"
    )


def ids_of(dialect: str, ids: Collection[int]) -> str:
    """Many ids in one parameter, as the statements of this dialect take them."""
    listed = ",".join(map(str, ids))
    return f"[{listed}]" if dialect == "sqlite" else f"{{{listed}}}"


def _is_one_of(dialect: str) -> str:
    return "in (select value from json_each(:ids))" if dialect == "sqlite" else "= any(cast(:ids as bigint[]))"


def _given(statement: str) -> TextualSelect:
    return _timed(statement).columns(*COLUMNS)


def _timed(statement: str) -> TextClause:
    """Times in the spelling of the store: SQLite would keep a bare one in another."""
    names = [name for name in ("now", "until", "doubtful") if f":{name}" in statement]
    return text(statement).bindparams(*(bindparam(name, type_=Instant()) for name in names))
