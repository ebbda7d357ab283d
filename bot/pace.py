"""The platforms' limits as data, and the limiter that keeps them; time is passed in, nothing sleeps here.

A window slides: at most `count` messages in any span of `period`. (A token bucket lets twice as many through around
its edge, and 企业微信 drops the excess without a word.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages per `period`, for the whole `channel` or for each `chat`. `source`: who says so."""

    scope: str
    count: int
    period: timedelta
    source: str


LIMITS: Mapping[str, tuple[Limit, ...]] = {
    "telegram": (
        Limit("channel", 30, timedelta(seconds=1), "core.telegram.org/bots/faq: about 30 messages per second"),
        Limit("chat", 1, timedelta(seconds=1), "core.telegram.org/bots/faq: no more than one per second in a chat"),
    ),
    "wecom": (
        Limit("chat", 30, timedelta(minutes=1), "developer.work.weixin.qq.com 访问频率限制: 30 a minute per member"),
        Limit("chat", 1000, timedelta(hours=1), "developer.work.weixin.qq.com 访问频率限制: 1,000 an hour per member"),
    ),
    "wechat": (),  # 5 within 48 hours of his last message: kept in the store, `storage.windows`
    "web": (),
    "terminal": (),
}
"""A channel that is not named here is not limited."""

_TIDY_EVERY = 10_000


@dataclass(slots=True)
class _Window:
    limit: Limit
    sent: deque[datetime] = field(default_factory=deque)
    waiting: int = 0
    """How many were turned away since the last one went: the next are told to come back after them."""

    def free_at(self, now: datetime) -> datetime:
        """When the next message may go: `now`, or later."""
        while self.sent and self.sent[0] <= now - self.limit.period:
            self.sent.popleft()
        return now if len(self.sent) < self.limit.count else self.sent[0] + self.limit.period

    def turn_away(self, free_at: datetime) -> datetime:
        """A time to come back, behind those that were turned away before."""
        later = free_at + self.limit.period * (self.waiting // self.limit.count)
        self.waiting += 1
        return later

    def take(self, now: datetime) -> None:
        self.sent.append(now)
        self.waiting = 0


class Limiter:
    """Keeps the limits of all channels in one process."""

    def __init__(self, limits: Mapping[str, tuple[Limit, ...]] = LIMITS) -> None:
        self._limits = limits
        self._windows: dict[tuple[str, str, int], _Window] = {}
        self._halted: dict[str, datetime] = {}
        self._taken = 0

    def take(self, channel: str, chat: str, now: datetime) -> datetime | None:
        """None: it may go now, and is counted. Otherwise the time to come back."""
        halted = self._halted.get(channel)
        if halted is not None and now < halted:
            return halted
        windows = self._of(channel, chat)
        full = [(window, at) for window in windows if (at := window.free_at(now)) > now]
        if full:
            return max(window.turn_away(at) for window, at in full)
        for window in windows:
            window.take(now)
        self._tidy(now)
        return None

    def halt(self, channel: str, until: datetime) -> None:
        """The platform said: not before then."""
        self._halted[channel] = max(until, self._halted.get(channel, until))

    def _of(self, channel: str, chat: str) -> list[_Window]:
        found = []
        for place, limit in enumerate(self._limits.get(channel, ())):
            key = (channel, chat if limit.scope == "chat" else "", place)
            if key not in self._windows:
                self._windows[key] = _Window(limit)
            found.append(self._windows[key])
        return found

    def _tidy(self, now: datetime) -> None:
        """Forgets chats that have been silent for longer than their period."""
        self._taken += 1
        if self._taken % _TIDY_EVERY == 0:
            for key, window in list(self._windows.items()):
                if window.free_at(now) == now and not window.sent:
                    del self._windows[key]
