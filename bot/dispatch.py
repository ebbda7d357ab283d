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
from sqlalchemy.ext.asyncio import AsyncSession

from bot import intake
from bot.channel import Channel, DeepLinked
from bot.intake import Fetched
from bot.metrics import Metrics
from bot.outbox import content_of
from bot.wake import Wake
from handlers.handler import Context, Files, Handler, Refusal
from handlers.messages import Address, Incoming, Reply
from knowledge.answer import Answerer
from storage import chat, deliveries, people, replies, seen, ways
from storage.database import Database
from storage.replies import Held

LONGEST = 4000
"""Characters of one message. The address of a whole family fits many times."""

TOO_LONG = f"这条消息太长了（超过 {LONGEST} 个字），没有处理。请分成几条发送。"
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


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was taken in: what is answered, and the row by which the answer is sent, where it needs one.

    `is_kept`: the answer is in the store and will be sent, by `held` now or later by whoever looks.
    """

    reply: Reply | None
    held: Held | None = None
    is_kept: bool = False


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
    ) -> None:
        self._database = database
        self._handlers = tuple(handlers)
        self._answerer = answerer
        self._files = files
        self._channels = channels
        self._clock = clock
        self._wake = wake or Wake()
        self._metrics = metrics or Metrics()
        self._worker = worker or uuid4().hex
        self._allowed_abroad = frozenset(allowed_abroad)
        self._web_url = web_url
        self._soon = soon
        self._turns: WeakValueDictionary[Address, asyncio.Lock] = WeakValueDictionary()

    async def take(self, incoming: Incoming) -> Reply | None:
        """The reply to a message, or None where the same message was taken before; see `receive`."""
        return (await self.receive(incoming)).reply

    async def receive(self, incoming: Incoming) -> Taken:
        """Takes a message in; a repeated one is answered by nothing.

        A handler's bug becomes an apology with an id. Raises only when the store itself fails: then nothing was
        taken, and the same message may come again.
        """
        channel = self._channels[incoming.sender.channel]
        started = perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=uuid4().hex[:12], channel=channel.name):
            async with self._turn(incoming.sender):
                fetched = await intake.fetch(self._database, channel, incoming)
                ended = await self._in_one_transaction(channel, _cleaned(incoming), fetched)
            self._note(channel, ended, perf_counter() - started)
        if ended.hurries and self._soon is not None:
            self._soon()
        if channel.can.keeps_log and ended.reply is not None:
            self._wake.ring(channel.name, incoming.sender.chat)
        return Taken(ended.reply, ended.held, ended.reply is not None and _is_held(channel))

    def _turn(self, address: Address) -> asyncio.Lock:
        """The lock of one address; it goes when nobody holds or awaits it any more."""
        lock = self._turns.get(address)
        if lock is None:
            lock = self._turns[address] = asyncio.Lock()
        return lock

    async def _in_one_transaction(self, channel: Channel, incoming: Incoming, fetched: Fetched) -> _Ended:
        now = self._clock()
        async with self._database.begin() as session:
            await seen.one_at_a_time(session, "\n".join(_key(incoming.sender)))
            if not await _is_new(session, incoming, now):
                return _Ended(None, "repeated")
            incoming = await intake.keep(session, self._files, incoming, fetched, now)
            if channel.can.keeps_log:
                await _write_down(session, incoming.sender, incoming, now)
            else:
                await ways.unblock(session, incoming.sender)  # who writes can be written to
            ended = await self._answer(session, channel, incoming, fetched.words, now)
            kept = await self._kept(session, channel, incoming.sender, ended, now)
            return replace(kept, hurries=deliveries.hurries(session))

    async def _kept(
        self, session: AsyncSession, channel: Channel, sender: Address, ended: _Ended, now: datetime
    ) -> _Ended:
        """The answer in the store: as a line of the chat, or as a row until the platform has taken it."""
        if ended.reply is None or ended.reply.is_silence:
            return replace(ended, reply=None)
        if channel.can.keeps_log:
            await _write_down(session, sender, ended.reply, now)
        elif _is_held(channel):
            content = content_of(ended.reply)
            held = await replies.add(session, sender, content, worker=self._worker, now=now)
            return replace(ended, held=held)
        return ended

    async def _answer(
        self, session: AsyncSession, channel: Channel, incoming: Incoming, words: str | None, now: datetime
    ) -> _Ended:
        """What the handlers say; what a refusing or failing one wrote is undone, what was typed stays in the log.

        `words`: its file was not taken, and this is why.
        """
        if words is not None:
            return _Ended(Reply(words), "file_refused")
        if len(incoming.text) > LONGEST:
            return _Ended(Reply(TOO_LONG), "too_long")
        try:
            async with session.begin_nested():
                reply = await self._first_reply(session, channel, incoming, now)
        except Refusal as refusal:
            return _Ended(Reply(refusal.text), "refused")
        except Exception:
            return _Ended(_apology(), "failed")
        return _Ended(reply or _not_understood(incoming), "answered" if reply else "not_understood")

    async def _first_reply(
        self, session: AsyncSession, channel: Channel, incoming: Incoming, now: datetime
    ) -> Reply | None:
        is_group = channel.can.group and incoming.sender.chat != incoming.sender.user
        context = Context(
            now=now,
            session=session,
            actor=None if is_group else await people.actor_of(session, incoming.sender),
            answerer=self._answerer,
            files=self._files,
            sensitive_allowed=not channel.can.abroad or channel.name in self._allowed_abroad,
            is_group=is_group,
            web_url=self._web_url,
            bots=self._deep_links(),
        )
        for handler in self._handlers:
            reply = await handler(incoming, context)
            if reply is not None:
                return reply
        return None

    def _deep_links(self) -> dict[str, str]:
        linked = {name: one.deep_link for name, one in self._channels.items() if isinstance(one, DeepLinked)}
        return {name: link for name, link in linked.items() if link}

    def _note(self, channel: Channel, ended: _Ended, seconds: float) -> None:
        self._metrics.messages.labels(channel.name, ended.outcome).inc()
        self._metrics.seconds.labels(channel.name).observe(seconds)
        log.info("message taken", outcome=ended.outcome, milliseconds=round(seconds * 1000))


def _key(address: Address) -> tuple[str, str, str]:
    return (address.channel, address.chat, address.user)


async def _is_new(session: AsyncSession, incoming: Incoming, now: datetime) -> bool:
    return await seen.first_time(
        session,
        channel=incoming.sender.channel,
        account=incoming.account,
        sender=seen.sender_of(incoming.sender),
        message_id=incoming.id,
        now=now,
    )


async def _write_down(session: AsyncSession, where: Address, said: Incoming | Reply, now: datetime) -> None:
    inward = isinstance(said, Incoming)
    await chat.add(
        session,
        where.channel,
        where.chat,
        inward=inward,
        text=said.text,
        buttons=[] if isinstance(said, Incoming) else [(button.label, button.action) for button in said.buttons],
        files=[file.id for file in (said.attachments if isinstance(said, Incoming) else said.files)],
        now=now,
    )


def _is_held(channel: Channel) -> bool:
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
