"""What is owed to an address rather than to a person: replies on their way, one-time links, group chats, polling."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Serial


class HeldReply(Base):
    """A reply from the moment it is committed together with what it answers until the platform has taken it.

    planned → leased → sent | unknown | failed | expired. The content goes when the row is settled.
    """

    __tablename__ = "reply"
    __table_args__ = (
        CheckConstraint("status in ('planned', 'leased', 'unknown', 'sent', 'failed', 'expired')", name="status"),
        Index("ix_reply_status_not_before", "status", "not_before"),
        Index("ix_reply_channel_chat_id", "channel", "chat", "id"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    token: Mapped[UUID] = mapped_column(Uuid, default=uuid4)
    """Known before the row is written: the place the content is sealed for."""
    channel: Mapped[str]
    chat: Mapped[str]
    user: Mapped[str]
    content_sealed: Mapped[bytes | None]
    """JSON: {'text': …, 'buttons': [[label, action], …], 'files': [attachment ids]}"""
    status: Mapped[str] = mapped_column(default="planned")
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None]
    platform_id: Mapped[str | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Link(Base):
    """A one-time link: whoever has it goes on as its owner on another channel. Only a keyed hash is kept."""

    __tablename__ = "link"
    __table_args__ = (
        CheckConstraint("(student_id is null) <> (staff_id is null)", name="one_owner"),
        CheckConstraint("purpose in ('web', 'bind')", name="purpose"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    purpose: Mapped[str]
    """web: goes on in the browser; bind: a deep link that binds a chat of another platform"""
    student_id: Mapped[UUID | None] = mapped_column(ForeignKey("student.id"))
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    action: Mapped[str | None]
    """The button's action that is done first: 'form:start:address'."""
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class GroupChat(Base):
    """A platform's group chat that a counselor declared to be the group of a class."""

    __tablename__ = "group_chat"
    __table_args__ = (
        Index(
            "uq_group_chat_live",
            "channel",
            "chat",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        Index("ix_group_chat_class_id", "class_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    channel: Mapped[str]
    chat: Mapped[str]
    class_id: Mapped[UUID] = mapped_column(ForeignKey("class_group.id"))
    bound_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    bound_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Polling(Base):
    """How far an account's messages were fetched, and which process fetches them now."""

    __tablename__ = "polling"

    account: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, default=0)
    held_by: Mapped[str | None]
    held_until: Mapped[datetime | None]
