"""Platform tokens, shared by all processes: one of them renews, the others wait for its result.

Nothing is held while the platform is asked: the right to renew is a lease in the row, taken by compare-and-set.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.crypto import SealBroken, place_of
from storage.database import vault_of
from storage.models import PlatformToken
from storage.upsert import insert_into

LEASE = timedelta(seconds=15)
"""Longer than one call of the platform."""
EARLY = timedelta(minutes=5)
"""A token is renewed so long before it ends."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token and which renewal it comes from."""

    value: str = field(repr=False)
    version: int
    expires_at: datetime | None

    def is_good(self, now: datetime) -> bool:
        """Whether it may still be used."""
        return self.expires_at is None or now < self.expires_at - EARLY


async def load(session: AsyncSession, account: str) -> Token | None:
    """The token as it is; None: there is none, or it does not open."""
    row = await session.get(PlatformToken, account, populate_existing=True)
    if row is None or row.token_sealed is None:
        return None
    try:
        value = vault_of(session).open(row.token_sealed, _place(account))
    except SealBroken:
        return None
    return Token(value, row.version, row.expires_at)


async def version_of(session: AsyncSession, account: str) -> int:
    """Which renewal is in the store, also where it does not open any more; 0: none."""
    return await session.scalar(select(PlatformToken.version).where(PlatformToken.account == account)) or 0


async def claim(session: AsyncSession, account: str, *, version: int, worker: str, now: datetime) -> bool:
    """Takes the right to renew the token of this version (0: there is none); False: another one has it, or did it."""
    fresh = (
        insert_into(session, PlatformToken)
        .values(account=account, version=0)
        .on_conflict_do_nothing(index_elements=["account"])
    )
    await session.execute(fresh)
    free = or_(PlatformToken.held_until.is_(None), PlatformToken.held_until <= now)
    held = await session.scalar(
        update(PlatformToken)
        .where(PlatformToken.account == account, PlatformToken.version == version, free)
        .values(held_by=worker, held_until=now + LEASE)
        .returning(PlatformToken.account)
        .execution_options(synchronize_session=False)
    )
    return held is not None


async def renew(session: AsyncSession, account: str, value: str, expires_at: datetime | None, *, worker: str) -> bool:
    """Keeps a new token and gives the right back; False: the right was lost meanwhile, another token counts."""
    kept = await session.scalar(
        update(PlatformToken)
        .where(PlatformToken.account == account, PlatformToken.held_by == worker)
        .values(
            token_sealed=vault_of(session).seal(value, _place(account)),
            version=PlatformToken.version + 1,
            expires_at=expires_at,
            held_by=None,
            held_until=None,
        )
        .returning(PlatformToken.account)
        .execution_options(synchronize_session=False)
    )
    return kept is not None


async def give_up(session: AsyncSession, account: str, *, worker: str) -> None:
    """Gives the right to renew back: it did not work."""
    await session.execute(
        update(PlatformToken)
        .where(PlatformToken.account == account, PlatformToken.held_by == worker)
        .values(held_by=None, held_until=None)
        .execution_options(synchronize_session=False)
    )


async def put(session: AsyncSession, account: str, value: str) -> None:
    """Keeps a secret that does not end (a group robot's key)."""
    sealed = vault_of(session).seal(value, _place(account))
    insert = insert_into(session, PlatformToken).values(account=account, token_sealed=sealed, version=1)
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=["account"],
            set_={"token_sealed": sealed, "version": PlatformToken.version + 1},
        )
    )


async def accounts(session: AsyncSession, prefix: str) -> list[str]:
    """The accounts whose name begins like this."""
    found = await session.scalars(
        select(PlatformToken.account)
        .where(PlatformToken.account.startswith(prefix, autoescape=True))
        .order_by(PlatformToken.account)
    )
    return list(found)


def _place(account: str) -> str:
    return place_of("platform_token", "token_sealed", account)
