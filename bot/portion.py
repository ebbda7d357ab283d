"""How many messages are noted as begun at once: what a killed worker had begun is unknown, so as few as pays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bot.sending import Ready, parcels_of

AIM = 0.5
"""Seconds in which a portion is to be sent: noting it takes some milliseconds, sending it is then a hundred times as
long, and of a killed worker's rows no more than that is in doubt."""
MOST = 1_000


class Portion:
    """Learned from how long the last ones took: a fast platform gets many at once, a slow one few."""

    def __init__(self, least: int, elapsed: Callable[[], float]) -> None:
        self._least = least
        self._elapsed = elapsed
        self._count = least

    def of(self, ready: Sequence[Ready]) -> Iterator[list[Ready]]:
        """In portions, timed until the next is asked for; what goes out in one call stays together."""
        parcels = parcels_of(ready)
        while parcels:
            portion, parcels = parcels[: self._count], parcels[self._count :]
            began = self._elapsed()
            yield [one for parcel in portion for one in parcel]
            took = self._elapsed() - began
            if took > AIM:
                self._count = max(self._count // 2, self._least)
            elif took < AIM / 2 and len(portion) == self._count:
                self._count = min(self._count * 2, MOST)
