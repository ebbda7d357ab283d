"""An answerer that knows nothing: where no question is to be answered, and handlers still have to be given one."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.answer import Answer, Asker


class Silent:
    """Abstains from everything."""

    async def ask(
        self,
        session: AsyncSession,
        question: str,
        *,
        school_id: UUID | None,
        today: date,
        history: tuple[str, ...] = (),
        asker: Asker | None = None,
    ) -> Answer:
        """An abstention."""
        return Answer("", abstained=True)

    async def more(
        self, session: AsyncSession, key: str, *, school_id: UUID | None, today: date, asker: Asker | None = None
    ) -> Answer | None:
        """Nothing."""
        return None
