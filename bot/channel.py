"""What every channel is: one contract, so that the rest never asks which platform it is on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol, runtime_checkable

from handlers.messages import Address, Incoming, Remote, Reply
from storage.windows import Rule


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do. `text_limit` counts in `text_unit`: 'chars', 'utf16' or 'bytes'."""

    buttons: bool = True
    group: bool = False
    push: bool = True
    files: bool = True
    text_limit: int = 4000
    text_unit: str = "chars"
    abroad: bool = False
    """Data leaves the country (PIPL 38-40): sensitive fields are not asked for here."""
    keeps_log: bool = False
    """Both directions are chat lines in our store, and a written line is a delivered one (web, terminal)."""
    answers_in_hook: bool = False
    """The answer to a hook carries the reply; otherwise the reply is sent by `send`."""
    proof_in_headers: bool = False
    """`verify` needs no body: a forged call is refused before its body is read (T5)."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A platform's call to us, before anything is believed."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    found: dict[str, Any] = field(init=False, repr=False, compare=False, default_factory=dict)
    """What its channel has read in it, so that it is opened once. A changed copy (`replace`) begins without."""


@dataclass(frozen=True, slots=True)
class Response:
    """What the platform gets back at once."""

    status: int = 200
    body: bytes = b""
    media_type: str = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it. Taken is not read."""

    platform_id: str


class Forged(Exception):
    """The call is not the platform's: answer 403, log no content."""


class SendError(Exception):
    """It was not sent. `permanent`: never will be; otherwise try again, `after` this long where the platform says so.

    `unknown`: it may have arrived all the same (the line broke after we had spoken).
    """

    def __init__(
        self, reason: str, *, permanent: bool = False, after: timedelta | None = None, unknown: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.after = after
        self.unknown = unknown


class NotFetched(Exception):
    """A file did not come; `words` tell the person what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Channel(Protocol):
    """One platform."""

    name: ClassVar[str]
    can: ClassVar[Capabilities]

    def verify(self, hook: Hook) -> None:
        """Raises `Forged`."""
        ...

    def parse(self, hook: Hook) -> list[Incoming]:
        """The messages of a verified call; an unknown kind is no message, not a crash."""
        ...

    def acknowledge(self, hook: Hook, reply: Reply | None) -> Response:
        """What the platform is answered at once, with the reply in it where the platform takes one."""
        ...

    async def send(self, to: Address, reply: Reply) -> Sent:
        """Sends. Raises `SendError`."""
        ...


@runtime_checkable
class KeepsFiles(Protocol):
    """A platform that files have to be fetched from."""

    async def fetch(self, remote: Remote, limit: int) -> bytes:
        """The bytes, at most `limit` of them. Raises `NotFetched`."""
        ...


@runtime_checkable
class DeepLinked(Protocol):
    """A platform on which a link can open our chat and bring a token along."""

    @property
    def deep_link(self) -> str | None:
        """What the token is put behind; None: not known yet."""
        ...


@runtime_checkable
class Invites(Protocol):
    """A platform that is entered by a QR code which brings a token along."""

    async def invitation(self, token: str, lifetime: timedelta) -> str:
        """What the QR code shows. Raises `SendError`."""
        ...


@runtime_checkable
class Polled(Protocol):
    """A platform that is asked for what is new instead of calling us."""

    @property
    def account(self) -> str:
        """Under which name the position is kept; never the token."""
        ...

    @property
    def is_polled(self) -> bool:
        """Whether we ask, instead of being called."""
        ...

    async def poll(self, position: int, wait: timedelta, now: datetime) -> list[tuple[int, Hook]]:
        """What came since `position`, each with the position behind it; waits for something. Raises `SendError`."""
        ...

    async def noticed(self, hook: Hook) -> None:
        """What the platform is told after a call was taken in (a pressed button stops blinking); never raises."""
        ...


@runtime_checkable
class TakesAnswers(Protocol):
    """A platform that takes a short reply with the acknowledgement of a call, where it is ready in time."""

    patience: ClassVar[timedelta]
    """How long after the call the acknowledgement is surely still read."""

    def fits(self, reply: Reply) -> bool:
        """Whether this reply can go that way."""
        ...


@runtime_checkable
class GoesOn(Protocol):
    """A platform for which something is left to do once its call was acknowledged."""

    async def afterwards(self, hook: Hook) -> None:
        """Does it (a pressed button is taken off, what waited for the person goes out); never raises."""
        ...


@runtime_checkable
class SendsMany(Protocol):
    """A platform that takes one message for many people."""

    batch: ClassVar[int]
    """How many at most."""

    async def send_many(self, to: Sequence[Address], reply: Reply) -> Mapping[Address, Sent | SendError]:
        """Sends the same to all of them; every one of them is in the answer. Never raises `SendError`."""
        ...


@runtime_checkable
class Closes(Protocol):
    """A platform that takes a message only for a while after the person wrote."""

    rule: ClassVar[Rule]

    @property
    def knocks(self) -> bool:
        """Whether it can tell a person outside of that while that something waits."""
        ...


@runtime_checkable
class CountsParts(Protocol):
    """A platform that drops without a word what is over a person's limit: every part of a reply has to be counted."""

    def parts(self, reply: Reply) -> int:
        """As how many messages the platform counts the reply, at least one."""
        ...


def parts_of(channel: Channel, reply: Reply) -> int:
    """As how many messages a reply counts there."""
    return channel.parts(reply) if isinstance(channel, CountsParts) else 1


@runtime_checkable
class Recalls(Protocol):
    """A platform that takes a sent message back."""

    async def recall(self, platform_id: str) -> None:
        """Takes back what `Sent` named; what is gone already is no error. Raises `SendError`."""
        ...


@runtime_checkable
class Opens(Protocol):
    """A platform that has to be told about us when the service starts (menu, webhook)."""

    async def open(self, public_url: str) -> None:
        """Tells it. Raises `SendError`."""
        ...

    async def close(self) -> None:
        """Closes its connections."""
        ...
