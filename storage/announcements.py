"""A message whose words may still change until it is sent: many events, one message an hour ('有 3 份材料等你审核')."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import vault_of
from storage.deliveries import enqueue, text_place
from storage.models import Delivery, Staff

GATHER = timedelta(minutes=5)
"""How long the first event of an hour waits for others: a class hands in after the same lesson."""
_HOUR = timedelta(hours=1)


async def announce(
    session: AsyncSession, subject: str, staff_id: UUID, text: str, buttons: Sequence[tuple[str, str]], now: datetime
) -> None:
    """Tells a member of staff, at most once an hour per subject; what is planned already gets the newer words.

    Events after the hour's message was sent are told at the beginning of the next hour. Quiet hours hold: nothing
    of this is urgent.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    for start, not_before in ((hour, now + GATHER), (hour + _HOUR, hour + _HOUR)):
        key = f"{subject}:{staff_id.hex}:{start:%Y%m%d%H}"
        if await _reworded(session, key, text, buttons):
            return
        if await enqueue(
            session,
            key=key,
            kind="staff_notice",
            now=now,
            staff_id=staff_id,
            text=text,
            buttons=buttons,
            not_before=not_before,
            expires_at=start + timedelta(days=3),
        ):
            return


async def keepers(session: AsyncSession) -> list[UUID]:
    """The operators and offices of every school: who is told that the machine is in trouble."""
    return list(
        await session.scalars(select(Staff.id).where(Staff.role.in_(("office", "operator"))).order_by(Staff.id))
    )


async def withdraw(session: AsyncSession, subject: str, staff_id: UUID, now: datetime) -> None:
    """There is nothing to tell any more: what waits to be sent is not sent."""
    await session.execute(
        update(Delivery)
        .where(
            Delivery.staff_id == staff_id,
            Delivery.status == "planned",
            Delivery.attempts == 0,
            Delivery.key.startswith(f"{subject}:{staff_id.hex}:"),
        )
        .values(status="cancelled", reason="nothing waits any more", settled_at=now)
        .execution_options(synchronize_session=False)
    )


async def unplan(session: AsyncSession, key: str, now: datetime) -> None:
    """What waits under this key is not sent any more: it is not true any more. What was tried is left alone."""
    await session.execute(
        update(Delivery)
        .where(Delivery.key == key, Delivery.status == "planned", Delivery.attempts == 0)
        .values(status="cancelled", reason="not true any more", settled_at=now)
        .execution_options(synchronize_session=False)
    )


async def _reworded(session: AsyncSession, key: str, text: str, buttons: Sequence[tuple[str, str]]) -> bool:
    """Whether a message under this key waits; it says the newer words from now on."""
    content = {"text": text, "buttons": [list(button) for button in buttons]}
    done = await session.execute(
        update(Delivery)
        .where(Delivery.key == key, Delivery.status == "planned", Delivery.attempts == 0)
        .values(text_sealed=vault_of(session).seal_json(content, text_place(key)))
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None
