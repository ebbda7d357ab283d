"""What is noted of an act, in the name of whoever acts."""

from __future__ import annotations

from typing import Any

from handlers.handler import Context
from storage import audit
from storage.people import Actor


async def note(context: Context, actor: Actor, action: str, target: str, **detail: Any) -> None:
    """An audited act of this person at this moment; `detail` holds ids and counts only."""
    await audit.record(
        context.session,
        now=context.now,
        actor=actor.tag,
        action=action,
        target=target,
        school_id=actor.school_id,
        **detail,
    )
