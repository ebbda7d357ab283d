"""Counts every change of what questions are answered from, in the transaction that makes it.

The counting is done here for everybody: whoever writes a notice, a passage or an entry through a session of
`storage.database` need not think of it, and cannot forget it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session

from storage.models import Answered, KnowledgeVersion, Notice, Passage, Proposal
from storage.upsert import insert_into

WATCHED = (Notice, Passage, Answered, Proposal)
_ROW = 1
_KNOWN = "version of the knowledge"


class WatchedSession(Session):
    """A session that counts what it changes of the knowledge."""


async def version(session: AsyncSession) -> int:
    """The number of changes so far: cheap enough to ask before every question."""
    if (known := session.info.get(_KNOWN)) is not None:
        return int(known)
    return await session.scalar(select(KnowledgeVersion.number).where(KnowledgeVersion.id == _ROW)) or 0


def read_ahead(session: AsyncSession, number: int | None) -> None:
    """The version was read along with something else; until this session changes it, nobody has to ask again."""
    session.info[_KNOWN] = number or 0


@event.listens_for(WatchedSession, "before_flush")
def _flushing(session: Session, _context: Any, _objects: Any) -> None:
    changed = (one for one in session.dirty if session.is_modified(one))
    if any(isinstance(one, WATCHED) for one in (*session.new, *session.deleted, *changed)):
        _count(session)


@event.listens_for(WatchedSession, "do_orm_execute")
def _executing(state: ORMExecuteState) -> None:
    """Changes in bulk do not pass through a flush."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    if any(mapper.class_ in WATCHED for mapper in state.all_mappers):
        _count(state.session)


def _count(session: Session) -> None:
    session.info.pop(_KNOWN, None)
    insert = insert_into(session, KnowledgeVersion).values(id=_ROW, number=1)
    counted = insert.on_conflict_do_update(index_elements=["id"], set_={"number": KnowledgeVersion.number + 1})
    session.connection().execute(counted)
