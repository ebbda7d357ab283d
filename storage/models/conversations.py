"""What is being said: open conversations, the log of the web and terminal chats, messages already seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Serial


class Conversation(Base):
    """One address's open conversation: which form, the answers so far (sealed), and the last turns.

    A row, never a waiting coroutine: a restart, a second process or a second phone goes on from here.
    """

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("channel", "chat", "user"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    channel: Mapped[str]
    chat: Mapped[str]
    user: Mapped[str]
    form: Mapped[str | None]
    state_sealed: Mapped[bytes | None]
    """JSON: {'answers': {...}, 'editing': key | null, 'submission': id | null, …}; the form engine owns it."""
    turns_sealed: Mapped[bytes | None]
    """JSON list of the last questions, for follow-ups."""
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=0)
    held_at: Mapped[datetime | None]
    """Since when it holds words whose taking was not agreed to yet; null: none."""


class Seen(Base):
    """A platform message that was taken in; the unique key makes the same id twice the same message (T7)."""

    __tablename__ = "seen"
    __table_args__ = (UniqueConstraint("channel", "account", "sender", "message_id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    channel: Mapped[str]
    account: Mapped[str]
    sender: Mapped[str]
    message_id: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(index=True)


class Arrival(Base):
    """A message that was acknowledged and is not dealt with yet; it goes in the transaction that deals with it."""

    __tablename__ = "arrival"
    __table_args__ = (Index("ix_arrival_sender_id", "channel", "account", "sender", "id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    token: Mapped[UUID] = mapped_column(Uuid, default=uuid4)
    """Known before the row is written: the place the content is sealed for."""
    channel: Mapped[str]
    account: Mapped[str]
    sender: Mapped[str]
    content_sealed: Mapped[bytes]
    """JSON of the message, as the channel read it."""
    received_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    """From then on anybody may take it up: who acknowledged it should have dealt with it long ago."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was taken up again because the process that had it died or the store failed."""


class ChatLine(Base):
    """One bubble of a web or terminal chat, both directions; the text is sealed."""

    __tablename__ = "chat_line"
    __table_args__ = (
        Index("ix_chat_line_channel_chat_id", "channel", "chat", "id"),
        {"sqlite_autoincrement": True},  # a page asks for what came after an id: an erased one must never come again
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    token: Mapped[UUID] = mapped_column(Uuid, default=uuid4)
    """Known before the row is written: the place the text is sealed for."""
    channel: Mapped[str]
    chat: Mapped[str]
    inward: Mapped[bool]
    text_sealed: Mapped[bytes]
    extras: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{'buttons': [[label, action], …], 'files': [attachment ids]}"""
    at: Mapped[datetime]


class Attachment(Base):
    """A file that a person sent or the program made; its bytes lie sealed under `LIXIAO_DATA_DIR/files/<id>`."""

    __tablename__ = "attachment"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    student_id: Mapped[UUID | None] = mapped_column(ForeignKey("student.id"), index=True)
    staff_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    name_sealed: Mapped[bytes]
    media_type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[bytes]
    made_at: Mapped[datetime]
