"""The buttons that were offered last at an address, kept for whoever types what stands on them.

One row an address, replaced by the next message with buttons. A message without buttons leaves it there as not the
latest any more: a word of it still fits, a number does not.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast
from uuid import UUID, uuid5

from sqlalchemy import Table, TextClause, delete, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import SealBroken, place_of
from storage.database import vault_of
from storage.models import Offer
from storage.people import Addressed

FRESH = timedelta(days=1)
"""What was offered longer ago is not meant any more."""
RENEWED = timedelta(hours=1)
"""The same buttons again are written again only after so long."""

_SPACE = UUID("6d2f4f0e-6f0b-5c61-9a51-0d8f0a7c2b11")


@dataclass(frozen=True, slots=True)
class Offered:
    """What may be chosen. `buttons` are (label, action)."""

    buttons: tuple[tuple[str, str], ...]
    is_counted: bool = True
    """A number may mean a place among them: the text beside them numbers nothing else."""
    is_latest: bool = True
    at: datetime | None = None


def id_of(channel: str, chat: str, user: str) -> UUID:
    """The id of an address's row."""
    return uuid5(_SPACE, f"{channel}\n{chat}\n{user}")


def opened(session: AsyncSession, row_id: UUID, sealed: bytes, *, is_latest: bool, at: datetime) -> Offered | None:
    """A row as it was read; None: it does not open, and nothing is offered."""
    try:
        kept = vault_of(session).open_json(sealed, _place(row_id))
    except SealBroken:
        return None
    return Offered(tuple((label, action) for label, action in kept["buttons"]), kept["counted"], is_latest, at)


async def keep(
    session: AsyncSession, to: Addressed, offered: Offered, now: datetime, before: Offered | None = None
) -> None:
    """Notes what is offered now. `before`: what was read as offered there; the same again costs nothing."""
    if before is not None and before.at is not None and now - before.at < RENEWED:
        same = (before.buttons, before.is_counted) == (offered.buttons, offered.is_counted)
        if same and before.is_latest:
            return
    await keep_all(session, {id_of(to.channel, to.chat, to.user): offered}, now)


async def keep_all(session: AsyncSession, offered: Mapping[UUID, Offered], now: datetime) -> None:
    """Notes what is offered at many addresses, by their ids, in one go."""
    if not offered:
        return
    rows = [
        {"id": row_id, "buttons_sealed": _sealed(session, row_id, offer), "is_latest": True, "offered_at": now}
        for row_id, offer in sorted(offered.items())  # in one order, or two workers would wait for each other
    ]
    connection = await session.connection()
    await connection.execute(_keeping(connection.dialect.name), rows)


async def pass_by(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Something without buttons was said at these addresses since."""
    if ids:
        connection = await session.connection()
        await connection.execute(_passing(connection.dialect.name), {"ids": _listed(connection.dialect.name, ids)})


async def forget_at(session: AsyncSession, addresses: Collection[Addressed]) -> None:
    """Forgets what was offered at these addresses."""
    ids = [id_of(place.channel, place.chat, place.user) for place in addresses]
    await session.execute(delete(Offer).where(Offer.id.in_(ids)))


async def forget(session: AsyncSession, now: datetime) -> None:
    """Drops what is not meant any more."""
    await session.execute(delete(Offer).where(Offer.offered_at <= now - FRESH))


def _sealed(session: AsyncSession, row_id: UUID, offer: Offered) -> bytes:
    kept = {"buttons": [list(button) for button in offer.buttons], "counted": offer.is_counted}
    return vault_of(session).seal_json(kept, _place(row_id))


def _place(row_id: UUID) -> str:
    return place_of("offer", "buttons_sealed", row_id)


_TABLE = cast("Table", Offer.__table__)


@cache
def _keeping(dialect: str) -> Any:
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(_TABLE)
    anew = {name: insert.excluded[name] for name in ("buttons_sealed", "is_latest", "offered_at")}
    return insert.on_conflict_do_update(index_elements=["id"], set_=anew)


@cache
def _passing(dialect: str) -> TextClause:
    """Of many in one: a statement for each of a thousand recipients took longer than to send to them."""
    asked = {
        "sqlite": "select value from json_each(:ids)",
        # Locked in the order in which `keep_all` writes them.
        "postgresql": "select id from offer where id = any(cast(:ids as uuid[])) and is_latest order by id for update",
    }[dialect]
    return text(f"update offer set is_latest = false where is_latest and id in ({asked})")  # noqa: S608


def _listed(dialect: str, ids: Collection[UUID]) -> str:
    return json.dumps([one.hex for one in ids]) if dialect == "sqlite" else f"{{{','.join(map(str, ids))}}}"
