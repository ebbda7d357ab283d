"""What a form is before anybody fills it in: data. Adding one is a file in `handlers/forms` and a line in the book."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from handlers.handler import Context
from handlers.messages import Attachment

Answers = Mapping[str, str]
"""Clean values by step. Keys that begin with '_' are facts for this moment (today, the school's rules), never kept."""
Clean = Callable[[str], str]
"""Text in, clean value out; raises `handlers.fields.Invalid` with a hint that helps."""

EMPTY = ""
"""The value of an optional step that was skipped."""


def _always(answers: Answers) -> bool:
    return True


def _as_it_is(value: str) -> str:
    return value


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agrees to: kept with its version, so that a new text is asked anew."""

    purpose: str
    version: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One question of a form. `mask` is how the value is shown on a screen; `choices` become buttons."""

    key: str
    label: str
    ask: str
    clean: Clean
    when: Callable[[Answers], bool] = _always
    mask: Callable[[str], str] = _as_it_is
    spell: Callable[[str], str] = _as_it_is
    """How a stored value reads in full, where it is stored otherwise than people write it."""
    choices: tuple[str, ...] = ()
    sensitive: bool = False
    file: bool = False
    """The answer is an attachment (its id is stored)."""
    aliases: tuple[str, ...] = ()
    """Other words people use for the label: '电话', '手机'."""
    optional: bool = False
    fixed: bool = False
    """Comes from the roster: shown, not asked, not editable."""
    open_text: bool = False
    """Takes nearly any words, so a question would pass for a value: it is treated as a question first."""
    options: Callable[[Answers], tuple[str, ...]] | None = None
    """The choices where they depend on facts (a school's rules); `choices` otherwise."""
    consent: Consent | None = None
    """A separate consent for this step alone (PIPL 29); otherwise the form's, where the step is sensitive."""
    fit: Callable[[str, Answers], str] | None = None
    """After `clean`: the value in view of the other answers and facts. Raises `Invalid`."""
    receive: Callable[[Context, Attachment], Awaitable[str]] | None = None
    """For `file`: takes what was sent and gives the id of what is kept. Raises `Invalid`."""
    prepare: Callable[[Context, Answers], Awaitable[tuple[str, tuple[Attachment, ...]]]] | None = None
    """Before this step is asked: a sentence and files that the person needs for it (a letter to sign)."""

    def choices_for(self, answers: Answers) -> tuple[str, ...]:
        """What can be chosen, given these answers and facts."""
        return self.options(answers) if self.options else self.choices


@dataclass(frozen=True, slots=True)
class Barred:
    """Why answers that fit each by itself cannot be handed in, and which are to be given anew."""

    words: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked, in which order, and what happens at the end."""

    name: str
    title: str
    triggers: tuple[str, ...]
    steps: tuple[Step, ...]
    consent: Consent | None = None
    """Why the sensitive fields are needed, for how long they are kept (PIPL 17, 30); asked before the first of them."""
    extract: Callable[[str, str | None], dict[str, str]] | None = None
    """Reads one pasted message into several raw answers; the second argument is the step being asked."""
    finish: Callable[[Context, Answers], Awaitable[object]] | None = None
    """What else happens when it was handed in."""
    rules: tuple[Callable[[Answers], str | None], ...] = field(default=())
    """Checks over several answers: the sentence that says what does not fit, or None."""
    recognises: Callable[[str], bool] | None = None
    """Whether a message that names no form is one pasted into this form."""
    facts: Callable[[Context], Awaitable[dict[str, str]]] | None = None
    """What holds at this moment (keys begin with '_') and what the roster says (keys of fixed steps)."""
    notes: Callable[[Answers], tuple[str, ...]] | None = None
    """Things to think of, said with the summary."""
    closing: tuple[Step, ...] = ()
    """Asked after the summary was confirmed: the photo of the signed letter."""
    mine: tuple[str, ...] = ()
    """Words that ask where it stands: '我的地址'."""
    ending: tuple[str, ...] = ()
    """Words that take it back: '撤回地址', '撤销委托'."""
    person: str | None = None
    """The step that holds the identity number of somebody else: he can be counted without being looked up."""
    barred: Callable[[Context, Answers], Awaitable[Barred | None]] | None = None
    """Before it is handed in: why it cannot be, in view of what others handed in."""
    done: str = "已提交，等辅导员审核。"
    reasons: tuple[str, ...] = ()
    """Usual reasons to return it, as buttons for the counselor."""

    def next_step(self, answers: Answers) -> Step | None:
        """The first step not answered yet, or None: complete."""
        return next((s for s in self.steps if s.key not in answers and s.when(answers)), None)

    def asked(self, answers: Answers) -> list[Step]:
        """The steps that are put to the person, given these answers."""
        return [s for s in self.steps if not s.fixed and s.when(answers)]

    def shown(self, answers: Answers) -> list[Step]:
        """The steps that stand in a summary, closing ones as far as they were answered."""
        closing = [s for s in self.closing if s.key in answers]
        return [s for s in self.steps if s.when(answers) and s.key in answers] + closing

    def step(self, key: str) -> Step | None:
        """The step of this key."""
        return next((s for s in (*self.steps, *self.closing) if s.key == key), None)

    def consent_for(self, step: Step) -> Consent | None:
        """What has to be agreed to before this step is answered."""
        return step.consent or (self.consent if step.sensitive else None)

    @property
    def is_sensitive(self) -> bool:
        """Whether it may only be filled in where sensitive fields are allowed."""
        return any(step.sensitive for step in (*self.steps, *self.closing))


def kept(answers: Answers) -> dict[str, str]:
    """The answers without the facts of the moment."""
    return {key: value for key, value in answers.items() if not key.startswith("_")}
