"""INSERT … ON CONFLICT, spelled alike on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any, Protocol, cast

from sqlalchemy import FromClause
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Session


class Upsert(Protocol):
    """The part of both dialects' INSERT that is used here."""

    excluded: Any

    def on_conflict_do_nothing(self) -> Any: ...
    def values(self, *args: Any, **kwargs: Any) -> Any: ...
    def from_select(self, names: Any, select: Any, include_defaults: bool = True) -> Any: ...


def insert_into(session: AsyncSession | Session, table: type[DeclarativeBase] | FromClause) -> Upsert:
    """An INSERT that knows ON CONFLICT, in the dialect of this session's database."""
    module = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return cast("Upsert", module.insert(cast("Any", table)))
