"""What a platform gave us for a while: its access token, a group robot's key, and the leave to write to a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class PlatformToken(Base):
    """A secret that a platform gave us, sealed; all processes share it and one of them renews it."""

    __tablename__ = "platform_token"

    account: Mapped[str] = mapped_column(primary_key=True)
    """'wecom:<corp>:<agent>', 'wechat:<app>', 'robot:<id>'; never a secret itself."""
    token_sealed: Mapped[bytes | None]
    version: Mapped[int] = mapped_column(default=0)
    """Counts renewals: who finds a token stale says which one it was."""
    expires_at: Mapped[datetime | None]
    held_by: Mapped[str | None]
    """Who is renewing it now."""
    held_until: Mapped[datetime | None]


class ServiceWindow(Base):
    """How much of the leave to write to one person is used up (公众号: some messages after each of his)."""

    __tablename__ = "service_window"

    channel: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime]
    """When he wrote last, as of the message counted last."""
    sent: Mapped[int] = mapped_column(default=0)
    """How many were sent to him since."""
    nudged_at: Mapped[datetime | None]
    """When a template message last told him that something waits."""
