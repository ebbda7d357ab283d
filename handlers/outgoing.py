"""What goes out unasked: delivery rows in, replies out, rendered for a whole batch at the moment of sending."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.messages import Reply
from storage.deliveries import Claimed


@dataclass(frozen=True, slots=True)
class Drop:
    """There is nothing to say any more: the row is settled as `status` ('expired' or 'cancelled') with a reason."""

    status: str
    reason: str


Rendered = Mapping[int, Reply | Drop]
"""By delivery id."""

Render = Callable[[AsyncSession, Sequence[Claimed], datetime], Awaitable[Rendered]]
"""Renders rows of one kind with a fixed number of queries, however many rows there are."""

NOTHING_LEFT = Drop("expired", "nothing left")
