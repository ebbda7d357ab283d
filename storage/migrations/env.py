"""How alembic runs here: on the connection `storage.migrate` hands over, which also holds the transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON

from storage.models import Base
from storage.models.base import Instant


def render(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Steps must not change when a model type does: an Instant is written as the plain type it is kept as."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run() -> None:
    """Runs the steps asked for."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=True,
        transactional_ddl=True,
    )
    context.run_migrations()


run()
