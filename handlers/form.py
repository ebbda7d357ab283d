"""A form is data, and a form is a handler: the answers are the state, there is no counter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from handlers.handler import Context

Answers = Mapping[str, str]
Clean = Callable[[str], str]
"""Text in, clean value out; raises `handlers.fields.Invalid` with a hint that helps."""


@dataclass(frozen=True, slots=True)
class Step:
    """One question of a form. `mask` is how the value is shown on a screen; `choices` become buttons."""

    key: str
    label: str
    ask: str
    clean: Clean
    when: Callable[[Answers], bool] = lambda answers: True
    mask: Callable[[str], str] = lambda value: value
    choices: tuple[str, ...] = ()
    sensitive: bool = False
    file: bool = False
    """The answer is an attachment (its id is stored)."""


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked, in which order, and what happens at the end."""

    name: str
    title: str
    triggers: tuple[str, ...]
    steps: tuple[Step, ...]
    consent: str | None = None
    """Why the sensitive fields are needed, for how long they are kept (PIPL 17, 30); asked before the first of them."""
    extract: Callable[[str], dict[str, str]] | None = None
    """Reads one pasted message into several raw answers."""
    finish: Callable[[Context, Answers], Awaitable[object]] | None = None
    rules: tuple[Callable[[Answers], str | None], ...] = field(default=())
    """Checks over several answers: the sentence that says what does not fit, or None."""

    def next_step(self, answers: Answers) -> Step | None:
        """The first step not answered yet, or None: complete."""
        return next((s for s in self.steps if s.key not in answers and s.when(answers)), None)
