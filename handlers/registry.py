"""The features, one line each, in the order they are asked; the first reply wins."""

from __future__ import annotations

from handlers.approval import approval
from handlers.ask import ask, care
from handlers.broadcast import broadcast
from handlers.handler import Handler
from handlers.identity import identity
from handlers.items import items
from handlers.nudge import nudge

HANDLERS: tuple[Handler, ...] = (
    care,
    identity,
    approval,
    broadcast,
    nudge,
    items,
    ask,
)
