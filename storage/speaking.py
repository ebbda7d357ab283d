"""What a message begins with, in one look: who speaks at its address, what his conversation holds, what he may choose,
and how old the knowledge is. What was read is kept with the transaction: no handler asks the store for it again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, String, Uuid, and_, bindparam, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import conversations, freshness, offers
from storage.database import vault_of
from storage.models import Binding, ClassGroup, Conversation, KnowledgeVersion, Offer, School, Staff, Student
from storage.offers import Offered
from storage.people import Actor, Addressed, person_columns, person_of


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who wrote. `actor`: None where the address speaks for nobody."""

    actor: Actor | None
    is_blocked: bool = False
    """The platform refused to deliver there; he writes from there, so it works again."""
    offered: Offered | None = None
    """The buttons that were offered there last."""
    is_busy: bool = False
    """A form or another command waits for his next words."""


async def listen(session: AsyncSession, address: Addressed) -> Speaker:
    """Who speaks at this address; his conversation and the knowledge's version are read along."""
    where = {"channel": address.channel, "chat": address.chat, "user": address.user}
    offer_id = offers.id_of(**where)
    found = (await session.execute(_look(), where | {"offer": offer_id})).one()
    freshness.read_ahead(session, found.number)
    conversations.read_ahead(session, address, _conversation(found))
    actor = person_of(found, vault_of(session)) if found.school_id is not None else None
    offered = None
    if found.buttons_sealed is not None:
        offered = offers.opened(session, offer_id, found.buttons_sealed, is_latest=found.is_latest, at=found.offered_at)
    return Speaker(actor, found.blocked_at is not None, offered, found.form is not None)


def _conversation(found: Row[Any]) -> conversations.Kept | None:
    if found.conversation_id is None:
        return None
    return conversations.Kept(
        found.conversation_id,
        found.form,
        found.state_sealed,
        found.turns_sealed,
        found.updated_at,
        found.version,
        found.held_at,
    )


@cache
def _look() -> Select[Any]:
    """One row whoever it is: everything hangs on nothing by outer joins."""
    channel, chat, user = (bindparam(name, type_=String()) for name in ("channel", "chat", "user"))
    bound = (Binding.channel == channel) & (Binding.user == user)
    live = Binding.ended_at.is_(None) & Binding.approved_at.is_not(None)
    here = and_(Conversation.channel == channel, Conversation.chat == chat, Conversation.user == user)
    nothing = select(literal(1).label("one")).subquery()
    version = select(func.max(KnowledgeVersion.number)).scalar_subquery().label("number")
    return (
        select(*person_columns(), Binding.blocked_at, *_kept_columns(), *_offer_columns(), version)
        .select_from(nothing)
        .outerjoin(Binding, bound & live)
        .outerjoin(Student, Student.id == Binding.student_id)
        .outerjoin(ClassGroup, ClassGroup.id == Student.class_id)
        .outerjoin(Staff, Staff.id == Binding.staff_id)
        .outerjoin(School, School.id == func.coalesce(Student.school_id, Staff.school_id))
        .outerjoin(Conversation, here)
        .outerjoin(Offer, Offer.id == bindparam("offer", type_=Uuid()))
    )


def _kept_columns() -> tuple[Any, ...]:
    return (
        Conversation.id.label("conversation_id"),
        Conversation.form,
        Conversation.state_sealed,
        Conversation.turns_sealed,
        Conversation.updated_at,
        Conversation.version,
        Conversation.held_at,
    )


def _offer_columns() -> tuple[Any, ...]:
    return (Offer.buttons_sealed, Offer.is_latest, Offer.offered_at)
