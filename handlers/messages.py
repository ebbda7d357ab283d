"""What goes in and out of a conversation; of ours it only knows what a stored file is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.attachment import Attachment

__all__ = ["Address", "Attachment", "Button", "Incoming", "Remote", "Reply"]


@dataclass(frozen=True, slots=True)
class Address:
    """One person in one conversation on one channel: the key of every stored state."""

    channel: str
    chat: str
    user: str


@dataclass(frozen=True, slots=True)
class Remote:
    """A file that still lies at the platform. `handle` is the platform's own id of it, never an address (T14)."""

    handle: str
    name: str = ""
    size: int | None = None
    """What the platform says; what comes is counted all the same."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message of a person. The same `id` twice is the same message.

    `action` is set when a button was pressed (`Button.action` comes back unchanged), otherwise None.
    `event` is set when nothing was said but something happened; only a channel can set it, no person can type it:
    'edited' (the text is the new one), 'joined' and 'left' (a group), 'moved:<new chat>', 'blocked', 'subscribed'.
    """

    id: str
    sender: Address
    text: str
    sent_at: datetime
    action: str | None = None
    attachments: tuple[Attachment, ...] = ()
    account: str = ""
    """Which of our accounts on the platform received it (bot id, agent id); '' where there is one only."""
    remote: tuple[Remote, ...] = ()
    """Files to fetch; the dispatcher turns them into `attachments`."""
    event: str | None = None
    raw: Any = field(default=None, repr=False, compare=False)
    """For support, never for logic."""


@dataclass(frozen=True, slots=True)
class Button:
    """A choice under a reply. `action` is at most 64 bytes (Telegram) and holds no personal data."""

    label: str
    action: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said: text of at most one phone screen, choices, files."""

    text: str
    buttons: tuple[Button, ...] = ()
    files: tuple[Attachment, ...] = ()

    @property
    def is_silence(self) -> bool:
        """Taken note of, and nothing is to be said."""
        return not (self.text or self.buttons or self.files)
