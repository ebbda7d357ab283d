"""Broadcasts whose time has come → delivery rows, some classes a transaction; what a dead process began goes on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from storage import launches
from storage.database import Database

log = structlog.get_logger()


async def launch(database: Database, now: datetime) -> int:
    """Plans every broadcast that is due; gives how many rows are new. One that fails does not hold up the others."""
    async with database.read() as session:
        waiting = await launches.due(session, now)
    planned = 0
    for broadcast_id in waiting:
        try:
            planned += await _one(database, broadcast_id, now)
        except Exception:
            log.exception("broadcast not planned", broadcast_id=str(broadcast_id))
    return planned


async def _one(database: Database, broadcast_id: UUID, now: datetime) -> int:
    async with database.begin() as session:
        parts = await launches.begin(session, broadcast_id, now)
    if parts is None:
        return 0
    planned = 0
    for part in parts:
        async with database.begin() as session:
            planned += await launches.fan_out(session, broadcast_id, part, now)
    async with database.begin() as session:
        await launches.close(session, broadcast_id, now)
    return planned
