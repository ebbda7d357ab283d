"""What the sample school's graduates have already done, so that a workbench is not empty on the first day."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from bot.sample.addresses import hand_in_addresses
from bot.sample.days import Days
from bot.sample.people import COUNSELORS, SCHOOL
from bot.sample.school import Progress
from handlers.handler import Files
from storage import bindings, items, people, roll
from storage.bindings import Owner
from storage.items import ItemView
from storage.people import Actor, Place, StudentCard

_DONE: Mapping[str, float] = {
    "internship-online": 0.96,
    "internship-paper": 0.88,
    "league": 0.8,
    "loan": 0.6,
    "photo": 0.5,
    "party-destination": 0.5,
    "graduation-form": 0.4,
    "fees": 0.4,
    "books": 0.2,
    "employment": 0.3,
}
"""Which part of those concerned have done an item."""

BOUND = range(5, 25, 3)
"""The places (from 0, among each counselor's students) of those who already chat."""


async def give_histories(
    session: AsyncSession, files: Files, school_id: UUID, days: Days, now: datetime, progress: Progress
) -> None:
    """Marks items done, binds some web addresses, hands in some forms; everything as the chat itself would."""
    random = Random(f"{SCHOOL} {days.cohort}")  # noqa: S311 - an invented past, not a secret
    for done, counselor in enumerate([await _actor(session, school_id, c.number) for c in COUNSELORS], 1):
        cards = await people.students_of(session, counselor)
        await _mark_done(session, counselor, cards, random, now)
        await _bind(session, [cards[place] for place in BOUND], now)
        await hand_in_addresses(session, files, counselor, cards, BOUND[:5], now)
        progress("写入办理记录", done, len(COUNSELORS))


async def _actor(session: AsyncSession, school_id: UUID, number: str) -> Actor:
    found = await roll.staff_id_of(session, school_id, number)
    actor = await people.staff_actor(session, found) if found else None
    if actor is None:
        raise LookupError("the sample counselor was not added")
    return actor


async def _mark_done(
    session: AsyncSession, counselor: Actor, cards: list[StudentCard], random: Random, now: datetime
) -> None:
    views = await items.items_of_many(session, [card.id for card in cards], now)
    for card in cards:
        for view in _chosen(views[card.id], random):
            by = counselor.id if view.evidence == "staff" else None
            await items.mark(session, student_id=card.id, item_id=view.id, status="done", by_staff_id=by, now=now)


def _chosen(views: list[ItemView], random: Random) -> Iterator[ItemView]:
    for view in sorted(views, key=lambda view: view.key):
        if random.random() < _DONE.get(view.key, 0):
            yield view


async def _bind(session: AsyncSession, cards: list[StudentCard], now: datetime) -> None:
    """Web chats of browsers that do not exist: nobody can come in with a token that was thrown away."""
    for card in cards:
        token = secrets.token_urlsafe(32)
        await bindings.bind(session, Place("web", token, token), Owner(student_id=card.id), now)
