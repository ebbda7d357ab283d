"""Coming in: staff number, name and personal code, checked by the very handler that binds in the chat.

So the same counting of wrong tries, the same silence about who exists, the same approval of a second place. The try
is made from an address of its own; when it speaks for a member of staff, what it speaks for moves to a fresh token.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from bot.app import App
from bot.channels.web import address
from bot.console import sessions
from handlers.messages import Address, Incoming
from storage import bindings, chat, people
from storage.bindings import Owner


@dataclass(frozen=True, slots=True)
class Entered:
    """How a try to come in ended: a token for the workbench, a student sent to his chat, or words."""

    token: str | None = None
    student: bool = False
    words: str = ""


async def enter(app: App, door: Address, number: str, name: str, code: str) -> Entered:
    """Tries to come in through `door`, this browser's address for trying."""
    said = " ".join(("绑定", *(part.strip() for part in (number, name, code))))
    incoming = Incoming(id=uuid4().hex, sender=door, text=said, sent_at=app.clock())
    reply = await app.dispatcher.take(incoming)
    entered = await follow(app, door)
    return entered or Entered(words=reply.text if reply else "")


async def follow(app: App, door: Address) -> Entered | None:
    """Goes in where the door's address speaks for somebody by now (a second place may wait for a yes)."""
    async with app.database.begin() as session:
        actor = await people.actor_of(session, door)
        if actor is None:
            return None
        now = app.clock()
        await bindings.end(session, door, now)
        await chat.forget(session, door.channel, door.chat)
        if actor.is_student:
            await bindings.bind(session, sessions.chat_address(), Owner(student_id=actor.id), now)
            return Entered(student=True)
        token = sessions.new_token()
        await bindings.bind(session, address(token), Owner(staff_id=actor.id), now)
        return Entered(token=token)


async def leave(app: App, work: Address) -> None:
    """Ends what the login bound: the token is worth nothing from here on."""
    async with app.database.begin() as session:
        await bindings.end(session, work, app.clock())


async def waits(app: App, door: Address) -> bool:
    """Whether the door's address waits for a yes from a place that is bound already."""
    async with app.database.read() as session:
        return await bindings.is_waiting(session, door)
