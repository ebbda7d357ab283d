"""The features, one line each, in the order they are asked; the first reply wins."""

from __future__ import annotations

from handlers.handler import Handler

HANDLERS: tuple[Handler, ...] = ()
