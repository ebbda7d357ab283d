"""A person's desk: the form being filled in, and others that were put aside. It lives in the conversation row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from handlers.handler import Context, Refusal
from handlers.messages import Address
from storage import conversations
from storage.conversations import Changed


@dataclass(slots=True)
class Draft:
    """A form on its way. The answers are the state; the rest is what was said about them."""

    form: str
    answers: dict[str, str] = field(default_factory=dict)
    editing: str | None = None
    held: str = ""
    """Said before it could be taken: while consent was asked, or after a long pause."""
    literal: str = ""
    """Looked like a question; one tap takes it as the value all the same."""
    confirmed: bool = False
    edition: int = 0
    """Counts changes of answers: a confirm button of an older summary does not confirm a newer one."""
    mends: str | None = None
    """The submission (hex id) this one is to replace."""
    prepared: int = -1
    """The edition for which the files of a closing step were made."""
    touched: str = ""

    def set(self, key: str, value: str) -> None:
        """A new value: what was confirmed before is to be confirmed again."""
        self.answers[key] = value
        self.editing = None
        self.literal = ""
        self.edition += 1

    def idle_since(self, now: datetime) -> datetime:
        """When it was last worked on."""
        return datetime.fromisoformat(self.touched) if self.touched else now


@dataclass(slots=True)
class Desk:
    """What lies open (`draft`) and aside (`parked`, by form name). `foreign`: another feature has the word."""

    draft: Draft | None = None
    parked: dict[str, Draft] = field(default_factory=dict)
    foreign: bool = False
    version: int = 0

    def open(self, form: str) -> Draft:
        """Puts this form on top: a parked one goes on, otherwise it is new; what lay there is put aside."""
        if self.draft and self.draft.form == form:
            return self.draft
        if self.draft:
            self.parked[self.draft.form] = self.draft
        self.draft = self.parked.pop(form, None) or Draft(form)
        return self.draft

    def is_open(self, form: str) -> bool:
        """Whether this form is being filled in; a pasted text that only waits aside is not that yet."""
        if self.draft and self.draft.form == form:
            return True
        aside = self.parked.get(form)
        return aside is not None and not (aside.held and not aside.answers)

    def hold(self, form: str, text: str) -> None:
        """Keeps a pasted text aside, in place of an earlier one, until it is said what to do with it."""
        self.parked[form] = Draft(form, held=text)

    def close(self) -> None:
        """Takes away what lies on top."""
        self.draft = None


async def load(context: Context, address: Address, forms: Collection[str]) -> Desk:
    """The desk of an address; a conversation that is no form is left alone."""
    state = await conversations.load(context.session, address)
    if state is None:
        return Desk(version=await conversations.version_of(context.session, address))
    if state.form is not None and state.form not in forms:
        return Desk(foreign=True, version=state.version)
    drafts = {name: _draft(raw) for name, raw in state.data.get("drafts", {}).items() if name in forms}
    draft = drafts.pop(state.form, None) if state.form else None
    return Desk(draft, drafts, version=state.version)


def _draft(raw: dict[str, Any]) -> Draft:
    """A stored draft; what another version of the program noted beside the answers is passed over."""
    known = {part.name for part in fields(Draft)}
    return Draft(**{key: value for key, value in raw.items() if key in known})


async def save(context: Context, address: Address, desk: Desk) -> None:
    """Keeps the desk. Raises `Refusal` where someone else wrote it in the meantime."""
    drafts: dict[str, Any] = {name: asdict(draft) for name, draft in desk.parked.items()}
    if desk.draft:
        desk.draft.touched = context.now.isoformat()
        drafts[desk.draft.form] = asdict(desk.draft)
    try:
        if not drafts:
            await conversations.clear(context.session, address, context.now, desk.version or None)
            return
        await conversations.save(
            context.session,
            address,
            form=desk.draft.form if desk.draft else None,
            data={"drafts": drafts},
            now=context.now,
            version=desk.version,
            held=any(draft["held"] for draft in drafts.values()),
        )
    except Changed:
        raise Refusal("这张表刚才在别处也改动了，你这条没有记下，请再发一次。") from None
