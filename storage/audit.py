"""The audit: append-only, chained, without personal data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Audit


async def record(
    session: AsyncSession,
    *,
    now: datetime,
    actor: str,
    action: str,
    target: str,
    school_id: UUID | None = None,
    **detail: Any,
) -> None:
    """Writes one audited act. `detail` holds ids and counts only. On PostgreSQL the chain is kept by a lock."""
    await _one_writer(session)
    previous = await session.scalar(select(Audit.digest).order_by(Audit.id.desc()).limit(1))
    row = Audit(at=now, actor=actor, action=action, target=target, detail=detail, school_id=school_id, digest=b"")
    row.digest = _digest(previous or b"", row)
    session.add(row)
    await session.flush()


async def targets_of(session: AsyncSession, actor: str, action: str, among: Collection[str]) -> set[str]:
    """Of these targets those on which this actor did this."""
    query = select(Audit.target).where(Audit.actor == actor, Audit.action == action, Audit.target.in_(list(among)))
    return set(await session.scalars(query)) if among else set()


async def verify(session: AsyncSession) -> int | None:
    """The id of the first row that does not fit the chain, or None: whole."""
    previous = b""
    rows = await session.stream_scalars(select(Audit).order_by(Audit.id))
    async for row in rows:
        if row.digest != _digest(previous, row):
            return row.id
        previous = row.digest
    return None


def _digest(previous: bytes, row: Audit) -> bytes:
    content = json.dumps(
        [
            row.at.astimezone(UTC).isoformat(timespec="microseconds"),
            row.actor,
            row.action,
            row.target,
            row.detail,
            str(row.school_id or ""),
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(previous + content.encode()).digest()


async def _one_writer(session: AsyncSession) -> None:
    """SQLite has one writer anyway; on PostgreSQL two chains must not grow from one link."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("select pg_advisory_xact_lock(7162534)"))
