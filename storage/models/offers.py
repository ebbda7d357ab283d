"""What may be chosen at an address: the buttons of what was said there last."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Offer(Base):
    """The last buttons of one private chat, for whoever types a word or a number instead of pressing (PC WeChat).

    The id is made of the address (`storage.offers.id_of`): nothing else here names anybody.
    """

    __tablename__ = "offer"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    buttons_sealed: Mapped[bytes]
    """JSON: {'buttons': [[label, action], …], 'counted': whether a number may mean a place among them}"""
    is_latest: Mapped[bool]
    """Nothing was said there since."""
    offered_at: Mapped[datetime] = mapped_column(index=True)
