"""Incoming message -> once -> one at a time -> first handler that answers -> reply; all in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from uuid import uuid4
from weakref import WeakValueDictionary

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import intake
from bot.channel import Channel, DeepLinked
from bot.intake import Fetched
from bot.metrics import Metrics
from bot.outbox import content_of
from bot.outlets import outlets_of
from bot.quiet import Quiet
from bot.wake import Wake
from handlers import choosing
from handlers.handler import Context, Files, Handler, Refusal
from handlers.messages import Address, Incoming, Reply
from knowledge.answer import Answerer
from storage import arrivals, chat, deliveries, offers, replies, seen, speaking, ways
from storage.database import Database
from storage.replies import Held
from storage.speaking import Speaker

LONGEST = 4000
"""Characters of one message. The address of a whole family fits many times."""

TOO_LONG = f"这条消息太长了（超过 {LONGEST} 个字），没有处理。请分成几条发送。"
REPEATED = "repeated"
NOT_UNDERSTOOD = "没有看懂。发「帮助」看看我会做什么。"
STALE = "这个按钮已经过期了，什么都没有改。发「菜单」看看现在能办什么。"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a message ended: what is said, and under which word it is counted."""

    reply: Reply | None
    outcome: str
    held: Held | None = None
    hurries: bool = False
    """Something was planned that is to be sent at once."""


class _Undone(Exception):
    """A handler refused or failed: what was written with the message is undone; `ended` is what is said."""

    def __init__(self, ended: _Ended) -> None:
        super().__init__(ended.outcome)
        self.ended = ended


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken in: what is answered, and the row by which the answer is sent, where it needs one.

    `is_kept`: the answer is in the store and will be sent, by `held` now or later by whoever looks.
    `is_new`: it was dealt with now; otherwise it was before, or an older one of its sender waits.
    """

    reply: Reply | None
    held: Held | None = None
    is_kept: bool = False
    is_new: bool = True


class Dispatcher:
    """Takes messages in, one at a time per address."""

    def __init__(
        self,
        database: Database,
        *,
        handlers: Sequence[Handler],
        answerer: Answerer,
        files: Files,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        wake: Wake | None = None,
        metrics: Metrics | None = None,
        worker: str | None = None,
        allowed_abroad: Collection[str] = (),
        web_url: str = "",
        soon: Callable[[], object] | None = None,
        quiet: Quiet | None = None,
    ) -> None:
        self._database = database
        self._handlers = tuple(handlers)
        self._answerer = answerer
        self._files = files
        self._channels = channels
        self._linked = {name: one for name, one in channels.items() if isinstance(one, DeepLinked)}
        self._clock = clock
        self._wake = wake or Wake()
        self._metrics = metrics or Metrics()
        self._worker = worker or uuid4().hex
        self._allowed_abroad = frozenset(allowed_abroad)
        self._web_url = web_url
        self._soon = soon
        self._outlets = outlets_of(channels)
        self._quiet = quiet or Quiet()
        self._turns: WeakValueDictionary[Address, asyncio.Lock] = WeakValueDictionary()

    async def take(self, incoming: Incoming) -> Reply | None:
        """The reply to a message, or None where the same message was taken before; see `receive`."""
        return (await self.receive(incoming)).reply

    async def receive(self, incoming: Incoming) -> Taken:
        """Takes a message in; a repeated one is answered by nothing.

        A handler's bug becomes an apology with an id. Raises only when the store itself fails: then nothing was
        taken, and the same message may come again.
        """
        return await self._receive(incoming, None)

    async def deal_with(self, incoming: Incoming, arrival_id: int) -> Taken:
        """Deals with a message that was stored before (`storage.arrivals`), as `receive` does."""
        return await self._receive(incoming, arrival_id)

    async def _receive(self, incoming: Incoming, arrival_id: int | None) -> Taken:
        channel = self._channels[incoming.sender.channel]
        started = perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=uuid4().hex[:12], channel=channel.name):
            async with self._turn(incoming.sender):
                fetched = await intake.fetch(self._database, channel, incoming, stored=arrival_id is not None)
                ended = await self._in_one_transaction(channel, _cleaned(incoming), fetched, arrival_id)
            self._note(channel, ended, perf_counter() - started)
        if ended.hurries and self._soon is not None:
            self._soon()
        if channel.can.keeps_log and ended.reply is not None:
            self._wake.ring(channel.name, incoming.sender.chat)
        is_kept = ended.reply is not None and is_held(channel)
        return Taken(ended.reply, ended.held, is_kept, ended.outcome != REPEATED)

    def _turn(self, address: Address) -> asyncio.Lock:
        """The lock of one address; it goes when nobody holds or awaits it any more."""
        lock = self._turns.get(address)
        if lock is None:
            lock = self._turns[address] = asyncio.Lock()
        return lock

    async def _in_one_transaction(
        self, channel: Channel, incoming: Incoming, fetched: Fetched, arrival_id: int | None
    ) -> _Ended:
        """Takes the message in and answers it. What a refusing or failing handler wrote is undone by taking the
        message in again, with what is then said: that costs those few a second transaction and all others nothing."""
        try:
            return await self._take_in(channel, incoming, fetched, arrival_id, None)
        except _Undone as undone:
            return await self._take_in(channel, incoming, fetched, arrival_id, undone.ended)

    async def _take_in(
        self,
        channel: Channel,
        incoming: Incoming,
        fetched: Fetched,
        arrival_id: int | None,
        ended: _Ended | None,
    ) -> _Ended:
        """One transaction. `ended` says how the message ended; None: the handlers are to be asked."""
        now = self._clock()
        async with self._database.begin() as session:
            await seen.one_at_a_time(session, "\n".join(_key(incoming.sender)))
            if not await _is_to_do(session, incoming, arrival_id, now):
                return _Ended(None, REPEATED)
            speaker = await speaking.listen(session, incoming.sender)
            incoming = await intake.keep(session, self._files, incoming, fetched, now, speaker.actor)
            if channel.can.keeps_log and incoming.attachments:
                await _write_down(session, incoming.sender, [incoming], now)  # a handler may keep a file as another
            elif speaker.is_blocked and not channel.can.keeps_log:
                await ways.unblock(session, incoming.sender)  # who writes can be written to
            ended = ended or _unasked(incoming, fetched) or await self._ask(session, channel, incoming, speaker, now)
            kept = await self._kept(session, channel, incoming, ended, now)
            if not _is_group(channel, incoming):
                await _offer(session, incoming.sender, kept.reply, speaker, now)
            return replace(kept, hurries=deliveries.hurries(session))

    async def _kept(
        self, session: AsyncSession, channel: Channel, incoming: Incoming, ended: _Ended, now: datetime
    ) -> _Ended:
        """The answer in the store: as a line of the chat, or as a row until the platform has taken it."""
        if ended.reply is not None and ended.reply.is_silence:
            ended = replace(ended, reply=None)
        if channel.can.keeps_log:
            said: list[Incoming | Reply] = [
                *([] if incoming.attachments else [incoming]),
                *([ended.reply] if ended.reply else []),
            ]
            await _write_down(session, incoming.sender, said, now)
        elif ended.reply is not None and is_held(channel):
            content = content_of(ended.reply)
            held = await replies.add(session, incoming.sender, content, worker=self._worker, now=now)
            return replace(ended, held=held)
        return ended

    async def _ask(
        self, session: AsyncSession, channel: Channel, incoming: Incoming, speaker: Speaker, now: datetime
    ) -> _Ended:
        """What the handlers say. Raises `_Undone` where one refuses or fails."""
        try:
            reply = await self._first_reply(session, channel, incoming, speaker, now)
        except Refusal as refusal:
            raise _Undone(_Ended(Reply(refusal.text), "refused")) from None
        except OperationalError:
            raise  # the store is out of order, not the handler: the message is dealt with when it works again
        except Exception:
            raise _Undone(_Ended(_apology(), "failed")) from None
        return _Ended(reply or _not_understood(incoming), "answered" if reply else "not_understood")

    async def _first_reply(
        self, session: AsyncSession, channel: Channel, incoming: Incoming, speaker: Speaker, now: datetime
    ) -> Reply | None:
        is_group = _is_group(channel, incoming)
        if not is_group:
            incoming = _pressed(incoming, speaker, now)
        context = Context(
            now=now,
            session=session,
            actor=None if is_group else speaker.actor,
            answerer=self._answerer,
            files=self._files,
            sensitive_allowed=not channel.can.abroad or channel.name in self._allowed_abroad,
            is_group=is_group,
            web_url=self._web_url,
            bots={name: one.deep_link for name, one in self._linked.items() if one.deep_link},
            outlets=self._outlets,
            quiet=self._quiet.morning_after,
        )
        for handler in self._handlers:
            reply = await handler(incoming, context)
            if reply is not None:
                return reply
        return None

    def _note(self, channel: Channel, ended: _Ended, seconds: float) -> None:
        self._metrics.messages.labels(channel.name, ended.outcome).inc()
        self._metrics.seconds.labels(channel.name).observe(seconds)
        log.info("message taken", outcome=ended.outcome, milliseconds=round(seconds * 1000))


def _is_group(channel: Channel, incoming: Incoming) -> bool:
    return channel.can.group and incoming.sender.chat != incoming.sender.user


def _pressed(incoming: Incoming, speaker: Speaker, now: datetime) -> Incoming:
    """Who types what stands on a button that was offered last, or its number, has pressed it.

    Where a form or a command waits for words, a number is its own, and a word is a button's only if that is the latest
    thing said; a member of staff may have more than a conversation open (a broadcast's text).
    """
    offered = speaker.offered
    if offered is None or incoming.action is not None or incoming.event is not None or incoming.attachments:
        return incoming
    is_late = offered.at is None or now - offered.at >= offers.FRESH
    is_staff = speaker.actor is not None and speaker.actor.is_staff
    if is_late or (not offered.is_latest and (speaker.is_busy or is_staff)):
        return incoming
    found = choosing.chosen(incoming.text, offered, numbers=offered.is_latest and not speaker.is_busy)
    return replace(incoming, text=found[0], action=found[1]) if found else incoming


async def _offer(session: AsyncSession, to: Address, said: Reply | None, speaker: Speaker, now: datetime) -> None:
    """Keeps what may be chosen now."""
    if said is None or said.is_silence:
        return
    if found := choosing.offered_by(said):
        await offers.keep(session, to, found, now, speaker.offered)
    elif speaker.offered is not None and speaker.offered.is_latest:
        await offers.pass_by(session, [offers.id_of(to.channel, to.chat, to.user)])


def _key(address: Address) -> tuple[str, str, str]:
    return (address.channel, address.chat, address.user)


async def _is_to_do(session: AsyncSession, incoming: Incoming, arrival_id: int | None, now: datetime) -> bool:
    """Whether this is where the message has its effect."""
    if arrival_id is not None:
        return await arrivals.take(session, arrival_id)
    return await seen.first_time(
        session,
        channel=incoming.sender.channel,
        account=incoming.account,
        sender=seen.sender_of(incoming.sender),
        message_id=incoming.id,
        now=now,
    )


async def _write_down(session: AsyncSession, where: Address, said: Sequence[Incoming | Reply], now: datetime) -> None:
    await chat.write(session, where.channel, where.chat, [_bubble(one) for one in said], now)


def _bubble(said: Incoming | Reply) -> chat.Said:
    if isinstance(said, Incoming):
        return chat.Said(True, said.text, files=tuple(file.id for file in said.attachments))
    buttons = tuple((button.label, button.action) for button in said.buttons)
    return chat.Said(False, said.text, buttons, tuple(file.id for file in said.files))


def _unasked(incoming: Incoming, fetched: Fetched) -> _Ended | None:
    """What is said without asking a handler: its file was not taken, or it is too long."""
    if fetched.words is not None:
        return _Ended(Reply(fetched.words), "file_refused")
    return _Ended(Reply(TOO_LONG), "too_long") if len(incoming.text) > LONGEST else None


def is_held(channel: Channel) -> bool:
    """Where the platform takes no reply with the acknowledgement, the reply is a row until it is sent."""
    return channel.can.push and not channel.can.keeps_log and not channel.can.answers_in_hook


def _not_understood(incoming: Incoming) -> Reply:
    if incoming.event is not None:
        return Reply("")
    return Reply(NOT_UNDERSTOOD if incoming.action is None else STALE)


def _apology() -> Reply:
    number = uuid4().hex[:8].upper()
    log.exception("handler failed", error_id=number)
    return Reply(
        f"抱歉，程序出错了（编号 {number}），这一条没有办成。前面填好的内容都在，"
        "请稍后把这一条再发一次；还是不行，就把编号告诉辅导员。"
    )


def _cleaned(incoming: Incoming) -> Incoming:
    """Text that every store can keep: half characters and NULs of broken clients are dropped."""
    text = incoming.text.encode("utf-8", "ignore").decode().replace("\0", "").strip()
    return incoming if text == incoming.text else replace(incoming, text=text)
