"""One-time links: whoever opens one goes on as its owner on another channel (a form on the web page, a bound chat).

256 random bits, kept as a keyed hash, good once and for `LIFETIME`; a new one for the same purpose ends the former.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.bindings import Owner
from storage.database import vault_of
from storage.models import Link

LIFETIME = timedelta(minutes=30)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""256 bits; Telegram's deep links take up to 64 of these signs."""

Purpose = Literal["web", "bind"]


@dataclass(frozen=True, slots=True)
class Going:
    """Who goes on, and what he was about to do (a button's action)."""

    id: UUID
    owner: Owner
    action: str | None
    issued_at: datetime


def is_token(text: str) -> bool:
    """Whether a text has the shape of a token."""
    return _TOKEN.fullmatch(text) is not None


async def issue(
    session: AsyncSession, owner: Owner, purpose: Purpose, now: datetime, *, action: str | None = None
) -> str:
    """A fresh token, shown this once."""
    await _end(session, owner, purpose, now)
    token = secrets.token_urlsafe(32)
    session.add(
        Link(
            id=uuid4(),
            token_hash=_hash(session, token),
            purpose=purpose,
            student_id=owner.student_id,
            staff_id=owner.staff_id,
            action=action,
            issued_at=now,
            expires_at=now + LIFETIME,
        )
    )
    await session.flush()
    return token


async def look(session: AsyncSession, token: str, purpose: Purpose, now: datetime) -> Going | None:
    """Where a token leads, without using it up; None: nowhere (any more)."""
    row = await session.scalar(select(Link).where(*_alive(session, token, purpose, now)))
    return _going(row) if row else None


async def redeem(session: AsyncSession, token: str, purpose: Purpose, now: datetime) -> Going | None:
    """Uses the token up: of many who try at once, one gets it."""
    row = await session.scalar(
        update(Link).where(*_alive(session, token, purpose, now)).values(used_at=now).returning(Link)
    )
    return _going(row) if row else None


async def forget(session: AsyncSession, now: datetime) -> None:
    """Drops links that ended more than a day ago."""
    await session.execute(delete(Link).where(Link.expires_at <= now - timedelta(days=1)))


def _going(row: Link) -> Going:
    return Going(row.id, Owner(row.student_id, row.staff_id), row.action, row.issued_at)


def _alive(session: AsyncSession, token: str, purpose: Purpose, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Link.token_hash == _hash(session, token),
        Link.purpose == purpose,
        Link.used_at.is_(None),
        Link.expires_at > now,
    )


async def _end(session: AsyncSession, owner: Owner, purpose: Purpose, now: datetime) -> None:
    mine = Link.student_id == owner.student_id if owner.student_id else Link.staff_id == owner.staff_id
    await session.execute(
        update(Link)
        .where(mine, Link.purpose == purpose, Link.used_at.is_(None), Link.expires_at > now)
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )


def _hash(session: AsyncSession, token: str) -> bytes:
    return vault_of(session).lookup(token, "link")
